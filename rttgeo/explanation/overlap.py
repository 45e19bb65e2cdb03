"""The area that discs have in common, by points that follow it however small it is.

A grid has one size of cell, and a disc of 5 km disappears between the centres of cells of 25. Here
the points lie in the smallest disc, evenly by area, and where few of them are in all discs, anew
in a cap around those.
"""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.typing import FloatArray

POINTS = 8192
"""Points of one round: an area is right to about one per cent."""
MANY_POINTS = 16 * POINTS
"""For what is thin, so that no nearer look helps: right to some per cent."""
ENOUGH = 2048
"""With fewer points inside, a nearer look is taken."""
STALLED = 0.8
"""A next cap larger than this share of the last is not worth its look."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def common_area_km2(lon: FloatArray, lat: FloatArray, radius_km: FloatArray) -> float:
    """Area of what all of some discs hold.

    Parameters
    ----------
    lon, lat
        Centres, degrees, shape (n,), n of 1 or more.
    radius_km
        Radii along great circles, shape (n,); from half the circumference on a disc is all of the
        globe.

    Returns
    -------
    float
        Square kilometres; 0 where nothing is in all discs.

    Notes
    -----
    A spherical sunflower of `POINTS` points (González, Math. Geosci. 42, 2010: equal areas by
    height, the golden angle between neighbours) in the smallest disc; the share of them in all
    discs is the share of its area.
    """
    centres = sphere.unit_vectors(lon, lat)
    radius = np.minimum(np.asarray(radius_km, dtype=float), HALF_CIRCUMFERENCE_KM)
    first = int(np.argmin(radius))
    middle, reach = centres[first], float(radius[first])
    while True:
        points = _sunflower(middle, reach, POINTS)
        spare = _spare_km(points, centres, radius)
        spacing = float(np.sqrt(sphere.cap_area_km2(reach) / POINTS))
        # Whatever is in all discs has a point within a spacing, which misses by no more than that.
        near = points[spare >= -spacing]
        if not len(near):
            return 0.0
        if (spare >= 0).sum() >= ENOUGH:
            return float((spare >= 0).mean()) * sphere.cap_area_km2(reach)
        nearer = near.mean(axis=0)
        nearer = nearer / np.linalg.norm(nearer)
        next_km = float(_arc_km(near, nearer).max()) + spacing
        if next_km > STALLED * reach:
            # A cap nearly as large shows nothing more: what is thin stays thin.
            inside = _spare_km(_sunflower(middle, reach, MANY_POINTS), centres, radius) >= 0
            return float(inside.mean()) * sphere.cap_area_km2(reach)
        middle, reach = nearer, next_km


def _spare_km(points: FloatArray, centres: FloatArray, radius_km: FloatArray) -> FloatArray:
    """By how much each point is inside of all discs; negative for one that is not."""
    spare = np.full(len(points), np.inf)
    for centre, radius in zip(centres, radius_km, strict=True):
        np.minimum(spare, radius - _arc_km(points, centre), out=spare)
    return spare


def _arc_km(points: FloatArray, centre: FloatArray) -> FloatArray:
    return sphere.km_of_chord(np.linalg.norm(points - centre, axis=1))


def _sunflower(middle: FloatArray, reach_km: float, count: int) -> FloatArray:
    """Points evenly by area in a cap, shape (count, 3)."""
    rank = np.arange(count)
    # 1 - cos of the angle from the middle, without the loss of digits in small caps.
    height = 2 * np.sin(0.5 * reach_km / EARTH_RADIUS_KM) ** 2 * (rank + 0.5) / count
    across = np.sqrt(height * (2 - height))
    turn = GOLDEN_ANGLE * rank
    aside = np.cross(middle, np.eye(3)[int(np.argmin(np.abs(middle)))])
    aside /= np.linalg.norm(aside)
    other = np.cross(middle, aside)
    found: FloatArray = (
        (1 - height)[:, None] * middle
        + (across * np.cos(turn))[:, None] * aside
        + (across * np.sin(turn))[:, None] * other
    )
    return found
