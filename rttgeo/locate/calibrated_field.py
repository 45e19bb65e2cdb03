"""What every landmark would measure to any place.

The curve of distance, and the residuals of the known targets carried over to places near them:
simple kriging, exact also when nodes are left out afterwards.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.grid import Grid
from rttgeo.kernels.tabulate import tabulated
from rttgeo.locate.calibrated_delays import (
    DelayStatistics,
    between,
    correlation_table,
    curve_table,
    vectors,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

VARIANCE_NSIDE = 16
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
    variance
        Of the residual field at the cells of a coarse grid.
    """

    statistics: DelayStatistics
    nodes: FloatArray
    landmarks: FloatArray
    residual: FloatArray
    inverse: FloatArray
    weighted: FloatArray
    kriged: npt.NDArray[np.bool_]
    variance: FloatArray

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
        return mean, self._variance_at(points) + self._variance_of(cross, hidden)

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
        weights = self.weighted[:, landmark].copy()
        away = np.zeros(len(self.nodes), dtype=bool)
        away[hidden] = True
        unknown = np.isnan(self.residual[:, landmark])
        for column, number in enumerate(landmark):
            if not self.kriged[number]:
                weights[:, column] = 0.0
                continue
            gone = np.flatnonzero(away | unknown[:, column])
            if len(gone):
                block = self.inverse[np.ix_(gone, gone)]
                weights[:, column] -= self.inverse[:, gone] @ np.linalg.solve(
                    block, weights[gone, column]
                )
        return weights

    def _variance_at(self, points: FloatArray) -> FloatArray:
        lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
        lat = np.degrees(np.arcsin(np.clip(points[:, 2], -1, 1)))
        return self.variance[Grid(nside=VARIANCE_NSIDE).cell_of(lon, lat)]

    def _variance_of(self, cross: FloatArray, hidden: IntArray) -> FloatArray:
        """Variance to add for the nodes that are hidden."""
        if not len(hidden):
            return np.zeros(len(cross))
        lost = cross @ self.inverse[:, hidden]
        block = np.linalg.inv(self.inverse[np.ix_(hidden, hidden)])
        return np.einsum("ij,jk,ik->i", lost, block, lost)


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
        return Field(statistics, nodes, landmarks, residual, nothing, nothing, kriged, nothing)
    covariance = statistics.variance * statistics.covariance(nodes, statistics.target_shares)
    inverse = np.linalg.inv(covariance)
    variance = _coarse_variance(statistics, nodes, inverse)
    return Field(
        statistics, nodes, landmarks, residual, inverse, inverse @ filled, kriged, variance
    )


def _coarse_variance(
    statistics: DelayStatistics, nodes: FloatArray, inverse: FloatArray
) -> FloatArray:
    points = vectors(*Grid(nside=VARIANCE_NSIDE).centres())
    cross = np.empty((len(points), len(nodes)))
    table = correlation_table(statistics.target_shares)
    tabulated(points, nodes, table * statistics.variance, cross)
    explained = np.einsum("ij,ij->i", cross @ inverse, cross)
    return np.maximum(statistics.variance - explained, 0.05 * statistics.variance)


def _distances(a: FloatArray, b: FloatArray) -> FloatArray:
    # A table of the distance itself would be inexact where it matters, next door.
    out = np.empty((len(a), len(b)))
    for row in range(len(a)):
        out[row] = between(a[row], b)
    return out
