"""How well the delays of a node fit at a place: its own, and those of its partners."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.kernels.audited import arc_km
from rttgeo.kernels.sorting import quickselect
from rttgeo.typing import BoolArray, FloatArray, IntArray

ROUNDING = 1e-9
"""Sums of a few hundred terms are this exact: a bound that is so much higher is surely higher."""


@njit(cache=True, nogil=True)
def weights_of(most: int) -> FloatArray:
    """Weight of the partner of each rank r from 0 on: 1/√(r + 2).

    Parameters
    ----------
    most
        How many.

    Returns
    -------
    numpy.ndarray
        Shape (most,).
    """
    found = np.empty(most)
    for k in range(most):
        found[k] = 1 / math.sqrt(k + 2.0)
    return found


@njit(cache=True, nogil=True)
def residuals_at(
    place: FloatArray,
    around: FloatArray,
    value: FloatArray,
    table: FloatArray,
    residual: FloatArray,
) -> None:
    """What a node's log delays are above those to be expected, were it at ``place``.

    Parameters
    ----------
    place
        Unit vector, shape (3,).
    around
        Unit vectors of the node's partners, shape (3, k) or more.
    value
        Log of the delay to each, shape (k,).
    table
        Log delay to be expected, by chord, evenly spaced from 0 to 2 radii.
    residual
        Filled, shape (k,) or more.
    """
    step = (len(table) - 1) / 2.0
    for k in range(len(value)):
        x = around[0, k] - place[0]
        y = around[1, k] - place[1]
        z = around[2, k] - place[2]
        where = math.sqrt(x * x + y * y + z * z) * step
        low = min(int(where), len(table) - 2)
        share = where - low
        residual[k] = value[k] - (table[low] * (1 - share) + table[low + 1] * share)


@njit(cache=True, nogil=True)
def middle_of(values: FloatArray, n: int, scratch: FloatArray) -> float:
    """Median of the first n values, of which none is NaN.

    Parameters
    ----------
    values
        Shape (n,) or more.
    n
        How many; at least one.
    scratch
        Working memory for n values.

    Returns
    -------
    float
        The middle one, or the mean of both.
    """
    scratch[:n] = values[:n]
    middle = n // 2
    upper = quickselect(scratch, n, middle)
    if n % 2:
        return upper
    lower = scratch[0]
    for k in range(1, middle):
        lower = max(lower, scratch[k])
    return (lower + upper) / 2


@njit(cache=True, nogil=True)
def spread_of(
    residual: FloatArray, n: int, at: int, weight: FloatArray, scratch: FloatArray
) -> float:
    """Weighted mean distance of residuals from their median.

    Parameters
    ----------
    residual
        Of the partners, quickest first, shape (n,) or more.
    n
        How many.
    at
        Rank of the partner that does not count (the one whose place is tried), else -1.
    weight
        What `weights_of` gave, for n or more.
    scratch
        Working memory for n values.

    Returns
    -------
    float
        In units of the log delay.
    """
    middle = middle_of(residual, n, scratch)
    total, weights = 0.0, 0.0
    for k in range(n):
        if k != at:
            total += weight[k] * abs(residual[k] - middle)
            weights += weight[k]
    return total / weights if weights > 0 else np.inf


@njit(cache=True, nogil=True)
def least_spread(residual: FloatArray, n: int, at: int, weight: FloatArray) -> float:
    """What `spread_of` is at the least, without the median.

    Two residuals are together at least as far from any value as from each other.

    Parameters
    ----------
    residual, n, at, weight
        As for `spread_of`.

    Returns
    -------
    float
        In units of the log delay; not above `spread_of`, but for rounding.
    """
    total, weights = 0.0, 0.0
    for k in range(0, n - 1, 2):
        # The weights fall with rank: the second is the smaller one.
        if at not in (k, k + 1):
            total += weight[k + 1] * abs(residual[k] - residual[k + 1])
    for k in range(n):
        weights += weight[k]
    return total / weights


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
    """Spread of each node's residuals (`spread_of`) where it is declared, and at some other places.

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
    residual, scratch, weight = np.empty(most), np.empty(most), weights_of(most)
    around = np.empty((3, most))
    for node in range(n):
        stop = min(start[node + 1], start[node] + most)
        mine, delays = other[start[node] : stop], value[start[node] : stop]
        if start[node + 1] - start[node] < least or not asked[node].any():
            continue
        for j in range(len(mine)):
            around[:, j] = points[mine[j]]
        residuals_at(points[first + node], around, delays, table, residual)
        here[node] = spread_of(residual, len(mine), -1, weight, scratch)
        for place in range(k):
            if asked[node, place]:
                residuals_at(places[node, place], around, delays, table, residual)
                there[node, place] = spread_of(residual, len(mine), -1, weight, scratch)
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
        Spread at the node's own place over the lowest elsewhere (`spread_of`), above 1 where it
        fits better there, and the partner whose place that is, both of shape (n,); 1 and -1 for a
        node with too few partners or none far enough.
    """
    n = len(start) - 1
    better, best = np.ones(n), np.full(n, -1, np.int64)
    residual, scratch, weight = np.empty(most), np.empty(most), weights_of(most)
    around = np.empty((3, most))
    for node in range(n):
        stop = min(start[node + 1], start[node] + most)
        mine, delays = other[start[node] : stop], value[start[node] : stop]
        if len(mine) < least:
            continue
        for k in range(len(mine)):
            around[:, k] = points[mine[k]]
        lowest, which = np.inf, -1
        for k in range(min(candidates, len(mine))):
            if arc_km(points, first + node, mine[k]) > apart_km:
                residuals_at(points[mine[k]], around, delays, table, residual)
                if least_spread(residual, len(mine), k, weight) > lowest * (1 + ROUNDING):
                    continue
                there = spread_of(residual, len(mine), k, weight, scratch)
                if there < lowest:
                    lowest, which = there, mine[k]
        if which >= 0:
            residuals_at(points[first + node], around, delays, table, residual)
            here = spread_of(residual, len(mine), -1, weight, scratch)
            better[node], best[node] = here / max(lowest, 1e-9), which
    return better, best
