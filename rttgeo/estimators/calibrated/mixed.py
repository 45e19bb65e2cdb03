"""Cells of several sizes: small ones where a city may hold the target, large ones elsewhere.

Delays vary smoothly, so large cells suffice for them. Cities do not, and a region with a whole
large cell for each of a few hundred cities would be far larger than the cities are.
"""

from __future__ import annotations

from functools import cache

import healpix
import numpy as np

from rttgeo import sphere
from rttgeo.cells.tiling import Tiling
from rttgeo.estimators.calibrated.cells import FINEST, Cells, LimitCircles
from rttgeo.estimators.calibrated.parts import MixedCells
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.towns import towns
from rttgeo.kernels.nested import mark_listed
from rttgeo.typing import FloatArray, IntArray

BEARINGS = np.arange(8) * 45.0
"""Directions in which the cells around a city are found: beyond its edges and its corners."""


def parted_at_cities(
    cells: Cells, likely: IntArray, circles: LimitCircles, settings: Settings
) -> MixedCells:
    """Repeatedly split the cells that hold or touch a likely city.

    Parameters
    ----------
    cells
        Cells on one grid.
    likely
        Numbers of the likely cities.
    circles
        The circles of the landmarks; parts that fewer of them reach than the whole cell are dropped.
    settings
        Settings of the estimator.

    Returns
    -------
    MixedCells
        Small cells at the likely cities, and the given cells elsewhere.
    """
    blocks = []
    while cells.grid.nside < FINEST.nside and len(cells.nested):
        around = _touched(cells.grid.nside, settings.town_share).of(likely)
        touched = np.zeros(len(cells.nested), dtype=bool)
        mark_listed(cells.nested, around, touched)
        blocks.append(cells.where(~touched, cells.agreed))
        parts = cells.where(touched, cells.agreed).parts(2 * cells.grid.nside)
        cells = circles.agreeing(parts)
    return MixedCells.of([*blocks, cells])


class _Touched:
    """Nested numbers of the cells at and around each city, computed on first use."""

    def __init__(self, nside: int, share: float) -> None:
        self.grid, self.share = Tiling(nside=nside), share
        self.known = np.zeros(len(towns().nested), dtype=bool)
        self.cells = np.empty((len(self.known), 1 + len(BEARINGS)), dtype=np.int64)

    def of(self, city: IntArray) -> IntArray:
        """One row per city; repeated cells are replaced by the first of the row."""
        new = city[~self.known[city]]
        if len(new):
            self.cells[new] = self._around(towns().lon[new], towns().lat[new])
            self.known[new] = True
        return self.cells[city]

    def _around(self, lon: FloatArray, lat: FloatArray) -> IntArray:
        far_km = self.share * self.grid.cell_size_km
        there = sphere.destination(lon[:, None], lat[:, None], BEARINGS, far_km)
        at = (np.column_stack([own, other]) for own, other in zip((lon, lat), there, strict=True))
        cells = np.sort(healpix.ring2nest(self.grid.nside, self.grid.cell_of(*at)), axis=1)
        again = np.column_stack([np.zeros(len(cells), bool), np.diff(cells, axis=1) == 0])
        return np.where(again, cells[:, :1], cells)


@cache
def _touched(nside: int, share: float) -> _Touched:
    return _Touched(nside, share)
