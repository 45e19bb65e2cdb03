"""Cells of finer and coarser grids: each cell of a grid is exactly four of the next finer one."""

from __future__ import annotations

import healpix
import numpy as np

from rttgeo.cells.tiling import Tiling
from rttgeo.typing import IntArray


def parents_of(cells: IntArray, grid: Tiling, coarser: Tiling) -> IntArray:
    """The cell of a coarser grid that holds each cell, of the same shape; not sorted."""
    if coarser.nside > grid.nside:
        raise ValueError("the other grid is finer")
    nested = healpix.ring2nest(grid.nside, cells) // (grid.nside // coarser.nside) ** 2
    return np.asarray(healpix.nest2ring(coarser.nside, nested), dtype=np.int64)


def children_of(cells: IntArray, grid: Tiling, finer: Tiling) -> IntArray:
    """The cells of a finer grid within each cell, shape (cells, factor²); not sorted."""
    if finer.nside < grid.nside:
        raise ValueError("the other grid is coarser")
    parts = (finer.nside // grid.nside) ** 2
    nested = healpix.ring2nest(grid.nside, cells)[:, None] * parts + np.arange(parts)
    return np.asarray(healpix.nest2ring(finer.nside, nested), dtype=np.int64)
