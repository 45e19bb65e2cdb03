"""Cells in the nested order, in which the four parts of a cell follow one another."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.kernels.rings import FloatArray, IntArray

# Ring of the southern corner of each of the twelve base cells, and longitude of its middle, in
# units of nside and of 45° (Gorski et al., Astrophys. J. 622, 2005, section 4.1).
CORNER_RING = np.array([2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4])
MIDDLE_TURN = np.array([1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7])


@njit(cache=True, nogil=True)
def every_second_bit(number: int) -> int:
    """Bits 0, 2, 4, … of a number, put together."""
    number &= 0x5555555555555555
    number = (number | (number >> 1)) & 0x3333333333333333
    number = (number | (number >> 2)) & 0x0F0F0F0F0F0F0F0F
    number = (number | (number >> 4)) & 0x00FF00FF00FF00FF
    number = (number | (number >> 8)) & 0x0000FFFF0000FFFF
    return (number | (number >> 16)) & 0x00000000FFFFFFFF


@njit(cache=True, nogil=True)
def nested_centres(nside: int, nested: IntArray, out: FloatArray) -> None:
    """Fill the unit vectors of the centres of cells, shape (n, 3)."""
    for i in range(len(nested)):
        base, within = nested[i] // (nside * nside), nested[i] % (nside * nside)
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
        turn = (MIDDLE_TURN[base] * quarter + east - north + 1 + shifted) // 2
        lon = (turn - 0.5 * (shifted + 1)) * (0.5 * math.pi / quarter)
        out[i, 0], out[i, 1], out[i, 2] = across * math.cos(lon), across * math.sin(lon), z


@njit(cache=True, nogil=True)
def mark_listed(cells: IntArray, listed: IntArray, out: npt.NDArray[np.bool_]) -> None:
    """Mark the sorted cells that are listed; some rows may repeat their first number."""
    for row in range(len(listed)):
        for column in range(listed.shape[1]):
            number = listed[row, column]
            if column and number == listed[row, 0]:
                continue
            at = np.searchsorted(cells, number)
            if at < len(cells) and cells[at] == number:
                out[at] = True
