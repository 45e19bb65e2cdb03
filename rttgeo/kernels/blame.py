"""What the audit asks of every pair: who beats a bound, who speaks against whom, who fits where."""

from __future__ import annotations

import heapq
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
def quickest_first(start: IntArray, other: IntArray, rtt_ms: FloatArray) -> None:
    """Sort the partners of some nodes by RTT, in place; equal ones stay in their order.

    Parameters
    ----------
    start
        Where the partners of each of k nodes begin, and where those of the last end, shape (k + 1,).
    other, rtt_ms
        Partners and RTTs, ms, of all nodes.
    """
    for node in range(len(start) - 1):
        mine = slice(start[node], start[node + 1])
        order = np.argsort(rtt_ms[mine], kind="mergesort")
        other[mine], rtt_ms[mine] = other[mine][order], rtt_ms[mine][order]


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
    _, inner = by_number(np.maximum(a, b), n)
    _, outer = by_number(np.minimum(a, b)[inner], n)
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


@njit(cache=True, nogil=True)
def witnesses(
    points: FloatArray,
    start: IntArray,
    other: IntArray,
    rtt_ms: FloatArray,
    here: IntArray,
    there: IntArray,
    between_ms: FloatArray,
    trusted: BoolArray,
    km_per_ms: float,
    tolerance_km: float,
    most: int,
) -> IntArray:
    """How many trusted partners of each ``here`` say that it cannot be elsewhere, up to ``most``.

    Were it elsewhere, it would still be within reach of ``there`` in ``between_ms`` and of each
    partner in theirs: these two are then no farther apart than both together.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    start, other, rtt_ms
        What `partners` gave.
    here, there
        Ends of each edge, node numbers: the one that is asked about, and the other.
    between_ms
        RTT of each edge, ms.
    trusted
        Which nodes may be witnesses, shape (n,).
    km_per_ms
        What a bound allows for each ms of round trip, km.
    tolerance_km
        By how much a pair may be farther apart all the same, km.
    most
        Counting stops at so many.

    Returns
    -------
    numpy.ndarray
        Shape (edges,).
    """
    # Where most contradict, few are trusted: the others are passed over once, not for each edge.
    begin = np.zeros(len(start), np.int64)
    heard, delay = np.empty(len(other), np.int64), np.empty(len(other))
    size = 0
    for node in range(len(start) - 1):
        for k in range(start[node], start[node + 1]):
            if trusted[other[k]]:
                heard[size], delay[size] = other[k], rtt_ms[k]
                size += 1
        begin[node + 1] = size
    found = np.zeros(len(here), np.int64)
    for edge in range(len(here)):
        node, away = here[edge], there[edge]
        for k in range(begin[node], begin[node + 1]):
            reach = km_per_ms * (delay[k] + between_ms[edge]) + tolerance_km
            if reach >= HALF_CIRCUMFERENCE_KM:
                break
            one = heard[k]
            if one != away and arc_km(points, away, one) > reach:
                found[edge] += 1
                if found[edge] >= most:
                    break
    return found


@njit(cache=True, nogil=True)
def ever_witness(
    points: FloatArray,
    start: IntArray,
    other: IntArray,
    rtt_ms: FloatArray,
    here: IntArray,
    there: IntArray,
    between_ms: FloatArray,
    km_per_ms: float,
    tolerance_km: float,
) -> BoolArray:
    """Which nodes are a witness of any edge (`witnesses`).

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    start, other, rtt_ms
        What `partners` gave.
    here, there
        Ends of each edge, node numbers, as in `witnesses`.
    between_ms
        RTT of each edge, ms.
    km_per_ms
        What a bound allows for each ms of round trip, km.
    tolerance_km
        By how much a pair may be farther apart all the same, km.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    found = np.zeros(len(points), np.bool_)
    for edge in range(len(here)):
        node, away = here[edge], there[edge]
        for k in range(start[node], start[node + 1]):
            reach = km_per_ms * (rtt_ms[k] + between_ms[edge]) + tolerance_km
            if reach >= HALF_CIRCUMFERENCE_KM:
                break
            one = other[k]
            if one != away and not found[one] and arc_km(points, away, one) > reach:
                found[one] = True
    return found


@njit(cache=True, nogil=True)
def greedy_nodes(first: IntArray, second: IntArray, n: int) -> BoolArray:
    """Take the node with the most uncovered edges, again and again; of equals the lowest number.

    Parameters
    ----------
    first, second
        Ends of each edge, node numbers, shape (edges,).
    n
        Number of nodes.

    Returns
    -------
    numpy.ndarray
        Which nodes were taken, shape (n,): every edge has one of them.

    Notes
    -----
    The greedy choice of a set cover (Johnson 1974, JCSS 9): not the smallest in general.
    """
    start = np.zeros(n + 1, np.int64)
    for edge in range(len(first)):
        start[first[edge] + 1] += 1
        start[second[edge] + 1] += 1
    start = np.cumsum(start)
    free = start[:-1].copy()
    mine = np.empty(2 * len(first), np.int64)
    for edge in range(len(first)):
        for node in (first[edge], second[edge]):
            mine[free[node]] = edge
            free[node] += 1
    degree = np.diff(start)
    heap = [(-degree[node], node) for node in range(n) if degree[node] > 0]
    heapq.heapify(heap)
    taken = np.zeros(n, np.bool_)
    left = np.ones(len(first), np.bool_)
    while len(heap):
        claimed, node = heapq.heappop(heap)
        if degree[node] == 0:
            continue
        if -claimed != degree[node]:
            heapq.heappush(heap, (-degree[node], node))
            continue
        taken[node] = True
        for k in range(start[node], start[node + 1]):
            edge = mine[k]
            if left[edge]:
                left[edge] = False
                degree[first[edge]] -= 1
                degree[second[edge]] -= 1
    return taken


@njit(cache=True, nogil=True)
def spread_at(
    points: FloatArray,
    place: FloatArray,
    at: int,
    other: IntArray,
    value: FloatArray,
    table: FloatArray,
    residual: FloatArray,
) -> float:
    """Weighted mean distance of a node's residuals from their median, were it at ``place``.

    The weight of the partner of rank r from 0 on is 1/√(r + 2).

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    place
        Unit vector, shape (3,).
    at
        Partner that does not count (the one whose place is tried), else -1.
    other
        Partners of the node, quickest first, shape (k,).
    value
        Log of the delay to each, shape (k,).
    table
        Log delay to be expected, by chord, evenly spaced from 0 to 2 radii.
    residual
        Working memory for at least k values.

    Returns
    -------
    float
        In units of the log delay.
    """
    n = len(other)
    step = (len(table) - 1) / 2.0
    for k in range(n):
        x = points[other[k], 0] - place[0]
        y = points[other[k], 1] - place[1]
        z = points[other[k], 2] - place[2]
        where = math.sqrt(x * x + y * y + z * z) * step
        low = min(int(where), len(table) - 2)
        share = where - low
        residual[k] = value[k] - (table[low] * (1 - share) + table[low + 1] * share)
    middle = np.median(residual[:n])
    total, weights = 0.0, 0.0
    for k in range(n):
        if other[k] != at:
            weight = 1 / math.sqrt(k + 2.0)
            total += weight * abs(residual[k] - middle)
            weights += weight
    return total / weights if weights > 0 else np.inf


@njit(cache=True, nogil=True)
def spreads_at(
    points: FloatArray,
    places: FloatArray,
    asked: BoolArray,
    first: int,
    start: IntArray,
    other: IntArray,
    value: FloatArray,
    table: FloatArray,
    least: int,
    most: int,
) -> tuple[FloatArray, FloatArray]:
    """Spread of each node's residuals (`spread_at`) where it is declared, and at some other places.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    places
        Unit vectors of the places, shape (n, k, 3).
    asked
        Which of them are asked about, shape (n, k).
    first
        Number of the first of these n nodes: one block of all, so that threads share the work.
    start, other
        What `partners` gave; ``start`` of these n nodes, shape (n + 1,).
    value
        Log delay of each entry of ``other``.
    table
        Log delay to be expected, by chord, evenly spaced from 0 to 2 radii.
    least, most
        A node needs so many partners; so many, the quickest, count.

    Returns
    -------
    tuple
        Shapes (n,) and (n, k); infinite for a node with too few partners, and where nobody asked.
    """
    n, k = asked.shape
    here, there = np.full(n, np.inf), np.full((n, k), np.inf)
    residual = np.empty(most)
    for node in range(n):
        stop = min(start[node + 1], start[node] + most)
        mine, delays = other[start[node] : stop], value[start[node] : stop]
        if start[node + 1] - start[node] < least or not asked[node].any():
            continue
        here[node] = spread_at(points, points[first + node], -1, mine, delays, table, residual)
        for place in range(k):
            if asked[node, place]:
                there[node, place] = spread_at(
                    points, places[node, place], -1, mine, delays, table, residual
                )
    return here, there


@njit(cache=True, nogil=True)
def best_elsewhere(
    points: FloatArray,
    first: int,
    start: IntArray,
    other: IntArray,
    value: FloatArray,
    table: FloatArray,
    candidates: int,
    apart_km: float,
    least: int,
    most: int,
) -> tuple[FloatArray, IntArray]:
    """Find, per node, how much better its delays fit at one of its quickest partners' places.

    Parameters
    ----------
    points
        Unit vectors of the nodes, shape (n, 3).
    first
        Number of the first node of a block, so that threads share the work.
    start, other
        What `partners` gave; ``start`` of the n nodes of the block, shape (n + 1,).
    value
        Log delay of each entry of ``other``.
    table
        Log delay to be expected, by chord, evenly spaced from 0 to 2 radii.
    candidates
        How many of the quickest partners' places are tried.
    apart_km
        Only places at least so far from the node's own, km.
    least
        A node needs so many partners.
    most
        So many partners, the quickest, count.

    Returns
    -------
    tuple
        Spread at the node's own place over the lowest elsewhere (`spread_at`), above 1 where it
        fits better there, and the partner whose place that is, both of shape (n,); 1 and -1 for a
        node with too few partners or none far enough.
    """
    n = len(start) - 1
    better, best = np.ones(n), np.full(n, -1, np.int64)
    residual = np.empty(most)
    for node in range(n):
        stop = min(start[node + 1], start[node] + most)
        mine, delays = other[start[node] : stop], value[start[node] : stop]
        if len(mine) < least:
            continue
        lowest, which = np.inf, -1
        for k in range(min(candidates, len(mine))):
            if arc_km(points, first + node, mine[k]) > apart_km:
                there = spread_at(points, points[mine[k]], mine[k], mine, delays, table, residual)
                if there < lowest:
                    lowest, which = there, mine[k]
        if which >= 0:
            here = spread_at(points, points[first + node], -1, mine, delays, table, residual)
            better[node], best[node] = here / max(lowest, 1e-9), which
    return better, best


@njit(cache=True, nogil=True)
def matched(first: IntArray, second: IntArray, n: int) -> int:
    """Count edges without a common end, taken as they come.

    Each of them needs an explanation of its own.

    Parameters
    ----------
    first, second
        Ends of each edge, node numbers, shape (edges,).
    n
        Number of nodes.

    Returns
    -------
    int
        So many nodes at least are needed to cover all edges.
    """
    used = np.zeros(n, np.bool_)
    count = 0
    for edge in range(len(first)):
        a, b = first[edge], second[edge]
        if not used[a] and not used[b]:
            used[a] = used[b] = True
            count += 1
    return count
