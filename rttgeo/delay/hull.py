"""Convex hulls of the points of many landmarks, and the points sorted for them."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.sphere import FloatArray


class SortedPoints(NamedTuple):
    """Points grouped by landmark, and by abscissa (then ordinate) within each.

    Attributes
    ----------
    offsets
        Those of landmark i are ``offsets[i]:offsets[i + 1]``.
    x, y
        Coordinates.
    order
        Which of the points given each one is.
    """

    offsets: npt.NDArray[np.int64]
    x: FloatArray
    y: FloatArray
    order: npt.NDArray[np.int64]


def sort_points(
    landmark: npt.NDArray[np.int32], x: FloatArray, y: FloatArray, n_landmarks: int
) -> SortedPoints:
    """Group the points of each landmark and sort them by x, then y."""
    order = np.lexsort((y, x, landmark))
    counts = np.bincount(landmark, minlength=n_landmarks)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return SortedPoints(offsets, x[order], y[order], order)


@numba.njit(cache=True)
def lower_hull(x, y, skip, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the numbers of the lower hull's vertices; return how many there are.

    Parameters
    ----------
    x, y
        Points sorted by x, then y.
    skip
        Points to leave out, one boolean a point.
    out
        At least as long as ``x``.

    Notes
    -----
    Andrew's monotone chain (1979). Of points at one x only the lowest counts, and points in
    the middle of an edge are no vertices.
    """
    n = 0
    for i in range(len(x)):
        if skip[i] or (n and x[i] == x[out[n - 1]]):
            continue
        while n >= 2:
            a, b = out[n - 2], out[n - 1]
            # b stays only where the chain turns left (counter-clockwise) in it.
            if (x[b] - x[a]) * (y[i] - y[a]) > (y[b] - y[a]) * (x[i] - x[a]):
                break
            n -= 1
        out[n] = i
        n += 1
    return n
