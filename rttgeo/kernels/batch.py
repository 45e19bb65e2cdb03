"""Intersections for many targets at once, in parallel, keeping only their sizes and middles."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from rttgeo.kernels.caps import common_span, relevant_caps, ring_intersection
from rttgeo.kernels.moments import add_run
from rttgeo.kernels.rings import Rings, make_caps, widest_pad
from rttgeo.typing import FloatArray, IntArray


@njit(cache=True)
def size_and_sum(
    rings: Rings, lon: FloatArray, lat: FloatArray, radius_km: FloatArray, total: FloatArray
) -> int:
    """Count the cells in all of some circles, and add up their unit vectors.

    Parameters
    ----------
    rings
        Rings of the grid.
    lon, lat
        Centres of the circles, degrees, shape (n,).
    radius_km
        Their radii, km, shape (n,).
    total
        Added to: sum of the unit vectors of the cells' centres, shape (3,).

    Returns
    -------
    int
        Number of cells; without circles that of the whole grid.
    """
    if len(lon) == 0:
        return rings.first[-1]
    caps = make_caps(lon, lat, radius_km)
    numbers, apart = relevant_caps(caps, 0, len(lon), widest_pad(rings))
    if apart:
        return 0
    first, last = common_span(rings, caps, numbers)
    start, stop = np.empty(len(numbers) + 2, np.int64), np.empty(len(numbers) + 2, np.int64)
    cells = 0
    for ring in range(first, last):
        count = ring_intersection(rings, ring, caps, numbers, start, stop)
        for i in range(count):
            add_run(rings, ring, start[i], stop[i], total)
            cells += stop[i] - start[i]
    return cells


@njit(cache=True, parallel=True)
def intersect_many(
    rings: Rings,
    lon: FloatArray,
    lat: FloatArray,
    radius_km: FloatArray,
    offsets: IntArray,
    cells: IntArray,
    total: FloatArray,
) -> None:
    """Count and sum up the cells in all circles of each target.

    Nothing is kept between targets, so memory does not grow with their number.

    Parameters
    ----------
    rings
        Rings of the grid.
    lon, lat
        Centres of the circles, degrees, shape (n,).
    radius_km
        Their radii, km, shape (n,).
    offsets
        Target i's circles are ``offsets[i]:offsets[i + 1]``, shape (targets + 1,).
    cells
        Filled: number of cells, shape (targets,).
    total
        Added to: sum of the cells' unit vectors, shape (targets, 3).
    """
    for target in prange(len(offsets) - 1):
        low, high = offsets[target], offsets[target + 1]
        cells[target] = size_and_sum(
            rings, lon[low:high], lat[low:high], radius_km[low:high], total[target]
        )
