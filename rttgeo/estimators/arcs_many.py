"""`rttgeo.estimators.arcs` for many targets: which discs bound a region, which conflict.

The results are the same, from the same functions; discs known to be far from a region are skipped.
"""

from __future__ import annotations

import numba
import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.arcs import (
    _edge_is_inside,
    _have_common_place,
    _not_redundant,
    _shortest_conflict,
    _triple_with_last,
    _widest_gap,
)
from rttgeo.kernels.front import may_bound
from rttgeo.kernels.growing import Joined, Pieces, extended


@numba.njit(cache=True, nogil=True)
def _conflict(centre, radius):  # type: ignore[no-untyped-def]
    """Return what `rttgeo.estimators.arcs.conflicting_discs` does, of unit vectors and radians."""
    numbers = _not_redundant(centre, radius)
    a, b = _widest_gap(numbers, centre, radius)
    if a >= 0:
        return np.sort(np.array([a, b]))
    numbers = numbers[np.argsort(radius[numbers], kind="mergesort")]
    numbers = numbers[: _shortest_conflict(numbers, centre, radius)]
    if len(numbers) == 0:
        return numbers
    triple = _triple_with_last(numbers, centre, radius)
    if len(triple):
        return np.sort(triple)
    kept = numbers
    for number in numbers[::-1]:
        fewer = kept[kept != number]
        if not _have_common_place(fewer, centre, radius):
            kept = fewer
    return np.sort(kept)


@numba.njit(cache=True, nogil=True)
def bounding_all(  # type: ignore[no-untyped-def]
    rings, marks, landmark, radius_km, used, offsets, ring, start, stop, total
):
    """Which discs bound the region of each target, by their numbers among all discs.

    Parameters
    ----------
    rings
        Rings of the grid, padded.
    marks
        The landmarks.
    landmark
        Number of each disc's landmark, shape (discs,).
    radius_km
        Radius of each disc, shape (discs,).
    used
        Mask over the discs: the others are not asked.
    offsets
        Target i's discs are ``offsets[i]:offsets[i + 1]``.
    ring
        Of each target's pieces, as `rttgeo.kernels.front.meeting_all` gives them.
    start
        Their first cells.
    stop
        The cells behind their last.
    total
        Sum of the unit vectors of its cells, shape (targets, 3).
    """
    n = len(offsets) - 1
    bounds, found = np.zeros(n + 1, np.int64), np.empty(8 * n + 8, np.int64)
    for i in range(n):
        bounds[i + 1] = bounds[i]
        own = offsets[i] + np.flatnonzero(used[offsets[i] : offsets[i + 1]])
        if len(own) == 0:
            continue
        low, high = ring.offsets[i], ring.offsets[i + 1]
        pieces = Pieces(ring.values[low:high], start.values[low:high], stop.values[low:high])
        near = may_bound(rings, marks, landmark[own], radius_km[own], pieces, total[i])
        centre, radius = marks.centre[landmark[own]], radius_km[own] / EARTH_RADIUS_KM
        numbers = _not_redundant(centre, radius)
        mask = np.zeros(len(own), np.bool_)
        for k in numbers:
            mask[k] = near[k] and radius[k] < np.pi and _edge_is_inside(k, numbers, centre, radius)
        some = own[mask]
        found = extended(found, bounds[i], some)
        bounds[i + 1] = bounds[i] + len(some)
    return Joined(bounds, found[: bounds[n]].copy())


@numba.njit(cache=True, nogil=True)
def conflict_all(marks, landmark, radius_km, offsets, asked):  # type: ignore[no-untyped-def]
    """Smallest groups of discs that have no point in common, by their numbers among all discs.

    Parameters
    ----------
    marks
        The landmarks.
    landmark
        Number of each disc's landmark, shape (discs,).
    radius_km
        Radius of each disc, shape (discs,).
    offsets
        Target i's discs are ``offsets[i]:offsets[i + 1]``.
    asked
        Mask over the targets: the others get none.
    """
    n = len(offsets) - 1
    bounds, found = np.zeros(n + 1, np.int64), np.empty(4 * n + 4, np.int64)
    for i in range(n):
        bounds[i + 1] = bounds[i]
        if not asked[i]:
            continue
        a, b = offsets[i], offsets[i + 1]
        some = a + _conflict(marks.centre[landmark[a:b]], radius_km[a:b] / EARTH_RADIUS_KM)
        found = extended(found, bounds[i], some)
        bounds[i + 1] = bounds[i] + len(some)
    return Joined(bounds, found[: bounds[n]].copy())
