"""The area of the intersection of discs, by points that adapt to it however small it is.

A grid has a fixed cell size, and a disc of 5 km can fall between the centres of 25 km cells. Here
the points are spread evenly by area over the smallest disc; if few of them are in all discs, they
are spread again over a cap around those few.
"""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.typing import FloatArray

POINTS = 8192
"""Number of points in one round: an area is right to about one per cent."""
MANY_POINTS = 16 * POINTS
"""Number of points for thin areas, for which zooming in does not help: right to a few per cent."""
ENOUGH = 2048
"""With fewer points inside than this, another round zooms in."""
STALLED = 0.8
"""If the next cap is larger than this share of the last, zooming in is not worthwhile."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def common_area_km2(lon: FloatArray, lat: FloatArray, radius_km: FloatArray) -> float:
    """Compute the area of the intersection of discs.

    Parameters
    ----------
    lon, lat
        Centres, degrees, shape (n,), with n at least 1.
    radius_km
        Radii along great circles, km, shape (n,); from half the circumference on, a disc is the
        whole globe.

    Returns
    -------
    float
        Area, km²; 0 if the discs have no point in common.

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
        # Any place in all discs has a point within one spacing, which is outside by no more than
        # that.
        near = points[spare >= -spacing]
        if not len(near):
            return 0.0
        if (spare >= 0).sum() >= ENOUGH:
            return float((spare >= 0).mean()) * sphere.cap_area_km2(reach)
        nearer = near.mean(axis=0)
        nearer = nearer / np.linalg.norm(nearer)
        next_km = float(_arc_km(near, nearer).max()) + spacing
        if next_km > STALLED * reach:
            # A cap that is nearly as large shows nothing new: a thin area stays thin.
            inside = _spare_km(_sunflower(middle, reach, MANY_POINTS), centres, radius) >= 0
            return float(inside.mean()) * sphere.cap_area_km2(reach)
        middle, reach = nearer, next_km


def _spare_km(points: FloatArray, centres: FloatArray, radius_km: FloatArray) -> FloatArray:
    """How far each point is inside all discs; negative for a point outside."""
    spare = np.full(len(points), np.inf)
    for centre, radius in zip(centres, radius_km, strict=True):
        np.minimum(spare, radius - _arc_km(points, centre), out=spare)
    return spare


def _arc_km(points: FloatArray, centre: FloatArray) -> FloatArray:
    return sphere.km_of_chord(np.linalg.norm(points - centre, axis=1))


def _sunflower(middle: FloatArray, reach_km: float, count: int) -> FloatArray:
    """Points evenly by area in a cap, shape (count, 3)."""
    rank = np.arange(count)
    # 1 - cos of the angle from the centre, without loss of digits in small caps.
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
