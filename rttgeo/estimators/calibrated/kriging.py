"""Predict what every landmark would measure to any place.

The prediction is the curve of distance plus the residuals of the known targets, carried over to
places near them by simple kriging in the neighbourhood of those places.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.delay.calibrated import (
    DelayStatistics,
    curve_table,
)
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.kernels.tabulate import tabulated
from rttgeo.typing import BoolArray, FloatArray, IntArray

Singles = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True, eq=False)
class ResidualField:
    """The residuals of the nodes, ready to be carried over to any place.

    Attributes
    ----------
    settings
        Settings of the estimator.
    statistics
        The curve and the covariances.
    nodes, landmarks
        Unit vectors of nodes and landmarks, shapes (n, 3) and (m, 3).
    residual
        Residuals, shape (n, m); NaN where unknown.
    """

    settings: Settings
    statistics: DelayStatistics
    nodes: FloatArray
    landmarks: FloatArray
    residual: FloatArray

    def expected(
        self, points: FloatArray, landmark: IntArray, hidden: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Predict the log(RTT + offset) of landmarks to points, without using the hidden nodes.

        Parameters
        ----------
        points
            Unit vectors, shape (c, 3).
        landmark
            Numbers of the landmarks, shape (k,).
        hidden
            Numbers of nodes that must not be learnt from.

        Returns
        -------
        mean, variance
            Mean of the prediction, shape (c, k), and its variance, shape (c,).
        """
        carried, variance = self.carried(points, landmark, hidden)
        mean = np.empty(carried.shape)
        tabulated(points, self.landmarks[landmark], curve_table(self.statistics.curve), mean)
        mean += carried
        return mean, variance

    def carried(
        self, points: FloatArray, landmark: IntArray, hidden: IntArray
    ) -> tuple[Singles, FloatArray]:
        """Carry residuals over to points: what is expected there beyond the curve.

        Parameters
        ----------
        points
            Unit vectors, shape (c, 3).
        landmark
            Numbers of the landmarks, shape (k,).
        hidden
            Numbers of nodes that must not be learnt from.

        Returns
        -------
        residual, variance
            Expected residuals, shape (c, k), and the variance of the prediction, shape (c,).
        """
        statistics = self.statistics
        residual = np.delete(self.residual, hidden, axis=0)[:, landmark]
        kriged = _share_known(residual) >= self.settings.kriged_share
        offsets = np.where(kriged, 0.0, _offsets(residual, self.settings.offset_weight))
        # In single precision: halves the time of the slowest steps, and changes the result by 1e-5.
        offsets = offsets.astype(np.float32)
        if not kriged.any():
            every = np.broadcast_to(offsets, (len(points), len(landmark)))
            return every.copy(), np.full(len(points), statistics.variance)
        near = self.neighbourhood(points, hidden)
        cross = np.empty((len(points), len(near)), dtype=np.float32)
        table = statistics.correlation_table(statistics.target_shares) * statistics.variance
        tabulated(points, self.nodes[near], table, cross)
        inverse = self.inverse_of(near)
        weights = _weights(self.residual[near[:, None], landmark], inverse, kriged)
        found = cross @ weights.astype(np.float32)
        if not kriged.all():
            found += offsets
        explained = np.einsum("ij,ij->i", cross @ inverse.astype(np.float32), cross)
        left = statistics.variance - explained.astype(np.float64)
        return found, np.maximum(left, self.settings.least_variance * statistics.variance)

    def without(self, landmark: BoolArray) -> ResidualField:
        """Drop what some landmarks measured.

        Parameters
        ----------
        landmark
            Mask of these landmarks, shape (n_landmarks,).

        Returns
        -------
        ResidualField
            The field without their residuals.
        """
        if not landmark.any():
            return self
        residual = np.where(landmark, np.nan, self.residual)
        return dataclasses.replace(self, residual=residual)

    def neighbourhood(self, points: FloatArray, hidden: IntArray) -> IntArray:
        """Choose the nodes that are most informative about some points, without the hidden ones.

        Parameters
        ----------
        points
            Unit vectors, shape (c, 3).
        hidden
            Row numbers of the nodes of the field that must not be learnt from.

        Returns
        -------
        IntArray
            Row numbers of the nodes, ascending.
        """
        shown = np.delete(np.arange(len(self.nodes)), hidden)
        if len(shown) <= self.settings.max_neighbours:
            return shown
        some = np.ascontiguousarray(
            points[:: max(1, len(points) // self.settings.neighbour_points)]
        )
        cross = np.empty((len(shown), len(some)))
        table = self.statistics.correlation_table(self.statistics.target_shares)
        tabulated(self.nodes[shown], some, table, cross)
        order = np.argsort(-cross.mean(axis=1), kind="stable")
        return np.sort(shown[order[: self.settings.max_neighbours]])

    def inverse_of(self, near: IntArray) -> FloatArray:
        """Invert the covariance of some nodes.

        Parameters
        ----------
        near
            Row numbers of the nodes, shape (n,).

        Returns
        -------
        FloatArray
            Inverse covariance of their residuals, shape (n, n); read-only.
        """
        statistics = self.statistics
        return statistics.inverse(self.nodes[near], statistics.target_shares, statistics.variance)

    def precision_of(self, landmark: IntArray) -> FloatArray:
        """Invert the correlation of the errors at some landmarks.

        Parameters
        ----------
        landmark
            Row numbers of the landmarks, shape (k,).

        Returns
        -------
        FloatArray
            Inverse correlation, shape (k, k); read-only.
        """
        statistics = self.statistics
        return statistics.inverse(self.landmarks[landmark], statistics.landmark_shares, 1.0)


def _share_known(residual: FloatArray) -> FloatArray:
    found: FloatArray = np.isfinite(residual).sum(axis=0) / max(len(residual), 1)
    return found


def _offsets(residual: FloatArray, weight: float) -> FloatArray:
    """Mean residual of each landmark, shrunk toward zero, shape (k,)."""
    known = np.isfinite(residual)
    found: FloatArray = np.where(known, residual, 0.0).sum(axis=0) / (known.sum(axis=0) + weight)
    return found


def _weights(
    residual: FloatArray, inverse: FloatArray, kriged: npt.NDArray[np.bool_]
) -> FloatArray:
    """Kriging weights times residuals, without unknown values, shape (n, k); zero where not kriged.

    Removing rows S from a system with inverse A gives w = A y − A[:, S] A[S, S]⁻¹ (A y)[S]; the
    values of y at S cancel.
    """
    gone = np.isnan(residual)
    weights = np.asarray(inverse @ np.where(gone, 0.0, residual))
    weights[:, ~kriged] = 0.0
    count = np.where(kriged, gone.sum(axis=0), 0)
    # Columns with the same number of rows to remove are solved together; usually all have the same.
    for size in np.unique(count[count > 0]):
        columns = np.flatnonzero(count == size)
        rows = np.nonzero(gone[:, columns].T)[1].reshape(len(columns), size)
        block = inverse[rows[:, :, None], rows[:, None, :]]
        part = np.linalg.solve(block, weights[rows, columns[:, None]][:, :, None])[:, :, 0]
        if size == 1:
            weights[:, columns] -= inverse[:, rows[:, 0]] * part[:, 0]
            continue
        for column, row, share in zip(columns, rows, part, strict=True):
            weights[:, column] -= inverse[:, row] @ share
    return weights


def residual_field(
    settings: Settings,
    statistics: DelayStatistics,
    rtt_ms: FloatArray,
    nodes: FloatArray,
    landmarks: FloatArray,
) -> ResidualField:
    """Make the field over nodes with known places.

    Parameters
    ----------
    settings
        Settings of the estimator.
    statistics
        Curve and covariances of the delays.
    rtt_ms
        Round-trip times, ms, shape (n_nodes, n_landmarks), NaN where not measured.
    nodes
        Unit vectors of the nodes, shape (n_nodes, 3).
    landmarks
        Unit vectors of the landmarks, shape (n_landmarks, 3).

    Returns
    -------
    ResidualField
        The field, with the residuals of these times.
    """
    residual = statistics.residuals(rtt_ms, _distances(nodes, landmarks))
    return ResidualField(settings, statistics, nodes, landmarks, residual)


def _distances(a: FloatArray, b: FloatArray) -> FloatArray:
    # A table by the distance itself would be inexact where it matters, at small distances.
    out = np.empty((len(a), len(b)))
    for row in range(len(a)):
        out[row] = sphere.between(a[row], b)
    return out
