"""Outlines of sets of cells, walked along their edges: no polygon per cell, nothing to unite.

Every edge of a cell that no other cell of the set has is kept; these are joined corner to corner
into rings, counter-clockwise around what is inside, and a ring that meets itself is parted there.

A corner is a whole number: its level (0 to 4 nside, from the north pole) and its place on it, in
quarters of 1/level turns (1/(2 nside) in the belt), counted from Greenwich, westward below zero. So
two cells name theirs alike, to the last bit, and what lies on either side of ±180° has other names.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rttgeo.kernels.growing import Joined, Pieces, extended, extended_floats
from rttgeo.kernels.rings import Rings
from rttgeo.typing import FloatArray, IntArray

SHIFT = 1 << 20
"""Above any place on a level: 4 nside either way, nside at most 8192."""
SPREAD = -7046029254386353131
"""The golden ratio's share of 2^64: multiples of it spread keys over a table (Knuth, 6.4)."""


@njit(cache=True, nogil=True)
def _units(nside: int, level: int) -> int:
    """Corners of a level in a quarter turn; at a pole, its quarters."""
    from_pole = min(level, 4 * nside - level)
    return 2 * nside if from_pole >= nside else max(from_pole, 1)


@njit(cache=True, nogil=True)
def _places(nside: int, number: int, index: int, out: IntArray) -> bool:
    """Places of a cell's corners, counter-clockwise from the one next to its pole; True if cut.

    Five of them: the first and the last differ at a pole, and where ±180° cuts the cell in two.
    Gorski et al. 2005, section 4, in whole numbers.
    """
    k = 4 * nside - number if number > 2 * nside else number
    belt = 2 * index + (1 if (number + nside) % 2 == 0 else 0)
    width = min(k, nside)
    quarter, j = index // width, index % width
    if k <= nside:
        up = quarter * (k - 1) + j
        west, east = quarter * k + j, quarter * k + j + 1
        if k == nside:
            west, east = 2 * west, 2 * east
    else:
        up, west, east = belt, belt - 1, belt + 1
    down = quarter * (k + 1) + j + 1 if k < nside else belt
    if k < nside and k + 1 == nside:
        down *= 2
    first = last = up
    if k == 1:
        first, last = quarter, quarter + 1
    half = 2 * _units(nside, k)
    out[0], out[1], out[2], out[3], out[4] = first, west, down, east, last
    if west >= half:
        for i in range(5):
            level = k - 1 if i in (0, 4) else (k + 1 if i == 2 else k)
            out[i] -= 4 * _units(nside, level)
        return False
    return east > half


@njit(cache=True, nogil=True)
def _toggle(one, other, state, a, b):  # type: ignore[no-untyped-def]
    """Enter an edge from a to b in a table; one that stands there the other way round goes."""
    low, high, mask = min(a, b), max(a, b), len(state) - 1
    at = (((low * 31 + high) * SPREAD) >> 20) & mask
    while state[at] != 0 and not (one[at] == low and other[at] == high):
        at = (at + 1) & mask
    one[at], other[at] = low, high
    # 1 and 2: one cell has it, rising or falling; 3: two cells have it.
    state[at] = (1 if a < b else 2) if state[at] == 0 else 3


@njit(cache=True, nogil=True)
def _keys(nside: int, number: int, index: int, place: IntArray, key: IntArray) -> bool:
    """Fill in the names of a cell's corners, as `_places` orders them; True if ±180° cuts it."""
    cut = _places(nside, number, index, place)
    south = number > 2 * nside
    k = 4 * nside - number if south else number
    for c in range(5):
        level = k - 1 if c in (0, 4) else (k + 1 if c == 2 else k)
        key[c] = (4 * nside - level if south else level) * SHIFT + place[c] + SHIFT // 2
    return cut


@njit(cache=True, nogil=True)
def _edge(key: IntArray, cut: bool, south: bool, side: int, turn: int) -> tuple[int, int]:
    """Edge of a cell: 0 pole to west, 1 west to equator, 2 on to east, 3 back to the pole."""
    a, b = key[side], key[side + 1]
    if cut and side > 1:
        a, b = a - turn, b - turn
    return (b, a) if south else (a, b)


@njit(cache=True, nogil=True)
def _of_caps(rings: Rings, pieces: Pieces) -> tuple[IntArray, IntArray]:
    """Free edges of the polar caps, where cells of one ring are neighbours too: by a table."""
    nside, cells, size = rings.nside, 0, 64
    for i in range(len(pieces.ring)):
        number = pieces.ring[i] + 1
        if min(number, 4 * nside - number) <= nside:
            cells += pieces.stop[i] - pieces.start[i]
    if cells == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    while size < 6 * cells:
        size *= 2
    one, other, state = np.empty(size, np.int64), np.empty(size, np.int64), np.zeros(size, np.int8)
    place, key = np.empty(5, np.int64), np.empty(5, np.int64)
    for i in range(len(pieces.ring)):
        number = pieces.ring[i] + 1
        south = number > 2 * nside
        k = min(number, 4 * nside - number)
        if k > nside:
            continue
        for index in range(pieces.start[i], pieces.stop[i]):
            _keys(nside, number, index, place, key)
            for side in range(4):
                if side in (0, 3) or k < nside:
                    _toggle(one, other, state, *_edge(key, False, south, side, 0))
            if key[4] != key[0]:
                a, b = (key[0], key[4]) if south else (key[4], key[0])
                _toggle(one, other, state, a, b)
    kept = np.flatnonzero((state == 1) | (state == 2))
    rising = state[kept] == 1
    start = np.where(rising, one[kept], other[kept])
    return start, np.where(rising, other[kept], one[kept])


@njit(cache=True, nogil=True)
def _mark(member, pieces, low, high, ring, value):  # type: ignore[no-untyped-def]
    """Set the cells of one ring in its mask, if these pieces are that ring's."""
    for i in range(low, high):
        if pieces.ring[i] == ring:
            member[pieces.start[i] : pieces.stop[i]] = value


@njit(cache=True, nogil=True)
def _free_edges(rings: Rings, pieces: Pieces) -> tuple[IntArray, IntArray]:
    """Edges that one cell only has, from and to corners, the cell on the left."""
    nside, turn, n = rings.nside, 8 * rings.nside, 4 * rings.nside
    start, stop = _of_caps(rings, pieces)
    count, total = len(start), len(pieces.ring)
    place, key = np.empty(5, np.int64), np.empty(5, np.int64)
    above, below = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    some = np.empty(1, np.int64)
    at = before = 0
    while at < total:
        ring, end = pieces.ring[at], at
        while end < total and pieces.ring[end] == ring:
            end += 1
        after = end
        while after < total and pieces.ring[after] == ring + 1:
            after += 1
        number = ring + 1
        k, south = min(number, n - number), number > 2 * nside
        if k >= nside:
            _mark(above, pieces, before, at, ring - 1, True)
            _mark(below, pieces, end, after, ring + 1, True)
            # The two rings' cells stand between each other: west and east of a cell's corner.
            west = 0 if (number + nside) % 2 == 0 else -1
            for i in range(at, end):
                for index in range(pieces.start[i], pieces.stop[i]):
                    left, right = (index + west) % n, (index + west + 1) % n
                    free = (
                        number > nside and not above[left],
                        number < 3 * nside and not below[left],
                        number < 3 * nside and not below[right],
                        number > nside and not above[right],
                    )
                    # Without a free side, only a cell that ±180° cuts has an edge none the less.
                    if not (free[0] or free[1] or free[2] or free[3] or abs(index - n // 2) <= 1):
                        continue
                    cut = _keys(nside, number, index, place, key)
                    for side in range(4):
                        if free[side]:
                            turned = (1, 0, 3, 2)[side] if south else side
                            a, b = _edge(key, cut, south, turned, turn)
                            some[0] = a
                            start = extended(start, count, some)
                            some[0] = b
                            stop = extended(stop, count, some)
                            count += 1
                    if cut:
                        a, b = (key[0], key[2]) if south else (key[2], key[0])
                        for way in range(2):
                            some[0] = a if way == 0 else b - turn
                            start = extended(start, count, some)
                            some[0] = b if way == 0 else a - turn
                            stop = extended(stop, count, some)
                            count += 1
            _mark(above, pieces, before, at, ring - 1, False)
            _mark(below, pieces, end, after, ring + 1, False)
        before, at = at, end
    return start[:count].copy(), stop[:count].copy()


@njit(cache=True, nogil=True)
def _leftmost(points: FloatArray, came: FloatArray, ahead: FloatArray, edges: IntArray) -> int:
    """Of the edges that leave a corner, the one that keeps to the cells on the left."""
    best, least = edges[0], np.inf
    back = np.arctan2(came[1] - points[1], came[0] - points[0])
    for edge in edges:
        out = np.arctan2(ahead[edge, 1] - points[1], ahead[edge, 0] - points[0])
        turned = (back - out) % (2.0 * np.pi)
        if turned < least:
            best, least = edge, turned
    return best


@njit(cache=True, nogil=True)
def _rings_of(
    start: IntArray, stop: IntArray, here: FloatArray, ahead: FloatArray
) -> tuple[IntArray, IntArray]:
    """Simple closed rings: numbers of the edges of all, one after the other, and their bounds.

    ``start`` is sorted; ``here`` and ``ahead`` are the places of both ends, degrees.
    """
    n, count, rings = len(start), 0, 0
    found, bounds = np.empty(n, np.int64), np.zeros(n + 1, np.int64)
    used, where = np.zeros(n, np.bool_), np.full(n, -1, np.int64)
    path, held = np.empty(n + 1, np.int64), 0
    for first in range(n):
        edge = first
        while not used[edge]:
            used[edge] = True
            corner = np.searchsorted(start, start[edge])
            path[held], where[corner] = edge, held
            held += 1
            corner = np.searchsorted(start, stop[edge])
            if where[corner] >= 0:
                # The path came back to itself: what lies between is a ring of its own.
                begin = where[corner]
                for i in range(begin, held):
                    found[count] = path[i]
                    where[np.searchsorted(start, start[path[i]])] = -1
                    count += 1
                rings, held = rings + 1, begin
                bounds[rings] = count
            last = corner + 1
            while last < n and start[last] == start[corner]:
                last += 1
            left = np.arange(corner, last)
            left = left[~used[corner:last]]
            if len(left) == 0:
                break
            edge = _leftmost(here[corner], here[edge], ahead, left)
    return found, bounds[: rings + 1].copy()


@njit(cache=True, nogil=True)
def _degrees(nside: int, latitudes: FloatArray, corners: IntArray) -> FloatArray:
    """Longitude and latitude of corners, shape (n, 2)."""
    found = np.empty((len(corners), 2))
    for i in range(len(corners)):
        level = corners[i] // SHIFT
        place, units = corners[i] % SHIFT - SHIFT // 2, _units(nside, level)
        # The same divisions as of a cell's corners, so that the digits are the same.
        if place < 0:
            found[i, 0] = 90.0 * (place + 4 * units) / units - 360.0
        else:
            found[i, 0] = 90.0 * place / units
        found[i, 1] = latitudes[level]
    return found


@njit(cache=True, nogil=True)
def _area(points: FloatArray) -> float:
    """Signed area of a closed ring, square degrees: above zero when it runs counter-clockwise."""
    total, x, y = 0.0, points[0, 0], points[0, 1]
    for i in range(len(points) - 1):
        total += (points[i, 0] - x) * (points[i + 1, 1] - y)
        total -= (points[i + 1, 0] - x) * (points[i, 1] - y)
    return 0.5 * total


@njit(cache=True, nogil=True)
def _inside(points: FloatArray, x: float, y: float) -> bool:
    """Whether a ring goes round a place, which is not on it: an odd number of edges to the east."""
    odd = False
    for i in range(len(points) - 1):
        x_a, y_a, x_b, y_b = points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1]
        if (y_a > y) != (y_b > y) and x < x_a + (y - y_a) / (y_b - y_a) * (x_b - x_a):
            odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _shell_of(points: FloatArray, bounds: IntArray, area: FloatArray, hole: int) -> int:
    """The smallest ring around a hole."""
    at = bounds[hole]
    # Holes touch their shells in corners at the most: the middle of an edge is inside.
    x = 0.5 * (points[at, 0] + points[at + 1, 0])
    y = 0.5 * (points[at, 1] + points[at + 1, 1])
    best = -1
    for ring in range(len(area)):
        if area[ring] <= 0 or (best >= 0 and area[ring] >= area[best]):
            continue
        if _inside(points[bounds[ring] : bounds[ring + 1]], x, y):
            best = ring
    return best


@njit(cache=True, nogil=True)
def _closed_rings(
    rings: Rings, latitudes: FloatArray, pieces: Pieces
) -> tuple[FloatArray, IntArray]:
    """Points of all rings, the first of each again at its end, and where each begins."""
    start, stop = _free_edges(rings, pieces)
    order = np.argsort(start)
    start, stop = start[order], stop[order]
    here, ahead = (
        _degrees(rings.nside, latitudes, start),
        _degrees(rings.nside, latitudes, stop),
    )
    edges, own = _rings_of(start, stop, here, ahead)
    n = len(own) - 1
    points, bounds = np.empty((len(edges) + n, 2)), own + np.arange(n + 1)
    for ring in range(n):
        for i in range(own[ring], own[ring + 1]):
            points[ring + i] = here[edges[i]]
        points[bounds[ring + 1] - 1] = points[bounds[ring]]
    return points, bounds


@njit(cache=True, nogil=True)
def outline_of(
    rings: Rings, latitudes: FloatArray, pieces: Pieces
) -> tuple[FloatArray, IntArray, IntArray]:
    """Outline one set of cells.

    Parameters
    ----------
    rings
        Rings of the grid.
    latitudes
        Of the corners' levels, degrees, shape (4 nside + 1,).
    pieces
        The cells.

    Returns
    -------
    tuple
        Points of all rings, shape (n, 2); how many each ring has; and how many rings each polygon
        has. The first ring of a polygon goes round it counter-clockwise, its holes follow clockwise.
    """
    points, bounds = _closed_rings(rings, latitudes, pieces)
    n = len(bounds) - 1
    area, shell = np.empty(n), np.arange(n)
    for ring in range(n):
        area[ring] = _area(points[bounds[ring] : bounds[ring + 1]])
    for ring in range(n):
        if area[ring] <= 0:
            shell[ring] = _shell_of(points, bounds, area, ring)
    made, sizes, of_polygon = np.empty_like(points), np.empty(n, np.int64), np.empty(n, np.int64)
    at, done, polygons = 0, 0, 0
    for ring in range(n):
        if area[ring] <= 0:
            continue
        before = done
        for own in range(-1, n):
            # The shell first, then its holes.
            one = ring if own < 0 else own
            if own >= 0 and (shell[own] != ring or own == ring):
                continue
            size = bounds[one + 1] - bounds[one]
            made[at : at + size] = points[bounds[one] : bounds[one + 1]]
            sizes[done] = size
            at, done = at + size, done + 1
        of_polygon[polygons] = done - before
        polygons += 1
    return made[:at], sizes[:done], of_polygon[:polygons]


@njit(cache=True, nogil=True)
def outline_all(
    rings: Rings, latitudes: FloatArray, ring: Joined, start: Joined, stop: Joined
) -> tuple[FloatArray, FloatArray, IntArray, IntArray, IntArray]:
    """Outline many sets of cells.

    Parameters
    ----------
    rings, latitudes
        As of `outline_of`.
    ring, start, stop
        Pieces of the sets.

    Returns
    -------
    tuple
        Longitudes and latitudes of all points, degrees; where each ring begins among them, each
        polygon among the rings, and each set among the polygons, with the end of the last.
    """
    n = len(ring.offsets) - 1
    x, y = np.empty(64 * n), np.empty(64 * n)
    sizes, rings_of, polygons_of = (
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.zeros(n + 1, np.int64),
    )
    points = n_rings = n_polygons = 0
    for i in range(n):
        a, b = ring.offsets[i], ring.offsets[i + 1]
        if b > a:
            pieces = Pieces(ring.values[a:b], start.values[a:b], stop.values[a:b])
            made, size, count = outline_of(rings, latitudes, pieces)
            x, y = extended_floats(x, points, made[:, 0]), extended_floats(y, points, made[:, 1])
            sizes, rings_of = extended(sizes, n_rings, size), extended(rings_of, n_polygons, count)
            points += len(made)
            n_rings, n_polygons = n_rings + len(size), n_polygons + len(count)
        polygons_of[i + 1] = n_polygons
    ring_at, polygon_at = np.zeros(n_rings + 1, np.int64), np.zeros(n_polygons + 1, np.int64)
    ring_at[1:], polygon_at[1:] = np.cumsum(sizes[:n_rings]), np.cumsum(rings_of[:n_polygons])
    return x[:points].copy(), y[:points].copy(), ring_at, polygon_at, polygons_of
