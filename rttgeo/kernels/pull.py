"""Which of many weighted places draws each of some points most."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray


@njit(cache=True, nogil=True)
def most_drawn(
    points: FloatArray,
    list_of: IntArray,
    first: IntArray,
    listed: npt.NDArray[np.int32],
    places: FloatArray,
    weight: FloatArray,
    reach: float,
    core: float,
    out: IntArray,
) -> None:
    """Find the place of the greatest weight ÷ (angle + core)² within reach of each point.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    list_of
        Which list of places each point is held against, shape (n,).
    first
        Where each list begins in ``listed``, and where the last one ends, shape (lists + 1,).
    listed
        Numbers of places, list by list, each list by falling weight.
    places
        Their unit vectors, shape (m, 3).
    weight
        Theirs, 0 or more, shape (m,).
    reach
        Places farther than this do not draw, radians.
    core
        Added to each angle, radians, above 0.
    out
        Filled with numbers of places, -1 where none is within reach; shape (n,). Of equals the
        one that is listed first.
    """
    least_cosine = math.cos(reach)
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        best, found = 0.0, -1
        for k in range(first[list_of[i]], first[list_of[i] + 1]):
            j = listed[k]
            if weight[j] / (core * core) <= best:
                break  # Those that follow weigh less still.
            u, v, w = places[j, 0], places[j, 1], places[j, 2]
            if x * u + y * v + z * w < least_cosine:
                continue
            # By the chord: the arc cosine is blind to what is near.
            half = math.sqrt((x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2) / 2
            apart = 2 * math.asin(min(half, 1.0)) + core
            pull = weight[j] / (apart * apart)
            if pull > best:
                best, found = pull, j
        out[i] = found
