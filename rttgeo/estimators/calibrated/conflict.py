"""Whether the landmarks of one target can all be right, and which of them are not used if not.

All pairs of landmarks are asked, however slow: two discs that do not meet prove that one of the
two is wrong, or that two machines answered. Without that check a contradiction made the region
small and sure, since the fewest cells agree with the most discs.
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
"""Landmarks compared with all others at once: some MB for ten thousand."""


class Agreement(NamedTuple):
    """Which landmarks of a target are used, and who contradicts whom.

    Attributes
    ----------
    pairs
        Those of the landmarks that are used.
    group
        Rows of two landmarks (of all pairs) whose discs do not meet; empty where every two do.
    left_out
        Rows of the landmarks that are not used.
    one_place
        Whether so few are left out that the others can be taken to have measured one place.
    several
        Whether more landmarks would have to be wrong than usually are: the target answers from
        several places, if landmarks are where they are declared.
    """

    pairs: TargetPairs
    group: IntArray
    left_out: IntArray
    one_place: bool
    several: bool = False


def agreement(pairs: TargetPairs, settings: Settings) -> Agreement:
    """Ask every two landmarks of a target whether one place can have answered both.

    Parameters
    ----------
    pairs
        Of one target.
    settings
        Of the estimator: `tolerance_km` is left to each declared place, and `outlier_share` says
        how many landmarks may be left out; no more than one, or `wrong_landmark` of them, may be
        wrong without another place being likelier.

    Returns
    -------
    Agreement
        The pairs to use, two landmarks in conflict if any are, those left out, and whether one
        place is still possible.

    Notes
    -----
    Of two landmarks that contradict each other the one is left out that contradicts more of the
    others, both where that is the same. Where more would have to be wrong than usually are, no one
    place is left: see `rttgeo.anycast`.
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
    """Whether every two discs meet without a few landmarks, taking those that contradict most.

    For a single one that is exact: it must be in every contradiction.
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
    """Which discs (rows of a part, columns all) do not meet; radii in radians."""
    reach = np.minimum(radius[part, None] + radius, np.pi)
    found: BoolArray = points[part] @ points.T < np.cos(reach) - 1e-12
    return found
