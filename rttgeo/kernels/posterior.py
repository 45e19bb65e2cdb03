"""Sums of log densities over cells: one table of log density against distance per landmark.

Tables stand on an axis that is equally spaced in chord length, 2 sin(d/2R), from 0 to 2: a
chord costs a few products and a square root where an arc costs an inverse sine, and for short
distances the two are the same.

**Precision.** Positions are single precision, relative to the middle of a block of cells: a
distance is right to 2 m (a value between knots moves by as much as its slope makes of that).
Values are single precision, relative to the largest that a table takes in a block; sums over
landmarks are double.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from rttgeo.kernels.rings import Rings
from rttgeo.typing import FloatArray, IntArray

Singles = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.uint32]
Pairs = npt.NDArray[np.complex64]

# Cells handled together: what is read and written for each landmark stays in the first-level
# cache (about 30 kB), so memory sees each cell once and not once per landmark.
BLOCK = 1024
FAST = {"contract", "nnan", "nsz"}


@njit(cache=True)
def unit_vectors_of(
    rings: Rings, cells: IntArray, x: FloatArray, y: FloatArray, z: FloatArray
) -> None:
    """Fill in the unit vectors of the centres of sorted cells.

    Neighbours on a ring are one turn by the same angle apart; a new start at every gap and
    every 64 cells keeps the rounding of the turns below 1e-14.

    Parameters
    ----------
    rings
        Rings of the grid.
    cells
        Cell numbers, sorted, shape (n,).
    x, y, z
        Filled, shape (n,).
    """
    ring, turns = -1, 0
    c = s = step_c = step_s = 0.0
    for i in range(len(cells)):
        if ring < 0 or cells[i] >= rings.first[ring + 1]:
            ring, turns = np.searchsorted(rings.first, cells[i], side="right") - 1, 0
            step_c, step_s = math.cos(rings.step[ring]), math.sin(rings.step[ring])
        if turns == 0 or cells[i] != cells[i - 1] + 1:
            lon = rings.lon[ring] + (cells[i] - rings.first[ring]) * rings.step[ring]
            c, s, turns = math.cos(lon), math.sin(lon), 64
        else:
            c, s = c * step_c - s * step_s, s * step_c + c * step_s
        turns -= 1
        x[i], y[i], z[i] = rings.cos_lat[ring] * c, rings.cos_lat[ring] * s, rings.sin_lat[ring]


@njit(cache=True, fastmath=FAST)
def place_on_axis(
    x: Singles,
    y: Singles,
    z: Singles,
    landmark: FloatArray,
    n_knots: int,
    knot: Numbers,
    beyond: Singles,
) -> tuple[int, int]:
    """Find where each point is on the axis of knots of a landmark.

    Parameters
    ----------
    x, y, z
        Points relative to some place near them, in radii, shape (n,).
    landmark
        The landmark relative to the same place, shape (3,).
    n_knots
        Number of knots, from chord 0 to 2.
    knot
        Filled: the knot at or before each point.
    beyond
        Filled: how far behind it the point is, in steps, from 0 to 1.

    Returns
    -------
    tuple
        First and last knot that occur.
    """
    v_x, v_y, v_z = np.float32(landmark[0]), np.float32(landmark[1]), np.float32(landmark[2])
    scale, last = np.float32(0.5 * (n_knots - 1)), np.float32((n_knots - 1) * (1.0 - 1e-7))
    for i in range(len(knot)):
        d_x, d_y, d_z = x[i] - v_x, y[i] - v_y, z[i] - v_z
        at = min(scale * np.sqrt(d_x * d_x + d_y * d_y + d_z * d_z), last)
        k = np.int32(at)
        knot[i], beyond[i] = k, at - np.float32(k)
    low, high = knot[0], knot[0]
    for i in range(len(knot)):
        low, high = min(low, knot[i]), max(high, knot[i])
    return low, high


@njit(cache=True, fastmath=FAST)
def pair_up(here: FloatArray, following: FloatArray, pairs: Pairs) -> float:
    """Fill in the value at each knot, less the largest, and the difference to the next.

    Both in one complex number: a look-up is then a single load of eight bytes.

    Parameters
    ----------
    here
        Values at the knots, shape (k,).
    following
        Values one knot further, shape (k,).
    pairs
        Filled: value (real part) and difference (imaginary part).

    Returns
    -------
    float
        The largest value of both.
    """
    top = here[0]
    for k in range(len(here)):
        top = max(top, max(here[k], following[k]))
    for k in range(len(here)):
        pairs[k] = complex(here[k] - top, following[k] - here[k])
    return top


# The look-ups are a loop of their own: they cannot become vector instructions, and would keep
# the arithmetic from it (0.7 ns a cell and landmark in all, against 2.8 in one loop).
@njit(cache=True, fastmath=FAST)
def add_table(
    table: FloatArray,
    low: int,
    high: int,
    knot: Numbers,
    beyond: Singles,
    pairs: Pairs,
    found: Pairs,
    out: FloatArray,
) -> None:
    """Add one landmark's log density, interpolated linearly in its table, at each point.

    Parameters
    ----------
    table
        The landmark's log density at the knots, shape (n_knots,).
    low, high
        First and last knot that occur.
    knot
        The knot at or before each point, shape (n,).
    beyond
        How far behind it the point is, in steps.
    pairs
        Scratch, shape (n_knots,).
    found
        Scratch, shape (n,).
    out
        Added to, shape (n,).
    """
    top = pair_up(table[low : high + 1], table[low + 1 : high + 2], pairs[low : high + 1])
    for i in range(len(knot)):
        found[i] = pairs[knot[i]]
    for i in range(len(out)):
        out[i] += top + np.float64(found[i].real + beyond[i] * found[i].imag)


@njit(cache=True)
def sum_block(
    rings: Rings,
    cells: IntArray,
    landmarks: FloatArray,
    tables: FloatArray,
    which: IntArray,
    out: FloatArray,
) -> None:
    """Add up the log densities of all landmarks for one block of cells (`sum_tables`).

    Parameters
    ----------
    rings
        Rings of the grid.
    cells
        Cell numbers, sorted, shape (n,).
    landmarks
        Unit vectors, shape (m, 3).
    tables
        Log density per km² by chord, evenly spaced from 0 to 2, shape (n_tables, n_knots).
    which
        Row of ``tables`` of each landmark, shape (m,).
    out
        Filled, shape (n,).
    """
    n, n_knots = len(cells), tables.shape[1]
    x, y, z = np.empty(n), np.empty(n), np.empty(n)
    unit_vectors_of(rings, cells, x, y, z)
    middle = np.array([x.mean(), y.mean(), z.mean()])
    near_x = (x - middle[0]).astype(np.float32)
    near_y = (y - middle[1]).astype(np.float32)
    near_z = (z - middle[2]).astype(np.float32)
    knot, beyond = np.empty(n, np.uint32), np.empty(n, np.float32)
    pairs, found = np.empty(n_knots, np.complex64), np.empty(n, np.complex64)
    out[:] = 0.0
    for i in range(len(which)):
        mark = landmarks[i] - middle
        low, high = place_on_axis(near_x, near_y, near_z, mark, n_knots, knot, beyond)
        add_table(tables[which[i]], low, high, knot, beyond, pairs, found, out)


@njit(cache=True, parallel=True)
def sum_tables(
    rings: Rings,
    cells: IntArray,
    landmarks: FloatArray,
    tables: FloatArray,
    which: IntArray,
    out: FloatArray,
) -> None:
    """Add up the log densities of all landmarks at sorted cells.

    Block by block, so the cells are read and written once, not once per landmark; blocks are alike in
    size, whatever the number of threads.

    Parameters
    ----------
    rings
        Rings of the grid.
    cells
        Cell numbers, sorted, shape (n,).
    landmarks
        Unit vectors, shape (m, 3).
    tables
        Log density per km² by chord, evenly spaced from 0 to 2, shape (n_tables, n_knots).
    which
        Row of ``tables`` of each landmark, shape (m,).
    out
        Filled, shape (n,).
    """
    blocks = (len(cells) + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        low, high = len(cells) * block // blocks, len(cells) * (block + 1) // blocks
        sum_block(rings, cells[low:high], landmarks, tables, which, out[low:high])


# Three arrays apart from one another: then this becomes vector instructions.
@njit(cache=True, fastmath=FAST)
def _larger(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    for i in range(len(out)):
        out[i] = max(a[i], b[i])


@njit(cache=True, parallel=True)
def widen_tables(tables: FloatArray, width: int, out: FloatArray) -> None:
    """Find the largest value within some knots on either side, row by row.

    By doubling: the maximum over 2 m neighbours is that of two maxima over m, so the cost does
    not grow with the width.

    Parameters
    ----------
    tables
        Shape (n_tables, n_knots).
    width
        Number of knots on either side.
    out
        Filled, of the same shape; near the beginning of a row it may be larger than needed.
    """
    n = tables.shape[1]
    width, span = min(width, n), min(2 * width + 1, n)
    for row in prange(tables.shape[0]):
        window, wider, done = tables[row].copy(), np.empty(n), 1
        while done < span:
            shift = min(done, span - done)
            _larger(window[: n - shift], window[shift:], wider[: n - shift])
            wider[n - shift :] = window[n - shift :]
            window, wider, done = wider, window, done + shift
        # window[k] is the maximum over k … k + span − 1, cut at the end of the table.
        # Before `width` the window starts at 0 and reaches further than needed: still a bound.
        out[row, :width] = window[0]
        out[row, width:] = window[: n - width]
