"""Where many caps meet, narrowed step by step: caps that hold all that is left are not asked again.

The same cells as `rttgeo.kernels.caps.intersection` gives, to the cell: which caps are asked, and in
which order, changes nothing. Landmarks are the same for all targets, so what can be known of two of
them is known before the first target (`Marks`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels.caps import SLACK, _clip, _cut
from rttgeo.kernels.growing import Pieces
from rttgeo.kernels.moments import add_run
from rttgeo.kernels.rings import TIE_RAD, Caps, Rings, ring_run, ring_span, widest_pad
from rttgeo.kernels.runs import Runs
from rttgeo.typing import FloatArray, IntArray

AT_ONCE = 3
"""Caps that cut before it is looked again which others still matter: three bound most regions."""
TO_AIM = 8
"""Pieces whose middle stands for that of the region while it is narrowed: any point would do there,
and a nearer one only spares caps that cut nothing."""


class Marks(NamedTuple):
    """Landmarks as the kernels take them; one entry per landmark.

    ``lon``, ``lat`` (radians) and their sines and cosines are as in `Caps`; ``centre`` holds unit
    vectors, shape (n, 3).
    """

    lon: FloatArray
    lat: FloatArray
    cos_lat: FloatArray
    sin_half_lat: FloatArray
    cos_half_lat: FloatArray
    centre: FloatArray


@njit(cache=True, nogil=True)
def cap_radius(radius_km: float) -> float:
    """Radius of a cap, radians, with the tie allowance; infinite for one that holds the globe.

    Parameters
    ----------
    radius_km
        Not negative.

    Returns
    -------
    float
        As `rttgeo.kernels.rings.make_caps` has it.
    """
    radius = min(radius_km / EARTH_RADIUS_KM, math.pi) + TIE_RAD
    return np.inf if radius > math.pi else radius


@njit(cache=True, nogil=True)
def caps_of_marks(marks: Marks, landmark: IntArray, radius: FloatArray) -> Caps:
    """Lay out the caps of some landmarks.

    Parameters
    ----------
    marks
        The landmarks.
    landmark
        Their numbers, shape (n,).
    radius
        Radians, shape (n,), as `cap_radius` gives them.

    Returns
    -------
    Caps
        One entry per landmark.
    """
    half = 0.5 * np.minimum(radius, math.pi)
    return Caps(
        marks.lon[landmark],
        marks.lat[landmark],
        radius,
        marks.cos_lat[landmark],
        marks.sin_half_lat[landmark],
        marks.cos_half_lat[landmark],
        np.sin(half),
        np.cos(half),
    )


@njit(cache=True, nogil=True)
def cap_pieces(rings: Rings, caps: Caps, cap: int) -> Pieces:
    """Cells of one cap as pieces.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.
    cap
        Number of the cap.

    Returns
    -------
    Pieces
        Two on a ring where the run goes round the meridian of Greenwich.
    """
    first, last = ring_span(rings, caps, cap)
    size = 2 * max(last - first, 0)
    ring, start, stop = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    count = 0
    for r in range(first, last):
        n = rings.first[r + 1] - rings.first[r]
        at, length = ring_run(rings, r, caps, cap)
        if length == 0:
            continue
        if at + length > n:
            ring[count], start[count], stop[count] = r, 0, at + length - n
            ring[count + 1], start[count + 1], stop[count + 1] = r, at, n
            count += 2
        else:
            ring[count], start[count], stop[count] = r, at, at + length
            count += 1
    return Pieces(ring[:count], start[:count], stop[:count])


@njit(cache=True, nogil=True)
def whole_pieces(rings: Rings) -> Pieces:
    """All cells as pieces.

    Parameters
    ----------
    rings
        Rings of the grid.

    Returns
    -------
    Pieces
        One a ring.
    """
    n = len(rings.lat)
    return Pieces(np.arange(n), np.zeros(n, np.int64), rings.first[1:] - rings.first[:-1])


@njit(cache=True, nogil=True)
def cut_pieces(rings: Rings, caps: Caps, numbers: IntArray, pieces: Pieces) -> Pieces:
    """Keep what some caps hold of pieces.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.
    numbers
        Which of the caps.
    pieces
        What is to be cut.

    Returns
    -------
    Pieces
        Sorted.
    """
    total = len(pieces.ring)
    held = 0
    for i in range(total):
        held += i == 0 or pieces.ring[i] != pieces.ring[i - 1]
    # On each ring, a cap makes at most one piece more.
    size = total + len(numbers) * held + 1
    ring, start, stop = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    a, b, made, at = np.empty(size, np.int64), np.empty(size, np.int64), 0, 0
    while at < total:
        r, count = pieces.ring[at], 0
        while at < total and pieces.ring[at] == r:
            a[count], b[count] = pieces.start[at], pieces.stop[at]
            count, at = count + 1, at + 1
        n = rings.first[r + 1] - rings.first[r]
        for cap in numbers:
            begin, length = ring_run(rings, r, caps, cap)
            if length == n:
                continue
            if begin + length <= n:
                count = _clip(a, b, count, begin, begin + length)
            else:
                count = _cut(a, b, count, begin + length - n, begin)
            if count == 0:
                break
        for i in range(count):
            ring[made], start[made], stop[made] = r, a[i], b[i]
            made += 1
    return Pieces(ring[:made], start[:made], stop[:made])


@njit(cache=True, nogil=True)
def some_pieces(pieces: Pieces) -> Pieces:
    """Take a few pieces from all over a region: enough to know about where its middle is.

    Parameters
    ----------
    pieces
        Sorted.

    Returns
    -------
    Pieces
        At most `TO_AIM`, evenly from first to last.
    """
    every = (len(pieces.ring) + TO_AIM - 1) // TO_AIM
    at = every // 2
    return Pieces(pieces.ring[at::every], pieces.start[at::every], pieces.stop[at::every])


@njit(cache=True, nogil=True)
def sum_of_pieces(rings: Rings, pieces: Pieces) -> FloatArray:
    """Add up the unit vectors of all centres in pieces.

    Parameters
    ----------
    rings
        Rings of the grid.
    pieces
        Sorted.

    Returns
    -------
    numpy.ndarray
        Shape (3,); the same to the bit as `rttgeo.kernels.moments.sum_of_runs`.
    """
    total = np.zeros(3)
    for i in range(len(pieces.ring)):
        add_run(rings, pieces.ring[i], pieces.start[i], pieces.stop[i], total)
    return total


@njit(cache=True, nogil=True)
def reach_of_pieces(rings: Rings, pieces: Pieces, lon: float, lat: float) -> float:
    """An angle from a point within which all centres of pieces are.

    Along the parallel and then along the meridian is never shorter than the great circle: so no
    sine is needed, and the bound is at most half as large again as it must be.

    Parameters
    ----------
    rings
        Rings of the grid.
    pieces
        Sorted.
    lon, lat
        The point, radians.

    Returns
    -------
    float
        Radians.
    """
    reach, turn = 0.0, 2.0 * math.pi
    for i in range(len(pieces.ring)):
        r = pieces.ring[i]
        west = rings.lon[r] + pieces.start[i] * rings.step[r] - lon
        west -= turn * math.floor((west + math.pi) / turn)
        east = west + (pieces.stop[i] - 1 - pieces.start[i]) * rings.step[r]
        across = math.pi if east >= math.pi else max(abs(west), abs(east))
        reach = max(reach, abs(rings.lat[r] - lat) + rings.cos_lat[r] * across)
    return min(reach, math.pi)


@njit(cache=True, nogil=True)
def still_cutting(
    marks: Marks,
    landmark: IntArray,
    radius: FloatArray,
    left: IntArray,
    middle: FloatArray,
    reach: float,
    pad: float,
) -> tuple[IntArray, bool]:
    """Caps that may cut something off what lies in a cap; deepest cut first.

    Parameters
    ----------
    marks
        The landmarks.
    landmark, radius
        Number of the landmark and radius, radians, of each cap, shape (n,).
    left
        Numbers of the caps that are asked about.
    middle
        Unit vector of the middle of what is left, shape (3,).
    reach
        All that is left is within this angle of it.
    pad
        By how much a cap may be widened, radians.

    Returns
    -------
    tuple
        Numbers of the caps; and whether one of them is apart from all that is left.
    """
    kept, depth, count = np.empty(len(left), np.int64), np.empty(len(left)), 0
    for cap in left:
        if radius[cap] > math.pi:
            continue
        at = landmark[cap]
        along = (
            middle[0] * marks.centre[at, 0]
            + middle[1] * marks.centre[at, 1]
            + middle[2] * marks.centre[at, 2]
        )
        # The cosine knows a small angle to 1e-8 only: the slack is far above that.
        apart = math.acos(min(1.0, max(-1.0, along)))
        if apart > reach + radius[cap] + pad + SLACK:
            return kept[:0], True
        if apart + reach + SLACK > radius[cap]:
            kept[count], depth[count] = cap, radius[cap] - apart
            count += 1
    return kept[np.argsort(depth[:count])], False


@njit(cache=True, nogil=True)
def meeting(
    rings: Rings, marks: Marks, landmark: IntArray, radius_km: FloatArray
) -> tuple[Pieces, FloatArray]:
    """Cells that all caps hold, and the sum of their unit vectors.

    Parameters
    ----------
    rings
        Rings of the grid.
    marks
        The landmarks.
    landmark
        Number of each cap's landmark, shape (n,), n at least 1.
    radius_km
        Radius of each cap, km, shape (n,).

    Returns
    -------
    tuple
        The pieces, and the sum, shape (3,).
    """
    n = len(landmark)
    radius, smallest = np.empty(n), 0
    for i in range(n):
        radius[i] = cap_radius(radius_km[i])
        if radius[i] < radius[smallest]:
            smallest = i
    pad = widest_pad(rings)
    one = np.array([smallest])
    middle = marks.centre[landmark[smallest]]
    others = np.array([i for i in range(n) if i != smallest], dtype=np.int64)
    left, apart = still_cutting(
        marks, landmark, radius, others, middle, radius[smallest] + pad, pad
    )
    if radius[smallest] > math.pi:
        pieces = whole_pieces(rings)
    else:
        pieces = cap_pieces(rings, caps_of_marks(marks, landmark[one], radius[one]), 0)
    if apart:
        pieces = Pieces(pieces.ring[:0], pieces.start[:0], pieces.stop[:0])
    while len(left) and len(pieces.ring):
        some = left[:AT_ONCE]
        caps = caps_of_marks(marks, landmark[some], radius[some])
        pieces = cut_pieces(rings, caps, np.arange(len(some)), pieces)
        left = left[AT_ONCE:]
        if len(left) == 0 or len(pieces.ring) == 0:
            continue
        about = sum_of_pieces(rings, some_pieces(pieces))
        length = math.sqrt(about[0] ** 2 + about[1] ** 2 + about[2] ** 2)
        if length < 1e-6:
            continue
        middle = about / length
        lon, lat = math.atan2(middle[1], middle[0]), math.asin(min(1.0, max(-1.0, middle[2])))
        reach = reach_of_pieces(rings, pieces, lon, lat)
        left, apart = still_cutting(marks, landmark, radius, left, middle, reach, pad)
        if apart:
            pieces = Pieces(pieces.ring[:0], pieces.start[:0], pieces.stop[:0])
    return pieces, sum_of_pieces(rings, pieces)


@njit(cache=True, nogil=True)
def runs_of_pieces(rings: Rings, pieces: Pieces) -> Runs:
    """Canonical runs of pieces.

    Parameters
    ----------
    rings
        Rings of the grid.
    pieces
        Sorted.

    Returns
    -------
    Runs
        ``start`` and ``stop`` over all cells.
    """
    n = len(pieces.ring)
    starts, stops, count = np.empty(n, np.int64), np.empty(n, np.int64), 0
    for i in range(n):
        base = rings.first[pieces.ring[i]]
        start, stop = base + pieces.start[i], base + pieces.stop[i]
        if count and stops[count - 1] == start:
            stops[count - 1] = stop
        else:
            starts[count], stops[count] = start, stop
            count += 1
    return starts[:count].copy(), stops[:count].copy()
