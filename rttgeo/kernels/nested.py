"""Cells in the nested order, in which the four parts of a cell follow one another."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray

# Ring of the southern corner of each of the twelve base cells, and longitude of its middle, in
# units of nside and of 45° (Gorski et al., Astrophys. J. 622, 2005, section 4.1).
CORNER_RING = np.array([2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4])
MIDDLE_TURN = np.array([1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7])


@njit(cache=True, nogil=True)
def every_second_bit(number: int) -> int:
    """Bits 0, 2, 4, … of a number, put together.

    Parameters
    ----------
    number
        Not negative, of at most 63 bits.

    Returns
    -------
    int
        Below 2³².
    """
    number &= 0x5555555555555555
    number = (number | (number >> 1)) & 0x3333333333333333
    number = (number | (number >> 2)) & 0x0F0F0F0F0F0F0F0F
    number = (number | (number >> 4)) & 0x00FF00FF00FF00FF
    number = (number | (number >> 8)) & 0x0000FFFF0000FFFF
    return (number | (number >> 16)) & 0x00000000FFFFFFFF


@njit(cache=True, nogil=True)
def nested_centres(nside: int, nested: IntArray, out: FloatArray) -> None:
    """Fill in the unit vectors of the centres of cells.

    Parameters
    ----------
    nside
        Of the grid, a power of two.
    nested
        Cell numbers in the nested order, shape (n,).
    out
        Filled, shape (n, 3).

    Notes
    -----
    Gorski et al. 2005 (ApJ 622), equations 4 to 9.
    """
    bits = 0
    while 1 << bits < nside * nside:
        bits += 1
    for i in range(len(nested)):
        base, within = nested[i] >> bits, nested[i] & (nside * nside - 1)
        east, north = every_second_bit(within), every_second_bit(within >> 1)
        ring = CORNER_RING[base] * nside - east - north - 1
        # Cells to the quarter of a ring; rings between the polar caps start at two longitudes.
        quarter, shifted = min(ring, nside, 4 * nside - ring), 0
        if quarter < nside:
            from_pole = quarter * quarter / (3.0 * nside * nside)
            z = math.copysign(1.0 - from_pole, 2 * nside - ring)
            across = math.sqrt(from_pole * (2.0 - from_pole))
        else:
            shifted = (ring - nside) & 1
            z = (2 * nside - ring) * 2.0 / (3.0 * nside)
            across = math.sqrt(1.0 - z * z)
        turn = (MIDDLE_TURN[base] * quarter + east - north + 1 + shifted) >> 1
        lon = (turn - 0.5 * (shifted + 1)) * (0.5 * math.pi / quarter)
        out[i, 0], out[i, 1], out[i, 2] = across * math.cos(lon), across * math.sin(lon), z


@njit(cache=True, nogil=True)
def gathered(
    start: IntArray, size: IntArray, held: FloatArray, bits: int
) -> tuple[IntArray, FloatArray, IntArray]:
    """Group pieces by the coarse cells that hold them.

    Parameters
    ----------
    start
        First part of each piece, in nested order, ascending, shape (n,).
    size
        Number of its parts, shape (n,).
    held
        Probability of each, shape (n,).
    bits
        A coarse cell is a part's number without this many bits.

    Returns
    -------
    tuple
        For each coarse cell with a piece, in ascending order: row of its most probable piece (the
        first of several), probability and number of parts.
    """
    row, together = np.empty(len(start), np.int64), np.empty(len(start))
    parts, count = np.empty(len(start), np.int64), 0
    for i in range(len(start)):
        if i == 0 or start[i] >> bits != start[i - 1] >> bits:
            row[count], together[count], parts[count] = i, held[i], size[i]
            count += 1
            continue
        own = count - 1
        together[own] += held[i]
        parts[own] += size[i]
        if held[i] > held[row[own]]:
            row[own] = i
    return row[:count], together[:count], parts[:count]


@njit(cache=True, nogil=True)
def mark_listed(cells: IntArray, listed: IntArray, out: npt.NDArray[np.bool_]) -> None:
    """Mark the cells that are listed.

    Parameters
    ----------
    cells
        Cell numbers, sorted, shape (n,).
    listed
        Numbers to look for, shape (m, k); a row may repeat its first number.
    out
        Set to True where a cell is listed, shape (n,).
    """
    for row in range(len(listed)):
        for column in range(listed.shape[1]):
            number = listed[row, column]
            if column and number == listed[row, 0]:
                continue
            at = np.searchsorted(cells, number)
            if at < len(cells) and cells[at] == number:
                out[at] = True


@njit(cache=True, nogil=True)
def runs_of_blocks(
    nside: int, start: IntArray, size: IntArray, first: IntArray
) -> tuple[IntArray, IntArray]:
    """Find the runs of ring numbers that make up blocks of cells.

    A block is a square of k by k cells on its tip, so that each of its 2 k - 1 rings holds one run
    of it (two where the ring begins within).

    Parameters
    ----------
    nside
        Of the grid, a power of two.
    start
        First nested number of each block, a multiple of its size.
    size
        Number of cells of each block, a power of four.
    first
        First cell of each ring.

    Returns
    -------
    tuple
        ``start`` and ``stop`` of the runs, unsorted.
    """
    rows = 0
    for i in range(len(start)):
        rows += 2 * int(math.sqrt(size[i])) - 1
    begin, end, at = np.empty(2 * rows, np.int64), np.empty(2 * rows, np.int64), 0
    for i in range(len(start)):
        base, within = start[i] // (nside * nside), start[i] % (nside * nside)
        east, north = every_second_bit(within), every_second_bit(within >> 1)
        wide = int(math.sqrt(size[i]))
        for row in range(2 * wide - 1):
            total = east + north + row
            ring = CORNER_RING[base] * nside - total - 1
            quarter, shifted = min(ring, nside, 4 * nside - ring), 0
            if quarter == nside:
                shifted = (ring - nside) & 1
            leftmost = max(east, total - north - wide + 1)
            count = min(east + wide - 1, total - north) - leftmost + 1
            turn = (MIDDLE_TURN[base] * quarter + 2 * leftmost - total + 1 + shifted) // 2 - 1
            turn %= 4 * quarter
            over = max(turn + count - 4 * quarter, 0)
            begin[at], end[at] = first[ring - 1] + turn, first[ring - 1] + turn + count - over
            at += 1
            if over:
                begin[at], end[at] = first[ring - 1], first[ring - 1] + over
                at += 1
    return begin[:at], end[:at]
