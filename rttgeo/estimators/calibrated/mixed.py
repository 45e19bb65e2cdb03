"""Cells of several sizes: small ones where a city may hold the target, large ones around.

Delays vary smoothly, so that large cells do for them; cities do not, and a region that must hold
whole large cells for each of a few hundred cities would be far larger than they are.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import healpix
import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.estimators.calibrated.cells import FINEST, Cells, Circles
from rttgeo.estimators.calibrated.cities import cities
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.kernels.nested import mark_listed
from rttgeo.kernels.runs import cells_of
from rttgeo.typing import FloatArray, IntArray


class MixedCells(NamedTuple):
    """Cells that do not overlap, sorted by the place of their parts in the nested order.

    Attributes
    ----------
    start, size
        First part of each on the finest grid (`FINEST`), nested number, and how many they are.
    centres
        Unit vectors, shape (n, 3).
    parent
        Rows of the coarse cells that they are parts of.
    blocks
        The same cells, those of a size together.
    order
        Rows of the blocks put one after another, in the order of ``start``.
    """

    start: IntArray
    size: IntArray
    centres: FloatArray
    parent: IntArray
    blocks: tuple[Cells, ...]
    order: IntArray

    @classmethod
    def of(cls, blocks: list[Cells]) -> MixedCells:
        """Put cells of several grids together.

        Parameters
        ----------
        blocks
            Cells, one entry for each grid, none inside another.

        Returns
        -------
        MixedCells
            All cells, by their place on the finest grid.
        """
        sizes = [(FINEST.nside // block.grid.nside) ** 2 for block in blocks]
        start = np.concatenate([b.nested * s for b, s in zip(blocks, sizes, strict=True)])
        order = np.argsort(start, kind="stable")
        size = np.repeat(sizes, [len(block.nested) for block in blocks])
        return cls(
            start[order],
            size[order].astype(np.int64),
            np.concatenate([block.centres for block in blocks])[order],
            np.concatenate([block.parent for block in blocks])[order],
            tuple(blocks),
            order,
        )

    @property
    def agreed(self) -> int:
        """How many landmarks agree with each of them."""
        return self.blocks[0].agreed


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


def likely_cities(cells: Cells, log_likelihood: FloatArray, power: float, count: int) -> IntArray:
    """Choose the cities in some cells, the likeliest where there are too many.

    Parameters
    ----------
    cells
        Cells of one grid.
    log_likelihood
        Log likelihood of the cells, shape (n,).
    power
        Power of the population that weighs a city.
    count
        Return at most this many.

    Returns
    -------
    IntArray
        Numbers of the cities in the city table, ascending.
    """
    town, size = cities(), (FINEST.nside // cells.grid.nside) ** 2
    first = np.searchsorted(town.nested, cells.nested * size)
    last = np.searchsorted(town.nested, (cells.nested + 1) * size)
    inside = cells_of(first, last)
    if len(inside) <= count:
        return inside
    score = np.log(town.weight(power)[inside]) + np.repeat(log_likelihood, last - first)
    return np.sort(inside[np.argpartition(-score, count)[:count]])


@cache
def _touched(nside: int, share: float) -> IntArray:
    """Nested numbers of the cells at and around each city, one row a city."""
    town, grid = cities(), Grid(nside=nside)
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
