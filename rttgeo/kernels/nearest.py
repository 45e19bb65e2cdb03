"""How far the nearest of many places is."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.typing import FloatArray


@njit(cache=True, nogil=True)
def nearest_chord(points: FloatArray, places: FloatArray, out: FloatArray) -> None:
    """Measure the chord from each point to the nearest place.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    places
        Unit vectors by ascending third component, shape (m, 3), at least one.
    out
        Filled, in radii of the sphere, shape (n,).

    Notes
    -----
    Two points are at least as far apart as their third components: places are tried from that of
    the point outwards, until what is left is farther than the best one.
    """
    height = places[:, 2].copy()
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        above = np.searchsorted(height, z)
        below, best = above - 1, math.inf
        while above < len(height) or below >= 0:
            up = height[above] - z if above < len(height) else math.inf
            down = z - height[below] if below >= 0 else math.inf
            if min(up, down) ** 2 > best:
                break
            j = above if up <= down else below
            above, below = above + (up <= down), below - (up > down)
            square = (x - places[j, 0]) ** 2 + (y - places[j, 1]) ** 2 + (z - places[j, 2]) ** 2
            best = min(best, square)
        out[i] = math.sqrt(best)
