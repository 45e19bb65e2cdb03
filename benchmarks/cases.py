"""The work to be timed: made up from a fixed seed, and the same for everyone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere

FloatArray = npt.NDArray[np.float64]


class Circles(NamedTuple):
    """One circle per landmark, degrees and kilometres."""

    lon: FloatArray
    lat: FloatArray
    radius_km: FloatArray


def places(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Places spread evenly over the globe."""
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


def radii(rng: np.random.Generator, distance_km: FloatArray) -> FloatArray:
    """Bounds as round-trip times give them: 10 % to 100 % too long, and 5 ms more, of fibre."""
    stretch = rng.uniform(1.1, 2.0, distance_km.shape)
    return distance_km * stretch + rng.exponential(5.0, distance_km.shape) * 102.128


def one_target(landmarks: int, seed: int = 1) -> Circles:
    """Circles that all hold one place, 10° E 50° N."""
    rng = np.random.default_rng(seed)
    lon, lat = places(rng, landmarks)
    return Circles(lon, lat, radii(rng, sphere.distance_km(lon, lat, 10.0, 50.0)))


def loose(landmarks: int, seed: int = 4) -> Circles:
    """Circles that hold the place and 2,000 to 8,000 km more: early exit helps little."""
    rng = np.random.default_rng(seed)
    lon, lat = places(rng, landmarks)
    more = rng.uniform(2000, 8000, landmarks)
    return Circles(lon, lat, sphere.distance_km(lon, lat, 10.0, 50.0) + more)


def many_targets(
    targets: int, landmarks: int, seed: int = 2
) -> tuple[Circles, npt.NDArray[np.int64]]:
    """A full mesh: every landmark has a circle for every target; with offsets."""
    rng = np.random.default_rng(seed)
    lon, lat = places(rng, landmarks)
    t_lon, t_lat = places(rng, targets)
    radius = np.empty((targets, landmarks))
    for i in range(targets):
        radius[i] = radii(rng, sphere.distance_km(lon, lat, t_lon[i], t_lat[i]))
    offsets = np.arange(targets + 1, dtype=np.int64) * landmarks
    return Circles(np.tile(lon, targets), np.tile(lat, targets), radius.ravel()), offsets
