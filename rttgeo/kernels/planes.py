"""Values of large cells carried over to their parts, along a plane through a cell and its siblings."""

from __future__ import annotations

import numpy as np
from numba import njit

from rttgeo.typing import FloatArray, IntArray

RIDGE = 1e-3
"""Share of the trace added to the diagonal, since siblings say nothing about the direction away from
the globe."""


@njit(cache=True, nogil=True)
def slope_of(square: FloatArray, toward: FloatArray, slope: FloatArray) -> None:
    """Solve three equations by Cramer's rule, with a ridge.

    Parameters
    ----------
    square
        Symmetric matrix, shape (3, 3); the ridge is added to it.
    toward
        Right-hand side, shape (3,).
    slope
        Filled, shape (3,).
    """
    ridge = RIDGE * (square[0, 0] + square[1, 1] + square[2, 2]) + 1e-15
    a, d, f = square[0, 0] + ridge, square[1, 1] + ridge, square[2, 2] + ridge
    b, c, e = square[0, 1], square[0, 2], square[1, 2]
    aa, bb, cc = d * f - e * e, c * e - b * f, b * e - c * d
    dd, ee, ff = a * f - c * c, b * c - a * e, a * d - b * b
    whole = a * aa + b * bb + c * cc
    x, y, z = toward[0], toward[1], toward[2]
    slope[0] = (aa * x + bb * y + cc * z) / whole
    slope[1] = (bb * x + dd * y + ee * z) / whole
    slope[2] = (cc * x + ee * y + ff * z) / whole


@njit(cache=True, nogil=True)
def carry_over(
    nested: IntArray,
    centres: FloatArray,
    values: FloatArray,
    parent: IntArray,
    points: FloatArray,
    out: FloatArray,
) -> None:
    """Interpolate a smooth function from cells to their parts.

    Parameters
    ----------
    nested
        Numbers of the cells in nested order, ascending, shape (n,).
    centres
        Unit vectors of their centres, shape (n, 3).
    values
        Values at the cells, shape (n,).
    parent
        Row of the cell that each part belongs to, shape (m,).
    points
        Unit vectors of the parts' centres, shape (m, 3).
    out
        Filled with values at the parts, shape (m,).
    """
    n = len(nested)
    start, slopes = np.empty(n), np.empty((n, 3))
    square, toward, slope, middle = np.empty((3, 3)), np.empty(3), np.empty(3), np.empty(3)
    first = 0
    while first < n:
        last = first + 1
        while last < n and nested[last] // 4 == nested[first] // 4:
            last += 1
        level = values[first:last].sum() / (last - first)
        for a in range(3):
            middle[a] = centres[first:last, a].sum() / (last - first)
        square[:], toward[:] = 0.0, 0.0
        for i in range(first, last):
            for a in range(3):
                away = centres[i, a] - middle[a]
                toward[a] += (values[i] - level) * away
                for b in range(3):
                    square[a, b] += away * (centres[i, b] - middle[b])
        slope_of(square, toward, slope)
        for i in range(first, last):
            start[i] = values[i]
            for a in range(3):
                slopes[i, a] = slope[a]
                start[i] -= slope[a] * centres[i, a]
        first = last
    for k in range(len(parent)):
        i = parent[k]
        out[k] = (
            start[i]
            + slopes[i, 0] * points[k, 0]
            + slopes[i, 1] * points[k, 1]
            + slopes[i, 2] * points[k, 2]
        )
