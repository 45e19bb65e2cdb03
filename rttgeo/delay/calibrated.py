"""How delay grows with distance, and how its deviations are correlated between nearby places.

The logarithm of (RTT + offset) is a curve of distance plus a residual. Residuals are similar for
targets near each other that are seen from landmarks near each other: their covariance is modelled
as the product of a function of the distance between targets and one of the distance between
landmarks. Both are sums of exponentials, fitted to the products of residuals.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.kernels.tabulate import tabulated
from rttgeo.typing import FloatArray

COLOCATED_KM = 1.0
"""Nodes this near each other count as being at one place: their delay says nothing about the
path."""
KNOTS = 4096
"""Number of knots in tables by chord: linear interpolation is right to 1e-6 of a correlation."""
LOT_DIGITS = np.array([1e4, 1e4 * np.sqrt(2), 1e4 * np.sqrt(3)])
"""Seed from the far digits of a place, which are as good as random."""


@dataclasses.dataclass(frozen=True)
class DelaySettings:
    """What the delay model assumes before it has seen data.

    `rttgeo.estimators.calibrated.settings.Settings` adds those of the estimator.
    """

    offset_ms: float = 10.0
    """Added to an RTT before taking the logarithm, ms: below some ms, the error is that of the last
    mile and not a share of the delay."""
    ranges_km: tuple[float, ...] = (np.inf, 4000.0, 1200.0, 350.0, 100.0)
    """Ranges of the exponentials, km: the whole world, a continent, a region, a country, a city."""
    generic_shares: tuple[float, ...] = (0.2, 0.3, 0.1, 0.05, 0.05, 0.3)
    """Prior shares of the ranges, and last of the part that no two places share."""
    shrinkage: float = 0.3
    """Weight of the generic shares relative to the fitted ones: few nodes say little about short
    ranges."""
    generic_curve: tuple[float, float, float, float] = (15.0, 0.0145, 0.0, 0.0)
    """Prior `Curve`: a last mile of 5 ms in addition to the offset, and 1.5 times the path in
    fibre, the usual detour."""
    generic_sd: float = 0.25
    """Prior standard deviation of the log residuals: a quarter of the delay."""
    clip_sd: float = 4.0
    """Residuals are clipped here, since kriging carries them over to all neighbours, mistakes
    included."""
    min_pairs: int = 60
    """Fewer pairs than this do not determine the four parameters of a curve."""
    min_nodes: int = 8
    """Nor do fewer nodes than this, however many pairs they have."""
    max_pairs: int = 6000
    """Most pairs used to fit the curve: more would change its third digit."""
    max_rows: int = 400
    """Most nodes used to fit the covariance, whose number of products grows with their square."""
    curve_scale: float = 0.15
    """Log residual beyond which a pair affects the curve less than by its square."""
    same_node_weight: float = 3.0
    """Weight of a node's product with itself in the fit of the covariance: only this shows the part
    that no two places share."""
    pair_weight_km: float = 1000.0
    """Distance at which a pair of nodes has half the weight in this fit of a pair at zero distance,
    km."""


class Curve(NamedTuple):
    """Expected log(RTT + offset): log(floor_ms + slope·d) plus two corrections that decay."""

    floor_ms: float
    slope_ms_per_km: float
    near: float
    far: float

    def __call__(self, distance_km: npt.ArrayLike) -> FloatArray:
        """The value at distances in km."""
        d = np.asarray(distance_km, dtype=float)
        line = np.log(self.floor_ms + self.slope_ms_per_km * d)
        return line + self.near * np.exp(-d / 1000.0) + self.far * np.exp(-d / 5000.0)


@dataclasses.dataclass(frozen=True, eq=False)
class DelayStatistics:
    """The statistics of the residuals.

    Attributes
    ----------
    curve
        Expected log(RTT + offset) at a distance.
    sd
        Robust standard deviation of the residuals, in natural logarithms.
    variance
        Scale of the covariance between targets.
    target_shares, landmark_shares
        Shares of the ranges (`DelaySettings.ranges_km`) and of the remainder, each summing to 1.
    spread
        Log of a factor on the standard deviation, by chord (`rttgeo.estimators.calibrated.spread`);
        None for a factor of one.
    generic
        Whether there were too few data, so that the generic values are used.
    settings
        The assumptions.
    """

    curve: Curve
    sd: float
    variance: float
    target_shares: tuple[float, ...]
    landmark_shares: tuple[float, ...]
    spread: FloatArray | None = None
    generic: bool = False
    settings: DelaySettings = dataclasses.field(default_factory=DelaySettings)

    @classmethod
    def without_data(cls, settings: DelaySettings) -> DelayStatistics:
        """Assume the usual detour in fibre and wide residuals, if nothing can be learnt.

        Parameters
        ----------
        settings
            Settings of the delay model.

        Returns
        -------
        DelayStatistics
            The generic statistics.
        """
        curve, sd, shares = (
            Curve(*settings.generic_curve),
            settings.generic_sd,
            settings.generic_shares,
        )
        return cls(curve, sd, sd**2, shares, shares, generic=True, settings=settings)

    @cached_property
    def spread_tables(self) -> tuple[FloatArray, FloatArray]:
        """`spread`, and the inverse of its factor, at the knots; 0 and 1 for a factor of one.

        The inverse is interpolated like the logarithm: neighbouring knots differ by less than 1e-2,
        so that it is right to 1e-5.
        """
        spread = np.zeros(KNOTS) if self.spread is None else self.spread
        return spread, np.exp(-spread)

    def log_rtt(self, rtt_ms: npt.ArrayLike) -> FloatArray:
        """Compute log(RTT + offset), the scale of the curve and all residuals.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms, any shape.

        Returns
        -------
        FloatArray
            Natural logs, of the same shape.
        """
        return np.asarray(np.log(np.asarray(rtt_ms) + self.settings.offset_ms))

    def residuals(self, rtt_ms: FloatArray, distance_km: FloatArray) -> FloatArray:
        """Compute log residuals, clipped at ``clip_sd`` deviations.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms, any shape; NaN where not measured.
        distance_km
            Great-circle distances, km, of the same shape.

        Returns
        -------
        FloatArray
            Residuals of log(RTT + offset); NaN for unknown pairs and pairs at one place.
        """
        residual = self.log_rtt(rtt_ms) - self.curve(distance_km)
        most = self.settings.clip_sd * self.sd
        residual = np.clip(residual, -most, most)
        return np.where(distance_km > COLOCATED_KM, residual, np.nan)

    def covariance(self, points: FloatArray, shares: tuple[float, ...]) -> FloatArray:
        """Compute the correlation between points, including the part that no two share.

        Parameters
        ----------
        points
            Unit vectors, shape (n, 3).
        shares
            Share of each range in the covariance, with the unshared part last.

        Returns
        -------
        FloatArray
            Correlation matrix, shape (n, n).
        """
        return _covariance(points, tuple(shares), tuple(self.settings.ranges_km))

    def inverse(self, points: FloatArray, shares: tuple[float, ...], scale: float) -> FloatArray:
        """Invert the covariance between points.

        Parameters
        ----------
        points
            Unit vectors, shape (n, 3).
        shares
            Share of each range in the covariance, with the unshared part last.
        scale
            Variance, by which the correlation is multiplied.

        Returns
        -------
        FloatArray
            Inverse covariance matrix, shape (n, n); read-only.
        """
        return _inverse(points.tobytes(), tuple(shares), tuple(self.settings.ranges_km), scale)

    def correlation_table(self, shares: tuple[float, ...]) -> FloatArray:
        """Tabulate the correlation by distance, without the part that no two points share.

        Parameters
        ----------
        shares
            Share of each range in the covariance, with the unshared part last.

        Returns
        -------
        FloatArray
            Correlation at knots equally spaced in chord, shape (`KNOTS`,).
        """
        return _correlations(tuple(shares), tuple(self.settings.ranges_km))


def _covariance(
    points: FloatArray, shares: tuple[float, ...], ranges_km: tuple[float, ...]
) -> FloatArray:
    matrix = np.empty((len(points), len(points)))
    tabulated(points, points, _correlations(shares, ranges_km), matrix)
    matrix[np.diag_indices_from(matrix)] = sum(shares) + 1e-6
    return matrix


@lru_cache(maxsize=32)
def _inverse(
    points: bytes, shares: tuple[float, ...], ranges_km: tuple[float, ...], scale: float
) -> FloatArray:
    """Inverse of the covariance; cached, since one target needs the same one several times.

    In a mesh with few nodes, all targets need the same one. 32 of them, of 110 nodes, take 3 MB.
    """
    where = np.frombuffer(points).reshape(-1, 3).copy()
    found = np.asarray(
        np.linalg.inv(scale * _covariance(where, shares, ranges_km)), dtype=np.float64
    )
    found.flags.writeable = False
    return found


@lru_cache(maxsize=64)
def _correlations(shares: tuple[float, ...], ranges_km: tuple[float, ...]) -> FloatArray:
    """Sum of exponentials at the knots; cached, since it is needed for each target of a mesh."""
    distance = sphere.km_of_chord(np.linspace(0, 2, KNOTS))
    parts = (
        share * np.exp(-distance / length) for share, length in zip(shares, ranges_km, strict=False)
    )
    return sum(parts, np.zeros(KNOTS))


@lru_cache(maxsize=64)
def curve_table(curve: Curve) -> FloatArray:
    """Tabulate the curve at knots equally spaced in chord.

    Parameters
    ----------
    curve
        Expected log(RTT + offset) by distance.

    Returns
    -------
    FloatArray
        Values of the curve, shape (`KNOTS`,).
    """
    return curve(sphere.km_of_chord(np.linspace(0, 2, KNOTS)))


def learn_statistics(
    rtt_ms: FloatArray,
    nodes: FloatArray,
    landmarks: FloatArray,
    dense: bool,
    settings: DelaySettings,
) -> DelayStatistics:
    """Fit the curve and the covariances.

    Parameters
    ----------
    rtt_ms
        Round-trip times, ms, shape (n_nodes, n_landmarks); NaN where not measured.
    nodes, landmarks
        Unit vectors of the targets learnt from and of the landmarks.
    dense
        Whether most of ``rtt_ms`` is known; otherwise the covariances stay generic.
    settings
        The assumptions.

    Returns
    -------
    DelayStatistics
        The fitted statistics; the generic ones if there are too few data.
    """
    row, column = np.nonzero(np.isfinite(rtt_ms))
    distance = sphere.between(nodes[row], landmarks[column])
    apart = distance > COLOCATED_KM
    row, column, distance = row[apart], column[apart], distance[apart]
    if len(distance) < settings.min_pairs or len(nodes) < settings.min_nodes:
        return DelayStatistics.without_data(settings)
    lot = (place_lots(nodes)[row] + place_lots(landmarks)[column]) % 1
    some = np.argsort(lot)[: settings.max_pairs]
    curve = fit_curve(distance[some], rtt_ms[row[some], column[some]], settings)
    rest = np.log(rtt_ms[row, column] + settings.offset_ms) - curve(distance)
    sd = max(1.4826 * float(np.median(np.abs(rest))), 0.02)
    if not dense:
        shares = settings.generic_shares
        return DelayStatistics(curve, sd, sd**2, shares, shares, settings=settings)
    clipped = np.full(rtt_ms.shape, np.nan)
    clipped[row, column] = np.clip(rest, -settings.clip_sd * sd, settings.clip_sd * sd)
    by_target, variance = fit_shares(clipped, nodes, settings)
    by_landmark, _ = fit_shares(clipped.T, landmarks, settings)
    return DelayStatistics(curve, sd, variance, by_target, by_landmark, settings=settings)


def place_lots(points: FloatArray) -> FloatArray:
    """Draw a pseudo-random number for each place, independent of all other places.

    If numbers were drawn by position in a list, removing one node would change all others.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).

    Returns
    -------
    FloatArray
        Numbers from 0 to 1, shape (n,).
    """
    found: FloatArray = (points @ LOT_DIGITS) % 1
    return found


def fit_curve(distance_km: FloatArray, rtt_ms: FloatArray, settings: DelaySettings) -> Curve:
    """Fit a `Curve` to pairs, robustly (soft L1).

    Parameters
    ----------
    distance_km
        Great-circle distances of the pairs, km, shape (n,).
    rtt_ms
        Round-trip times, ms, shape (n,).
    settings
        Settings of the delay model.

    Returns
    -------
    Curve
        The fitted curve.
    """
    from scipy.optimize import least_squares  # slow to load, not needed if nothing is known

    value = np.log(rtt_ms + settings.offset_ms)

    def misfit(p: FloatArray) -> FloatArray:
        return Curve(np.exp(p[0]), np.exp(p[1]), p[2], p[3])(distance_km) - value

    floor_ms, slope_ms_per_km, *_ = settings.generic_curve
    start = [np.log(floor_ms), np.log(slope_ms_per_km), 0.0, 0.0]
    # A floor of 1 to 150 ms, a slope of half to ten times that of light in fibre, corrections up to
    # e.
    bounds = ([0.0, np.log(0.005), -1.0, -1.0], [5.0, np.log(0.1), 1.0, 1.0])
    scale = settings.curve_scale
    p = least_squares(misfit, start, loss="soft_l1", f_scale=scale, bounds=bounds).x
    return Curve(float(np.exp(p[0])), float(np.exp(p[1])), float(p[2]), float(p[3]))


def fit_shares(
    residual: FloatArray, points: FloatArray, settings: DelaySettings
) -> tuple[tuple[float, ...], float]:
    """Fit the shares of the ranges in the covariance between rows, and its scale.

    This is non-negative least squares on the mean products of the residuals of two rows, with more
    weight on near pairs of rows, and then shrinkage toward the generic shares.

    Parameters
    ----------
    residual
        Log residuals, shape (n_rows, n_columns), NaN where not measured.
    points
        Unit vectors of the rows, shape (n_rows, 3).
    settings
        Settings of the delay model.

    Returns
    -------
    tuple[tuple[float, ...], float]
        The shares, with the unshared part last, and the variance; generic if nothing is found.
    """
    from scipy.optimize import nnls  # slow to load, not needed if nothing is known

    some = np.argsort(place_lots(points))[: settings.max_rows]
    residual, points = residual[some], points[some]
    known = np.isfinite(residual)
    filled = np.where(known, residual, 0.0)
    count = known.astype(float) @ known.T.astype(float)
    upper = np.triu_indices(len(points))
    product = (filled @ filled.T)[upper] / np.maximum(count[upper], 1)
    distance = sphere.between(points[upper[0]], points[upper[1]])
    same = upper[0] == upper[1]
    columns = [np.exp(-distance / length) for length in settings.ranges_km] + [same.astype(float)]
    own = np.where(same, settings.same_node_weight, 1.0)
    weight = np.sqrt(count[upper]) / (1 + distance / settings.pair_weight_km) * own
    shares, _ = nnls(np.stack(columns, axis=1) * weight[:, None], product * weight)
    scale = float(shares.sum())
    generic = settings.generic_shares
    if not scale > 0:
        return generic, settings.generic_sd**2
    shrink = settings.shrinkage
    mixed = (1 - shrink) * shares / scale + shrink * np.asarray(generic)
    return tuple(float(share) for share in mixed), scale


def vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Convert places to unit vectors in C order.

    Parameters
    ----------
    lon
        Longitudes, degrees, shape (n,).
    lat
        Latitudes, degrees, shape (n,).

    Returns
    -------
    FloatArray
        Unit vectors, shape (n, 3).
    """
    return np.ascontiguousarray(sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat)))
