"""Landmarks moved before publication, and how the attacker accounts for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.privacy.law import KNOTS, knot_distances
from rttgeo.typing import FloatArray

RINGS: Final = 12
"""Number of rings of equal area into which the disc is divided that a landmark may be moved in."""
ANGLES: Final = 24
"""Number of directions on half a ring; the other half is symmetric."""


def moved(
    lon: FloatArray, lat: FloatArray, radius_km: float, lots: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Move places at random, uniformly over a disc around each.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    radius_km
        Radius of the disc, km.
    lots
        Random number generator.

    Returns
    -------
    tuple
        Longitudes and latitudes, degrees, to four decimals (10 m).
    """
    bearing = lots.uniform(0.0, 360.0, len(lon))
    # On a sphere, the area within d is proportional to sin²(d/2R).
    most = np.sin(radius_km / (2 * EARTH_RADIUS_KM)) ** 2
    away = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(lots.uniform(0.0, most, len(lon))))
    new_lon, new_lat = sphere.destination(lon, lat, bearing, away)
    return np.round(new_lon, 4), np.round(new_lat, 4)


def blurred(tables: FloatArray, radius_km: float) -> FloatArray:
    """Average likelihoods by distance over the places where a landmark may really be.

    Parameters
    ----------
    tables
        Likelihoods at the distances `knot_distances` from the true place, shape (n_rows, `KNOTS`,
        n_cases).
    radius_km
        Radius of the disc around the published place, km.

    Returns
    -------
    numpy.ndarray
        Likelihoods at the same distances from the published place, of the same shape.
    """
    found: FloatArray = np.einsum("dk,rkc->rdc", _average(radius_km), tables, optimize=True)
    return found


@lru_cache(maxsize=8)
def _average(radius_km: float) -> FloatArray:
    """Weight of each true distance at each published distance, shape (n_knots, n_knots)."""
    distance = knot_distances() / EARTH_RADIUS_KM
    most = np.sin(radius_km / (2 * EARTH_RADIUS_KM)) ** 2
    away = 2 * np.arcsin(np.sqrt(most * (np.arange(RINGS) + 0.5) / RINGS))
    angle = np.pi * (np.arange(ANGLES) + 0.5) / ANGLES
    # Spherical law of cosines, in haversines: accurate at small distances as well.
    hav = (
        np.sin((distance[:, None, None] - away[None, :, None]) / 2) ** 2
        + np.sin(distance)[:, None, None]
        * np.sin(away)[None, :, None]
        * np.sin(angle / 2)[None, None, :] ** 2
    )
    at = (KNOTS - 1) * np.sqrt(np.sqrt(np.clip(hav, 0.0, 1.0)))
    at = at.reshape(KNOTS, -1)
    low = np.minimum(at.astype(np.int64), KNOTS - 2)
    part, share = at - low, 1.0 / at.shape[1]
    found = np.zeros((KNOTS, KNOTS))
    row = np.repeat(np.arange(KNOTS), at.shape[1])
    np.add.at(found, (row, low.ravel()), (share * (1 - part)).ravel())
    np.add.at(found, (row, low.ravel() + 1), (share * part).ravel())
    return found
