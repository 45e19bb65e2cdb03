"""Exact geometry of discs on the sphere: which bound an intersection, which few conflict.

No grid is involved.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.sphere import unit_vectors
from rttgeo.typing import FloatArray

SLACK_RAD = 1e-7
"""Circles this close to touching (0.6 m on the Earth) count as touching."""


@numba.njit(cache=True)
def apart(p, q):  # type: ignore[no-untyped-def]
    """Compute the angle between two unit vectors, in radians, precisely for small ones too.

    Parameters
    ----------
    p
        Unit vector, shape (3,).
    q
        Another.
    """
    dx, dy, dz = p[0] - q[0], p[1] - q[1], p[2] - q[2]
    return 2 * math.asin(min(1.0, 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz)))


@numba.njit(cache=True)
def _not_redundant(centre, radius):  # type: ignore[no-untyped-def]
    """Return the numbers of the discs that do not hold the whole of the smallest, and it first."""
    smallest = np.argmin(radius)
    kept = np.empty(len(radius), np.int64)
    kept[0], n = smallest, 1
    for j in range(len(radius)):
        if j == smallest or radius[j] >= math.pi:
            continue
        if apart(centre[smallest], centre[j]) + radius[smallest] > radius[j]:
            kept[n] = j
            n += 1
    return kept[:n]


@numba.njit(cache=True)
def _covered(start, stop, n):  # type: ignore[no-untyped-def]
    """Whether arcs (radians, start in [0, 2π), stop beyond it) cover the whole circle."""
    order = np.argsort(start[:n])
    reach = 0.0
    for i in range(n):  # what comes round from before zero
        reach = max(reach, stop[i] - 2 * math.pi)
    for i in order:
        if start[i] > reach:
            return False
        reach = max(reach, stop[i])
    return reach >= 2 * math.pi


@numba.njit(cache=True)
def _bearing(p, q):  # type: ignore[no-untyped-def]
    """Direction from p to q, radians, from the tangent away from the nearer axis to p."""
    # Any frame at p will do, so long as it is the same for all q.
    if abs(p[2]) < 0.9:
        ex, ey, ez = -p[1], p[0], 0.0
    else:
        ex, ey, ez = 0.0, -p[2], p[1]
    norm = math.sqrt(ex * ex + ey * ey + ez * ez)
    ex, ey, ez = ex / norm, ey / norm, ez / norm
    fx, fy, fz = p[1] * ez - p[2] * ey, p[2] * ex - p[0] * ez, p[0] * ey - p[1] * ex
    return math.atan2(
        q[0] * fx + q[1] * fy + q[2] * fz,
        q[0] * ex + q[1] * ey + q[2] * ez,
    )


@numba.njit(cache=True)
def _edge_is_inside(i, numbers, centre, radius):  # type: ignore[no-untyped-def]
    """Whether a piece of circle i lies within all the others."""
    start, stop, n = np.empty(len(numbers)), np.empty(len(numbers)), 0
    for j in numbers:
        if j == i:
            continue
        distance = apart(centre[i], centre[j])
        farthest = distance + radius[i]
        if min(farthest, 2 * math.pi - farthest) <= radius[j]:
            continue
        if radius[j] < abs(distance - radius[i]):
            return False
        across = math.sin(radius[i]) * math.sin(distance)
        if across < 1e-15:
            return False
        cosine = (math.cos(radius[j]) - math.cos(radius[i]) * math.cos(distance)) / across
        half = math.acos(min(1.0, max(-1.0, cosine)))
        start[n] = (_bearing(centre[i], centre[j]) + half) % (2 * math.pi)
        stop[n] = start[n] + 2 * math.pi - 2 * half
        n += 1
    return n == 0 or not _covered(start, stop, n)


@numba.njit(cache=True)
def _widest_gap(numbers, centre, radius):  # type: ignore[no-untyped-def]
    """Pair of discs that are farthest from touching, or (-1, -1) when all pairs touch."""
    gap, pair = SLACK_RAD, (-1, -1)
    for a in range(len(numbers)):
        for b in range(a):
            i, j = numbers[a], numbers[b]
            between = apart(centre[i], centre[j]) - radius[i] - radius[j]
            if between > gap:
                gap, pair = between, (i, j)
    return pair


@numba.njit(cache=True)
def _inside(point, which, centre, radius):  # type: ignore[no-untyped-def]
    for k in which:  # noqa: SIM110 - numba has no all() over a generator
        if apart(point, centre[k]) > radius[k] + SLACK_RAD:
            return False
    return True


@numba.njit(cache=True)
def _crossings(p, r, q, s, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the two points where circles (p, r) and (q, s) cross; False if none."""
    c = p[0] * q[0] + p[1] * q[1] + p[2] * q[2]
    spread = 1 - c * c
    if spread < 1e-20:
        return False
    a = (math.cos(r) - c * math.cos(s)) / spread
    b = (math.cos(s) - c * math.cos(r)) / spread
    left = (1 - (a * a + b * b + 2 * a * b * c)) / spread
    if left < -1e-9:
        return False
    t = math.sqrt(max(left, 0.0))
    n = np.array((p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]))
    for k in range(3):
        out[0, k] = a * p[k] + b * q[k] + t * n[k]
        out[1, k] = a * p[k] + b * q[k] - t * n[k]
    return True


@numba.njit(cache=True)
def _have_common_place(which, centre, radius):  # type: ignore[no-untyped-def]
    """Whether these discs share a point: then a crossing, or all of one circle, is in them all."""
    points = np.empty((2, 3))
    for i in which:
        # Any one point of the circle stands for all of it; due "east" in the frame of _bearing.
        p = centre[i]
        east = np.array((-p[1], p[0], 0.0)) if abs(p[2]) < 0.9 else np.array((0.0, -p[2], p[1]))
        east /= math.sqrt(east[0] ** 2 + east[1] ** 2 + east[2] ** 2)
        r = min(radius[i], math.pi)
        if _inside(math.cos(r) * p + math.sin(r) * east, which, centre, radius):
            return True
    for a in range(len(which)):
        for b in range(a):
            i, j = which[a], which[b]
            if _crossings(centre[i], radius[i], centre[j], radius[j], points) and (
                _inside(points[0], which, centre, radius)
                or _inside(points[1], which, centre, radius)
            ):
                return True
    return False


@numba.njit(cache=True)
def _bounding(centre, radius):  # type: ignore[no-untyped-def]
    numbers = _not_redundant(centre, radius)
    mask = np.zeros(len(radius), np.bool_)
    for i in numbers:
        mask[i] = radius[i] < math.pi and _edge_is_inside(i, numbers, centre, radius)
    return mask


@numba.njit(cache=True)
def _triple_with_last(numbers, centre, radius):  # type: ignore[no-untyped-def]
    """Find the last disc and two others that have nothing in common, or return an empty array."""
    which = np.empty(3, np.int64)
    which[2] = numbers[-1]
    for b in range(1, len(numbers) - 1):
        for a in range(b):
            which[0], which[1] = numbers[a], numbers[b]
            if not _have_common_place(which, centre, radius):
                return which
    return which[:0]


@numba.njit(cache=True)
def _shortest_conflict(numbers, centre, radius):  # type: ignore[no-untyped-def]
    """How many discs from the front on have nothing in common; 0 when all have."""
    if _have_common_place(numbers, centre, radius):
        return 0
    low, high = 1, len(numbers)
    while high - low > 1:
        middle = (low + high) // 2
        if _have_common_place(numbers[:middle], centre, radius):
            low = middle
        else:
            high = middle
    return high


def _discs(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    return unit_vectors(lon, lat), np.asarray(radius_km, dtype=float) / EARTH_RADIUS_KM


def bounding_discs(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Find the discs that bound their intersection: a piece of their circle is its edge.

    Without such a disc the intersection would be larger. (Discs larger than a hemisphere can leave
    it in several parts; a disc that removes a whole part, and touches no other, is not found.)

    Parameters
    ----------
    lon, lat, radius_km
        Centres in degrees and great-circle radii in km, shape (N,).

    Returns
    -------
    numpy.ndarray
        Mask, shape (N,); all False if the intersection is empty or the whole globe. Among equal
        discs, only the first counts.
    """
    centre, radius = _discs(lon, lat, radius_km)
    if not len(radius):
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(_bounding(centre, radius))


def conflicting_discs(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """Return the smallest group of discs with no point in common; empty when all share one.

    These are two disjoint discs if there are any (the pair with the widest gap), otherwise three.
    By Helly's theorem there always are such two or three if every disc is smaller than a
    hemisphere. Larger discs may conflict four at a time; then a group is returned from which none
    can be left out.

    Parameters
    ----------
    lon
        Longitudes of the centres, degrees, shape (N,).
    lat
        Latitudes, degrees, shape (N,).
    radius_km
        Great-circle radii, km, shape (N,).

    Returns
    -------
    numpy.ndarray
        Numbers of the discs, sorted.
    """
    centre, radius = _discs(lon, lat, radius_km)
    if not len(radius):
        return np.zeros(0, dtype=np.int64)
    numbers = _not_redundant(centre, radius)
    pair = np.asarray(_widest_gap(numbers, centre, radius), dtype=np.int64)
    if pair[0] >= 0:
        return np.sort(pair)
    # Those left out hold the smallest disc, so they add nothing to a conflict of all.
    numbers = numbers[np.argsort(radius[numbers], kind="stable")]
    numbers = numbers[: _shortest_conflict(numbers, centre, radius)]
    if not len(numbers):
        return np.asarray(numbers, dtype=np.int64)
    # All but the last do have a common place: so it has a part in every conflict of these.
    triple = np.asarray(_triple_with_last(numbers, centre, radius))
    return np.sort(triple if len(triple) else _irreducible(numbers, centre, radius))


def _irreducible(
    numbers: npt.NDArray[np.int64], centre: FloatArray, radius: FloatArray
) -> npt.NDArray[np.int64]:
    """Leave out one disc after the other so long as the rest still conflict."""
    kept = numbers
    for number in numbers[::-1]:
        fewer = kept[kept != number]
        if not _have_common_place(fewer, centre, radius):
            kept = fewer
    return kept
