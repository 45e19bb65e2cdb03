"""Which nodes explain the pairs that contradict each other, and who speaks against whom."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.kernels.audited import arc_km
from rttgeo.typing import BoolArray, FloatArray, IntArray


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
