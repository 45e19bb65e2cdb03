"""The default grid, whose cells become finer where the smallest circle of a target needs it."""

from __future__ import annotations

import dataclasses
import math

from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import MAX_NSIDE
from rttgeo.errors import BadInputError

DEFAULT_RESOLUTION_KM = 26.0
"""Just above the 25.5 km of the HEALPix cells it selects: 25 would select cells of 12.7 km."""

COARSE = 1 / 10
"""Cells larger than this share of a circle's radius are too coarse: they enlarge its region by 15 %
or more, since each circle is widened by three quarters of a cell so as to lose no point in it."""

FINE = 1 / 40
"""The share that is used instead: it enlarges the region by 4 % at most, and gives some ten
thousand cells."""


@dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)
class FollowingGrid(Grid):
    """Cells of 25.5 km, with finer ones for a target that is near a landmark.

    It equals the `Grid` with the same cells, so regions made on one can be combined with the other.
    """

    def __init__(self) -> None:
        super().__init__(resolution_km=DEFAULT_RESOLUTION_KM)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and other.nside == self.nside

    def __hash__(self) -> int:
        return hash((self.nside,))

    def for_radius(self, radius_km: float) -> Grid:
        """Choose a grid for a region that lies in a circle; see `Grid.for_radius`.

        Parameters
        ----------
        radius_km
            Great-circle radius, km.

        Returns
        -------
        Grid
            This grid, or a finer one.
        """
        if self.cell_size_km <= COARSE * radius_km:
            return Grid(nside=self.nside)
        wanted_km = max(FINE * radius_km, 1e-3)
        halvings = math.ceil(math.log2(self.cell_size_km / wanted_km))
        return Grid(nside=min(MAX_NSIDE, self.nside * 2**halvings))


def chosen_grid(grid: Grid | None = None, resolution_km: float | None = None) -> Grid:
    """Return the grid that was asked for, or the default one.

    Parameters
    ----------
    grid, resolution_km
        What the user gave, or None.

    Returns
    -------
    Grid
        The grid that was asked for, or a `FollowingGrid`.

    Raises
    ------
    BadInputError
        When both are given, or the size is out of range.
    """
    if grid is not None and resolution_km is not None:
        raise BadInputError("give either a grid or a resolution_km, not both")
    if grid is not None:
        return grid
    return FollowingGrid() if resolution_km is None else Grid(resolution_km=resolution_km)
