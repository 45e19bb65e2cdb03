"""Sums of unit vectors over runs of cells, in closed form: centroids without visiting cells."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.kernels.rings import Rings, arc_between
from rttgeo.typing import FloatArray, IntArray


@njit(cache=True)
def add_run(rings: Rings, ring: int, start: int, stop: int, total: FloatArray) -> None:
    """Add up the unit vectors of the centres of one run of a ring.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring
        Its number, from 0.
    start, stop
        First cell, and the one behind the last, numbered within the ring.
    total
        Added to, shape (3,).

    Notes
    -----
    The sum of n unit vectors ``step`` apart is sin(n step/2)/sin(step/2) in the middle one's
    direction (a geometric series in exp(i step)).
    """
    n, step = stop - start, rings.step[ring]
    middle = rings.lon[ring] + (start + 0.5 * (n - 1)) * step
    length = rings.cos_lat[ring] * math.sin(0.5 * n * step) / math.sin(0.5 * step)
    total[0] += length * math.cos(middle)
    total[1] += length * math.sin(middle)
    total[2] += n * rings.sin_lat[ring]


@njit(cache=True)
def sum_of_runs(rings: Rings, start: IntArray, stop: IntArray) -> FloatArray:
    """Add up the unit vectors of all centres in canonical runs.

    Parameters
    ----------
    rings
        Rings of the grid.
    start, stop
        Canonical runs of cells.

    Returns
    -------
    numpy.ndarray
        Shape (3,).
    """
    total = np.zeros(3)
    for i in range(len(start)):
        ring = np.searchsorted(rings.first, start[i], side="right") - 1
        at = start[i]
        while at < stop[i]:
            base, end = rings.first[ring], min(rings.first[ring + 1], stop[i])
            add_run(rings, ring, at - base, end - base, total)
            at, ring = end, ring + 1
    return total


@njit(cache=True)
def farthest_in_runs(
    rings: Rings, start: IntArray, stop: IntArray, lon: float, lat: float
) -> float:
    """Largest angle from a point to a centre in canonical runs, radians.

    Distance along a ring rises up to the longitude opposite the point, so only the ends of a
    run and the centres beside that longitude need a look.

    Parameters
    ----------
    rings
        Rings of the grid.
    start, stop
        Canonical runs of cells.
    lon, lat
        The point, radians.

    Returns
    -------
    float
        Radians; 0 for no runs.
    """
    farthest = 0.0
    for i in range(len(start)):
        ring = np.searchsorted(rings.first, start[i], side="right") - 1
        at = start[i]
        while at < stop[i]:
            base, end = rings.first[ring], min(rings.first[ring + 1], stop[i])
            low, high, step = at - base, end - base - 1, rings.step[ring]
            turn = math.floor((lon + math.pi - rings.lon[ring]) / step)
            around = rings.first[ring + 1] - base
            for index in (low, high, turn % around, (turn + 1) % around):
                if low <= index <= high:
                    place = rings.lon[ring] + index * step
                    farthest = max(farthest, arc_between(lon, lat, place, rings.lat[ring]))
            at, ring = end, ring + 1
    return farthest
