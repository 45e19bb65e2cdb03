"""How well each possible cell explains the round-trip times of one target."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo.delay.calibrated import curve_table, vectors
from rttgeo.estimators.calibrated.cells import (
    Cells,
    LimitCircles,
    finest_cells,
    possible_cells,
)
from rttgeo.estimators.calibrated.kriging import ResidualField
from rttgeo.estimators.calibrated.mixed import parted_at_cities
from rttgeo.estimators.calibrated.parts import MixedCells, on_parts
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.settings import Settings, Tempering
from rttgeo.kernels.nearest_law import log_normal_distance
from rttgeo.kernels.tabulate import scaled_errors
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray, IntArray

DROP_NATS = 60.0
"""Cells this far below the best one hold too little probability to matter."""


@dataclasses.dataclass(frozen=True)
class NearestLaw:
    """Distance of the quickest landmark: log(d + floor) is normal around a + b·log(RTT + 1 ms).

    Attributes
    ----------
    intercept, slope, sd
        a, b and the standard deviation.
    floor_km
        Added to the distance, km.
    """

    intercept: float
    slope: float
    sd: float
    floor_km: float

    @classmethod
    def fit(cls, lowest_ms: FloatArray, distance_km: FloatArray, settings: Settings) -> NearestLaw:
        """Fit by ridge regression toward the generic law, as if some targets had followed that law.

        Parameters
        ----------
        lowest_ms
            Lowest round-trip time of each known target, ms, shape (n,).
        distance_km
            Distance of each from its quickest landmark, km, shape (n,).
        settings
            Settings of the estimator.

        Returns
        -------
        NearestLaw
            The fitted law; the generic one if there are no targets.
        """
        generic = cls(*settings.nearest_law, settings.nearest_floor_km)
        if not len(lowest_ms):
            return generic
        x = np.log(lowest_ms + 1.0)
        y = np.log(distance_km + generic.floor_km)
        usual = np.quantile(x, [0.1, 0.3, 0.5, 0.7, 0.9]).repeat(settings.nearest_prior // 5)
        xs = np.concatenate([x, usual])
        ys = np.concatenate([y, generic.intercept + generic.slope * usual])
        slope, intercept = np.polyfit(xs, ys, 1) if np.ptp(xs) > 0.1 else (generic.slope, 0.0)
        if np.ptp(xs) <= 0.1:
            intercept = float(np.mean(ys - slope * xs))
        squares = ((y - intercept - slope * x) ** 2).sum()
        seen = settings.nearest_prior
        sd = float(np.sqrt((squares + seen * generic.sd**2) / (len(x) + seen)))
        return cls(float(intercept), float(slope), sd, generic.floor_km)

    def log_density(self, rtt_ms: float, points: FloatArray, place: FloatArray) -> FloatArray:
        """Compute the log density of the target at points about its quickest landmark.

        Parameters
        ----------
        rtt_ms
            Round-trip time to that landmark, ms.
        points
            Unit vectors, shape (n, 3).
        place
            Unit vector of the landmark, shape (3,).

        Returns
        -------
        FloatArray
            Natural log of the density per km², up to a constant, shape (n,).
        """
        mean, out = self.intercept + self.slope * np.log(rtt_ms + 1.0), np.empty(len(points))
        log_normal_distance(points, place, self.floor_km, float(mean), self.sd, out)
        return out


class Model(NamedTuple):
    """What was learnt from a mesh: the factors of prior and likelihood.

    Attributes
    ----------
    settings
        Settings of the estimator.
    field
        Predicts what each landmark would measure to any place.
    law
        Law of the quickest landmark's distance.
    prior
        Prior over places.
    """

    settings: Settings
    field: ResidualField
    law: NearestLaw
    prior: Prior

    def gather(self, pairs: TargetPairs, hidden: IntArray) -> Evidence:
        """Weigh the possible cells of one target.

        Parameters
        ----------
        pairs
            The target's RTTs to usable landmarks, at least one.
        hidden
            Nodes of the field that must not be learnt from.

        Returns
        -------
        Evidence
            The possible cells with their likelihoods and prior, for every tempering.
        """
        settings, every = self.settings, vectors(pairs.lon, pairs.lat)
        order = quickest(pairs.rtt_ms, settings)
        landmark, rtt = pairs.landmark[order].astype(np.int64), pairs.rtt_ms[order]
        circles, coarse = _possible(every[order], rtt, settings)
        places = np.concatenate([np.delete(self.field.nodes, hidden, axis=0), every])
        # The likelihood is smooth, unlike cities: it is computed on coarse cells.
        delays = delay_log_likelihood(self.field, coarse.centres, landmark, rtt, hidden)
        rough = settings.generic_tempering
        first, lowest = circles.points[0], float(rtt[0])
        nearest = self.law.log_density(lowest, coarse.centres, first)
        likely = self.prior.likely_cities(coarse, rough.delays * delays + rough.nearest * nearest)
        fine = finest_cells(coarse, circles, settings)
        cells = parted_at_cities(fine, likely, circles, settings)
        return Evidence(
            settings,
            cells,
            circles,
            landmark,
            on_parts(delays, coarse, cells),
            self.law.log_density(lowest, cells.centres, first),
            self.prior.mixed(cells, places),
            float(pairs.lon[order[0]]),
            float(pairs.lat[order[0]]),
            lowest,
            len(order),
        )


class Evidence(NamedTuple):
    """All evidence about one target, over its possible cells.

    Attributes
    ----------
    settings
        Settings of the estimator.
    cells
        Where the target can be.
    circles, landmark
        Circles of the landmarks used, quickest first, and the numbers of these landmarks.
    delays, nearest, prior
        Log likelihood of all RTTs, of the quickest landmark's alone, and log prior density;
        shape (n_cells,).
    lon, lat, lowest_ms
        Place of the quickest landmark (degrees), and its RTT (ms).
    n_landmarks
        Number of landmarks used.
    """

    settings: Settings
    cells: MixedCells
    circles: LimitCircles
    landmark: IntArray
    delays: FloatArray
    nearest: FloatArray
    prior: FloatArray
    lon: float
    lat: float
    lowest_ms: float
    n_landmarks: int

    @property
    def n_agreed(self) -> int:
        """Number of landmarks that agree with the cells, by light in fibre."""
        return self.cells.agreed

    def log_density(self, tempering: Tempering) -> FloatArray:
        """Compute the log density of the cells under a tempering.

        Parameters
        ----------
        tempering
            Weights of the delays and of the nearest landmark in the posterior.

        Returns
        -------
        FloatArray
            Natural log of the density, up to a constant, shape (n_cells,).
        """
        return tempering.delays * self.delays + tempering.nearest * self.nearest + self.prior


def _possible(
    points: FloatArray, rtt_ms: FloatArray, settings: Settings
) -> tuple[LimitCircles, Cells]:
    """The circles, and the coarse cells within them.

    If the circles of light in vacuum have no point in common, declared places are off by more than
    their tolerance. Then only light in fibre is used, with its larger tolerance.
    """
    circles = LimitCircles(points, rtt_ms, settings.tolerance_km, settings.vacuum_tolerance_km)
    found = possible_cells(circles, settings)
    if found.agreed < len(points) and circles.by_vacuum().any():
        circles = circles.by_fibre()
        found = possible_cells(circles, settings)
    return circles, found


def quickest(rtt_ms: FloatArray, settings: Settings) -> IntArray:
    """Choose the landmarks to use.

    Parameters
    ----------
    rtt_ms
        Round-trip times of one target, ms, shape (n,).
    settings
        Settings of the estimator.

    Returns
    -------
    IntArray
        Rows of the landmarks, quickest first.
    """
    share = int(np.ceil(settings.landmark_share * len(rtt_ms)))
    count = max(settings.least_landmarks, share)
    return np.argsort(rtt_ms, kind="stable")[: min(count, settings.max_landmarks)]


class Errors(NamedTuple):
    """Errors of the predicted delays of a target at each cell, in logarithms.

    Attributes
    ----------
    scaled
        Errors, divided by their factors of the spread, shape (n_cells, n_landmarks).
    variance
        Variance of the scaled errors at each cell, shape (n_cells,).
    log_spread
        Logarithms of those factors, shape (n_cells, n_landmarks).
    precision
        Inverse of the correlation between landmarks, shape (n_landmarks, n_landmarks).
    """

    scaled: FloatArray
    variance: FloatArray
    log_spread: FloatArray
    precision: FloatArray


def delay_errors(
    field: ResidualField,
    centres: FloatArray,
    landmark: IntArray,
    rtt_ms: FloatArray,
    hidden: IntArray,
) -> Errors:
    """Compare the delays of a target with the predicted delays at each cell.

    Parameters
    ----------
    field
        Field of the residuals over nodes with known places.
    centres
        Unit vectors of the cells, shape (n_cells, 3).
    landmark
        Row numbers of the landmarks, shape (n,).
    rtt_ms
        Their round-trip times to the target, ms, shape (n,).
    hidden
        Row numbers of the nodes of the field that must not be learnt from.

    Returns
    -------
    Errors
        The errors, and the size and correlation of such errors.
    """
    carried, variance = field.carried(centres, landmark, hidden)
    statistics, shape = field.statistics, carried.shape
    curve, (spread, narrowing) = curve_table(statistics.curve), statistics.spread_tables
    scaled, log_spread = np.empty(shape), np.empty(shape)
    scaled_errors(
        centres, field.landmarks[landmark], curve, spread, narrowing,
        statistics.log_rtt(rtt_ms), carried, scaled, log_spread,
    )  # fmt: skip
    return Errors(scaled, variance, log_spread, field.precision_of(landmark))


def delay_log_likelihood(
    field: ResidualField,
    centres: FloatArray,
    landmark: IntArray,
    rtt_ms: FloatArray,
    hidden: IntArray,
) -> FloatArray:
    """Compute the log likelihood of delays, a Student t distribution correlated between landmarks.

    With q the squared Mahalanobis length of the residuals of n landmarks, each divided by its
    spread s, and v the variance at the cell: -(ν + n)/2 · log(1 + q/(v ν)) - n/2 · log v - Σ log s
    (Kotz and Nadarajah, Multivariate t Distributions, 2004).

    Parameters
    ----------
    field
        Field of the residuals over nodes with known places.
    centres
        Unit vectors of the cells, shape (n_cells, 3).
    landmark
        Row numbers of the landmarks, shape (n,).
    rtt_ms
        Their round-trip times to the target, ms, shape (n,).
    hidden
        Row numbers of the nodes of the field that must not be learnt from.

    Returns
    -------
    FloatArray
        Log likelihood, up to a constant, shape (n_cells,).
    """
    errors = delay_errors(field, centres, landmark, rtt_ms, hidden)
    whiten = np.linalg.cholesky(errors.precision)
    # In single precision, as residuals are carried over: changes the result by 1e-5.
    white = errors.scaled.astype(np.float32) @ whiten.astype(np.float32)
    q = np.einsum("ij,ij->i", white, white).astype(np.float64)
    n, freedom, variance = len(landmark), field.settings.freedom, errors.variance
    shape = -0.5 * (freedom + n) * np.log1p(q / (variance * freedom))
    return np.asarray(shape - 0.5 * n * np.log(variance) - errors.log_spread.sum(axis=1))
