"""Cells of several sizes: small ones where a city may hold the target, large ones around.

Delays vary smoothly, so that large cells do for them; cities do not, and a region that must hold
whole large cells for each of a few hundred cities would be far larger than they are.
"""

from __future__ import annotations

from functools import cache

import healpix
import numpy as np

from rttgeo import sphere
from rttgeo.cells.tiling import Tiling
from rttgeo.estimators.calibrated.cells import FINEST, Cells, Circles
from rttgeo.estimators.calibrated.cities import cities
from rttgeo.estimators.calibrated.parts import MixedCells
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.kernels.nested import mark_listed
from rttgeo.typing import IntArray


def parted_at_cities(
    cells: Cells, likely: IntArray, circles: Circles, settings: Settings
) -> MixedCells:
    """Part the cells that hold or touch a likely city, again and again.

    Parameters
    ----------
    cells
        On one grid.
    likely
        Numbers of the cities.
    circles
        Parts that fewer of them reach than reach the whole cell are left out.
    settings
        Of the estimator.

    Returns
    -------
    MixedCells
        Small cells at the likely cities, the given ones elsewhere.
    """
    blocks = []
    while cells.grid.nside < FINEST.nside and len(cells.nested):
        touched = np.zeros(len(cells.nested), dtype=bool)
        mark_listed(cells.nested, _touched(cells.grid.nside, settings.town_share)[likely], touched)
        blocks.append(cells.where(~touched, cells.agreed))
        parts = cells.where(touched, cells.agreed).parts(2 * cells.grid.nside)
        cells = circles.agreeing(parts)
    return MixedCells.of([*blocks, cells])


@cache
def _touched(nside: int, share: float) -> IntArray:
    """Nested numbers of the cells at and around each city, one row a city."""
    town, grid = cities(), Tiling(nside=nside)
    bearing = np.arange(8) * 45.0
    lon, lat = sphere.destination(
        town.lon[:, None], town.lat[:, None], bearing, share * grid.cell_size_km
    )
    around = grid.cell_of(np.column_stack([town.lon, lon]), np.column_stack([town.lat, lat]))
    cells = np.sort(healpix.ring2nest(nside, around), axis=1)
    # Each once, the others replaced by the first, and no more columns than that takes.
    again = np.column_stack([np.zeros(len(cells), dtype=bool), np.diff(cells, axis=1) == 0])
    cells = np.where(again, cells[:, :1], cells)
    order = np.argsort(again, axis=1, kind="stable")[:, : int((~again).sum(axis=1).max())]
    return np.ascontiguousarray(np.take_along_axis(cells, order, axis=1), dtype=np.int64)
