"""Convex hulls of the points of many landmarks, and the points sorted for them."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.machine.compiled import before_kernels
from rttgeo.typing import FloatArray

before_kernels()


class SortedPoints(NamedTuple):
    """Points grouped by landmark, and by abscissa within each.

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
    """Group the points of each landmark and sort them by x.

    Parameters
    ----------
    landmark
        Number of the landmark of each point, shape (n,).
    x
        Abscissae, shape (n,).
    y
        Ordinates, shape (n,).
    n_landmarks
        How many landmarks there are.

    Returns
    -------
    SortedPoints
        The same points, with offsets by landmark.
    """
    order = _sorted_order(landmark, x, n_landmarks)
    counts = np.bincount(landmark, minlength=n_landmarks)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return SortedPoints(offsets, x[order], y[order], order)


@numba.njit(cache=True)
def _sorted_order(landmark, x, n_landmarks):  # type: ignore[no-untyped-def]
    """Order by landmark, then x: by counting, then each landmark's own few."""
    start = np.zeros(n_landmarks + 1, np.int64)
    for number in landmark:
        start[number + 1] += 1
    start = np.cumsum(start)
    place, order = start.copy(), np.empty(len(x), np.int64)
    for i in range(len(x)):
        order[place[landmark[i]]] = i
        place[landmark[i]] += 1
    for number in range(n_landmarks):
        part = order[start[number] : start[number + 1]]
        part[:] = part[np.argsort(x[part])]
    return order


@numba.njit(cache=True)
def lower_hull(x, y, skip, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the numbers of the lower hull's vertices; return how many there are.

    Parameters
    ----------
    x, y
        Points sorted by x.
    skip
        Points to leave out, one boolean per point.
    out
        At least as long as ``x``.

    Notes
    -----
    Andrew's monotone chain (1979). Of points at one x only the lowest counts, and points in
    the middle of an edge are no vertices.
    """
    n = 0
    for i in range(len(x)):
        if skip[i]:
            continue
        if n and x[i] == x[out[n - 1]]:
            if y[i] >= y[out[n - 1]]:
                continue
            # Whatever the higher point took off the chain, this one would have too.
            n -= 1
        while n >= 2:
            a, b = out[n - 2], out[n - 1]
            # b stays only where the chain turns left (counter-clockwise) in it.
            if (x[b] - x[a]) * (y[i] - y[a]) > (y[b] - y[a]) * (x[i] - x[a]):
                break
            n -= 1
        out[n] = i
        n += 1
    return n
