"""Which cells of one HEALPix ring lie in a spherical cap: the scalar kernels.

Cell centres of a ring share a latitude φ and are equally spaced in longitude, so a cap of
angular radius r about (φᵥ, λᵥ) holds one run of neighbours, centred on λᵥ, of half-width h with

    sin²(h/2) = (sin²(r/2) − sin²((φ − φᵥ)/2)) / (cos φ cos φᵥ)

(the haversine formula solved for the difference in longitude; unlike the form with arccos it
keeps its digits for small caps and near the poles).

**Ties.** A centre belongs to the cap when its great-circle distance is at most the radius plus
`TIE_KM`, a micrometre: far above the rounding of any correct distance formula, far below
anything measured. So a centre exactly on the circle is always inside, whatever the longitude.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.typing import FloatArray, IntArray

TIE_KM = 1e-9
TIE_RAD = TIE_KM / EARTH_RADIUS_KM
# Bound on the rounding error of the sine of a half angle that was put together from products.
ROUNDING = 6e-16


class Rings(NamedTuple):
    """The rings of a grid, north to south; one entry per ring (``first``: one more)."""

    nside: int
    first: IntArray
    """Number of the first cell; ``first[n_rings]`` is the number of cells."""
    lon: FloatArray
    """Longitude of the first centre, radians."""
    step: FloatArray
    """From one centre to the next, radians."""
    per_step: FloatArray
    """One over ``step``: the inner loops multiply."""
    lat: FloatArray
    sin_lat: FloatArray
    cos_lat: FloatArray
    sin_half_lat: FloatArray
    cos_half_lat: FloatArray
    pad: FloatArray
    """By how much a cap is widened on this ring, radians (0, or centre to farthest corner)."""
    sin_half_pad: FloatArray
    cos_half_pad: FloatArray


class Caps(NamedTuple):
    """Spherical caps, everything in radians, the tie allowance included in the radius."""

    lon: FloatArray
    lat: FloatArray
    radius: FloatArray
    cos_lat: FloatArray
    sin_half_lat: FloatArray
    cos_half_lat: FloatArray
    sin_half_radius: FloatArray
    cos_half_radius: FloatArray


@njit(cache=True)
def make_caps(lon: FloatArray, lat: FloatArray, radius_km: FloatArray) -> Caps:
    """Precompute the sines and cosines of caps given in degrees and kilometres.

    A cap that holds the globe gets an infinite radius, any other the tie allowance.

    Parameters
    ----------
    lon, lat
        Centres, degrees, shape (n,).
    radius_km
        Radii, km, not negative, shape (n,).

    Returns
    -------
    Caps
        One entry per cap.
    """
    lon, lat = np.radians(lon), np.radians(lat)
    radius = np.minimum(radius_km / EARTH_RADIUS_KM, math.pi) + TIE_RAD
    half = 0.5 * np.minimum(radius, math.pi)
    radius = np.where(radius > math.pi, np.inf, radius)
    sin_half, cos_half = np.sin(half), np.cos(half)
    return Caps(
        lon, lat, radius, np.cos(lat), np.sin(lat / 2.0), np.cos(lat / 2.0), sin_half, cos_half
    )


def no_caps() -> Caps:
    """Make a list of no caps.

    Returns
    -------
    Caps
        Of length 0.
    """
    caps: Caps = make_caps(np.empty(0), np.empty(0), np.empty(0))
    return caps


@njit(cache=True)
def arc_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle angle between two points, all radians (Vincenty 1975 on a sphere).

    Parameters
    ----------
    lon_a, lat_a
        The one point, radians.
    lon_b, lat_b
        The other point, radians.

    Returns
    -------
    float
        Radians, from 0 to π.
    """
    sin_a, cos_a = math.sin(lat_a), math.cos(lat_a)
    sin_b, cos_b = math.sin(lat_b), math.cos(lat_b)
    cos_d, sin_d = math.cos(lon_b - lon_a), math.sin(lon_b - lon_a)
    across = math.hypot(cos_b * sin_d, cos_a * sin_b - sin_a * cos_b * cos_d)
    return math.atan2(across, sin_a * sin_b + cos_a * cos_b * cos_d)


@njit(cache=True)
def _holds(rings: Rings, ring: int, index: int, caps: Caps, cap: int) -> bool:
    """Whether one centre is in the cap, by its distance: the judge of all close calls."""
    lon = rings.lon[ring] + index * rings.step[ring]
    arc = arc_between(caps.lon[cap], caps.lat[cap], lon, rings.lat[ring])
    return arc <= caps.radius[cap] + rings.pad[ring]


@njit(cache=True)
def _first_at_or_after(
    rings: Rings, ring: int, position: float, doubt: float, caps: Caps, cap: int
) -> int:
    """Index of the first centre inside, at or after a run's western end; judge close calls."""
    nearest = math.floor(position + 0.5)
    if abs(position - nearest) > doubt:
        return math.ceil(position)
    return nearest if _holds(rings, ring, nearest, caps, cap) else nearest + 1


@njit(cache=True)
def _last_at_or_before(
    rings: Rings, ring: int, position: float, doubt: float, caps: Caps, cap: int
) -> int:
    nearest = math.floor(position + 0.5)
    if abs(position - nearest) > doubt:
        return math.floor(position)
    return nearest if _holds(rings, ring, nearest, caps, cap) else nearest - 1


# Inlined: handing two dozen arrays over on the stack took four times as long as the formula.
@njit(cache=True, forceinline=True)
def ring_run(rings: Rings, ring: int, caps: Caps, cap: int) -> tuple[int, int]:
    """Find the cells of a ring whose centres are in a cap.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring
        Its number, from 0.
    caps
        The caps, radians.
    cap
        Number of the cap.

    Returns
    -------
    tuple
        ``start``, in ``[0, n)`` for a ring of n cells, and ``count``. The run goes on past the end
        of the ring to its beginning when ``start + count > n``; nothing inside gives a count of 0,
        everything n.
    """
    n = rings.first[ring + 1] - rings.first[ring]
    sin_p, cos_p = rings.sin_half_pad[ring], rings.cos_half_pad[ring]
    sin_r = caps.sin_half_radius[cap] * cos_p + caps.cos_half_radius[cap] * sin_p
    if caps.cos_half_radius[cap] * cos_p - caps.sin_half_radius[cap] * sin_p <= 0.0:
        return 0, n
    sin_d = abs(
        rings.sin_half_lat[ring] * caps.cos_half_lat[cap]
        - rings.cos_half_lat[ring] * caps.sin_half_lat[cap]
    )
    room = (sin_r - sin_d) * (sin_r + sin_d)
    error = ROUNDING * (sin_r + sin_d)
    both = rings.cos_lat[ring] * caps.cos_lat[cap]
    if room < -error:
        return 0, 0
    if room > both + error:
        return 0, n
    q, dq = min(max(room / both, 0.0), 1.0), error / both
    # Away from the extremes the half-width is good to 1e-8, and nothing finer need be known
    # unless a centre is that near. Elsewhere its error is that of q over its slope.
    if dq < 1e-12 and 1e-8 < q < 1.0 - 1e-8:
        doubt = 1e-8 * rings.per_step[ring]
    else:
        doubt = (dq / math.sqrt(max(q * (1.0 - q), dq)) + 1e-14) * rings.per_step[ring]
        if doubt > 0.4:
            # The cap is centred on the pole to the last digit: all centres are equally far.
            return (0, n) if _holds(rings, ring, 0, caps, cap) else (0, 0)
    half = 2.0 * math.asin(math.sqrt(q))
    middle = caps.lon[cap] - rings.lon[ring]
    west, east = (middle - half) * rings.per_step[ring], (middle + half) * rings.per_step[ring]
    start = _first_at_or_after(rings, ring, west, doubt, caps, cap)
    count = _last_at_or_before(rings, ring, east, doubt, caps, cap) - start + 1
    if count >= n:
        return 0, n
    return start % n, max(count, 0)


@njit(cache=True)
def ring_at(nside: int, lat: float) -> float:
    """Position of a latitude (radians) on the scale of ring numbers, ring 0 northernmost.

    Gorski et al. 2005, equations 4 to 9, solved for the ring.

    Parameters
    ----------
    nside
        Of the grid.
    lat
        Latitude, radians.

    Returns
    -------
    float
        Ring number, 0 northernmost; between two rings it has decimals.
    """
    z = math.sin(lat)
    if abs(z) <= 2.0 / 3.0:
        return nside * (2.0 - 1.5 * z) - 1.0
    # 1 − |sin φ| = 2 sin²(half the colatitude): keeps its digits at the pole.
    from_pole = nside * math.sqrt(6.0) * math.sin(0.5 * (0.5 * math.pi - abs(lat)))
    return from_pole - 1.0 if z > 0 else 4.0 * nside - from_pole - 1.0


@njit(cache=True)
def widest_pad(rings: Rings) -> float:
    """Largest padding of any ring: that of the ring where the polar cap meets the belt.

    Parameters
    ----------
    rings
        Rings of the grid.

    Returns
    -------
    float
        Radians; 0 where the caps are not widened.
    """
    return rings.pad[rings.nside - 1]


@njit(cache=True)
def ring_span(rings: Rings, caps: Caps, cap: int) -> tuple[int, int]:
    """Find the rings that a cap may reach, with one to spare on either side.

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
    tuple
        The first ring, and the one behind the last.
    """
    n_rings = len(rings.lat)
    reach = caps.radius[cap] + widest_pad(rings)
    north, south = caps.lat[cap] + reach, caps.lat[cap] - reach
    first, last = 0, n_rings
    if north < 0.5 * math.pi:
        first = max(math.floor(ring_at(rings.nside, north)) - 1, 0)
    if south > -0.5 * math.pi:
        last = min(math.ceil(ring_at(rings.nside, south)) + 2, n_rings)
    return first, last
