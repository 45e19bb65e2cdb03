"""Sums of log densities over cells: one table of log density against distance per landmark.

Tables stand on an axis that is equally spaced in chord length, 2 sin(d/2R), from 0 to 2: a
chord costs a dot product and a square root where an arc costs an inverse sine, and for short
distances the two are the same.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from rttgeo.kernels.rings import FloatArray, IntArray, Rings

# Cells handled together: their vectors and sums stay in the first-level cache (20 kB).
BLOCK = 512


@njit(cache=True)
def unit_vectors_of(
    rings: Rings, cells: IntArray, x: FloatArray, y: FloatArray, z: FloatArray
) -> None:
    """Fill the unit vectors of the centres of sorted cells."""
    if len(cells) == 0:
        return
    ring = np.searchsorted(rings.first, cells[0], side="right") - 1
    for i in range(len(cells)):
        while cells[i] >= rings.first[ring + 1]:
            ring += 1
        lon = rings.lon[ring] + (cells[i] - rings.first[ring]) * rings.step[ring]
        x[i] = rings.cos_lat[ring] * math.cos(lon)
        y[i] = rings.cos_lat[ring] * math.sin(lon)
        z[i] = rings.sin_lat[ring]


# Two loops: the first, all arithmetic, becomes vector instructions; the look-up cannot, and
# would hold the rest back (2.0 ns a cell and landmark against 4.8 in one loop).
@njit(cache=True, fastmath={"contract", "nnan", "nsz"})
def add_table(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    landmark: FloatArray,
    table: FloatArray,
    at: FloatArray,
    out: FloatArray,
) -> None:
    """Add one landmark's log density, interpolated linearly in its table, at each point.

    ``at`` is scratch: the position of each point on the table's axis.
    """
    v_x, v_y, v_z = landmark[0], landmark[1], landmark[2]
    scale = 0.5 * (len(table) - 1)
    last = (len(table) - 1) * (1.0 - 1e-14)
    for i in range(len(out)):
        dot = x[i] * v_x + y[i] * v_y + z[i] * v_z
        at[i] = min(scale * math.sqrt(max(2.0 - 2.0 * dot, 0.0)), last)
    for i in range(len(out)):
        k = np.int32(at[i])
        out[i] += table[k] + (at[i] - k) * (table[k + 1] - table[k])


@njit(cache=True, parallel=True)
def sum_tables(
    rings: Rings,
    cells: IntArray,
    landmarks: FloatArray,
    tables: FloatArray,
    which: IntArray,
    out: FloatArray,
) -> None:
    """Fill ``out`` with the sum of log densities of all landmarks at sorted cells.

    ``landmarks`` are unit vectors, shape (n, 3); landmark i has the row ``which[i]`` of
    ``tables``, shape (n_tables, n_knots). Block by block, so the cells are read and written
    once, not once a landmark.
    """
    blocks = (len(cells) + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        low, high = block * BLOCK, min((block + 1) * BLOCK, len(cells))
        x, y, z = np.empty(high - low), np.empty(high - low), np.empty(high - low)
        at = np.empty(high - low)
        unit_vectors_of(rings, cells[low:high], x, y, z)
        total = out[low:high]
        total[:] = 0.0
        for i in range(len(which)):
            add_table(x, y, z, landmarks[i], tables[which[i]], at, total)


@njit(cache=True, parallel=True)
def widen_tables(tables: FloatArray, width: int, out: FloatArray) -> None:
    """Fill ``out`` with the largest value within ``width`` knots on either side, row by row.

    By doubling: the maximum over 2 m neighbours is that of two maxima over m, so the cost does
    not grow with the width.
    """
    n = tables.shape[1]
    for row in prange(tables.shape[0]):
        window, done = tables[row].copy(), 1
        span = min(2 * width + 1, n)
        while done < span:
            shift = min(done, span - done)
            for k in range(n - shift):
                window[k] = max(window[k], window[k + shift])
            done += shift
        # window[k] is the maximum over k … k + span − 1, cut at the end of the table.
        for k in range(n):
            out[row, k] = window[max(k - width, 0)]
        # Before `width` the window starts at 0 and reaches further than needed: still a bound.
