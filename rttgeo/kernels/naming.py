"""What regions hold, for many of them: parts, cities, countries, the nearest landmark."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.kernels.growing import Joined, Pieces
from rttgeo.kernels.rings import Rings, arc_between
from rttgeo.kernels.topology import label_parts
from rttgeo.typing import FloatArray, IntArray

MOST = 5
"""Cities and countries that are named at the most."""
MOST_ROWS = 512
"""Room for the countries of the world, twice over."""


class Gazetteer(NamedTuple):
    """Cities and countries by the cells of one grid.

    ``city_cell`` is sorted, and ``city_rank`` says which city each is, or is a part of, the most
    populous being 0; those of ring r are ``city_ring[r]:city_ring[r + 1]``. ``country_start`` and
    ``country_row`` are runs of cells of one country each (row 0: at sea), of which
    ``country_ring[r]`` holds the first cell of ring r; empty for a grid finer than the map of
    countries, which is asked cell by cell then.
    """

    city_cell: IntArray
    city_rank: IntArray
    city_ring: IntArray
    country_start: IntArray
    country_row: npt.NDArray[np.int16]
    country_ring: IntArray


@njit(cache=True, nogil=True)
def cities_within(rings: Rings, where: Gazetteer, pieces: Pieces, out: IntArray) -> int:
    """Find the most populous cities in a region.

    Parameters
    ----------
    rings
        Rings of the grid.
    where
        Cities by their cells.
    pieces
        The region.
    out
        Filled with their ranks, rising, as many as have room.

    Returns
    -------
    int
        How many there are in ``out``.
    """
    count = 0
    for i in range(len(pieces.ring)):
        r = pieces.ring[i]
        at, end = where.city_ring[r], where.city_ring[r + 1]
        at += np.searchsorted(where.city_cell[at:end], rings.first[r] + pieces.start[i])
        stop = rings.first[r] + pieces.stop[i]
        while at < end and where.city_cell[at] < stop:
            rank = where.city_rank[at]
            at += 1
            if (count == len(out) and rank > out[count - 1]) or rank in out[:count]:
                continue
            place = min(count, len(out) - 1)
            while place and out[place - 1] > rank:
                out[place] = out[place - 1]
                place -= 1
            out[place] = rank
            count = min(count + 1, len(out))
    return count


@njit(cache=True, nogil=True)
def _sampled(low: int, high: int, every: int) -> int:
    """How many multiples of a number are in ``low:high``."""
    return (high + every - 1) // every - (low + every - 1) // every


@njit(cache=True, nogil=True)
def cell_at(nside: int, z: float, from_pole: float, lon: float) -> int:
    """Find the cell of a grid that holds a point.

    Parameters
    ----------
    nside
        Of the grid.
    z
        Sine of the latitude.
    from_pole
        1 - |z|, with all its digits.
    lon
        Longitude, radians, from 0 to 2π.

    Returns
    -------
    int
        Its number.

    Notes
    -----
    Gorski et al. 2005, section 5: in the belt, between which ascending and which descending lines
    the point is; in the caps, the same with lines that meet at the pole.
    """
    quarter = lon * (2.0 / math.pi)
    if abs(z) <= 2.0 / 3.0:
        up, tilt = nside * (0.5 + quarter), nside * z * 0.75
        down_line, up_line = math.floor(up - tilt), math.floor(up + tilt)
        ring = nside + 1 + down_line - up_line
        shift = 1 - (ring & 1)
        index = ((down_line + up_line - nside + shift + 1) // 2) % (4 * nside)
        return 2 * nside * (nside - 1) + (ring - 1) * 4 * nside + index
    inside = quarter - math.floor(quarter)
    scale = nside * math.sqrt(3.0 * from_pole)
    east = min(math.floor(inside * scale), nside - 1)
    west = min(math.floor((1.0 - inside) * scale), nside - 1)
    ring = east + west + 1
    index = math.floor(quarter * ring) % (4 * ring)
    if z > 0:
        return 2 * ring * (ring - 1) + index
    return 12 * nside * nside - 2 * ring * (ring + 1) + index


@njit(cache=True, nogil=True)
def _count_by_runs(
    rings: Rings, where: Gazetteer, pieces: Pieces, every: int, counts: IntArray
) -> None:
    seen, last = 0, len(where.country_start)
    for i in range(len(pieces.ring)):
        r = pieces.ring[i]
        at, stop = rings.first[r] + pieces.start[i], rings.first[r] + pieces.stop[i]
        run, end = where.country_ring[r], where.country_ring[r + 1] + 1
        run += np.searchsorted(where.country_start[run:end], at, side="right") - 1
        while at < stop:
            end = min(stop, where.country_start[run + 1]) if run + 1 < last else stop
            counts[where.country_row[run]] += _sampled(seen, seen + end - at, every)
            seen += end - at
            at, run = end, run + 1


@njit(cache=True, nogil=True)
def _count_by_cells(
    rings: Rings,
    pieces: Pieces,
    every: int,
    map_nside: int,
    map_row: npt.NDArray[np.int16],
    counts: IntArray,
) -> None:
    seen, turn = 0, 2.0 * math.pi
    for i in range(len(pieces.ring)):
        r = pieces.ring[i]
        z = rings.sin_lat[r]
        half = math.sin(0.5 * (0.5 * math.pi - abs(rings.lat[r])))
        first = -seen % every
        for index in range(pieces.start[i] + first, pieces.stop[i], every):
            lon = rings.lon[r] + index * rings.step[r]
            cell = cell_at(map_nside, z, 2.0 * half * half, min(lon, turn))
            counts[map_row[cell]] += 1
        seen += pieces.stop[i] - pieces.start[i]


@njit(cache=True, nogil=True)
def countries_within(
    rings: Rings,
    where: Gazetteer,
    map_nside: int,
    map_row: npt.NDArray[np.int16],
    pieces: Pieces,
    sampled: int,
    counts: IntArray,
) -> int:
    """Count the cells of each country in a region, or a sample of them.

    Parameters
    ----------
    rings
        Rings of the grid.
    where
        Countries by runs of cells, if there are any.
    map_nside, map_row
        Grid of the map of countries, and the row of each of its cells.
    pieces
        The region.
    sampled
        Every so-manieth cell is taken that at least so many are.
    counts
        Filled, one entry per row; it must be zero before.

    Returns
    -------
    int
        How many cells were counted.
    """
    cells = 0
    for i in range(len(pieces.ring)):
        cells += pieces.stop[i] - pieces.start[i]
    every = max(1, cells // sampled)
    if len(where.country_start):
        _count_by_runs(rings, where, pieces, every, counts)
    else:
        _count_by_cells(rings, pieces, every, map_nside, map_row, counts)
    return _sampled(0, cells, every)


@njit(cache=True, nogil=True)
def largest_counts(
    counts: IntArray, seen: int, least: float, row: IntArray, count: IntArray
) -> int:
    """The largest of some counts; of equal ones the first. They are set to zero.

    Parameters
    ----------
    counts
        One entry per row.
    seen
        Their sum.
    least
        Share below which a row is not named.
    row, count
        Filled, as many as have room.

    Returns
    -------
    int
        How many there are.
    """
    found = 0
    for i in range(len(counts)):
        value = counts[i]
        counts[i] = 0
        if value == 0 or value / seen < least:
            continue
        if found == len(row) and value <= count[found - 1]:
            continue
        place = min(found, len(row) - 1)
        while place and count[place - 1] < value:
            row[place], count[place] = row[place - 1], count[place - 1]
            place -= 1
        row[place], count[place] = i, value
        found = min(found + 1, len(row))
    return found


@njit(cache=True, nogil=True)
def parts_of(rings: Rings, pieces: Pieces) -> int:
    """Count the connected parts of a region.

    Parameters
    ----------
    rings
        Rings of the grid.
    pieces
        The region.

    Returns
    -------
    int
        0 for none.
    """
    if len(pieces.ring) == 0:
        return 0
    base = rings.first[pieces.ring]
    return label_parts(rings, pieces.ring, base + pieces.start, base + pieces.stop).max() + 1


@njit(cache=True, nogil=True)
def nearest_of(
    lon: FloatArray,
    lat: FloatArray,
    centre: FloatArray,
    landmark: IntArray,
    at_lon: float,
    at_lat: float,
) -> int:
    """Find the landmark nearest to a place; the first of equally near ones.

    Parameters
    ----------
    lon, lat, centre
        Of all landmarks: radians, and unit vectors, shape (n, 3).
    landmark
        Numbers of those that are asked about.
    at_lon, at_lat
        The place, radians.

    Returns
    -------
    int
        Position in ``landmark``.
    """
    x = math.cos(at_lat) * math.cos(at_lon)
    y, z = math.cos(at_lat) * math.sin(at_lon), math.sin(at_lat)
    best = -2.0
    for i in range(len(landmark)):
        c = centre[landmark[i]]
        best = max(best, x * c[0] + y * c[1] + z * c[2])
    nearest, found = np.inf, 0
    for i in range(len(landmark)):
        j = landmark[i]
        # The cosine sorts out the far ones; the near ones are measured.
        if x * centre[j, 0] + y * centre[j, 1] + z * centre[j, 2] < best - 1e-9:
            continue
        apart = arc_between(at_lon, at_lat, lon[j], lat[j])
        if apart < nearest:
            nearest, found = apart, i
    return found


@njit(cache=True, nogil=True)
def name_all(
    rings: Rings,
    where: Gazetteer,
    map_nside: int,
    map_row: npt.NDArray[np.int16],
    ring: Joined,
    start: Joined,
    stop: Joined,
    sampled: int,
    least: float,
) -> tuple[Joined, Joined, IntArray, IntArray, IntArray]:
    """Cities, countries and parts of many regions.

    Parameters
    ----------
    rings
        Rings of the grid.
    where
        Cities and countries by its cells.
    map_nside, map_row
        Grid of the map of countries, and the row of each of its cells.
    ring, start, stop
        Pieces of the regions.
    sampled, least
        As of `countries_within` and `largest_counts`.

    Returns
    -------
    tuple
        Ranks of the cities; rows of the countries; how many cells each of these has; how many were
        counted of each region; parts of each region.
    """
    n = len(ring.offsets) - 1
    city_at, country_at = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    city, country = np.empty(MOST * n, np.int64), np.empty(MOST * n, np.int64)
    held, seen, parts = np.empty(MOST * n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    counts = np.zeros(MOST_ROWS, np.int64)
    for i in range(n):
        a, b = ring.offsets[i], ring.offsets[i + 1]
        pieces = Pieces(ring.values[a:b], start.values[a:b], stop.values[a:b])
        at = city_at[i]
        city_at[i + 1] = at + cities_within(rings, where, pieces, city[at : at + MOST])
        at = country_at[i]
        country_at[i + 1] = at
        if b > a:
            seen[i] = countries_within(rings, where, map_nside, map_row, pieces, sampled, counts)
            country_at[i + 1] = at + largest_counts(
                counts, seen[i], least, country[at : at + MOST], held[at : at + MOST]
            )
        parts[i] = parts_of(rings, pieces)
    return (
        Joined(city_at, city[: city_at[n]].copy()),
        Joined(country_at, country[: country_at[n]].copy()),
        held[: country_at[n]].copy(),
        seen,
        parts,
    )


@njit(cache=True, nogil=True)
def nearest_all(
    lon: FloatArray,
    lat: FloatArray,
    centre: FloatArray,
    landmark: IntArray,
    offsets: IntArray,
    at_lon: FloatArray,
    at_lat: FloatArray,
) -> IntArray:
    """Nearest landmarks of many places, each among its own.

    Parameters
    ----------
    lon, lat, centre
        Of all landmarks, as `nearest_of` takes them.
    landmark
        Numbers of the landmarks of all places, one after the other.
    offsets
        Place i's are ``offsets[i]:offsets[i + 1]``, at least one.
    at_lon, at_lat
        The places, radians, shape (n,).

    Returns
    -------
    numpy.ndarray
        Numbers of the landmarks, shape (n,).
    """
    found = np.empty(len(at_lon), np.int64)
    for i in range(len(at_lon)):
        own = landmark[offsets[i] : offsets[i + 1]]
        found[i] = own[nearest_of(lon, lat, centre, own, at_lon[i], at_lat[i])]
    return found
