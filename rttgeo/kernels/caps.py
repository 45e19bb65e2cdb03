"""Intersections and unions of spherical caps as runs of cells, without touching a cell."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.kernels.rings import Caps, Rings, arc_between, ring_run, ring_span, widest_pad
from rttgeo.kernels.runs import Runs, append_run
from rttgeo.typing import IntArray

# Slack in the shortcuts that leave a cap out: a few metres, far above any rounding.
SLACK = 1e-6


@njit(cache=True)
def relevant_caps(caps: Caps, low: int, high: int, pad: float) -> tuple[IntArray, bool]:
    """Caps among ``low:high`` that can matter, the smallest first; the empty answer if none can.

    A cap that holds the whole of the smallest one cuts nothing away.

    Parameters
    ----------
    caps
        The caps, radians.
    low, high
        The caps in question are ``low:high``.
    pad
        By how much a cap may be widened, radians (`rttgeo.kernels.rings.widest_pad`).

    Returns
    -------
    tuple
        Numbers of the caps in the order in which to apply them, deepest cut first; and whether two
        caps are apart, so that the intersection is empty.
    """
    smallest = low
    for cap in range(low + 1, high):
        if caps.radius[cap] < caps.radius[smallest]:
            smallest = cap
    numbers, depth = np.empty(high - low, np.int64), np.empty(high - low, np.float64)
    numbers[0], depth[0], count = smallest, -math.inf, 1
    reach = caps.radius[smallest] + pad
    for cap in range(low, high):
        if cap == smallest or caps.radius[cap] > math.pi:
            continue
        apart = arc_between(caps.lon[smallest], caps.lat[smallest], caps.lon[cap], caps.lat[cap])
        if apart > reach + caps.radius[cap] + pad + SLACK:
            return numbers[:0], True
        if apart + reach + SLACK > caps.radius[cap]:
            numbers[count], depth[count] = cap, caps.radius[cap] - apart
            count += 1
    return numbers[np.argsort(depth[:count])], False


@njit(cache=True)
def common_span(rings: Rings, caps: Caps, numbers: IntArray) -> tuple[int, int]:
    """Find the rings that every one of these caps may reach.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.
    numbers
        Which of the caps.

    Returns
    -------
    tuple
        The first ring, and the one behind the last.
    """
    first, last = 0, len(rings.lat)
    for cap in numbers:
        north, south = ring_span(rings, caps, cap)
        first, last = max(first, north), min(last, south)
    return first, last


@njit(cache=True)
def _clip(start: IntArray, stop: IntArray, count: int, low: int, high: int) -> int:
    """Keep only ``low:high`` of a few sorted runs, in place; the new count."""
    kept = 0
    for i in range(count):
        a, b = max(start[i], low), min(stop[i], high)
        if a < b:
            start[kept], stop[kept] = a, b
            kept += 1
    return kept


@njit(cache=True)
def _cut(start: IntArray, stop: IntArray, count: int, low: int, high: int) -> int:
    """Take ``low:high`` out of a few sorted runs, in place; the new count."""
    kept = 0
    for i in range(count):
        a, b = start[i], stop[i]
        if a < low and b > high:
            # One becomes two. Only one run can hold the gap, and the rest move up by one.
            for j in range(count, i + 1, -1):
                start[j], stop[j] = start[j - 1], stop[j - 1]
            start[i], stop[i] = a, low
            start[i + 1], stop[i + 1] = high, b
            return count + 1
        if b > high:
            a = max(a, high)
        else:
            b = min(b, low)
        if a < b:
            start[kept], stop[kept] = a, b
            kept += 1
    return kept


@njit(cache=True, forceinline=True)
def ring_intersection(
    rings: Rings, ring: int, caps: Caps, numbers: IntArray, start: IntArray, stop: IntArray
) -> int:
    """Find the cells of one ring that are in all of these caps.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring
        Its number, from 0.
    caps
        The caps, radians.
    numbers
        Which of the caps.
    start, stop
        Filled: runs of cells, numbered within the ring. They need room for two runs more than there
        are caps.

    Returns
    -------
    int
        Number of runs.
    """
    n = rings.first[ring + 1] - rings.first[ring]
    start[0], stop[0], count = 0, n, 1
    for cap in numbers:
        at, length = ring_run(rings, ring, caps, cap)
        if length == n:
            continue
        if at + length <= n:
            count = _clip(start, stop, count, at, at + length)
        else:
            count = _cut(start, stop, count, at + length - n, at)
        if count == 0:
            return 0
    return count


@njit(cache=True)
def intersection(rings: Rings, caps: Caps) -> Runs:
    """Find the cells that are in all caps.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians; at least one.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    pad = widest_pad(rings)
    numbers, apart = relevant_caps(caps, 0, len(caps.radius), pad)
    if apart:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first, last = common_span(rings, caps, numbers)
    size = max(last - first, 0) + 2
    starts, stops, total = np.empty(size, np.int64), np.empty(size, np.int64), 0
    start, stop = np.empty(len(numbers) + 2, np.int64), np.empty(len(numbers) + 2, np.int64)
    for ring in range(first, last):
        count = ring_intersection(rings, ring, caps, numbers, start, stop)
        base = rings.first[ring]
        for i in range(count):
            starts, stops, total = append_run(starts, stops, total, base + start[i], base + stop[i])
    return starts[:total].copy(), stops[:total].copy()


@njit(cache=True)
def cap_runs(rings: Rings, caps: Caps) -> Runs:
    """Find the cells of every cap, ring by ring.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of intervals, which may overlap and are not sorted.
    """
    size = 0
    for cap in range(len(caps.radius)):
        first, last = ring_span(rings, caps, cap)
        size += 2 * (last - first)
    starts, stops, total = np.empty(size, np.int64), np.empty(size, np.int64), 0
    for cap in range(len(caps.radius)):
        first, last = ring_span(rings, caps, cap)
        for ring in range(first, last):
            at, length = ring_run(rings, ring, caps, cap)
            base, end = rings.first[ring], rings.first[ring + 1]
            starts[total] = base + at
            stops[total] = min(base + at + length, end)
            total += 1
            if base + at + length > end:
                starts[total], stops[total] = base, base + at + length - (end - base)
                total += 1
    return starts[:total], stops[:total]
