"""Bells around places: over points, and over all cells of a grid near them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.kernels.rings import Rings, make_caps, ring_run, ring_span
from rttgeo.typing import FloatArray

CUT = 4.0
"""Standard deviations at which a bell ends."""


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
    along = np.empty(len(points))
    for j in range(len(places)):
        u, v, w = places[j, 0], places[j, 1], places[j, 2]
        for i in range(len(along)):
            along[i] = x[i] * u + y[i] * v + z[i] * w
        # c² = 2 − 2 cos, so the cut is at half of (4 sd)² below one.
        for i in range(len(along)):
            if along[i] > 1.0 - 0.5 * (CUT * sd) ** 2:
                out[i] += math.exp((along[i] - 1.0) / (sd * sd))


@njit(cache=True, nogil=True)
def spread_bells(
    rings: Rings,
    lon: FloatArray,
    lat: FloatArray,
    weight: FloatArray,
    sd_km: float,
    radius_km: float,
    out: npt.NDArray[np.float32],
) -> None:
    """Add weighted bells to ``out``, one value a cell of the grid.

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
    out
        Added to, one value a cell of the grid.
    """
    sd = sd_km / radius_km
    caps = make_caps(lon, lat, np.full(len(lon), CUT * sd_km))
    for place in range(len(lon)):
        first, last = ring_span(rings, caps, place)
        for ring in range(first, last):
            start, count = ring_run(rings, ring, caps, place)
            n = rings.first[ring + 1] - rings.first[ring]
            both = rings.cos_lat[ring] * caps.cos_lat[place]
            across = math.sin(0.5 * (rings.lat[ring] - caps.lat[place])) ** 2
            for k in range(start, start + count):
                cell = k % n
                turn = rings.lon[ring] + cell * rings.step[ring] - caps.lon[place]
                half_chord = across + both * math.sin(0.5 * turn) ** 2
                value = weight[place] * math.exp(-2.0 * half_chord / (sd * sd))
                out[rings.first[ring] + cell] += np.float32(value)
