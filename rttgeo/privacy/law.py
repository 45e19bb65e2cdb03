"""The attacker's law of delays: the probability of a round-trip time given the distance.

It is the default method's curve of log(RTT + offset) over distance, with a Student t distribution
around it and nothing below the limit of light in fibre. The errors of one target are correlated
between landmarks, so the more landmarks there are, the less each one counts: together they say no
more than they know.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Final

import numpy as np

from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.calibrated import COLOCATED_KM, Curve, DelaySettings, fit_curve
from rttgeo.kernels.attack import fill_tables
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import FloatArray

KNOTS: Final = 768
"""Number of distances in a table; twice as many change no metric in its third digit."""
FLOOR: Final = 1e-24
"""Probability granted to what light forbids: so small that it matters only if nothing else is
left."""
SHARED: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Correlations of a target's residuals that are tried: never zero, because all contain its last
mile."""
GENERIC_SHARED: Final = 0.1
"""The correlation assumed without data: the middle of those chosen on the shipped meshes."""
GENERIC_CURVE: Final = Curve(*DelaySettings.generic_curve)
LEAST_TOLERANCE_KM: Final = 2.3
"""Half the diagonal of the finest cells (3 km): a smaller circle may hold no cell's centre."""


def knot_distances() -> FloatArray:
    """Compute the distances at which tables hold their values.

    Returns
    -------
    numpy.ndarray
        Distances, km, ascending, shape (`KNOTS`,), equally spaced in the square root of the chord.
    """
    return sphere.km_of_chord(2 * np.linspace(0.0, 1.0, KNOTS) ** 2)


@dataclasses.dataclass(frozen=True)
class DelayLaw:
    """The probability of a round-trip time at a distance.

    Attributes
    ----------
    curve
        Expected log(RTT + offset) by distance.
    scale
        Scale of the residuals, in natural logarithms.
    shared
        Correlation of a target's residuals between landmarks; see `exponents`.
    offset_ms
        Added to the RTT before taking the logarithm, ms.
    km_per_ms
        Distance that no answer can exceed, km per ms of round-trip time.
    tolerance_km
        How far off the place of a landmark may be, km.
    learnt
        The data that it was learnt from, in words.
    """

    curve: Curve = GENERIC_CURVE
    scale: float = DelaySettings.generic_sd
    shared: float = GENERIC_SHARED
    offset_ms: float = DelaySettings.offset_ms
    km_per_ms: float = KM_PER_MS_RTT["fibre"]
    tolerance_km: float = LEAST_TOLERANCE_KM
    learnt: str = "generic: nothing learnt from these data"

    def exponents(self, own_sd: FloatArray) -> FloatArray:
        """Compute the exponent of each pair's likelihood that accounts for correlated errors.

        Parameters
        ----------
        own_sd
            Standard deviation that a mechanism added to each pair independently, in log(RTT +
            offset), shape (n,).

        Returns
        -------
        numpy.ndarray
            Exponents, shape (n,), from 1 / (1 + (n - 1) · shared) (Kish's design effect) where
            nothing was added, up to 1 where the added noise drowns the law's own errors.

        Notes
        -----
        The mean of n errors with variance σ² and correlation ρ plus n independent errors with
        variance s² has the variance σ²(ρ + (1 - ρ)/n) + s²/n. With this exponent, n independent
        errors of variance σ² + s² are equally informative.
        """
        alike = 1 + max(len(own_sd) - 1, 0) * self.shared
        own, law = own_sd**2, self.scale**2
        return np.asarray((law + own) / (law * alike + own))

    @cached_property
    def knots(self) -> tuple[FloatArray, FloatArray]:
        """Expected logarithm, and the smallest RTT that light allows (ms), at `knot_distances`."""
        distance_km = knot_distances()
        beyond = np.maximum(distance_km - max(self.tolerance_km, LEAST_TOLERANCE_KM), 0.0)
        return self.curve(distance_km), beyond / self.km_per_ms

    @cached_property
    def steepest_ms_per_km(self) -> float:
        """Largest increase of the expected RTT per km, at least that of light."""
        expected_ms = np.exp(self.curve(knot_distances()))
        slope = np.diff(expected_ms) / np.diff(knot_distances())
        return max(float(slope.max()), 1 / self.km_per_ms)

    def likelihood(
        self, low_ms: FloatArray, high_ms: FloatArray, weight: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Compute the probability of a true RTT in given intervals, by distance.

        Parameters
        ----------
        low_ms, high_ms
            Ends of the intervals, ms, shape (n_rows, n_intervals).
        weight
            Weight of each interval, of the same shape.

        Returns
        -------
        likely, allowed
            Sums of weight × probability, and what light alone allows, from 0 to 1: the largest
            weight of a time that is long enough, divided by the largest of all. Shape (n_rows,
            `KNOTS`) each.
        """
        curve, least_ms = self.knots
        out, allowed = np.empty((len(low_ms), KNOTS)), np.empty((len(low_ms), KNOTS))
        fill_tables(
            low_ms, high_ms, weight, curve, least_ms, self.scale, self.offset_ms, out, allowed
        )
        return out, allowed


def fit_law(mesh: Mesh, tolerance_km: float = 0.0) -> DelayLaw:
    """Fit curve and scale to the pairs of known distance; return the generic law if they are few.

    Parameters
    ----------
    mesh
        The measurements, with known places of some targets; of very many pairs, every second, third
        … is used, so their order matters (`rttgeo.privacy.learning.learn_law` sees to it).
    tolerance_km
        How far off the place of a landmark may be, km.

    Returns
    -------
    DelayLaw
        The law; its ``shared`` is generic (`rttgeo.privacy.learning.learn_law` fits it).
    """
    check_mesh(mesh)
    settings, tolerance = DelaySettings(), max(tolerance_km, LEAST_TOLERANCE_KM)
    distance_km, rtt_ms = mesh.distance_km, mesh.pairs["rtt_ms"].to_numpy()
    known = np.isfinite(distance_km) & (distance_km > COLOCATED_KM)
    if np.count_nonzero(known) < settings.min_pairs:
        return DelayLaw(tolerance_km=tolerance)
    distance_km, rtt_ms = distance_km[known], rtt_ms[known]
    step = max(1, len(rtt_ms) // settings.max_pairs)
    curve = fit_curve(distance_km[::step], rtt_ms[::step], settings)
    rest = np.log(rtt_ms + settings.offset_ms) - curve(distance_km)
    scale = max(1.4826 * float(np.median(np.abs(rest))), 0.02)
    said = f"{number_of(len(rtt_ms), 'pair')} of known distance of {mesh.provenance.name}"
    return DelayLaw(curve, scale, tolerance_km=tolerance, learnt=said)
