"""Cells of finer and coarser grids: each cell of a grid is exactly four of the next finer one."""

from __future__ import annotations

import healpix
import numpy as np

from rttgeo.typing import IntArray


def parents_of(cells: IntArray, nside: int, coarser: int) -> IntArray:
    """The cell of the grid of a coarser nside that holds each cell, of the same shape; not sorted."""
    if coarser > nside:
        raise ValueError("the other grid is finer")
    nested = healpix.ring2nest(nside, cells) // (nside // coarser) ** 2
    return np.asarray(healpix.nest2ring(coarser, nested), dtype=np.int64)


def children_of(cells: IntArray, nside: int, finer: int) -> IntArray:
    """The cells of the grid of a finer nside within each cell, shape (cells, factor²); not sorted."""
    if finer < nside:
        raise ValueError("the other grid is coarser")
    parts = (finer // nside) ** 2
    nested = healpix.ring2nest(nside, cells)[:, None] * parts + np.arange(parts)
    return np.asarray(healpix.nest2ring(finer, nested), dtype=np.int64)
