"""The density of a target about its quickest landmark, at many points."""

from __future__ import annotations

import math

from numba import njit

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.typing import FloatArray

LEAST_KM = 3.0
"""Rings of places at one distance shrink to nothing toward distance zero and the antipode. Within
this distance of both they count as if they were this far, km."""


@njit(cache=True, nogil=True)
def log_normal_distance(
    points: FloatArray, place: FloatArray, floor_km: float, mean: float, sd: float, out: FloatArray
) -> None:
    """Fill in the log density per area where log(distance + floor) is normal.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    place
        Unit vector that distances are counted from, shape (3,).
    floor_km
        Added to distances, km.
    mean, sd
        Of log(distance + floor).
    out
        Filled, up to a constant, shape (n,).
    """
    x, y, z, least = place[0], place[1], place[2], math.sin(LEAST_KM / EARTH_RADIUS_KM)
    for i in range(len(points)):
        dx, dy, dz = points[i, 0] - x, points[i, 1] - y, points[i, 2] - z
        square = min(0.25 * (dx * dx + dy * dy + dz * dz), 1.0)
        half = math.sqrt(square)
        far = 2.0 * EARTH_RADIUS_KM * math.asin(half) + floor_km
        # The sine of twice an angle.
        ring = max(2.0 * half * math.sqrt(1.0 - square), least)
        where = math.log(far)
        off = (where - mean) / sd
        out[i] = -0.5 * off * off - where - math.log(ring)
