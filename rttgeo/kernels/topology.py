"""Neighbours on the grid: connected parts of a set of runs, and what is near it.

Works on pieces: runs cut at the ends of rings (`runs.split_by_ring`), sorted.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from rttgeo.kernels.rings import Rings
from rttgeo.kernels.runs import Runs, append_run
from rttgeo.typing import FloatArray, IntArray


@njit(cache=True)
def southern_neighbours(nside: int, ring: int, start: int, stop: int) -> tuple[int, int]:
    """Find the cells of the next ring south that share an edge with a run of cells.

    Parameters
    ----------
    nside
        Of the grid.
    ring
        Number of the run's ring, from 0.
    start, stop
        The run, numbered within its ring.

    Returns
    -------
    tuple
        First cell, and the one behind the last, numbered within the next ring; in the belt it may
        be one cell past either end, meaning around the globe.
    """
    k = ring + 1
    if k < nside:
        return start // k * (k + 1) + start % k, (stop - 1) // k * (k + 1) + (stop - 1) % k + 2
    if k < 3 * nside:
        shifted = (k + nside) % 2 == 0
        return (start, stop + 1) if shifted else (start - 1, stop)
    k = 4 * nside - k
    low = start // k * (k - 1) + max(start % k - 1, 0)
    return low, (stop - 1) // k * (k - 1) + min((stop - 1) % k, k - 2) + 1


@njit(cache=True)
def _root(parent: IntArray, piece: int) -> int:
    while parent[piece] != piece:
        parent[piece] = parent[parent[piece]]
        piece = parent[piece]
    return piece


@njit(cache=True)
def _join(parent: IntArray, a: int, b: int) -> None:
    root_a, root_b = _root(parent, a), _root(parent, b)
    # The earlier piece leads, so that parts are numbered from the north.
    parent[max(root_a, root_b)] = min(root_a, root_b)


@njit(cache=True)
def _join_overlapping(
    parent: IntArray,
    piece: int,
    low: int,
    high: int,
    start: IntArray,
    stop: IntArray,
    begin: int,
    end: int,
) -> None:
    """Join a piece with those among ``begin:end`` that hold a cell of ``low:high``."""
    skipped = np.searchsorted(stop[begin:end], low, side="right")
    for at in range(begin + skipped, end):
        if start[at] >= high:
            break
        _join(parent, piece, at)


@njit(cache=True)
def _bounds_of_rings(ring: IntArray) -> IntArray:
    """Where the pieces of each ring begin, from the first that has any to two behind the last."""
    if len(ring) == 0:
        return np.zeros(0, np.int64)
    span = ring[-1] - ring[0] + 1
    bounds, at = np.full(span + 2, len(ring), np.int64), 0
    for k in range(span):
        while ring[at] - ring[0] < k:
            at += 1
        bounds[k] = at
    return bounds


@njit(cache=True)
def label_parts(rings: Rings, ring: IntArray, start: IntArray, stop: IntArray) -> IntArray:
    """Number the connected parts, from 0, in order of their first cells.

    Cells hang together when they share an edge or are next to one another on a ring.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring, start, stop
        Ring, first cell, and cell behind the last of each piece, sorted.

    Returns
    -------
    numpy.ndarray
        Number of the part of each piece.
    """
    parent = np.arange(len(ring))
    # Only of the rings that are there: a grid may have thirty thousand.
    north = ring[0] if len(ring) else 0
    bounds = _bounds_of_rings(ring)
    for piece in range(len(ring)):
        r = ring[piece]
        base, n = rings.first[r], rings.first[r + 1] - rings.first[r]
        begin, end = bounds[r - north + 1], bounds[r - north + 2]
        if start[piece] == base and stop[begin - 1] == base + n:
            _join(parent, piece, begin - 1)
        if r + 1 == len(rings.lat):
            continue
        low, high = southern_neighbours(rings.nside, r, start[piece] - base, stop[piece] - base)
        south, width = rings.first[r + 1], rings.first[r + 2] - rings.first[r + 1]
        _join_overlapping(parent, piece, south + low, south + high, start, stop, begin, end)
        if low < 0:
            _join_overlapping(
                parent, piece, south + width + low, south + width, start, stop, begin, end
            )
        if high > width:
            _join_overlapping(parent, piece, south, south + high - width, start, stop, begin, end)
    label, count = np.empty(len(ring), np.int64), 0
    for piece in range(len(ring)):
        if parent[piece] == piece:
            label[piece] = count
            count += 1
        else:
            label[piece] = label[_root(parent, piece)]
    return label


@njit(cache=True)
def half_width(rings: Rings, a: int, b: int, arc: float) -> float:
    """Tell how far apart in longitude places on two rings may be and yet within an arc.

    Parameters
    ----------
    rings
        Rings of the grid.
    a, b
        Ring numbers.
    arc
        Length of the arc, radians.

    Returns
    -------
    float
        Radians; negative when they are never within it, π when they always are.

    Notes
    -----
    By haversines: sin²(arc/2) = sin²(Δlat/2) + cos(lat a) cos(lat b) sin²(Δlon/2).
    """
    reach = math.sin(0.5 * min(arc, math.pi))
    apart = math.sin(0.5 * (rings.lat[a] - rings.lat[b]))
    room = (reach - apart) * (reach + apart)
    if room < 0.0:
        return -1.0
    both = rings.cos_lat[a] * rings.cos_lat[b]
    return math.pi if room >= both else 2.0 * math.asin(math.sqrt(room / both))


@njit(cache=True)
def _mark(difference: IntArray, low: int, high: int, n: int) -> None:
    """Count ``low:high`` (inclusive, going around) into a ring's difference array."""
    if high < low:
        return
    if high - low + 1 >= n:
        difference[0] += 1
        return
    low, length = low % n, high - low + 1
    difference[low] += 1
    difference[min(low + length, n)] -= 1
    if low + length > n:
        difference[0] += 1
        difference[low + length - n] -= 1


@njit(cache=True)
def dilate(rings: Rings, ring: IntArray, start: IntArray, stop: IntArray, arc: float) -> Runs:
    """Find all centres within an arc of a piece, ring by ring.

    A piece counts as the stretch of its ring from its first centre to its last.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring, start, stop
        Ring, first cell, and cell behind the last of each piece, sorted.
    arc
        Radians.

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    n_rings = len(rings.lat)
    starts, stops, total = np.empty(len(ring), np.int64), np.empty(len(ring), np.int64), 0
    bounds = np.searchsorted(ring, np.arange(n_rings + 1))
    difference = np.zeros(4 * rings.nside + 1, np.int64)
    for k in range(n_rings):
        n = rings.first[k + 1] - rings.first[k]
        difference[: n + 1] = 0
        north = np.searchsorted(-rings.lat, -(rings.lat[k] + arc))
        south = np.searchsorted(-rings.lat, -(rings.lat[k] - arc), side="right")
        if bounds[north] == bounds[south]:
            continue
        for r in range(north, south):
            half = half_width(rings, r, k, arc) if bounds[r] < bounds[r + 1] else -1.0
            if half < 0.0:
                continue
            for piece in range(bounds[r], bounds[r + 1]):
                west = rings.lon[r] + (start[piece] - rings.first[r]) * rings.step[r] - half
                east = rings.lon[r] + (stop[piece] - 1 - rings.first[r]) * rings.step[r] + half
                low = math.ceil((west - rings.lon[k]) / rings.step[k] - 1e-9)
                _mark(difference, low, math.floor((east - rings.lon[k]) / rings.step[k] + 1e-9), n)
        held, base = 0, rings.first[k]
        for cell in range(n):
            held += difference[cell]
            if held > 0:
                starts, stops, total = append_run(
                    starts, stops, total, base + cell, base + cell + 1
                )
    return starts[:total].copy(), stops[:total].copy()


@njit(cache=True)
def scanline(
    rings: Rings, x_a: FloatArray, y_a: FloatArray, x_b: FloatArray, y_b: FloatArray
) -> Runs:
    """Find the centres inside the outline of a shape in longitude and latitude.

    Inside is an odd number of edges to the west.

    Parameters
    ----------
    rings
        Rings of the grid.
    x_a, y_a
        Southern end of each edge, degrees.
    x_b, y_b
        Northern end of each edge, degrees; longitudes in [-180, 180].

    Returns
    -------
    Runs
        ``start`` and ``stop`` of canonical runs.
    """
    starts, stops, total = np.empty(64, np.int64), np.empty(64, np.int64), 0
    order = np.argsort(-y_b)
    active, n_active, following = np.empty(len(x_a), np.int64), 0, 0
    crossing = np.empty(len(x_a))
    for ring in range(len(rings.lat)):
        lat = math.degrees(rings.lat[ring])
        while following < len(order) and y_b[order[following]] >= lat:
            active[n_active] = order[following]
            n_active, following = n_active + 1, following + 1
        kept, crossings = 0, 0
        for i in range(n_active):
            edge = active[i]
            if y_a[edge] >= lat:
                continue
            active[kept] = edge
            kept += 1
            if y_b[edge] > lat:
                share = (lat - y_a[edge]) / (y_b[edge] - y_a[edge])
                crossing[crossings] = x_a[edge] + share * (x_b[edge] - x_a[edge])
                crossings += 1
            else:
                crossing[crossings] = x_b[edge]
                crossings += 1
        n_active = kept
        at = np.sort(crossing[:crossings])
        n, base = rings.first[ring + 1] - rings.first[ring], rings.first[ring]
        # Twice: longitudes east of Greenwich are the ring's first half, and come first.
        for side in range(2):
            for i in range(0, crossings - 1, 2):
                west, east = math.radians(at[i]), math.radians(at[i + 1])
                west, east = (max(west, 0.0), east) if side == 0 else (west, min(east, 0.0))
                turn = 0.0 if side == 0 else 2.0 * math.pi
                low = math.ceil((west + turn - rings.lon[ring]) / rings.step[ring])
                high = math.floor((east + turn - rings.lon[ring]) / rings.step[ring])
                low, high = max(low, 0), min(high, n - 1)
                if west <= east and low <= high:
                    starts, stops, total = append_run(
                        starts, stops, total, base + low, base + high + 1
                    )
    return starts[:total].copy(), stops[:total].copy()
