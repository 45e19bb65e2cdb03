"""The rings of a HEALPix grid as plain arrays."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels import rings as ring_kernels
from rttgeo.typing import FloatArray


@lru_cache(maxsize=32)
def ring_tables(nside: int, padded: bool) -> ring_kernels.Rings:
    """Lay out the rings of a grid, made once and kept.

    Parameters
    ----------
    nside
        Of the grid, a power of two.
    padded
        Fill in by how much a cap is to be widened so that it holds the centre of every cell that it
        touches; else that is 0.

    Returns
    -------
    Rings
        One entry a ring, north to south.

    Notes
    -----
    Gorski et al. 2005 (ApJ 622), equations 4 to 9.
    """
    number = np.arange(1, 4 * nside)
    from_pole = np.minimum(number, 4 * nside - number)
    polar = from_pole < nside
    count = 4 * np.minimum(from_pole, nside)
    step = 2 * np.pi / count
    shifted = polar | ((number + nside) % 2 == 0)
    lat = ring_latitudes(nside, number)
    pad = _corner_radii(nside, number, lat) if padded else np.zeros(len(number))
    return ring_kernels.Rings(
        nside,
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        np.where(shifted, step / 2, 0.0),
        step,
        1.0 / step,
        lat,
        np.sin(lat),
        np.cos(lat),
        np.sin(lat / 2),
        np.cos(lat / 2),
        pad,
        np.sin(pad / 2),
        np.cos(pad / 2),
    )


def ring_latitudes(nside: int, number: npt.NDArray[np.int_] | FloatArray) -> FloatArray:
    """Find the latitude of rings, also of the corners between them.

    Parameters
    ----------
    nside
        Of the grid, a power of two.
    number
        Rings 1 to 4 nside − 1, north to south; corners from 0 to 4 nside.

    Returns
    -------
    numpy.ndarray
        Radians, of the same shape.

    Notes
    -----
    Gorski et al. 2005, equations 4 to 9.
    """
    from_pole = np.minimum(number, 4 * nside - number)
    sign = np.where(number <= 2 * nside, 1.0, -1.0)
    # By the half colatitude at the caps: the arcsine of nearly 1 has half the digits.
    cap = np.pi / 2 - 2 * np.arcsin(np.minimum(from_pole / (nside * math.sqrt(6)), 1))
    belt = np.arcsin(np.clip((4 - 2 * from_pole / nside) / 3, -1, 1))
    return sign * np.where(from_pole < nside, cap, belt)


def _corner_radii(nside: int, number: npt.NDArray[np.int_], lat: FloatArray) -> FloatArray:
    """Largest distance from centre to corner among the cells of each ring, radians.

    In the belt all cells of a ring are alike. In the caps the most stretched one is the first
    of each quarter, whose corners are at positions (ring, k/ring of a quarter turn).
    """
    ring = np.minimum(number, 4 * nside - number)
    lat, quarter = np.abs(lat), np.pi / 2
    in_cap, below_in_cap = ring < nside, ring + 1 < nside
    step = quarter / np.minimum(ring, nside)
    lon = step / 2
    north = np.where(ring <= nside, 0.0, lon)
    south = np.where(below_in_cap, quarter / (ring + 1), np.where(in_cap, quarter / nside, lon))
    corners = (
        (north, ring_latitudes(nside, ring - 1)),
        (south, ring_latitudes(nside, ring + 1)),
        (np.zeros_like(lon), lat),
        (step, lat),
    )
    arcs = [
        sphere.distance_km(*np.degrees([lon, lat]), *np.degrees([c_lon, c_lat]))
        for c_lon, c_lat in corners
    ]
    # A micrometre more than the corner itself, so that rounding never loses it.
    found: FloatArray = np.max(arcs, axis=0) / EARTH_RADIUS_KM + ring_kernels.TIE_RAD
    return found
