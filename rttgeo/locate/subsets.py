"""The largest group of discs that have a place in common, by counting on the grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.grid import Grid
from rttgeo.locate.discs import Discs
from rttgeo.region import Region


class Subset(NamedTuple):
    """A group of discs, and where they meet.

    Attributes
    ----------
    region
        Every cell that as many discs touch as any cell: where groups of the same greatest size
        differ, the places of all of them.
    kept
        Mask over the discs: those that touch some cell of the region.
    votes
        How many discs touch each cell of the region.
    """

    region: Region
    kept: npt.NDArray[np.bool_]
    votes: int


def largest_subset(grid: Grid, discs: Discs, within: Region | None = None) -> Subset:
    """Cells that the greatest number of discs touch, over the globe or within a region.

    Each disc is widened by the farthest that a cell's corner is from its centre, so that no
    disc through a cell is missed. The group is then the largest with a common place, exactly,
    among groups whose discs pass within two such distances of one point; that slack is what
    the grid's resolution bounds, and no subset is ever enumerated.
    """
    radius = discs.radius_km + grid.cell_radius_km
    votes = grid.votes(discs.lon, discs.lat, radius)
    cells = np.arange(grid.n_cells) if within is None else within.cells()
    if not len(cells):
        return Subset(grid.empty(), np.zeros(len(radius), dtype=np.bool_), 0)
    counts = votes if within is None else votes[cells]
    most = int(counts.max())
    best = np.flatnonzero(counts == most) if within is None else cells[counts == most]
    region = type(grid.empty()).from_cells(grid, best)
    return Subset(region, _touching(grid, best, discs, radius), most)


def _touching(
    grid: Grid, cells: npt.NDArray[np.int64], discs: Discs, radius_km: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which discs, as widened, hold the centre of at least one of these cells."""
    lon, lat = grid.lonlat(cells)
    kept = np.zeros(len(radius_km), dtype=np.bool_)
    for i in range(len(radius_km)):
        apart = sphere.distance_km(discs.lon[i], discs.lat[i], lon, lat)
        # The grid counts ties to a micrometre as inside.
        kept[i] = bool((apart <= radius_km[i] + 1e-6).any())
    return kept
