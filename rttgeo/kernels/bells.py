"""Bells around places: over points, and over the cells of a grid near them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.kernels.rings import Caps, Rings, make_caps, ring_run, ring_span
from rttgeo.typing import FloatArray, IntArray

Singles = npt.NDArray[np.float32]

CUT = 4.0
"""Standard deviations at which a bell ends."""
TOGETHER = 64
"""Points that are skipped together where a place is far from all: neighbours, if they are sorted."""


@njit(cache=True, nogil=True)
def add_bells(points: FloatArray, places: FloatArray, sd: float, out: FloatArray) -> None:
    """Add to each point exp(-c²/2 sd²) of the chord c to each place, cut at c = 4 sd.

    Parameters
    ----------
    points, places
        Unit vectors, shapes (n, 3) and (m, 3).
    sd
        Width of a bell, in radii of the sphere.
    out
        Added to, shape (n,).
    """
    x, y, z = points[:, 0].copy(), points[:, 1].copy(), points[:, 2].copy()
    reach = 2.0 * math.asin(min(0.5 * CUT * sd, 1.0))
    middles, least = _blocks_of(points, reach)
    along = np.empty(TOGETHER)
    for j in range(len(places)):
        u, v, w = places[j, 0], places[j, 1], places[j, 2]
        for block in range(len(least)):
            middle = middles[block]
            if middle[0] * u + middle[1] * v + middle[2] * w < least[block]:
                continue
            first = block * TOGETHER
            count = min(TOGETHER, len(points) - first)
            for i in range(count):
                along[i] = x[first + i] * u + y[first + i] * v + z[first + i] * w
            # c² = 2 − 2 cos, so the cut is at half of (4 sd)² below one.
            for i in range(count):
                if along[i] > 1.0 - 0.5 * (CUT * sd) ** 2:
                    out[first + i] += math.exp((along[i] - 1.0) / (sd * sd))


@njit(cache=True, nogil=True)
def _blocks_of(points: FloatArray, reach: float) -> tuple[FloatArray, FloatArray]:
    """Caps about each `TOGETHER` points in their order: middles, and cosines of radius and reach.

    Of a place with a lower cosine to the middle, no point of the block is within the reach.
    """
    count = -(-len(points) // TOGETHER)
    middles, least = np.empty((count, 3)), np.full(count, -2.0)
    for block in range(count):
        own = points[block * TOGETHER : (block + 1) * TOGETHER]
        for axis in range(3):
            middles[block, axis] = own[:, axis].mean()
        length = math.sqrt((middles[block] ** 2).sum())
        if length < 1e-3:
            continue
        middles[block] /= length
        lowest = 1.0
        for i in range(len(own)):
            lowest = min(lowest, (own[i] * middles[block]).sum())
        # The arc of a cosine near one is only known to 1e-8.
        radius = math.acos(min(max(lowest, -1.0), 1.0)) + reach + 1e-7
        if radius < math.pi:
            least[block] = math.cos(radius)
    return middles, least


@njit(cache=True, nogil=True)
def cells_about(
    rings: Rings, lon: FloatArray, lat: FloatArray, radius_km: float
) -> tuple[IntArray, IntArray]:
    """List the cells with their centres in discs of one size, disc after disc.

    Parameters
    ----------
    rings
        Rings of the grid.
    lon, lat
        Centres of the discs, degrees, shape (n,).
    radius_km
        Radius of all, km.

    Returns
    -------
    tuple
        Cells, and the number of the disc that each is in; a cell in several discs stands there
        several times.
    """
    caps = make_caps(lon, lat, np.full(len(lon), radius_km))
    total = _cells_in(rings, caps)
    cells, discs, at = np.empty(total, np.int64), np.empty(total, np.int64), 0
    for disc in range(len(lon)):
        first, last = ring_span(rings, caps, disc)
        for ring in range(first, last):
            start, count = ring_run(rings, ring, caps, disc)
            n = rings.first[ring + 1] - rings.first[ring]
            for k in range(start, start + count):
                cells[at], discs[at] = rings.first[ring] + k % n, disc
                at += 1
    return cells, discs


@njit(cache=True, nogil=True)
def bell_values(
    rings: Rings,
    lon: FloatArray,
    lat: FloatArray,
    weight: FloatArray,
    sd_km: float,
    radius_km: float,
) -> tuple[IntArray, Singles]:
    """List what weighted bells add to the cells of a grid, bell after bell.

    Parameters
    ----------
    rings
        Rings of the grid.
    lon, lat
        Places, degrees, shape (n,).
    weight
        Height of each bell, shape (n,).
    sd_km
        Width of a bell, km; it is cut at four times that.
    radius_km
        Radius of the sphere, km.

    Returns
    -------
    tuple
        Cells, and what is added to each; a cell that several bells reach stands there several
        times, in their order.
    """
    sd = sd_km / radius_km
    turn, up = np.radians(lon), np.radians(lat)
    caps = make_caps(lon, lat, np.full(len(lon), CUT * sd_km))
    total = _cells_in(rings, caps)
    cells, values, at = np.empty(total, np.int64), np.empty(total, np.float32), 0
    for place in range(len(lon)):
        across = math.cos(up[place])
        first, last = ring_span(rings, caps, place)
        for ring in range(first, last):
            start, count = ring_run(rings, ring, caps, place)
            n = rings.first[ring + 1] - rings.first[ring]
            north = math.sin(0.5 * (rings.lat[ring] - up[place])) ** 2
            level = rings.cos_lat[ring] * across
            for k in range(start, start + count):
                east = rings.lon[ring] + (k % n) * rings.step[ring] - turn[place]
                half_chord = north + level * math.sin(0.5 * east) ** 2
                cells[at] = rings.first[ring] + k % n
                values[at] = weight[place] * math.exp(-2.0 * half_chord / (sd * sd))
                at += 1
    return cells, values


@njit(cache=True, nogil=True)
def _cells_in(rings: Rings, caps: Caps) -> int:
    """Count the cells with their centres in some discs, in each of them."""
    total = 0
    for disc in range(len(caps.radius)):
        first, last = ring_span(rings, caps, disc)
        for ring in range(first, last):
            total += ring_run(rings, ring, caps, disc)[1]
    return total


@njit(cache=True, nogil=True)
def all_listed(nested: IntArray, shift: int, slot: IntArray) -> bool:
    """Whether the tiles of all cells have a slot.

    Parameters
    ----------
    nested
        Numbers of the cells in nested order, shape (n,).
    shift
        A tile is a cell's number without this many of its bits.
    slot
        Slot of each tile, negative where there is none.

    Returns
    -------
    bool
        Whether none is missing.
    """
    missing = False
    for i in range(len(nested)):
        missing |= slot[nested[i] >> shift] < 0
    return not missing


@njit(cache=True, nogil=True)
def add_tiles(
    nested: IntArray,
    coarser: int,
    shift: int,
    slot: IntArray,
    values: Singles,
    share: np.float32,
    out: FloatArray,
) -> None:
    """Add a share of the values that tiles hold for cells.

    Parameters
    ----------
    nested
        Numbers of the cells in nested order, shape (n,).
    coarser
        Values are those of cells whose numbers lack this many bits.
    shift
        A tile is such a cell's number without this many further bits.
    slot
        Slot of each tile.
    values
        Values of each slot, shape (n_slots, 2**shift).
    share
        Factor.
    out
        Added to, shape (n,).
    """
    mask = (1 << shift) - 1
    for i in range(len(nested)):
        cell = nested[i] >> coarser
        out[i] += share * values[slot[cell >> shift], cell & mask]
