"""Bestlines of all landmarks with the pairs of a few nodes left out, cheaply, again and again.

Leaving out a point changes a bestline in two ways only: the mean distance moves, which is a
subtraction; and the lower hull changes, if the point was one of its few vertices. So the hulls
are made once, and only landmarks that lose a vertex get theirs made again.
"""

from __future__ import annotations

import dataclasses

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.delay.bestline import (
    BASELINE_MS_PER_KM,
    MIN_POINTS,
    TOO_FEW,
    Bestline,
    FittedBestline,
    best_slope,
)
from rttgeo.delay.hull import SortedPoints, lower_hull, sort_points
from rttgeo.delay.protocol import training_points
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, FloatArray, IntArray


@numba.njit(cache=True)
def _all_hulls(offsets, x, y, skip, vertex, hull, n_hull):  # type: ignore[no-untyped-def]
    """Hulls of all landmarks; ``hull`` holds point numbers within the landmark's own part."""
    for landmark in range(len(offsets) - 1):
        a, b = offsets[landmark], offsets[landmark + 1]
        n = lower_hull(x[a:b], y[a:b], skip[a:b], hull[a:b])
        n_hull[landmark] = n
        for k in range(n):
            vertex[a + hull[a + k]] = True


@numba.njit(cache=True)
def _refit(  # type: ignore[no-untyped-def]
    points, hull, n_hull, count, total, skip, dirty, steepest, scratch, slope, intercept, how
):
    """Bestline of every landmark from its hull, made anew where it is dirty."""
    for landmark in range(len(count)):
        a, b = points.offsets[landmark], points.offsets[landmark + 1]
        if count[landmark] < MIN_POINTS:
            slope[landmark], intercept[landmark], how[landmark] = BASELINE_MS_PER_KM, 0.0, TOO_FEW
            continue
        x, y = points.x[a:b], points.y[a:b]
        mean = total[landmark] / count[landmark]
        if dirty[landmark]:
            n = lower_hull(x, y, skip[a:b], scratch)
            line = best_slope(x, y, scratch, n, mean, steepest)
        else:
            line = best_slope(x, y, hull[a:b], n_hull[landmark], mean, steepest)
        slope[landmark], intercept[landmark], how[landmark] = line


@dataclasses.dataclass(frozen=True, eq=False)
class LeaveOutBestlines:
    """What `without` needs; made by `prepare`. Not for two threads: ``skip`` is scratch."""

    model: Bestline
    points: SortedPoints
    landmark: IntArray
    target: IntArray
    of_target: IntArray
    target_offsets: IntArray
    vertex: BoolArray
    hull: IntArray
    n_hull: IntArray
    distance_sum_km: FloatArray
    skip: BoolArray
    names: npt.NDArray[np.object_]

    @classmethod
    def prepare(cls, mesh: Mesh, model: Bestline) -> LeaveOutBestlines:
        """Sort the points of a mesh and make every landmark's hull.

        Parameters
        ----------
        mesh
            The measurements.
        model
            The bestline, with or without slowline.

        Returns
        -------
        LeaveOutBestlines
            Ready to be asked without any of its nodes.
        """
        cloud = training_points(mesh)
        n_landmarks = len(mesh.landmarks)
        points = sort_points(cloud.landmark, cloud.distance_km, cloud.rtt_ms, n_landmarks)
        target = cloud.target[points.order].astype(np.int64)
        counts = np.bincount(target, minlength=len(mesh.targets))
        vertex = np.zeros(len(points.x), dtype=np.bool_)
        hull, n_hull = np.empty(len(points.x), np.int64), np.empty(n_landmarks, np.int64)
        none = np.zeros(len(points.x), dtype=np.bool_)
        _all_hulls(points.offsets, points.x, points.y, none, vertex, hull, n_hull)
        return cls(
            model,
            points,
            cloud.landmark[points.order].astype(np.int64),
            target,
            np.argsort(target, kind="stable"),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            vertex,
            hull,
            n_hull,
            np.bincount(cloud.landmark, cloud.distance_km, n_landmarks).astype(float),
            np.zeros(len(points.x), dtype=np.bool_),
            mesh.landmarks.index.to_numpy(dtype=object),
        )

    def without(self, landmarks: BoolArray, targets: BoolArray) -> FittedBestline:
        """Bestlines that have not seen the landmarks and targets of two masks.

        The same as fitting to `rttgeo.estimators.training.training_mesh` anew.

        Parameters
        ----------
        landmarks
            Mask of the landmarks to leave out, shape (n_landmarks,).
        targets
            Mask of the targets to leave out, shape (n_targets,).

        Returns
        -------
        FittedBestline
            One line per landmark; landmarks that are left out have the baseline.
        """
        gone = np.concatenate(
            [
                self.of_target[self.target_offsets[t] : self.target_offsets[t + 1]]
                for t in np.flatnonzero(targets)
            ]
            or [np.empty(0, np.int64)]
        )
        self.skip[gone] = True
        n = len(landmarks)
        count, total = self._sums(gone, n)
        count[landmarks] = 0
        dirty = np.zeros(n, dtype=np.bool_)
        dirty[self.landmark[gone[self.vertex[gone]]]] = True
        fitted = self._fit(count, total, self.skip, dirty)
        self.skip[gone] = False
        return fitted

    def _sums(self, gone: IntArray, n: int) -> tuple[IntArray, FloatArray]:
        """Points of each landmark that are left, and the sum of their distances."""
        count = np.diff(self.points.offsets) - np.bincount(self.landmark[gone], minlength=n)
        total = self.distance_sum_km - np.bincount(
            self.landmark[gone], weights=self.points.x[gone], minlength=n
        )
        return count, total

    def _fit(
        self, count: IntArray, total: FloatArray, skip: BoolArray, dirty: BoolArray
    ) -> FittedBestline:
        n = len(count)
        slope, intercept, how = np.empty(n), np.empty(n), np.empty(n, dtype=np.int8)
        scratch = np.empty(int(np.diff(self.points.offsets).max(initial=1)), dtype=np.int64)
        steepest = self.model.steepest_ms_per_km
        _refit(
            self.points, self.hull, self.n_hull, count, total, skip, dirty, steepest, scratch,
            slope, intercept, how,
        )  # fmt: skip
        return FittedBestline(slope, intercept, how, self.names, self.model.bound)
