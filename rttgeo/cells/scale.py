"""Cells of finer and coarser grids: each cell of a grid is exactly four of the next finer one."""

from __future__ import annotations

import healpix
import numpy as np

from rttgeo.typing import IntArray


def parents_of(cells: IntArray, nside: int, coarser: int) -> IntArray:
    """Find the cell of a coarser grid that holds each cell.

    Parameters
    ----------
    cells
        Numbers of cells.
    nside
        Of their grid.
    coarser
        nside of that grid.

    Returns
    -------
    numpy.ndarray
        Of the same shape; not sorted.

    Raises
    ------
    ValueError
        When the other grid is finer.
    """
    if coarser > nside:
        raise ValueError("the other grid is finer")
    nested = healpix.ring2nest(nside, cells) // (nside // coarser) ** 2
    return np.asarray(healpix.nest2ring(coarser, nested), dtype=np.int64)


def children_of(cells: IntArray, nside: int, finer: int) -> IntArray:
    """Find the cells of a finer grid within each cell.

    Parameters
    ----------
    cells
        Numbers of cells.
    nside
        Of their grid.
    finer
        nside of that grid.

    Returns
    -------
    numpy.ndarray
        Shape (cells, factor²); not sorted.

    Raises
    ------
    ValueError
        When the other grid is coarser.
    """
    if finer < nside:
        raise ValueError("the other grid is coarser")
    parts = (finer // nside) ** 2
    nested = healpix.ring2nest(nside, cells)[:, None] * parts + np.arange(parts)
    return np.asarray(healpix.nest2ring(finer, nested), dtype=np.int64)
