"""Spotter's model: given the RTT, the distance is Gaussian, the same for every landmark.

Laki, Mátray, Hága, Sebők, Csabai, Vattay (INFOCOM 2011): mean μ(RTT) and deviation σ(RTT) are
cubic and monotone, fitted to the pooled pairs of all landmarks.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.delay.monotone import MonotoneCubic, fit_monotone_cubic
from rttgeo.delay.protocol import LandmarkArray, check_points, check_rtt, training_points
from rttgeo.delay.statements import Bound, BoundKind, Note
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray

MIN_DEVIATION_KM: Final = 20.0
"""Smallest deviation: places are known only to a city."""

LEAST_RTT_MS: Final = 1.0
"""Below this RTT, pairs have equal weight."""

MIN_POINTS: Final = 8
SCALE_PERCENTILE: Final = 99.0
"""RTTs above this percentile say no more than it does; a few of them must not distort the curve."""

POOLED: Final = Bound(BoundKind.FITTED, "pooled Gaussian of distance given RTT")


@dataclasses.dataclass(frozen=True)
class FittedSpotter:
    """Mean μ and standard deviation σ of distance as functions of the RTT.

    Attributes
    ----------
    mean_km, deviation_km
        Curves over RTT in ms.
    n
        Pairs fitted to.
    """

    mean_km: MonotoneCubic
    deviation_km: MonotoneCubic
    n: int
    bound: Bound = POOLED

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Return no notes: there is no fallback, since too few pairs are an error when fitting.

        Parameters
        ----------
        landmark
            Not looked at: the curves are the same for all.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        return ()

    def moments_km(self, rtt_ms: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Mean and deviation of the distance, in km, for RTTs in ms.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.

        Returns
        -------
        tuple of numpy.ndarray
            Mean and deviation, km, of the shape of ``rtt_ms``.
        """
        rtt = check_rtt(rtt_ms)
        mean = np.minimum(self.mean_km(rtt), HALF_CIRCUMFERENCE_KM)
        return mean, np.maximum(self.deviation_km(rtt), MIN_DEVIATION_KM)

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray, deviations: float = 3.0
    ) -> tuple[FloatArray, FloatArray]:
        """Bounds at some deviations on both sides of the mean, within the globe.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Not used.
        deviations
            Number of deviations on each side; 3 leave out 0.3 % of a Gaussian.

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, both of the shape of ``rtt_ms``.
        """
        mean, deviation = self.moments_km(rtt_ms)
        outer = np.minimum(mean + deviations * deviation, HALF_CIRCUMFERENCE_KM)
        return np.maximum(mean - deviations * deviation, 0.0), outer

    def log_density(
        self, distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> FloatArray:
        """Compute the log density of distance (per km): Gaussian, cut off at 0 and the antipode.

        Parameters
        ----------
        distance_km
            Great-circle distances, km.
        rtt_ms
            Round-trip times, ms.
        landmark
            Not used.

        Returns
        -------
        numpy.ndarray
            Of the shape that ``distance_km`` and ``rtt_ms`` broadcast to.
        """
        mean, deviation = self.moments_km(rtt_ms)
        z = (np.asarray(distance_km, dtype=float) - mean) / deviation
        high = (HALF_CIRCUMFERENCE_KM - mean) / deviation
        log_mass = _log_interval(-mean / deviation, high)
        found: FloatArray = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - np.log(deviation) - log_mass
        return found


def _log_interval(low: FloatArray, high: FloatArray) -> FloatArray:
    """Log of the standard normal mass between low <= 0 and high >= 0."""
    found: FloatArray = log_ndtr(high) + np.log1p(-np.exp(log_ndtr(low) - log_ndtr(high)))
    return found


@dataclasses.dataclass(frozen=True)
class Spotter:
    """Spotter's model, which has no settings."""

    name: str = "spotter"

    def fit(self, mesh: Mesh) -> FittedSpotter:
        """Fit to the pooled pairs of all landmarks with targets of known place.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        FittedSpotter
            The two curves.
        """
        points = training_points(mesh)
        return fit_spotter(points.distance_km, points.rtt_ms)


def fit_spotter(distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> FittedSpotter:
    """Curves of the mean and deviation of distance over RTT.

    σ is fitted to the absolute residuals times √(π/2), whose mean it is for a Gaussian. Both fits
    weight a pair by 1/RTT², since the deviation grows roughly in proportion to the RTT: with equal
    weights, the slow pairs alone would shape the curves where the quick ones matter.

    Parameters
    ----------
    distance_km
        Great-circle distance of each pair, km, shape (n,).
    rtt_ms
        Round-trip time of each, ms, shape (n,).

    Returns
    -------
    FittedSpotter
        The two curves.

    Raises
    ------
    BadInputError
        For fewer than `MIN_POINTS` pairs, or values that are not finite.
    """
    distance, rtt = check_points(distance_km, rtt_ms, at_least=MIN_POINTS)
    scale = float(np.percentile(rtt, SCALE_PERCENTILE))
    weight = 1 / np.maximum(rtt, LEAST_RTT_MS) ** 2
    mean = fit_monotone_cubic(rtt, distance, weight, scale)
    spread = np.abs(distance - mean(rtt)) * np.sqrt(np.pi / 2)
    return FittedSpotter(mean, fit_monotone_cubic(rtt, spread, weight, scale), len(rtt))
