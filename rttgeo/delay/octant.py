"""Octant's model: for each landmark, how far and how near the nodes with a given RTT were.

Wong, Stoyanov, Sirer (NSDI 2007): in the plane of RTT and distance, the points of a landmark lie
between the upper and the lower side of their convex hull. Beyond a percentile of the RTTs, the hull
rests on too few points; from there on, the outer bound is a straight line to a far point, and the
inner bound stays constant. The heights of both ends are subtracted from RTTs.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
import numpy.typing as npt

from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.heights import Heights, fit_heights, target_height
from rttgeo.delay.hull import lower_hull, sort_points
from rttgeo.delay.protocol import LandmarkArray, check_rtt, training_points
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

MIN_POINTS: Final = 5
"""With fewer points below the cut than this, a landmark has no hull: light in fibre is the outer
bound, and there is no inner one."""

LEAST_MS: Final = 0.1
"""Smallest RTT after subtracting the heights, ms."""

FAR_MS: Final = HALF_CIRCUMFERENCE_KM / KM_PER_MS_RTT["slowline"]
"""Where the outer bound reaches the antipode: an RTT this slow says nothing (CBG++'s slowline)."""

HULLS: Final = Bound(
    BoundKind.FITTED, "convex hull of RTT and distance per landmark, heights subtracted"
)


@dataclasses.dataclass(frozen=True, eq=False)
class HullBounds:
    """One landmark's outer and inner bounds, piecewise linear in the RTT without heights."""

    outer_ms: FloatArray
    outer_km: FloatArray
    inner_ms: FloatArray
    inner_km: FloatArray


@dataclasses.dataclass(frozen=True, eq=False)
class FittedOctant:
    """The hulls of all landmarks; None for a landmark without one.

    Attributes
    ----------
    hulls
        One per landmark, in table order.
    heights
        Heights of all nodes, ms; zero if heights are switched off.
    landmark_names
        Ids, for the notes.
    target_height_ms
        Height of the target in question, ms; None if heights are switched off.
    """

    hulls: tuple[HullBounds | None, ...]
    heights: Heights
    landmark_names: npt.NDArray[np.object_]
    target_height_ms: float | None = 0.0
    bound: Bound = HULLS

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """List which of these landmarks fell back to fibre.

        Parameters
        ----------
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        bare = [str(self.landmark_names[i]) for i in landmark if self.hulls[i] is None]
        if not bare:
            return ()
        text = (
            f"fibre instead of a hull for {number_of(len(bare), 'landmark')} (fewer than "
            f"{MIN_POINTS} pairs): " + ", ".join(bare[:5])
        )
        return (Note(NoteKind.FALLBACK, text),)

    def of_target(self, pairs: TargetPairs) -> FittedOctant:
        """Return the model for one target, with the height of that target.

        Parameters
        ----------
        pairs
            The target's round-trip times.

        Returns
        -------
        FittedOctant
            The same hulls.
        """
        if self.target_height_ms is None:
            return self
        left = pairs.rtt_ms - self.heights.landmark_ms[pairs.landmark]
        height = target_height(pairs.lon, pairs.lat, left)
        return dataclasses.replace(self, target_height_ms=height)

    def transit_ms(self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray) -> FloatArray:
        """Subtract the heights of both ends from each RTT; at least 0, ms.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        numpy.ndarray
            Of the shape of ``rtt_ms``.
        """
        return np.maximum(self._left_ms(rtt_ms, landmark), 0.0)

    def _left_ms(self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray) -> FloatArray:
        left = check_rtt(rtt_ms) - self.heights.landmark_ms[landmark]
        return left - (self.target_height_ms or 0.0)

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Compute inner and outer radius for RTTs as measured; the heights are subtracted here.

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
        left = np.maximum(self._left_ms(rtt_ms, landmark), LEAST_MS)
        inner = np.zeros_like(left)
        # Without heights, fibre is still the limit, whatever the hull says.
        outer = KM_PER_MS_RTT["fibre"] * np.asarray(rtt_ms, dtype=float)
        for i, number in enumerate(landmark):
            hull = self.hulls[number]
            if hull is not None:
                outer[i] = min(outer[i], np.interp(left[i], hull.outer_ms, hull.outer_km))
                inner[i] = np.interp(left[i], hull.inner_ms, hull.inner_km, left=0.0)
        return np.minimum(inner, outer), outer


@dataclasses.dataclass(frozen=True)
class Octant:
    """Settings of Octant's model.

    Attributes
    ----------
    cut_percentile
        The hull is trusted up to this percentile of a landmark's RTTs.
    heights
        Whether to solve for last-mile delays and subtract them.
    """

    cut_percentile: float = 80.0
    heights: bool = True
    name: str = "octant"

    def __post_init__(self) -> None:
        """Reject an invalid percentile, such as a fraction."""
        if not 1 < self.cut_percentile <= 100:
            raise BadInputError(f"cut_percentile is {self.cut_percentile}, expected 1 to 100")

    def fit(self, mesh: Mesh) -> FittedOctant:
        """Fit the heights first, then the hull of every landmark.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        FittedOctant
            Hulls of all landmarks, heights of all nodes.
        """
        n_landmarks, n_targets = len(mesh.landmarks), len(mesh.targets)
        heights = (
            fit_heights(mesh)
            if self.heights
            else Heights(np.zeros(n_landmarks), np.zeros(n_targets))
        )
        points = training_points(mesh)
        taken = heights.landmark_ms[points.landmark] + heights.target_ms[points.target]
        left = np.maximum(points.rtt_ms - taken, LEAST_MS)
        ordered = sort_points(points.landmark, left, points.distance_km, n_landmarks)
        parts = [
            slice(a, b) for a, b in zip(ordered.offsets[:-1], ordered.offsets[1:], strict=True)
        ]
        hulls = tuple(
            fit_hull(ordered.x[part], ordered.y[part], self.cut_percentile) for part in parts
        )
        names = mesh.landmarks.index.to_numpy(dtype=object)
        return FittedOctant(hulls, heights, names, 0.0 if self.heights else None)


def fit_hull(
    rtt_ms: FloatArray, distance_km: FloatArray, cut_percentile: float
) -> HullBounds | None:
    """Compute the bounds of one landmark from its points, sorted by RTT; None if too few.

    Neither the outer nor the inner bound decreases with the RTT, although the sides of a hull may:
    a longer delay cannot mean a smaller possible distance.

    Parameters
    ----------
    rtt_ms
        RTTs without heights, ms, sorted, shape (n,).
    distance_km
        Distance of each, km, shape (n,).
    cut_percentile
        The hull is trusted up to this percentile of the RTTs.

    Returns
    -------
    HullBounds or None
        Inner and outer bound over the RTT.
    """
    if not len(rtt_ms):
        return None
    # Already sorted: the last one at or below the percentile, and those equal to it.
    last = rtt_ms[int(cut_percentile / 100 * (len(rtt_ms) - 1))]
    n = int(np.searchsorted(rtt_ms, last, side="right"))
    if n < MIN_POINTS:
        return None
    x, y = rtt_ms[:n], distance_km[:n]
    skip, out = np.zeros(n, dtype=np.bool_), np.empty(n, dtype=np.int64)
    low = out[: lower_hull(x, y, skip, out)].copy()
    # Mirrored, the upper side is the lower one.
    high = out[: lower_hull(x, -y, skip, out)]
    outer_km = np.maximum.accumulate(y[high])
    inner_km = np.minimum.accumulate(y[low][::-1])[::-1]
    far = max(FAR_MS, 2 * float(x[high[-1]]))
    return HullBounds(
        np.append(x[high], far),
        np.append(outer_km, HALF_CIRCUMFERENCE_KM),
        x[low],
        inner_km,
    )
