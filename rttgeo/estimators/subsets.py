"""The largest group of discs with a point in common, found by counting on the grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.estimators.discs import Discs
from rttgeo.typing import FloatArray

CELLS_AT_ONCE = 1000
"""Cells processed at a time, so that memory does not grow with the region."""


class Subset(NamedTuple):
    """A group of discs, and where they all overlap.

    Attributes
    ----------
    region
        All cells that are touched by the largest number of discs; if several groups have that size,
        the places of all of them.
    kept
        Mask of the discs that touch some cell of the region.
    votes
        Number of discs that touch each cell of the region.
    """

    region: Region
    kept: npt.NDArray[np.bool_]
    votes: int


def largest_subset(grid: Grid, discs: Discs, within: Region | None = None) -> Subset:
    """Find the cells that the largest number of discs touch, over the globe or within a region.

    Each disc is widened by the largest distance from a cell's centre to its corner, so that no disc
    through a cell is missed. The group is then exactly the largest among groups whose discs pass
    within two such distances of one point. The resolution of the grid bounds this slack, and no
    subsets are enumerated.

    Parameters
    ----------
    grid
        The grid of the regions.
    discs
        The discs, one per landmark.
    within
        Region to search; None for the globe.

    Returns
    -------
    Subset
        The group, and where its discs overlap.
    """
    radius = discs.radius_km + grid.cell_radius_km
    within = grid.whole() if within is None else within
    everywhere, somewhere = _reach(discs, radius, within)
    cells = within.cells()
    if not len(cells):
        return Subset(within, np.zeros(len(radius), dtype=np.bool_), 0)
    counts = grid.votes(discs.lon[somewhere], discs.lat[somewhere], radius[somewhere])[cells]
    most = int(counts.max())
    best = cells[counts == most]
    kept = everywhere.copy()
    kept[somewhere] = _touching(grid, best, discs.only(somewhere), radius[somewhere])
    return Subset(Region.from_cells(grid, best), kept, most + int(everywhere.sum()))


def _reach(
    discs: Discs, radius_km: FloatArray, within: Region
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which discs contain a region's bounding cap entirely, and which must be checked in detail."""
    if not within.n_cells or within.n_cells == within.grid.n_cells:
        everywhere = radius_km >= HALF_CIRCUMFERENCE_KM
        return everywhere, ~everywhere
    lon, lat, reach = within.bounding_cap()
    apart = sphere.distance_km(discs.lon, discs.lat, lon, lat)
    everywhere = apart + reach <= radius_km
    return everywhere, ~everywhere & (apart - reach <= radius_km)


def _touching(
    grid: Grid, cells: npt.NDArray[np.int64], discs: Discs, radius_km: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which discs, as widened, hold the centre of at least one of these cells."""
    lon, lat = grid.lonlat(cells)
    kept = np.zeros(len(radius_km), dtype=np.bool_)
    for part in np.array_split(np.arange(len(cells)), max(1, len(cells) // CELLS_AT_ONCE)):
        left = np.flatnonzero(~kept)
        apart = sphere.distance_km(
            discs.lon[left, None], discs.lat[left, None], lon[part], lat[part]
        )
        # The grid counts ties to a micrometre as inside.
        kept[left] = (apart <= radius_km[left, None] + 1e-6).any(axis=1)
    return kept
