"""What every landmark would measure to any place.

The curve of distance, and the residuals of the known targets carried over to places near them:
simple kriging, exact also when nodes are left out afterwards.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.kernels.tabulate import tabulated
from rttgeo.locate.calibrated_delays import (
    DelayStatistics,
    between,
    correlation_table,
    curve_table,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEAST_VARIANCE = 0.05
FILLED_SHARE = 0.5
"""A landmark that measured fewer of the nodes than this is given the curve and its own offset."""
OFFSET_WEIGHT = 2.0
"""An offset of a landmark counts as if so many further pairs had shown none."""


@dataclasses.dataclass(frozen=True, eq=False)
class Field:
    """Residuals of the nodes, ready to be carried to any place.

    Attributes
    ----------
    statistics
        The curve and the covariances.
    nodes, landmarks
        Unit vectors, shapes (n, 3) and (m, 3).
    residual
        Shape (n, m), NaN where unknown.
    inverse
        Of the nodes' covariance, shape (n, n).
    weighted
        ``inverse`` times the residuals with zeros for the unknown.
    kriged
        Per landmark, whether enough nodes are known.
    """

    statistics: DelayStatistics
    nodes: FloatArray
    landmarks: FloatArray
    residual: FloatArray
    inverse: FloatArray
    weighted: FloatArray
    kriged: npt.NDArray[np.bool_]

    def expected(
        self, points: FloatArray, landmark: IntArray, hidden: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Log(RTT + offset) that landmarks would measure to points, without the hidden nodes.

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
            Shapes (c, k) and (c,).
        """
        mean = np.empty((len(points), len(landmark)))
        tabulated(points, self.landmarks[landmark], curve_table(self.statistics.curve), mean)
        mean += np.where(self.kriged[landmark], 0.0, self.offset_without(landmark, hidden))
        if not len(self.nodes) or not self.kriged[landmark].any():
            return mean, np.full(len(points), self.statistics.variance)
        cross = np.empty((len(points), len(self.nodes)))
        table = correlation_table(self.statistics.target_shares)
        tabulated(points, self.nodes, table * self.statistics.variance, cross)
        mean += cross @ self.weights_without(landmark, hidden)
        return mean, self._variance_of(cross, hidden)

    def offset_without(self, landmark: IntArray, hidden: IntArray) -> FloatArray:
        """Mean residual of landmarks, shrunk toward zero, without the hidden nodes; shape (k,)."""
        if not len(self.nodes):
            return np.zeros(len(landmark))
        residual = self.residual[:, landmark].copy()
        residual[hidden] = np.nan
        known = np.isfinite(residual)
        return np.where(known, residual, 0.0).sum(axis=0) / (known.sum(axis=0) + OFFSET_WEIGHT)

    def weights_without(self, landmark: IntArray, hidden: IntArray) -> FloatArray:
        """Kriging weights times residuals, shape (n, k), as if the hidden nodes were not there.

        Removing rows S from a system with inverse A: w = A y − A[:, S] A[S, S]⁻¹ (A y)[S]. What
        stands in y at S cancels, so the unknown pairs of a landmark are removed the same way.
        """
        weights = np.where(self.kriged[landmark], self.weighted[:, landmark], 0.0)
        gone = np.isnan(self.residual[:, landmark])
        gone[hidden] = True
        count = np.where(self.kriged[landmark], gone.sum(axis=0), 0)
        # Columns with equally many rows to remove are solved together: mostly there is one size.
        for size in np.unique(count[count > 0]):
            columns = np.flatnonzero(count == size)
            rows = np.nonzero(gone[:, columns].T)[1].reshape(len(columns), size)
            block = self.inverse[rows[:, :, None], rows[:, None, :]]
            part = np.linalg.solve(block, weights[rows, columns[:, None]][:, :, None])[:, :, 0]
            for column, row, share in zip(columns, rows, part, strict=True):
                weights[:, column] -= self.inverse[:, row] @ share
        return weights

    def _variance_of(self, cross: FloatArray, hidden: IntArray) -> FloatArray:
        """Kriging variance at points of this covariance with the nodes, without the hidden."""
        total = self.statistics.variance
        # In single precision: half the time of the slowest step, and 1e-5 of the variance.
        single = cross.astype(np.float32)
        explained = np.einsum("ij,ij->i", single @ self.inverse.astype(np.float32), single)
        variance = total - explained.astype(np.float64)
        if len(hidden):
            lost = cross @ self.inverse[:, hidden]
            block = np.linalg.inv(self.inverse[np.ix_(hidden, hidden)])
            variance += np.einsum("ij,jk,ik->i", lost, block, lost)
        return np.maximum(variance, LEAST_VARIANCE * total)


def make_field(
    statistics: DelayStatistics, rtt_ms: FloatArray, nodes: FloatArray, landmarks: FloatArray
) -> Field:
    """Set up the field over nodes with known places; ``rtt_ms`` is (nodes, landmarks)."""
    distance = _distances(nodes, landmarks)
    residual = statistics.residuals(rtt_ms, distance)
    known = np.isfinite(residual)
    kriged = known.mean(axis=0) >= FILLED_SHARE if len(nodes) else np.zeros(len(landmarks), bool)
    filled = np.where(known, residual, 0.0)
    if not kriged.any():
        nothing = np.zeros((0, 0))
        return Field(statistics, nodes, landmarks, residual, nothing, nothing, kriged)
    covariance = statistics.variance * statistics.covariance(nodes, statistics.target_shares)
    inverse: FloatArray = np.linalg.inv(covariance).astype(np.float64, copy=False)
    weights: FloatArray = np.asarray(inverse @ filled, dtype=np.float64)
    return Field(statistics, nodes, landmarks, residual, inverse, weights, kriged)


def _distances(a: FloatArray, b: FloatArray) -> FloatArray:
    # A table of the distance itself would be inexact where it matters, next door.
    out = np.empty((len(a), len(b)))
    for row in range(len(a)):
        out[row] = between(a[row], b)
    return out
