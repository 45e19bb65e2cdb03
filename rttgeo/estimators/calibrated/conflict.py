"""Whether the landmarks of one target can all be right, and if not, which are not used.

All pairs of landmarks are checked, not only quick ones: two disjoint discs prove that one of the
two is wrong, or that two machines answered. Without this check, a contradiction would make the
region small and confident, since few cells agree with the most discs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo.auditing.disjoint import two_places
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.delay.calibrated import vectors
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.training import keep_pairs
from rttgeo.mesh import TargetPairs
from rttgeo.typing import BoolArray, FloatArray, IntArray

ROWS_AT_ONCE = 512
"""Landmarks compared with all others at a time: a few MB for ten thousand landmarks."""


class Agreement(NamedTuple):
    """Which landmarks of a target are used, and which contradict each other.

    Attributes
    ----------
    pairs
        Pairs of the landmarks that are used.
    group
        Rows (among all pairs) of two landmarks whose discs are disjoint; empty if all discs overlap
        pairwise.
    left_out
        Rows of the landmarks that are not used.
    one_place
        Whether so few landmarks are left out that the others can be assumed to have measured one
        place.
    several
        Whether more landmarks would have to be wrong than is usual: the target then answers from
        several places, if landmarks are where they are declared.
    """

    pairs: TargetPairs
    group: IntArray
    left_out: IntArray
    one_place: bool
    several: bool = False


def agreement(pairs: TargetPairs, settings: Settings) -> Agreement:
    """Check for every two landmarks of a target whether one place can have answered both.

    Parameters
    ----------
    pairs
        Pairs of one target.
    settings
        Settings of the estimator: each declared place may be off by `tolerance_km`, and
        `outlier_share` limits how many landmarks may be left out. If more than one landmark, or
        more than the share `wrong_landmark`, would have to be wrong, a second place is more likely.

    Returns
    -------
    Agreement
        The pairs to use, two landmarks in conflict if any are, those left out, and whether one
        place is still possible.

    Notes
    -----
    Of two landmarks that contradict each other, the one that contradicts more of the others is left
    out, or both if these numbers are equal. If more would have to be wrong than is usual, no single
    place is possible: see `rttgeo.anycast`.
    """
    nobody = np.empty(0, dtype=np.int64)
    radius_km = KM_PER_MS_RTT["fibre"] * pairs.rtt_ms + settings.tolerance_km
    two = two_places(pairs.lon, pairs.lat, radius_km)
    if two is None:
        return Agreement(pairs, nobody, nobody, True)
    points, radius = vectors(pairs.lon, pairs.lat), radius_km / EARTH_RADIUS_KM
    parts = [slice(k, k + ROWS_AT_ONCE) for k in range(0, len(radius), ROWS_AT_ONCE)]
    degree = np.concatenate([_apart(points, radius, part).sum(axis=1) for part in parts])
    wrong = np.concatenate([
        (_apart(points, radius, part) & (degree[part, None] >= degree)).any(axis=1)
        for part in parts
    ])  # fmt: skip
    wrong[list(two)] |= not wrong[list(two)].any()
    few = max(1, round(settings.wrong_landmark * len(radius)))
    several = not _explained(points, radius, degree, few)
    one_place = not several and bool(wrong.sum() <= settings.outlier_share * len(wrong))
    used = keep_pairs(pairs, ~wrong) if one_place else pairs
    group = np.array(two, dtype=np.int64)
    return Agreement(used, group, np.flatnonzero(wrong), one_place, several)


def _explained(points: FloatArray, radius: FloatArray, degree: IntArray, few: int) -> bool:
    """Whether all discs overlap pairwise without the few landmarks that contradict most.

    For a single landmark this is exact: it must be in every contradiction.
    """
    left = degree.copy()
    for _ in range(few):
        worst = int(np.argmax(left))
        if left[worst] <= 0:
            break
        left -= _apart(points, radius, slice(worst, worst + 1))[0]
        left[worst] = 0
    return not (left > 0).any()


def _apart(points: FloatArray, radius: FloatArray, part: slice) -> BoolArray:
    """Which discs are disjoint (rows are some discs, columns are all); radii in radians."""
    reach = np.minimum(radius[part, None] + radius, np.pi)
    found: BoolArray = points[part] @ points.T < np.cos(reach) - 1e-12
    return found
