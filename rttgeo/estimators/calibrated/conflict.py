"""Whether the landmarks of one target can all be right, and which of them are not used if not.

All pairs of landmarks are asked, however slow: two discs that do not meet prove that one of the
two is wrong, or that two machines answered. Without that check a contradiction made the region
small and sure, since the fewest cells agree with the most discs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo.auditing.discs import two_places
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
    """

    pairs: TargetPairs
    group: IntArray
    left_out: IntArray
    one_place: bool


def agreement(pairs: TargetPairs, settings: Settings) -> Agreement:
    """Ask every two landmarks of a target whether one place can have answered both.

    Parameters
    ----------
    pairs
        Of one target.
    settings
        Of the estimator: `tolerance_km` is left to each declared place, and `outlier_share` says
        how many landmarks may be wrong.

    Returns
    -------
    Agreement
        The pairs to use, two landmarks in conflict if any are, those left out, and whether one
        place is still possible.

    Notes
    -----
    Of two landmarks that contradict each other the one is left out that contradicts more of the
    others, both where that is the same.
    """
    nobody = np.empty(0, dtype=np.int64)
    radius_km = KM_PER_MS_RTT["fibre"] * pairs.rtt_ms + settings.tolerance_km
    two = two_places(pairs.lon, pairs.lat, radius_km)
    if two is None:
        return Agreement(pairs, nobody, nobody, True)
    wrong = _blamed(vectors(pairs.lon, pairs.lat), radius_km / EARTH_RADIUS_KM)
    wrong[list(two)] |= not wrong[list(two)].any()
    one_place = bool(wrong.sum() <= settings.outlier_share * len(wrong))
    used = keep_pairs(pairs, ~wrong) if one_place else pairs
    return Agreement(used, np.array(two, dtype=np.int64), np.flatnonzero(wrong), one_place)


def _blamed(points: FloatArray, radius: FloatArray) -> BoolArray:
    """Mask of the landmarks that contradict another, and at least as many as that one does."""
    n = len(points)
    parts = [slice(start, start + ROWS_AT_ONCE) for start in range(0, n, ROWS_AT_ONCE)]
    degree = np.concatenate([_apart(points, radius, part).sum(axis=1) for part in parts])
    found = [
        (_apart(points, radius, part) & (degree[part, None] >= degree)).any(axis=1)
        for part in parts
    ]
    return np.concatenate(found)


def _apart(points: FloatArray, radius: FloatArray, part: slice) -> BoolArray:
    """Which discs (rows of a part, columns all) do not meet; radii in radians."""
    reach = np.minimum(radius[part, None] + radius, np.pi)
    found: BoolArray = points[part] @ points.T < np.cos(reach) - 1e-12
    return found
