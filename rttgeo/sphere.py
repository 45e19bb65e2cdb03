"""Geometry on the sphere, over arrays of longitude and latitude in degrees (always that order).

Points are ``(lon, lat)`` in WGS 84 degrees, taken on a sphere of radius
`rttgeo.constants.EARTH_RADIUS_KM`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_AREA_KM2, EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.typing import BoolArray, FloatArray

NOWHERE_DEGREES = 1e-3


def distance_km(
    lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike
) -> FloatArray:
    """Compute great-circle distances between points.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b
        Coordinates, degrees; arrays that broadcast against each other. NaN gives NaN.

    Returns
    -------
    numpy.ndarray
        Distances, km, of the broadcast shape.

    Notes
    -----
    The two-argument arctangent form (Vincenty 1975 on a sphere) keeps full precision from
    coincident to antipodal points, where haversine and the law of cosines each lose digits.
    """
    a, b = _radians(lat_a), _radians(lat_b)
    sin_a, cos_a, sin_b, cos_b = np.sin(a), np.cos(a), np.sin(b), np.cos(b)
    d_lon = _radians(lon_b) - _radians(lon_a)
    across = np.hypot(cos_b * np.sin(d_lon), cos_a * sin_b - sin_a * cos_b * np.cos(d_lon))
    along = sin_a * sin_b + cos_a * cos_b * np.cos(d_lon)
    found: FloatArray = EARTH_RADIUS_KM * np.arctan2(across, along)
    return found


def destination(
    lon: npt.ArrayLike, lat: npt.ArrayLike, bearing_deg: npt.ArrayLike, distance_km: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Find the point at a distance and bearing from a start along a great circle.

    Parameters
    ----------
    lon, lat
        Start, degrees. All arguments are broadcast against each other.
    bearing_deg
        Initial bearing, degrees clockwise from north.
    distance_km
        Distance along the great circle, km.

    Returns
    -------
    tuple
        Longitude in [-180, 180) and latitude, degrees, of the broadcast shape.

    Notes
    -----
    In the triangle of pole, start and end, the law of cosines gives the latitude; the sine and
    cosine rules give the difference in longitude.
    """
    lon, lat, bearing = _radians(lon), _radians(lat), _radians(bearing_deg)
    arc = np.asarray(distance_km, dtype=float) / EARTH_RADIUS_KM
    sin_lat = np.sin(lat) * np.cos(arc) + np.cos(lat) * np.sin(arc) * np.cos(bearing)
    new_lat = np.arcsin(np.clip(sin_lat, -1, 1))
    new_lon = lon + np.arctan2(
        np.sin(bearing) * np.sin(arc) * np.cos(lat), np.cos(arc) - np.sin(lat) * sin_lat
    )
    return wrap_lon(np.degrees(new_lon)), np.degrees(new_lat)


def _radians(degrees: npt.ArrayLike) -> FloatArray:
    found: FloatArray = np.radians(np.asarray(degrees, dtype=float))
    return found


def wrap_lon(lon: npt.ArrayLike) -> FloatArray:
    """Wrap longitudes into [-180, 180).

    Parameters
    ----------
    lon
        Any longitudes, degrees.

    Returns
    -------
    numpy.ndarray
        Of the same shape.
    """
    lon = np.asarray(lon, dtype=float)
    # In-range values are left alone: the arithmetic below costs them a last digit.
    inside = (lon >= -180) & (lon < 180)
    return np.where(inside, lon, (lon + 180) % 360 - 180)


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Convert points to unit vectors.

    Parameters
    ----------
    lon, lat
        Degrees, both of the same shape.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., 3)``; the axes point towards 0°, 0°, towards 90° east, and to the north pole.
    """
    lon, lat = _radians(lon), _radians(lat)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def chord_of_km(distance_km: float) -> float:
    """Convert a great-circle distance to the straight-line (chord) distance on the unit sphere.

    Parameters
    ----------
    distance_km
        Great-circle distance, km; anything beyond half the circumference counts as that.

    Returns
    -------
    float
        From 0 to 2; the distance that a tree over `unit_vectors` measures.
    """
    return float(2 * np.sin(min(distance_km / EARTH_RADIUS_KM, np.pi) / 2))


def km_of_chord(chord: npt.ArrayLike) -> FloatArray:
    """Convert chord lengths on the unit sphere to great-circle distances.

    Parameters
    ----------
    chord
        Chord lengths, from 0 to 2, of any shape; values above 2 (from rounding) count as 2.

    Returns
    -------
    numpy.ndarray
        Kilometres, of the same shape.
    """
    return np.asarray(EARTH_RADIUS_KM * arc_of_chord(chord), dtype=np.float64)


def arc_of_chord(chord: npt.ArrayLike) -> FloatArray:
    """Convert chord lengths on the unit sphere to angles.

    Parameters
    ----------
    chord
        Chord lengths, from 0 to 2, of any shape; values above 2 (from rounding) count as 2.

    Returns
    -------
    numpy.ndarray
        Radians, of the same shape.
    """
    half = np.minimum(np.asarray(chord, dtype=float) / 2, 1.0)
    return np.asarray(2 * np.arcsin(half), dtype=np.float64)


def between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Compute great-circle distances between unit vectors.

    Parameters
    ----------
    a
        Unit vectors, shape (..., 3).
    b
        Unit vectors, of a shape that broadcasts against that of ``a``.

    Returns
    -------
    numpy.ndarray
        Distances, km, of the broadcast shape without its last axis.
    """
    return km_of_chord(np.sqrt(((a - b) ** 2).sum(axis=-1)))


def cap_area_km2(radius_km: float) -> float:
    """Compute the area of a disc on the globe.

    Parameters
    ----------
    radius_km
        Radius along the ground, km; beyond half the circumference the disc is the whole globe.

    Returns
    -------
    float
        Square kilometres.

    Notes
    -----
    2πR²(1 - cos(r/R)), computed as 4πR² sin²(r/2R), which is accurate for small discs too.
    """
    arc = min(radius_km / EARTH_RADIUS_KM, math.pi)
    return EARTH_AREA_KM2 * math.sin(arc / 2) ** 2


def radius_of_area_km(area_km2: float) -> float:
    """Compute the radius of the circle on the sphere that has a given area.

    Parameters
    ----------
    area_km2
        Area, km².

    Returns
    -------
    float
        Radius, km; NaN if the area is NaN.

    Notes
    -----
    The inverse of 4πR² sin²(r/2R).
    """
    if not area_km2 > 0:
        return math.nan
    share = min(area_km2 / EARTH_AREA_KM2, 1.0)
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(share))


def directions(total: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Convert vectors to the points on the sphere that they point at.

    Parameters
    ----------
    total
        Vectors of any length, shape (n, 3).

    Returns
    -------
    tuple
        Longitudes and latitudes, degrees, shape (n,) each; NaN for vectors that (nearly) vanish.
    """
    x, y, z = total.T
    length = np.sqrt(x * x + y * y + z * z)
    some = length > 1e-9
    lon = np.where(some, wrap_lon(np.degrees(np.arctan2(y, x))), np.nan)
    return lon, np.where(some, np.degrees(np.arctan2(z, np.hypot(x, y))), np.nan)


def mean_place(
    lon: npt.ArrayLike, lat: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> tuple[float, float]:
    """Find the centroid of points on the sphere.

    This is the normalised mean of the unit vectors, which, unlike a mean of longitudes, is correct
    across ±180° and at the poles.

    Parameters
    ----------
    lon, lat
        Degrees, of one shape.
    weight
        Weight of each point; equal by default.

    Returns
    -------
    tuple
        Longitude and latitude, degrees.

    Raises
    ------
    BadInputError
        When there are no points, or they cancel out (antipodes), so that there is no centroid.
    """
    vectors = unit_vectors(lon, lat).reshape(-1, 3)
    weights = None if weight is None else np.asarray(weight, dtype=float).ravel()
    if not len(vectors):
        raise BadInputError("the mean of no places is not defined")
    mean = np.average(vectors, axis=0, weights=weights)
    norm = float(np.linalg.norm(mean))
    if not norm > 1e-12:
        raise BadInputError("these places cancel out around the globe: they have no mean place")
    x, y, z = mean / norm
    return float(wrap_lon(np.degrees(np.arctan2(y, x)))), float(np.degrees(np.arcsin(z)))


def check_lonlat(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Check that longitudes and latitudes are in range.

    Parameters
    ----------
    lon
        Degrees from -180 to 180.
    lat
        Degrees from -90 to 90, of the same shape.

    Returns
    -------
    tuple
        Longitudes and latitudes as float arrays.

    Raises
    ------
    BadInputError
        When the shapes differ, or a value is NaN or out of range; the message names the first.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if lon.shape != lat.shape:
        raise BadInputError(f"longitudes: {lon.size}, but latitudes: {lat.size}")
    for name, values, limit in (("longitude", lon, 180.0), ("latitude", lat, 90.0)):
        bad = np.flatnonzero(~(np.abs(values) <= limit))
        if bad.size:
            raise BadInputError(
                f"{name} number {bad[0]} is {values.flat[bad[0]]}, "
                f"expected degrees from -{limit:g} to {limit:g}"
            )
    return lon, lat


def in_words(lon: float, lat: float, digits: int = 2) -> str:
    """Write a place for people, so that nobody takes one coordinate for the other.

    >>> in_words(-1.0, 52.1274)
    '52.13° N, 1.00° W'
    >>> in_words(float("nan"), float("nan"))
    'no place'

    Parameters
    ----------
    lon, lat
        Of the place, degrees.
    digits
        Of the fraction.

    Returns
    -------
    str
        Latitude and longitude, each with its direction; ``no place`` where one of them is NaN.
    """
    if not np.isfinite(lon + lat):
        return "no place"
    north, east = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
    return f"{abs(lat):.{digits}f}° {north}, {abs(lon):.{digits}f}° {east}"


def is_nowhere(lon: npt.ArrayLike, lat: npt.ArrayLike) -> BoolArray:
    """Find the places at 0°, 0°, which is what a receiver without a fix or an empty form gives.

    That point is in the open sea, 600 km from any town. Every reader takes it to mean "unknown".

    Parameters
    ----------
    lon, lat
        Degrees, both of the same shape. NaN does not count as 0°, 0°.

    Returns
    -------
    numpy.ndarray
        Of the same shape.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    # Within a tenth of a kilometre: conversions sometimes leave 0.0001.
    found: BoolArray = (np.abs(lon) < NOWHERE_DEGREES) & (np.abs(lat) < NOWHERE_DEGREES)
    return found
