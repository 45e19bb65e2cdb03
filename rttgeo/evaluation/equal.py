"""Areas at equal coverage: how large regions would be if they held 95 % of the targets.

A method whose regions hold only half of the targets has small regions for a reason. So areas are
also given after widening every region by the same distance, the smallest for which 95 % of the
targets are inside.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.typing import FloatArray

EQUAL_LEVEL = 0.95
POINTS = 1500
"""Number of lattice points that measure a widened region: its area is right to one or two per
cent."""


class Equalised(NamedTuple):
    """The regions of one method, all widened by the same distance.

    Attributes
    ----------
    widened_km
        The distance, km; 0 where the regions hold enough as they are, infinite where no widening
        helps because too many are empty.
    area_km2
        Area of each widened region, shape (n,); NaN for an empty region, or where no widening
        helps.
    """

    widened_km: float
    area_km2: FloatArray


def equalised(
    regions: list[Region], lon: FloatArray, lat: FloatArray, level: float = EQUAL_LEVEL
) -> Equalised:
    """Widen regions until they hold a share of the true places.

    Parameters
    ----------
    regions
        One per target; some may be empty.
    lon, lat
        True places, degrees, shape (n,).
    level
        The share, counted on these same targets: the distance is chosen in-sample.

    Returns
    -------
    Equalised
        The distance by which all are widened, and the area of each afterwards.
    """
    missed = np.array(
        [missed_by_km(*one) for one in zip(regions, lon, lat, strict=True)], dtype=float
    )
    needed = math.ceil(level * len(missed) - 1e-9)
    widened = float(np.sort(missed)[needed - 1]) if needed else 0.0
    if not math.isfinite(widened):
        return Equalised(widened, np.full(len(missed), np.nan))
    areas = [widened_area_km2(region, widened) if region else np.nan for region in regions]
    return Equalised(widened, np.array(areas, dtype=float))


def missed_by_km(region: Region, lon: float, lat: float) -> float:
    """Compute how far a region must be widened to hold a place.

    Distances are between centres of cells, as in `rttgeo.cells.region.Region.dilate`.

    Parameters
    ----------
    region
        The region, possibly empty.
    lon
        Longitude, degrees.
    lat
        Latitude, degrees.

    Returns
    -------
    float
        Distance, km; 0 inside, infinite for an empty region.
    """
    if not region:
        return math.inf
    cell = region.grid.cell_of(lon, lat)
    if region.has_cells(cell):
        return 0.0
    place = sphere.unit_vectors(*region.grid.lonlat(cell))
    return float(sphere.km_of_chord(np.linalg.norm(_points(region) - place, axis=1).min()))


def widened_area_km2(region: Region, km: float) -> float:
    """Compute the area within a distance of a region, with a lattice of points.

    The points are the cell centres of a grid coarse enough that about `POINTS` of them are inside.

    Parameters
    ----------
    region
        The region, not empty.
    km
        The distance, km.

    Returns
    -------
    float
        Area, km².
    """
    if not km > 0:
        return region.area_km2
    lon, lat, reach = region.bounding_cap()
    cap_km = min(reach + km, HALF_CIRCUMFERENCE_KM)
    least = region.area_km2 + np.pi * km**2
    lattice = Grid(nside=region.grid.nside)
    while lattice.nside > 1 and least > POINTS * 4 * lattice.cell_area_km2:
        lattice = Grid(nside=lattice.nside // 2)
    points = sphere.unit_vectors(*lattice.lonlat(lattice.cap(lon, lat, cap_km).cells()))
    from scipy.spatial import cKDTree

    chord = sphere.chord_of_km(km) + 1e-12
    apart, _ = cKDTree(_points(region)).query(points, distance_upper_bound=chord)
    return float(np.isfinite(apart).sum() * lattice.cell_area_km2)


def _points(region: Region) -> FloatArray:
    return np.asarray(sphere.unit_vectors(*region.grid.lonlat(region.cells())), dtype=float)
