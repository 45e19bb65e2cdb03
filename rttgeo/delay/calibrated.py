"""How delay goes with distance, and how far that fails alike for places that lie near each other.

The logarithm of (RTT + `OFFSET_MS`) is a curve of distance plus a residual. Residuals are
alike for targets near each other seen from landmarks near each other: their covariance is
taken as the product of one function of the distance between targets and one of the distance
between landmarks. Both are sums of exponentials that are fitted to the products of residuals.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares, nnls

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels.tabulate import tabulated
from rttgeo.typing import FloatArray

OFFSET_MS = 10.0
"""Below some ms the error is that of the last mile, not a share of the delay."""
RANGES_KM = (np.inf, 4000.0, 1200.0, 350.0, 100.0)
"""Ranges of the exponentials: the whole world, a continent, a region, a country, a city."""
GENERIC_SHARES = (0.2, 0.3, 0.1, 0.05, 0.05, 0.3)
"""Shares of the ranges, and last what no two places have in common, before any data."""
SHRINKAGE = 0.3
"""Weight of the generic shares beside the fitted ones: few nodes say little about short ranges."""
GENERIC_CURVE = (15.0, 0.0145, 0.0, 0.0)
GENERIC_SD = 0.25
CLIP_SD = 4.0
MIN_PAIRS = 60
MIN_NODES = 8
MAX_PAIRS = 6000
MAX_ROWS = 400
COLOCATED_KM = 1.0
KNOTS = 4096
LOT_DIGITS = np.array([1e4, 1e4 * np.sqrt(2), 1e4 * np.sqrt(3)])
"""Far digits of a place are as good as random."""


class Curve(NamedTuple):
    """Expected log(RTT + offset): log(floor_ms + slope·d) and two corrections that die out."""

    floor_ms: float
    slope_ms_per_km: float
    near: float
    far: float

    def __call__(self, distance_km: npt.ArrayLike) -> FloatArray:
        """Value at distances in km."""
        d = np.asarray(distance_km, dtype=float)
        line = np.log(self.floor_ms + self.slope_ms_per_km * d)
        return line + self.near * np.exp(-d / 1000.0) + self.far * np.exp(-d / 5000.0)


@dataclasses.dataclass(frozen=True, eq=False)
class DelayStatistics:
    """What the residuals are like.

    Attributes
    ----------
    curve
        Expected log(RTT + offset) at a distance.
    sd
        Robust standard deviation of the residuals, in natural logarithms.
    variance
        Scale of the covariance between targets.
    target_shares, landmark_shares
        Shares of the ranges `RANGES_KM` and of the rest, each summing to 1.
    spread
        Log of a factor on the deviation, by chord (`rttgeo.estimators.calibrated.spread`); None for
        a factor of one.
    generic
        True when there was too little data, and the generic values stand in.
    """

    curve: Curve
    sd: float
    variance: float
    target_shares: tuple[float, ...]
    landmark_shares: tuple[float, ...]
    spread: FloatArray | None = None
    generic: bool = False

    def residuals(self, rtt_ms: FloatArray, distance_km: FloatArray) -> FloatArray:
        """Log residuals, clipped at `CLIP_SD`; NaN for pairs unknown or at one place."""
        residual = np.log(rtt_ms + OFFSET_MS) - self.curve(distance_km)
        residual = np.clip(residual, -CLIP_SD * self.sd, CLIP_SD * self.sd)
        return np.where(distance_km > COLOCATED_KM, residual, np.nan)

    def covariance(self, points: FloatArray, shares: tuple[float, ...]) -> FloatArray:
        """Correlation between the points (unit vectors) themselves, with the part of each alone."""
        matrix = np.empty((len(points), len(points)))
        tabulated(points, points, correlation_table(shares), matrix)
        matrix[np.diag_indices_from(matrix)] = sum(shares) + 1e-6
        return matrix


GENERIC = DelayStatistics(
    Curve(*GENERIC_CURVE), GENERIC_SD, GENERIC_SD**2, GENERIC_SHARES, GENERIC_SHARES, generic=True
)
"""Where nothing can be learnt: a floor of some ms, fibre with the usual detour, wide residuals."""


def correlation_table(shares: tuple[float, ...]) -> FloatArray:
    """Correlation by distance, without the part of each alone, at knots equal in chord."""
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.linspace(0, 1, KNOTS))
    return sum(
        (
            share * np.exp(-distance / length)
            for share, length in zip(shares, RANGES_KM, strict=False)
        ),
        np.zeros(KNOTS),
    )


def curve_table(curve: Curve) -> FloatArray:
    """Return the curve at knots equal in chord."""
    return curve(2 * EARTH_RADIUS_KM * np.arcsin(np.linspace(0, 1, KNOTS)))


def learn_statistics(
    rtt_ms: FloatArray, nodes: FloatArray, landmarks: FloatArray, dense: bool
) -> DelayStatistics:
    """Fit the curve and the covariances.

    Parameters
    ----------
    rtt_ms
        Shape (n_nodes, n_landmarks), NaN where not measured.
    nodes, landmarks
        Unit vectors of the targets learnt from and of the landmarks.
    dense
        Whether most of ``rtt_ms`` is known; else the covariances stay generic.
    """
    row, column = np.nonzero(np.isfinite(rtt_ms))
    distance = between(nodes[row], landmarks[column])
    apart = distance > COLOCATED_KM
    row, column, distance = row[apart], column[apart], distance[apart]
    if len(distance) < MIN_PAIRS or len(nodes) < MIN_NODES:
        return GENERIC
    some = np.argsort((place_lots(nodes)[row] + place_lots(landmarks)[column]) % 1)[:MAX_PAIRS]
    curve = fit_curve(distance[some], rtt_ms[row[some], column[some]])
    rest = np.log(rtt_ms[row, column] + OFFSET_MS) - curve(distance)
    sd = max(1.4826 * float(np.median(np.abs(rest))), 0.02)
    if not dense:
        return DelayStatistics(curve, sd, sd**2, GENERIC_SHARES, GENERIC_SHARES)
    clipped = np.full(rtt_ms.shape, np.nan)
    clipped[row, column] = np.clip(rest, -CLIP_SD * sd, CLIP_SD * sd)
    by_target, variance = fit_shares(clipped, nodes)
    by_landmark, _ = fit_shares(clipped.T, landmarks)
    return DelayStatistics(curve, sd, variance, by_target, by_landmark)


def place_lots(points: FloatArray) -> FloatArray:
    """A lot, from 0 to 1, for each place: who else there is does not change who is drawn.

    Drawn by order in a list, one node less would draw all others anew.
    """
    found: FloatArray = (points @ LOT_DIGITS) % 1
    return found


def between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Great-circle distances, km, between unit vectors in rows, pairwise (broadcast)."""
    chord = np.sqrt(((a - b) ** 2).sum(axis=-1))
    found: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return found


def fit_curve(distance_km: FloatArray, rtt_ms: FloatArray) -> Curve:
    """Robust fit (soft L1) of `Curve` to pairs."""
    value = np.log(rtt_ms + OFFSET_MS)

    def misfit(p: FloatArray) -> FloatArray:
        return Curve(np.exp(p[0]), np.exp(p[1]), p[2], p[3])(distance_km) - value

    start = [np.log(GENERIC_CURVE[0]), np.log(GENERIC_CURVE[1]), 0.0, 0.0]
    bounds = ([0.0, np.log(0.005), -1.0, -1.0], [5.0, np.log(0.1), 1.0, 1.0])
    p = least_squares(misfit, start, loss="soft_l1", f_scale=0.15, bounds=bounds).x
    return Curve(float(np.exp(p[0])), float(np.exp(p[1])), float(p[2]), float(p[3]))


def fit_shares(residual: FloatArray, points: FloatArray) -> tuple[tuple[float, ...], float]:
    """Shares of the ranges in the covariance between rows, and its scale.

    Non-negative least squares on the mean products of the residuals of two rows, near pairs of
    rows weighted up; then drawn toward `GENERIC_SHARES`.
    """
    some = np.argsort(place_lots(points))[:MAX_ROWS]
    residual, points = residual[some], points[some]
    known = np.isfinite(residual)
    filled = np.where(known, residual, 0.0)
    count = known.astype(float) @ known.T.astype(float)
    upper = np.triu_indices(len(points))
    product = (filled @ filled.T)[upper] / np.maximum(count[upper], 1)
    distance = between(points[upper[0]], points[upper[1]])
    same = upper[0] == upper[1]
    columns = [np.exp(-distance / length) for length in RANGES_KM] + [same.astype(float)]
    weight = np.sqrt(count[upper]) / (1 + distance / 1000) * np.where(same, 3.0, 1.0)
    shares, _ = nnls(np.stack(columns, axis=1) * weight[:, None], product * weight)
    scale = float(shares.sum())
    if not scale > 0:
        return GENERIC_SHARES, GENERIC_SD**2
    mixed = (1 - SHRINKAGE) * shares / scale + SHRINKAGE * np.asarray(GENERIC_SHARES)
    return tuple(float(share) for share in mixed), scale


def vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Unit vectors in C order, shape (n, 3)."""
    return np.ascontiguousarray(sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat)))
