"""What the audit asks of every pair: who beats a bound, and who is a partner of whom."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.typing import BoolArray, FloatArray, IntArray

ROUNDING_KM = 0.5
"""Arcs from scalar products of unit vectors are this exact at the least; callers look again."""


@njit(cache=True, nogil=True)
def arc_km(points: FloatArray, i: int, j: int) -> float:
    """Great-circle distance of two unit vectors, km: by the chord, good for near places too.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    i, j
        Node numbers.

    Returns
    -------
    float
        Kilometres; NaN where a place is unknown.
    """
    x = points[i, 0] - points[j, 0]
    y = points[i, 1] - points[j, 1]
    z = points[i, 2] - points[j, 2]
    chord = math.sqrt(x * x + y * y + z * z)
    return 2 * EARTH_RADIUS_KM * math.asin(min(0.5 * chord, 1.0))


@njit(cache=True, nogil=True)
def beyond_bound(
    points: FloatArray,
    first: IntArray,
    second: IntArray,
    rtt_ms: FloatArray,
    km_per_ms: float,
    tolerance_km: float,
) -> IntArray:
    """Rows whose ends are (or by rounding may be) farther apart than the bound allows.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3); NaN for an unknown place, whose pairs are not among
        those found.
    first, second
        Ends of each pair, node numbers, shape (pairs,).
    rtt_ms
        Minimum RTT of each pair, ms, shape (pairs,).
    km_per_ms
        What a bound allows for each ms of round trip, km.
    tolerance_km
        By how much a pair may be farther apart all the same, km.

    Returns
    -------
    numpy.ndarray
        Row numbers, rising.
    """
    found = np.empty(len(rtt_ms), np.int64)
    count = 0
    for row in range(len(rtt_ms)):
        reach = km_per_ms * rtt_ms[row] + tolerance_km - ROUNDING_KM
        if reach >= HALF_CIRCUMFERENCE_KM:
            continue
        a, b = first[row], second[row]
        x = points[a, 0] - points[b, 0]
        y = points[a, 1] - points[b, 1]
        z = points[a, 2] - points[b, 2]
        chord = 2 * math.sin(0.5 * max(reach, 0.0) / EARTH_RADIUS_KM)
        if x * x + y * y + z * z > chord * chord:
            found[count] = row
            count += 1
    return found[:count].copy()


@njit(cache=True, nogil=True)
def least_excess(
    points: FloatArray, first: IntArray, second: IntArray, rtt_ms: FloatArray, km_per_ms: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Find the least excess over the bound, the nearest partner and the number of pairs per node.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    first, second
        Ends of each pair, node numbers, shape (pairs,).
    rtt_ms
        Minimum RTT of each pair, ms, shape (pairs,).
    km_per_ms
        What a bound allows for each ms of round trip, km.

    Returns
    -------
    tuple
        Least RTT beyond that of the bound, ms; distance to the nearest partner, km (both infinite
        without one); number of pairs. Each of shape (n,).
    """
    n = len(points)
    least, nearest = np.full(n, np.inf), np.full(n, np.inf)
    count = np.zeros(n, np.int64)
    for row in range(len(rtt_ms)):
        a, b = first[row], second[row]
        km = arc_km(points, a, b)
        if not km >= 0:
            continue
        over = rtt_ms[row] - km / km_per_ms
        for node in (a, b):
            least[node] = min(least[node], over)
            nearest[node] = min(nearest[node], km)
            count[node] += 1
    return least, nearest, count


@njit(cache=True, nogil=True)
def partners(
    first: IntArray, second: IntArray, rtt_ms: FloatArray, use: BoolArray, n: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs from both ends, by node, as they come; of two nodes' pairs the quickest.

    Parameters
    ----------
    first, second
        Ends of each pair, node numbers, shape (pairs,).
    rtt_ms
        Minimum RTT of each pair, ms, shape (pairs,).
    use
        Which pairs count, shape (pairs,).
    n
        Number of nodes.

    Returns
    -------
    tuple
        ``start`` (n + 1), ``other`` and ``rtt_ms``: the partners of node i and their RTTs, ms, are
        in ``start[i]:start[i + 1]``.
    """
    begin = np.zeros(n + 1, np.int64)
    for row in range(len(rtt_ms)):
        if use[row]:
            begin[first[row] + 1] += 1
            begin[second[row] + 1] += 1
    begin = np.cumsum(begin)
    free = begin[:-1].copy()
    other, rtt = np.empty(begin[n], np.int64), np.empty(begin[n], np.float64)
    for row in range(len(rtt_ms)):
        if use[row]:
            a, b = first[row], second[row]
            other[free[a]], rtt[free[a]] = b, rtt_ms[row]
            free[a] += 1
            other[free[b]], rtt[free[b]] = a, rtt_ms[row]
            free[b] += 1
    start = np.zeros(n + 1, np.int64)
    seen = np.full(n, -1, np.int64)
    size = 0
    for node in range(n):
        for k in range(begin[node], begin[node + 1]):
            one = other[k]
            if seen[one] >= start[node]:
                rtt[seen[one]] = min(rtt[seen[one]], rtt[k])
            else:
                seen[one] = size
                other[size], rtt[size] = one, rtt[k]
                size += 1
        start[node + 1] = size
    return start, other[:size].copy(), rtt[:size].copy()


@njit(cache=True, nogil=True)
def by_number(numbers: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Sort by small whole numbers, by counting them: stable, and linear.

    Parameters
    ----------
    numbers
        From 0 to n - 1, shape (m,).
    n
        How many different ones there may be.

    Returns
    -------
    tuple
        ``start`` (n + 1) and ``order`` (m): where those of number i are is in
        ``order[start[i]:start[i + 1]]``, rising.
    """
    start = np.zeros(n + 1, np.int64)
    for k in range(len(numbers)):
        start[numbers[k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    free = start[:-1].copy()
    order = np.empty(len(numbers), np.int64)
    for k in range(len(numbers)):
        order[free[numbers[k]]] = k
        free[numbers[k]] += 1
    return start, order


@njit(cache=True, nogil=True)
def edges(
    a: IntArray, b: IntArray, rtt_ms: FloatArray, n: int
) -> tuple[IntArray, IntArray, FloatArray, IntArray, IntArray]:
    """Pairs as edges, each two nodes once.

    Parameters
    ----------
    a, b
        Ends of each pair, node numbers, in any order, shape (rows,).
    rtt_ms
        RTT of each pair, ms, shape (rows,).
    n
        Number of nodes.

    Returns
    -------
    tuple
        Lower and higher node number of each edge, rising; the lowest RTT of its pairs, ms; how many
        these are; and which edge each pair is, shape (rows,).
    """
    m = len(rtt_ms)
    higher, lower = np.maximum(a, b), np.minimum(a, b)
    inner, rising = np.arange(m), True
    for k in range(1, m):
        rising &= higher[k] >= higher[k - 1]
    if not rising:
        _, inner = by_number(higher, n)
        lower = lower[inner]
    _, outer = by_number(lower, n)
    first, second = np.empty(m, np.int64), np.empty(m, np.int64)
    least, times = np.empty(m), np.zeros(m, np.int64)
    edge_of = np.empty(m, np.int64)
    count = 0
    for k in range(m):
        row = inner[outer[k]]
        low, high = min(a[row], b[row]), max(a[row], b[row])
        if count == 0 or first[count - 1] != low or second[count - 1] != high:
            first[count], second[count], least[count] = low, high, np.inf
            count += 1
        least[count - 1] = min(least[count - 1], rtt_ms[row])
        times[count - 1] += 1
        edge_of[row] = count - 1
    return (
        first[:count].copy(),
        second[:count].copy(),
        least[:count].copy(),
        times[:count].copy(),
        edge_of,
    )
