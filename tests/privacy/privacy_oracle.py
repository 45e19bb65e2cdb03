"""The attack by brute force: SciPy's Student t, mechanisms by their definition, a plain grid.

Nothing here is taken from `rttgeo.privacy` but the numbers of a `DelayLaw`.
"""

from functools import lru_cache

import numpy as np
from scipy import stats

R = 6371.0
PER_MS = 299.792458 / (2 * 1.4677)
STEP_MS = 0.04
LONGEST_MS = 100.0


def apart_km(lon, lat, to_lon, to_lat):
    """Haversine."""
    p, q = np.radians(lat), np.radians(to_lat)
    h = np.sin((p - q) / 2) ** 2
    h = h + np.cos(p) * np.cos(q) * np.sin(np.radians(np.asarray(lon) - to_lon) / 2) ** 2
    return 2 * R * np.arcsin(np.sqrt(np.clip(h, 0, 1)))


def disc(lon, lat, radius_km, n=40):
    """Points of equal weight over a disc, by rings of the same area."""
    ring = 2 * R * np.arcsin(np.sqrt(np.sin(radius_km / (2 * R)) ** 2 * (np.arange(n) + 0.5) / n))
    angle = np.radians(np.arange(0, 360, 360 / (2 * n)))
    away, angle = (one.ravel() for one in np.meshgrid(ring / R, angle))
    p = np.radians(lat)
    q = np.arcsin(np.sin(p) * np.cos(away) + np.cos(p) * np.sin(away) * np.cos(angle))
    turn = np.arctan2(
        np.sin(angle) * np.sin(away) * np.cos(p), np.cos(away) - np.sin(p) * np.sin(q)
    )
    return lon + np.degrees(turn), np.degrees(q)


def times():
    """Middles of the steps in which true times are counted."""
    return np.arange(STEP_MS / 2, LONGEST_MS, STEP_MS)


def delay_masses(distance_km, law):
    """Probability of each step of `times`, for each distance: shape (distances, times)."""
    edges = np.arange(0.0, LONGEST_MS + STEP_MS / 2, STEP_MS)
    # The law's own allowance for places, as its documentation states it.
    least = np.maximum(np.asarray(distance_km) - law.tolerance_km, 0) / PER_MS
    curve = law.curve(distance_km)
    below = stats.t.cdf((np.log(edges + 10.0)[None] - curve[:, None]) / law.scale, 3)
    cut = stats.t.cdf((np.log(least + 10.0) - curve) / law.scale, 3)[:, None]
    return np.diff((np.maximum(below, cut) - cut) / (1 - cut), axis=1)


KNOTS_KM = np.arange(0.0, 2600.0, 4.0)


@lru_cache(maxsize=2)
def knot_masses(law):
    """`delay_masses` at the knots."""
    return delay_masses(KNOTS_KM, law)


def likelihood(distance_km, weights, law):
    """Sum over true times of weight × probability, at distances, between knots 4 km apart."""
    return np.interp(distance_km, KNOTS_KM, knot_masses(law) @ weights)


def posterior(observed, channel, law, points):
    """Weights of the points: the product over landmarks of sum over t of p(y | t) p(t | d)."""
    log = np.zeros(len(points[0]))
    with np.errstate(divide="ignore"):
        for lon, lat, shown in observed:
            weights = channel(shown, times())
            log += np.log(likelihood(apart_km(*points, lon, lat), weights, law))
    weight = np.exp(log - log.max())
    return weight / weight.sum()


def near(points, weight, lon, lat, within_km):
    """Probability within a distance of a place."""
    return float(weight[apart_km(*points, lon, lat) <= within_km].sum())
