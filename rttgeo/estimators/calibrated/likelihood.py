"""One target: how well each possible cell explains the round-trip times, and what follows."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.delay.calibrated import OFFSET_MS, between, vectors
from rttgeo.estimators.calibrated.cells import FINEST, finest_cells, on_parts, possible_cells
from rttgeo.estimators.calibrated.conformal import (
    GENERIC_TEMPERING,
    PLACE_TEMPERING,
    Levels,
    Tempering,
)
from rttgeo.estimators.calibrated.kriging import Field
from rttgeo.estimators.calibrated.mixed import MixedCells, parted_at_cities
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.region import CalibratedPosterior
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray, IntArray

QUICKEST_SHARE = 0.6
"""Share of a target's landmarks that is used, the quickest: the slow ones share most of the way.
A share, not a number: those left out are chosen by their delays, which bends the likelihood, and
left-out targets (with fewer landmarks) must be bent as far as the targets to be located."""
LEAST_LANDMARKS, MAX_LANDMARKS = 20, 70
FREEDOM = 8.0
"""Degrees of freedom of the Student t over a target's residuals taken together."""
DROP_NATS = 60.0
NEAREST_FLOOR_KM = 10.0


@dataclasses.dataclass(frozen=True)
class NearestLaw:
    """Distance of the quickest landmark: log(d + 10 km) is normal around a + b·log(RTT + 1 ms)."""

    intercept: float = 1.8
    slope: float = 1.6
    sd: float = 1.0

    @classmethod
    def fit(cls, lowest_ms: FloatArray, distance_km: FloatArray) -> NearestLaw:
        """Ridge regression toward the generic law, as if ten targets had followed it."""
        generic = cls()
        if not len(lowest_ms):
            return generic
        x = np.log(lowest_ms + 1.0)
        y = np.log(distance_km + NEAREST_FLOOR_KM)
        usual = np.quantile(x, [0.1, 0.3, 0.5, 0.7, 0.9]).repeat(2)
        xs = np.concatenate([x, usual])
        ys = np.concatenate([y, generic.intercept + generic.slope * usual])
        slope, intercept = np.polyfit(xs, ys, 1) if np.ptp(xs) > 0.1 else (generic.slope, 0.0)
        if np.ptp(xs) <= 0.1:
            intercept = float(np.mean(ys - slope * xs))
        sd = float(np.sqrt((((y - intercept - slope * x) ** 2).sum() + 10) / (len(x) + 10)))
        return cls(float(intercept), float(slope), sd)

    def log_density(self, rtt_ms: float, distance_km: FloatArray) -> FloatArray:
        """Log density per km² at distances from the landmark (up to a constant)."""
        where = np.log(distance_km + NEAREST_FLOOR_KM)
        off = (where - self.intercept - self.slope * np.log(rtt_ms + 1.0)) / self.sd
        arc = np.clip(distance_km, 3.0, np.pi * EARTH_RADIUS_KM - 3.0) / EARTH_RADIUS_KM
        found: FloatArray = -0.5 * off**2 - where - np.log(np.sin(arc))
        return found


class Evidence(NamedTuple):
    """All that bears on one target, over its possible cells.

    Attributes
    ----------
    cells
        Where it can be.
    field, nearest, prior
        Log likelihood of the RTTs under the field, of the quickest landmark's alone, and log
        prior density; shape (n_cells,).
    lon, lat, lowest_ms
        The quickest landmark and its RTT.
    n_landmarks, n_agreed
        Landmarks used, and how many of them agree with the cells by fibre.
    """

    cells: MixedCells
    field: FloatArray
    nearest: FloatArray
    prior: FloatArray
    lon: float
    lat: float
    lowest_ms: float
    n_landmarks: int
    n_agreed: int

    def log_density(self, tempering: Tempering) -> FloatArray:
        """Log density of the cells under a tempering, up to a constant."""
        return tempering.field * self.field + tempering.nearest * self.nearest + self.prior

    def posterior(self, tempering: Tempering, levels: Levels) -> CalibratedPosterior:
        """Put together under a tempering."""
        log_p = self.log_density(tempering)
        keep, top = log_p >= log_p.max() - DROP_NATS, float(log_p.max())
        size = self.cells.size[keep]
        weight = np.exp(log_p[keep] - top) * size
        total = float(weight.sum())
        evidence = top + np.log(total * FINEST.cell_area_km2)
        return CalibratedPosterior(
            FINEST, self.cells.start[keep], size, weight / total, evidence, levels
        )

    def likely_place(self) -> tuple[float, float]:
        """Best single place, ``(lon, lat)`` in degrees."""
        return self.posterior(PLACE_TEMPERING, Levels()).likely_place()


def gather(
    field: Field, law: NearestLaw, prior: Prior, pairs: TargetPairs, hidden: IntArray
) -> Evidence:
    """Weigh the possible cells of one target.

    Parameters
    ----------
    field, law, prior
        What was learnt.
    pairs
        The target's RTTs to usable landmarks, at least one.
    hidden
        Nodes of the field that must not be learnt from.
    """
    every = vectors(pairs.lon, pairs.lat)
    order = _quickest(pairs.rtt_ms)
    landmark, rtt, points = (
        pairs.landmark[order].astype(np.int64),
        pairs.rtt_ms[order],
        every[order],
    )
    places = np.concatenate([np.delete(field.nodes, hidden, axis=0), every])
    coarse = possible_cells(points, rtt)
    likelihood = field_log_likelihood(field, coarse.centres, landmark, rtt, hidden)
    # The likelihood is smooth, cities are not: it is worked out on coarse cells.
    nearest = law.log_density(float(rtt[0]), between(coarse.centres, points[0]))
    rough = GENERIC_TEMPERING.field * likelihood + GENERIC_TEMPERING.nearest * nearest
    likely = prior.likely_cities(coarse, rough)
    fine = parted_at_cities(finest_cells(coarse, points, rtt), likely, points, rtt)
    return Evidence(
        fine,
        on_parts(likelihood, coarse, fine),
        law.log_density(float(rtt[0]), between(fine.centres, points[0])),
        prior.mixed(fine, places),
        float(pairs.lon[order[0]]),
        float(pairs.lat[order[0]]),
        float(rtt[0]),
        len(order),
        fine.agreed,
    )


def _quickest(rtt_ms: FloatArray) -> IntArray:
    """Landmarks that are used, quickest first."""
    count = max(LEAST_LANDMARKS, int(np.ceil(QUICKEST_SHARE * len(rtt_ms))))
    return np.argsort(rtt_ms, kind="stable")[: min(count, MAX_LANDMARKS)]


def field_log_likelihood(
    field: Field, centres: FloatArray, landmark: IntArray, rtt_ms: FloatArray, hidden: IntArray
) -> FloatArray:
    """Multivariate Student t of the residuals, correlated between landmarks; shape (n_cells,).

    With q the squared Mahalanobis length of the residuals of n landmarks, each divided by its
    spread s, and v the variance at the cell: -(ν + n)/2 · log(1 + q/(v ν)) - n/2 · log v - Σ log s
    (Kotz and Nadarajah, Multivariate t Distributions, 2004).
    """
    mean, variance = field.expected(centres, landmark, hidden)
    correlation = field.statistics.covariance(
        field.landmarks[landmark], field.statistics.landmark_shares
    )
    whiten = np.linalg.cholesky(np.linalg.inv(correlation))
    log_spread = field.log_spread(centres, landmark)
    error = (np.log(rtt_ms + OFFSET_MS) - mean) * np.exp(-log_spread)
    q = ((error @ whiten) ** 2).sum(axis=1)
    n = len(landmark)
    shape = -0.5 * (FREEDOM + n) * np.log1p(q / (variance * FREEDOM))
    return np.asarray(shape - 0.5 * n * np.log(variance) - log_spread.sum(axis=1))
