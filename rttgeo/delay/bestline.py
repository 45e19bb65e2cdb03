"""CBG's bestline: for each landmark, the line below all of its points that is closest to them.

Gueye, Ziviani, Crovella, Fdida (IMC 2004; ToN 2006): minimise Σ(yᵢ - m·xᵢ - b) subject to
m·xᵢ + b <= yᵢ, b >= 0, m >= m₀, with x the distance and y the RTT. CBG++ (Weinberg et al.,
IMC 2018) adds m <= slowline. The radius is then (RTT - b) / m.

It is solved exactly, without a solver: with x̄ and ȳ the means, the sum is n(ȳ - m·x̄ - b), so f(m)
= m·x̄ + b(m) must be maximised, where b(m) = min(yᵢ - m·xᵢ) is the best intercept for a slope. f is
concave and piecewise linear; without the other constraints, its maximum is the edge of the lower
convex hull above x̄. b(m) decreases with m, so b >= 0 means m <= min(yᵢ/xᵢ). All three constraints
confine m to an interval, and the maximum of a concave function over an interval is its
unconstrained maximum clipped to it.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.hull import SortedPoints, lower_hull, sort_points
from rttgeo.delay.protocol import LandmarkArray, check_rtt, training_points
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray

BASELINE_MS_PER_KM: Final = 1 / KM_PER_MS_RTT["two-thirds-c"]
SLOWLINE_MS_PER_KM: Final = 1 / KM_PER_MS_RTT["slowline"]
MIN_POINTS: Final = 3
"""With fewer points than this, a landmark has no bestline of its own, and the baseline is used."""

FITTED, TOO_FEW, INFEASIBLE = 0, 1, 2
"""How the line of a landmark was determined."""


@numba.njit(cache=True)
def best_slope(x, y, hull, n_hull, mean_x, steepest):  # type: ignore[no-untyped-def]
    """Compute one landmark's slope (ms/km), intercept (ms), and how they were determined.

    Parameters
    ----------
    x
        Distances of the points, km, sorted.
    y
        Their round-trip times, ms.
    hull
        Numbers of the lower hull's vertices.
    n_hull
        Number of these vertices.
    mean_x
        Mean distance of all points, km.
    steepest
        Largest slope allowed, ms/km.
    """
    base = BASELINE_MS_PER_KM
    free, feasible = base, np.inf
    for k in range(n_hull):
        i = hull[k]
        feasible = min(feasible, y[i] / x[i])
        if k + 1 < n_hull and x[i] <= mean_x:
            j = hull[k + 1]
            free = (y[j] - y[i]) / (x[j] - x[i])
    if feasible < base:
        return base, 0.0, INFEASIBLE
    slope = min(max(free, base), feasible, steepest)
    intercept = np.inf
    for k in range(n_hull):
        intercept = min(intercept, y[hull[k]] - slope * x[hull[k]])
    return slope, max(intercept, 0.0), FITTED


@numba.njit(cache=True)
def fit_all(offsets, x, y, skip, steepest, slope, intercept, how):  # type: ignore[no-untyped-def]
    """Compute the bestline of every landmark, into ``slope``, ``intercept`` and ``how``.

    Parameters
    ----------
    offsets
        Points of landmark i are ``offsets[i]:offsets[i + 1]``.
    x
        Distances, km, sorted within each landmark.
    y
        Round-trip times, ms.
    skip
        Points to leave out, one boolean per point.
    steepest
        Largest slope allowed, ms/km.
    slope
        Filled with one slope per landmark, ms/km.
    intercept
        Filled with one intercept per landmark, ms.
    how
        Filled with `FITTED`, `TOO_FEW` or `INFEASIBLE`.
    """
    hull = np.empty(len(x), dtype=np.int64)
    for landmark in range(len(offsets) - 1):
        a, b = offsets[landmark], offsets[landmark + 1]
        count, total = 0, 0.0
        for i in range(a, b):
            if not skip[i]:
                count += 1
                total += x[i]
        if count < MIN_POINTS:
            slope[landmark], intercept[landmark], how[landmark] = BASELINE_MS_PER_KM, 0.0, TOO_FEW
            continue
        n = lower_hull(x[a:b], y[a:b], skip[a:b], hull)
        slope[landmark], intercept[landmark], how[landmark] = best_slope(
            x[a:b], y[a:b], hull, n, total / count, steepest
        )


@dataclasses.dataclass(frozen=True, eq=False)
class FittedBestline:
    """The bestlines of all landmarks.

    Attributes
    ----------
    slope_ms_per_km, intercept_ms
        One per landmark, in table order.
    how
        One per landmark: `FITTED`, or why the baseline is used: `TOO_FEW` or `INFEASIBLE`.
    landmark_names
        Ids, for the notes.
    """

    slope_ms_per_km: FloatArray
    intercept_ms: FloatArray
    how: npt.NDArray[np.int8]
    landmark_names: npt.NDArray[np.object_]
    bound: Bound

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """List which of these landmarks fell back to the baseline, and why.

        Parameters
        ----------
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        how = self.how[landmark]
        names = self.landmark_names[landmark]
        reasons = (
            (TOO_FEW, f"fewer than {MIN_POINTS} pairs to fit a bestline to"),
            (INFEASIBLE, "pairs faster than the baseline, so no bestline exists"),
        )
        return tuple(
            Note(
                NoteKind.FALLBACK,
                f"baseline (2/3 c) instead of a bestline for {_some(names[how == code])}: {reason}",
            )
            for code, reason in reasons
            if (how == code).any()
        )

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return zero and (RTT - b) / m; an RTT below the intercept gives radius 0.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, both of the shape of ``rtt_ms``.
        """
        rtt = check_rtt(rtt_ms)
        outer = (rtt - self.intercept_ms[landmark]) / self.slope_ms_per_km[landmark]
        return np.zeros_like(rtt), np.maximum(outer, 0.0)


@dataclasses.dataclass(frozen=True)
class Bestline:
    """CBG's bestline, or with ``slowline`` CBG++'s."""

    slowline: bool = False

    @property
    def name(self) -> str:
        """Name of the model."""
        return "slowline" if self.slowline else "bestline"

    @property
    def bound(self) -> Bound:
        """The bound that the discs rest on."""
        limit = ", not slower than 84.5 km/ms one way" if self.slowline else ""
        text = f"bestline per landmark, not faster than 2/3 c{limit}"
        return Bound(BoundKind.FITTED, text)

    @property
    def steepest_ms_per_km(self) -> float:
        """Largest slope allowed, ms/km."""
        return SLOWLINE_MS_PER_KM if self.slowline else np.inf

    def fit(self, mesh: Mesh) -> FittedBestline:
        """Fit the line of every landmark to its pairs with targets of known place.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        FittedBestline
            One line per landmark of the mesh.
        """
        points = training_points(mesh)
        ordered = sort_points(
            points.landmark, points.distance_km, points.rtt_ms, len(mesh.landmarks)
        )
        names = mesh.landmarks.index.to_numpy(dtype=object)
        return self.fit_sorted(ordered, names)

    def fit_sorted(
        self, points: SortedPoints, landmark_names: npt.NDArray[np.object_]
    ) -> FittedBestline:
        """Fit to points that are already grouped by landmark: x is distance (km), y is RTT (ms).

        Parameters
        ----------
        points
            Grouped by landmark and sorted by x.
        landmark_names
            Ids of the landmarks, for the notes.

        Returns
        -------
        FittedBestline
            One line per landmark.

        Raises
        ------
        BadInputError
            When a distance is not positive: a bestline through it is not defined.
        """
        if len(points.x) and not points.x.min() > 0:
            raise BadInputError("a bestline needs pairs at distances above 0 km")
        n = len(points.offsets) - 1
        slope, intercept, how = np.empty(n), np.empty(n), np.empty(n, dtype=np.int8)
        skip = np.zeros(len(points.x), dtype=np.bool_)
        fit_all(
            points.offsets,
            points.x,
            points.y,
            skip,
            self.steepest_ms_per_km,
            slope,
            intercept,
            how,
        )
        return FittedBestline(slope, intercept, how, landmark_names, self.bound)


def _some(names: npt.NDArray[np.object_], at_most: int = 5) -> str:
    """A few names, and how many more."""
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(map(str, names[:at_most])) + more
