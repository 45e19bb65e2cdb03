"""The default grid: cells follow the smallest circle of a target."""

from __future__ import annotations

import dataclasses
import math

from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import MAX_NSIDE
from rttgeo.errors import BadInputError

DEFAULT_RESOLUTION_KM = 26.0
"""Just coarser than HEALPix's 25.5 km cells: 25 would ask for cells of 12.7 km."""

COARSE = 1 / 10
"""Cells larger than this share of a circle's radius make its region larger by 15 % and more (each
circle is widened by three quarters of a cell, so that no place in it is lost): too coarse."""

FINE = 1 / 40
"""The share that is taken then: the region is too large by 4 % at most, of some ten thousand cells."""


@dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)
class FollowingGrid(Grid):
    """Cells of 25.5 km, and finer ones for a target that is near some landmark.

    Equal to the grid of the same cells: what is made on one can be compared with the other.
    """

    def __init__(self) -> None:
        super().__init__(resolution_km=DEFAULT_RESOLUTION_KM)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and other.nside == self.nside

    def __hash__(self) -> int:
        return hash((self.nside,))

    def for_radius(self, radius_km: float) -> Grid:
        """Cells for a region that lies in a circle; see `Grid.for_radius`.

        Parameters
        ----------
        radius_km
            Great-circle radius, km.

        Returns
        -------
        Grid
            As coarse as this one, or finer.
        """
        if self.cell_size_km <= COARSE * radius_km:
            return Grid(nside=self.nside)
        wanted_km = max(FINE * radius_km, 1e-3)
        halvings = math.ceil(math.log2(self.cell_size_km / wanted_km))
        return Grid(nside=min(MAX_NSIDE, self.nside * 2**halvings))


def chosen_grid(grid: Grid | None = None, resolution_km: float | None = None) -> Grid:
    """The grid that was asked for, or one that follows.

    Parameters
    ----------
    grid, resolution_km
        What the user gave; None for nothing.

    Returns
    -------
    Grid
        As asked for, or a `FollowingGrid`.

    Raises
    ------
    BadInputError
        When both are given, or the size is out of range.
    """
    if grid is not None and resolution_km is not None:
        raise BadInputError("give a grid or a resolution_km, not both")
    if grid is not None:
        return grid
    return FollowingGrid() if resolution_km is None else Grid(resolution_km=resolution_km)
