"""Many targets by discs, one after the other and each whole: region, place, who bounds it, conflict.

What `rttgeo.estimators` says of one target, said of a block of them without an object each. Blocks
are independent, and the kernel lets go of the interpreter: threads take a block each.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels.caps import SLACK
from rttgeo.kernels.growing import Joined, Pieces, extended
from rttgeo.kernels.narrowing import (
    Marks,
    cap_radius,
    caps_of_marks,
    meeting,
    reach_of_pieces,
    sum_of_pieces,
    whole_pieces,
)
from rttgeo.kernels.rings import Rings, ring_run, ring_span, widest_pad
from rttgeo.typing import BoolArray, FloatArray, IntArray

Counts = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def meeting_all(
    rings: Rings, marks: Marks, landmark: IntArray, radius_km: FloatArray, offsets: IntArray
) -> tuple[Joined, Joined, Joined, FloatArray]:
    """Regions of many targets.

    Parameters
    ----------
    rings
        Rings of the grid.
    marks
        The landmarks.
    landmark, radius_km
        Of each disc of all targets, one after the other.
    offsets
        Target i's discs are ``offsets[i]:offsets[i + 1]``, at least one.

    Returns
    -------
    tuple
        Ring, first cell (numbered within it) and cell behind the last of each target's pieces; and
        the sums of the unit vectors of the cells, shape (targets, 3).
    """
    n = len(offsets) - 1
    bounds, total = np.zeros(n + 1, np.int64), np.zeros((n, 3))
    size = 64 * n + 16
    ring, start, stop = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(n):
        a, b = offsets[i], offsets[i + 1]
        pieces, total[i] = meeting(rings, marks, landmark[a:b], radius_km[a:b])
        at = bounds[i]
        ring = extended(ring, at, pieces.ring)
        start, stop = extended(start, at, pieces.start), extended(stop, at, pieces.stop)
        bounds[i + 1] = at + len(pieces.ring)
    end = bounds[n]
    return (
        Joined(bounds, ring[:end].copy()),
        Joined(bounds, start[:end].copy()),
        Joined(bounds, stop[:end].copy()),
        total,
    )


@njit(cache=True, nogil=True)
def may_bound(
    rings: Rings,
    marks: Marks,
    landmark: IntArray,
    radius_km: FloatArray,
    pieces: Pieces,
    total: FloatArray,
) -> BoolArray:
    """Discs whose circle may come near a region: the others cannot be an edge of it.

    Parameters
    ----------
    rings
        Rings of the grid.
    marks
        The landmarks.
    landmark, radius_km
        Of each disc, shape (n,).
    pieces
        The region: every cell that all discs touch.
    total
        Sum of the unit vectors of its cells, shape (3,).

    Returns
    -------
    numpy.ndarray
        Mask, shape (n,).
    """
    near = np.ones(len(landmark), np.bool_)
    length = math.sqrt(total[0] ** 2 + total[1] ** 2 + total[2] ** 2)
    if length < 1e-6 or len(pieces.ring) == 0:
        return near
    x, y, z = total[0] / length, total[1] / length, total[2] / length
    lon, lat = math.atan2(y, x), math.asin(min(1.0, max(-1.0, z)))
    reach = reach_of_pieces(rings, pieces, lon, lat) + widest_pad(rings) + SLACK
    for i in range(len(landmark)):
        c = marks.centre[landmark[i]]
        apart = math.acos(min(1.0, max(-1.0, x * c[0] + y * c[1] + z * c[2])))
        near[i] = apart + reach >= radius_km[i] / EARTH_RADIUS_KM
    return near


@njit(cache=True, nogil=True)
def most_touched(
    rings: Rings,
    marks: Marks,
    landmark: IntArray,
    radius_km: FloatArray,
    pieces: Pieces,
) -> tuple[Pieces, BoolArray]:
    """Cells of a region that the greatest number of discs touch, and which discs those are.

    Parameters
    ----------
    rings
        Rings of the grid, not padded.
    marks
        The landmarks.
    landmark
        Of each disc, shape (n,).
    radius_km
        Radii as widened, shape (n,).
    pieces
        The region to look in; not empty.

    Returns
    -------
    tuple
        The cells, and a mask over the discs: those that touch any of them.
    """
    n = len(landmark)
    radius = np.empty(n)
    for i in range(n):
        radius[i] = cap_radius(radius_km[i])
    everywhere, somewhere = _reach(rings, marks, landmark, radius, pieces)
    caps = caps_of_marks(marks, landmark[somewhere], radius[somewhere])
    first, last = np.empty(len(somewhere), np.int64), np.empty(len(somewhere), np.int64)
    for i in range(len(somewhere)):
        first[i], last[i] = ring_span(rings, caps, i)
    best, count, size = -1, 0, 64
    ring, start, stop = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    difference, at = np.zeros(4 * rings.nside + 1, np.int32), 0
    while at < len(pieces.ring):
        r = pieces.ring[at]
        cells = rings.first[r + 1] - rings.first[r]
        difference[: cells + 1] = 0
        for i in range(len(somewhere)):
            if first[i] <= r < last[i]:
                _add(difference, cells, *ring_run(rings, r, caps, i))
        held, cell = 0, 0
        while at < len(pieces.ring) and pieces.ring[at] == r:
            while cell < pieces.start[at]:
                held += difference[cell]
                cell += 1
            for cell in range(pieces.start[at], pieces.stop[at]):
                held += difference[cell]
                if held < best:
                    continue
                if held > best:
                    best, count = held, 0
                if count and ring[count - 1] == r and stop[count - 1] == cell:
                    stop[count - 1] = cell + 1
                    continue
                if count == len(ring):
                    ring, start, stop = _doubled(ring), _doubled(start), _doubled(stop)
                ring[count], start[count], stop[count] = r, cell, cell + 1
                count += 1
            cell, at = pieces.stop[at], at + 1
    found = Pieces(ring[:count].copy(), start[:count].copy(), stop[:count].copy())
    kept = everywhere
    for i in range(len(somewhere)):
        kept[somewhere[i]] = _touches(rings, marks, landmark, radius_km, somewhere[i], found)
    return found, kept


@njit(cache=True, nogil=True)
def _doubled(values: IntArray) -> IntArray:
    longer = np.empty(2 * len(values), values.dtype)
    longer[: len(values)] = values
    return longer


@njit(cache=True, nogil=True)
def _reach(
    rings: Rings, marks: Marks, landmark: IntArray, radius: FloatArray, pieces: Pieces
) -> tuple[BoolArray, IntArray]:
    """Which caps hold all of a region, and which must be looked at in detail."""
    total = sum_of_pieces(rings, pieces)
    length = math.sqrt(total[0] ** 2 + total[1] ** 2 + total[2] ** 2)
    everywhere, some, count = radius > math.pi, np.empty(len(radius), np.int64), 0
    x, y, z, reach = 1.0, 0.0, 0.0, math.pi
    if length > 1e-6:
        x, y, z = total[0] / length, total[1] / length, total[2] / length
        lat = math.asin(min(1.0, max(-1.0, z)))
        reach = reach_of_pieces(rings, pieces, math.atan2(y, x), lat)
    for i in range(len(radius)):
        c = marks.centre[landmark[i]]
        apart = math.acos(min(1.0, max(-1.0, x * c[0] + y * c[1] + z * c[2])))
        if everywhere[i] or apart + reach + SLACK <= radius[i]:
            everywhere[i] = True
        elif apart - reach - SLACK <= radius[i]:
            some[count] = i
            count += 1
    return everywhere, some[:count]


@njit(cache=True, nogil=True)
def _add(difference: Counts, n: int, at: int, length: int) -> None:
    """Count a run of a ring of n cells into its difference array."""
    if length == 0:
        return
    difference[at] += 1
    if at + length > n:
        difference[0] += 1
        difference[at + length - n] -= 1
    else:
        difference[at + length] -= 1


@njit(cache=True, nogil=True)
def _touches(
    rings: Rings,
    marks: Marks,
    landmark: IntArray,
    radius_km: FloatArray,
    disc: int,
    pieces: Pieces,
) -> bool:
    """Whether a disc holds the centre of one of some cells, to a millimetre."""
    one = np.array([disc])
    radius = np.array([cap_radius(radius_km[disc] + 1e-6)])
    caps = caps_of_marks(marks, landmark[one], radius)
    for i in range(len(pieces.ring)):
        r = pieces.ring[i]
        n = rings.first[r + 1] - rings.first[r]
        at, length = ring_run(rings, r, caps, 0)
        if length == n:
            return True
        low, high = pieces.start[i], pieces.stop[i]
        if at < high and low < at + length:
            return True
        if at + length > n and low < at + length - n:
            return True
    return False


@njit(cache=True, nogil=True)
def most_touched_all(
    padded: Rings,
    rings: Rings,
    marks: Marks,
    landmark: IntArray,
    tight_km: FloatArray,
    loose_km: FloatArray,
    offsets: IntArray,
    cell_km: float,
) -> tuple[Joined, Joined, Joined, FloatArray, BoolArray, BoolArray]:
    """Where the loose discs of each target meet, the cells that most of its tight discs touch.

    Loose discs that do not meet give way to the most of them that do.

    Parameters
    ----------
    padded, rings
        Rings of the grid, padded and not.
    marks
        The landmarks.
    landmark, tight_km, loose_km
        Of each disc of all targets, one after the other.
    offsets
        Target i's discs are ``offsets[i]:offsets[i + 1]``, at least one.
    cell_km
        Discs are widened by this: no point of a cell is farther from its centre.

    Returns
    -------
    tuple
        As `meeting_all`; and masks over the tight and the loose discs: those that touch any of
        the cells.
    """
    n = len(offsets) - 1
    bounds, total = np.zeros(n + 1, np.int64), np.zeros((n, 3))
    kept, loose, size = np.zeros(len(landmark), np.bool_), np.ones(len(landmark), np.bool_), 64 * n
    ring, start, stop = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(n):
        a, b = offsets[i], offsets[i + 1]
        pieces, _ = meeting(padded, marks, landmark[a:b], loose_km[a:b])
        if len(pieces.ring) == 0:
            globe = whole_pieces(rings)
            pieces, some = most_touched(rings, marks, landmark[a:b], loose_km[a:b] + cell_km, globe)
            loose[a:b] = some
        pieces, some = most_touched(rings, marks, landmark[a:b], tight_km[a:b] + cell_km, pieces)
        kept[a:b] = some
        total[i] = sum_of_pieces(rings, pieces)
        at = bounds[i]
        ring = extended(ring, at, pieces.ring)
        start, stop = extended(start, at, pieces.start), extended(stop, at, pieces.stop)
        bounds[i + 1] = at + len(pieces.ring)
    end = bounds[n]
    return (
        Joined(bounds, ring[:end].copy()),
        Joined(bounds, start[:end].copy()),
        Joined(bounds, stop[:end].copy()),
        total,
        kept,
        loose,
    )
