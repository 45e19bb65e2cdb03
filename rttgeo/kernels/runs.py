"""Algebra of runs: sets of cells as sorted arrays ``start``, ``stop`` of disjoint runs.

Canonical runs are sorted, not empty, and never touch (``stop[i] < start[i + 1]``), so two sets
are equal exactly when their arrays are.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rttgeo.typing import IntArray

Runs = tuple[IntArray, IntArray]


@njit(cache=True)
def append_run(
    starts: IntArray, stops: IntArray, count: int, start: int, stop: int
) -> tuple[IntArray, IntArray, int]:
    """Append a run to growing canonical runs; one that touches the last is joined to it.

    Parameters
    ----------
    starts, stops
        The runs so far, with room for more.
    count
        How many there are.
    start, stop
        The run to append; it does not begin before the last one.

    Returns
    -------
    tuple
        ``starts``, ``stops`` (new arrays where there was no room) and ``count``.
    """
    if count and stops[count - 1] >= start:
        stops[count - 1] = max(stops[count - 1], stop)
        return starts, stops, count
    if count == len(starts):
        starts = np.concatenate((starts, np.empty(len(starts) + 16, np.int64)))
        stops = np.concatenate((stops, np.empty(len(stops) + 16, np.int64)))
    starts[count] = start
    stops[count] = stop
    return starts, stops, count + 1


@njit(cache=True)
def merge_sorted(start: IntArray, stop: IntArray) -> Runs:
    """Make canonical runs of intervals.

    Parameters
    ----------
    start, stop
        Intervals sorted by their start, which may overlap or be empty.

    Returns
    -------
    Runs
        ``start`` and ``stop``.
    """
    starts, stops, count = np.empty(len(start), np.int64), np.empty(len(start), np.int64), 0
    for i in range(len(start)):
        if stop[i] > start[i]:
            starts, stops, count = append_run(starts, stops, count, start[i], stop[i])
    return starts[:count].copy(), stops[:count].copy()


@njit(cache=True)
def intersect(start_a: IntArray, stop_a: IntArray, start_b: IntArray, stop_b: IntArray) -> Runs:
    """Find the cells that are in both sets.

    Parameters
    ----------
    start_a, stop_a
        Canonical runs of the one set.
    start_b, stop_b
        Canonical runs of the other.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    size = len(start_a) + len(start_b)
    starts, stops, count = np.empty(size, np.int64), np.empty(size, np.int64), 0
    i = j = 0
    while i < len(start_a) and j < len(start_b):
        low, high = max(start_a[i], start_b[j]), min(stop_a[i], stop_b[j])
        if low < high:
            starts[count], stops[count] = low, high
            count += 1
        if stop_a[i] < stop_b[j]:
            i += 1
        else:
            j += 1
    return starts[:count].copy(), stops[:count].copy()


@njit(cache=True)
def unite(start_a: IntArray, stop_a: IntArray, start_b: IntArray, stop_b: IntArray) -> Runs:
    """Find the cells that are in either set.

    Parameters
    ----------
    start_a, stop_a
        Canonical runs of the one set.
    start_b, stop_b
        Canonical runs of the other.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    size = len(start_a) + len(start_b)
    starts, stops, count = np.empty(size, np.int64), np.empty(size, np.int64), 0
    i = j = 0
    while i < len(start_a) or j < len(start_b):
        if j == len(start_b) or (i < len(start_a) and start_a[i] <= start_b[j]):
            starts, stops, count = append_run(starts, stops, count, start_a[i], stop_a[i])
            i += 1
        else:
            starts, stops, count = append_run(starts, stops, count, start_b[j], stop_b[j])
            j += 1
    return starts[:count].copy(), stops[:count].copy()


@njit(cache=True)
def complement(start: IntArray, stop: IntArray, n_cells: int) -> Runs:
    """Find the cells that are in no run.

    Parameters
    ----------
    start, stop
        The runs: first cells, and the cells behind the last.
    n_cells
        Number of cells of the grid.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    starts, stops, count = np.empty(len(start) + 1, np.int64), np.empty(len(start) + 1, np.int64), 0
    at = 0
    for i in range(len(start)):
        if start[i] > at:
            starts[count], stops[count] = at, start[i]
            count += 1
        at = stop[i]
    if at < n_cells:
        starts[count], stops[count] = at, n_cells
        count += 1
    return starts[:count].copy(), stops[:count].copy()


@njit(cache=True)
def cells_of(start: IntArray, stop: IntArray) -> IntArray:
    """List every cell number.

    Parameters
    ----------
    start, stop
        The runs: first cells, and the cells behind the last.

    Returns
    -------
    numpy.ndarray
        Sorted, shape (n,).
    """
    total = 0
    for i in range(len(start)):
        total += stop[i] - start[i]
    cells, at = np.empty(total, np.int64), 0
    for i in range(len(start)):
        for cell in range(start[i], stop[i]):
            cells[at] = cell
            at += 1
    return cells


@njit(cache=True)
def split_by_ring(
    start: IntArray, stop: IntArray, first: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Cut runs at the ends of rings.

    Parameters
    ----------
    start, stop
        The runs: first cells, and the cells behind the last.
    first
        First cell of each ring, and the number of cells, shape (n_rings + 1,).

    Returns
    -------
    tuple
        Ring, first cell, and cell behind the last, one entry per piece.
    """
    ring_of = np.searchsorted(first, start, side="right") - 1
    last_of = np.searchsorted(first, stop, side="left")
    total = np.sum(last_of - ring_of)
    rings = np.empty(total, np.int64)
    starts, stops = np.empty(total, np.int64), np.empty(total, np.int64)
    at = 0
    for i in range(len(start)):
        for ring in range(ring_of[i], last_of[i]):
            rings[at] = ring
            starts[at] = max(start[i], first[ring])
            stops[at] = min(stop[i], first[ring + 1])
            at += 1
    return rings, starts, stops
