"""Discs of one target that do not meet: two of them prove that it answers from two places.

Two discs are apart when the angle between their centres is more than the sum of their radii.
With the cosines and sines of the radii at hand this is one comparison per pair, without a
trigonometric function:

    p·q < cos(r + s) = cos r cos s − sin r sin s      (r + s < π)
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.typing import FloatArray, IntArray

TOUCHING_KM = 1e-3
"""Discs this near to each other count as touching: a metre, far above any rounding (at most
2e-9 of an angle here) and far below anything measured."""
TOUCHING_RAD = TOUCHING_KM / EARTH_RADIUS_KM

Pairs = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def _discs(centre: FloatArray, radius: FloatArray, keep: IntArray) -> FloatArray:
    """Centres, radii with half of the slack, and their cosines and sines, as six rows."""
    rows = np.empty((6, len(keep)))
    for k in range(len(keep)):
        i = keep[k]
        r = radius[i] + 0.5 * TOUCHING_RAD
        rows[0, k], rows[1, k], rows[2, k] = centre[i, 0], centre[i, 1], centre[i, 2]
        rows[3, k], rows[4, k], rows[5, k] = r, math.cos(r), math.sin(r)
    return rows


@njit(cache=True, nogil=True)
def _first_beyond(discs: FloatArray, a: int, start: int, stop: int) -> int:
    """Of the discs from ``start`` on, that of the smallest radius that ``a`` does not meet, or -1.

    First all are counted (which becomes vector instructions), then one is looked for.
    """
    x, y, z, c, s = discs[0], discs[1], discs[2], discs[4], discs[5]
    p, q, w, e, f = x[a], y[a], z[a], c[a], s[a]
    beyond = 0
    for b in range(start, stop):
        beyond += p * x[b] + q * y[b] + w * z[b] < e * c[b] - f * s[b]
    found = -1
    if beyond:
        r = discs[3]
        for b in range(start, stop):
            if p * x[b] + q * y[b] + w * z[b] < e * c[b] - f * s[b] and r[a] + r[b] < math.pi:
                found = b if found < 0 or r[b] < r[found] else found
    return found


@njit(cache=True, nogil=True)
def _without_the_smallest_in(discs: FloatArray, s: int) -> IntArray:
    """Numbers of the discs that do not hold the whole of disc ``s``, by ascending radius.

    A disc that holds another one meets whatever that one meets: it never makes the only pair.
    """
    kept, count = np.empty(discs.shape[1], np.int64), 0
    for j in range(discs.shape[1]):
        along = discs[0, s] * discs[0, j] + discs[1, s] * discs[1, j] + discs[2, s] * discs[2, j]
        # Rounding may keep a disc that holds the smallest one; that costs time, no answer.
        holds = along >= discs[4, s] * discs[4, j] + discs[5, s] * discs[5, j] + 1e-15
        if not holds and discs[3, j] + discs[3, s] < math.pi:
            kept[count] = j
            count += 1
    kept = kept[:count]
    return kept[np.argsort(discs[3][kept], kind="mergesort")]


@njit(cache=True, nogil=True)
def disjoint_pair(centre: FloatArray, radius: FloatArray) -> tuple[int, int]:
    """Two discs with no point in common, or (-1, -1) when every two meet.

    The pair has the smallest disc that takes part in any, with the smallest that it does not
    meet: small discs say most about where the two places are.

    Parameters
    ----------
    centre
        Unit vectors, shape (n, 3).
    radius
        Radians, 0 or above, shape (n,).

    Returns
    -------
    tuple
        Their numbers, the smaller disc first.
    """
    if len(radius) < 2:
        return -1, -1
    discs = _discs(centre, radius, np.arange(len(radius)))
    smallest = int(np.argmin(discs[3]))
    found = _first_beyond(discs, smallest, 0, len(radius))
    if found >= 0:
        return smallest, found
    kept = _without_the_smallest_in(discs, smallest)
    discs = discs[:, kept]
    stop = len(kept)
    for a in range(len(kept) - 1):
        # Radii ascend: the discs at the end are half the globe together with this one.
        while stop > a + 1 and discs[3, a] + discs[3, stop - 1] >= math.pi:
            stop -= 1
        found = _first_beyond(discs, a, a + 1, stop)
        if found >= 0:
            return kept[a], kept[found]
    return -1, -1


@njit(cache=True, nogil=True)
def holding_none(centre: FloatArray, radius: FloatArray) -> IntArray:
    """Return the numbers of the discs that hold the whole of no other, by ascending radius.

    Of two discs that are the same, the first one stays.

    Parameters
    ----------
    centre
        Unit vectors, shape (n, 3).
    radius
        Radians, shape (n,); one of half the globe or more holds everything.

    Returns
    -------
    numpy.ndarray
        Disc numbers, shape (k,).
    """
    order = np.argsort(radius, kind="mergesort")
    kept, count = np.empty(len(radius), np.int64), 0
    for j in order:
        # Whoever holds a disc that was left out holds what that one holds: the kept ones do.
        holds = False
        for k in range(count):
            i = kept[k]
            x, y, z = centre[i, 0], centre[i, 1], centre[i, 2]
            along = x * centre[j, 0] + y * centre[j, 1] + z * centre[j, 2]
            inside = along >= math.cos(radius[j] - radius[i]) - 1e-15
            if radius[j] >= math.pi or inside:
                holds = True
                break
        if not holds:
            kept[count] = j
            count += 1
    return kept[:count]


@njit(cache=True, parallel=True)
def disjoint_pairs(
    centres: FloatArray, landmark: Pairs, radius: FloatArray, offsets: IntArray, out: Pairs
) -> None:
    """Find two disjoint discs of every target.

    Parameters
    ----------
    centres
        Unit vectors of the landmarks, shape (landmarks, 3).
    landmark, radius
        One per pair: its landmark, and the radius of its disc in radians, above 0.
    offsets
        Target i's pairs are ``offsets[i]:offsets[i + 1]``.
    out
        Filled: rows of the two discs, -1 where there are none, shape (targets, 2).
    """
    for target in prange(len(offsets) - 1):
        low, high = offsets[target], offsets[target + 1]
        centre = np.empty((high - low, 3))
        for k in range(high - low):
            centre[k] = centres[landmark[low + k]]
        first, second = disjoint_pair(centre, radius[low:high])
        out[target, 0] = low + first if first >= 0 else -1
        out[target, 1] = low + second if first >= 0 else -1
