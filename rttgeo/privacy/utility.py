"""What published round-trip times are still useful for.

================================  =================================================================
``percentile_error_ms``           mean error of the 10th, 50th, 90th, 95th and 99th percentile
``regression_auc``                how surely a rise of 10 ms of one pair shows: 1 always, 0.5 chance
``nearest_extra_ms``              added by choosing each target's nearest server by them
``published_share``               of the pairs
``landmark_error_km``             mean distance of landmarks from where they are published
================================  =================================================================
"""

from __future__ import annotations

from typing import Final

import numpy as np

from rttgeo.auditing.in_order import in_full_order
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.typing import FloatArray, IntArray

PERCENTILES: Final = (10, 50, 90, 95, 99)
REGRESSION_MS: Final = 10.0
"""A rise that an operator would want to notice, ms."""
RISES: Final = 40
"""How often a pair of each target is raised: with fifty targets, the share is then known to 2 %."""


def utility(mesh: Mesh, mechanism: Mechanism, seed: int = 2017) -> dict[str, float | None]:
    """Measure the utility that a mechanism leaves of a mesh.

    Parameters
    ----------
    mesh
        The true measurements.
    mechanism
        The mechanism to judge.
    seed
        Seed of its random numbers.

    Returns
    -------
    dict
        Values by the names above; None where nothing that was published can answer.
    """
    check_mesh(mesh)
    mesh = in_full_order(mesh).mesh
    rtt_ms = mesh.pairs["rtt_ms"].to_numpy()
    target, landmark = (
        mesh.pairs[name].to_numpy().astype(np.int64) for name in ("target", "landmark")
    )
    shown = mechanism.publish(rtt_ms, target, landmark, np.random.default_rng(seed))
    moved = 2 / 3 * mechanism.parameter if mechanism.blurs else 0.0
    return {
        "percentile_error_ms": percentile_error_ms(rtt_ms, shown),
        "regression_auc": _single_rises(rtt_ms, target, landmark, mechanism, seed),
        "nearest_extra_ms": nearest_extra_ms(rtt_ms, shown, target),
        "published_share": float(np.isfinite(shown).mean()),
        "landmark_error_km": float(min(moved, np.pi * EARTH_RADIUS_KM)),
    }


def _single_rises(
    rtt_ms: FloatArray, target: IntArray, landmark: IntArray, mechanism: Mechanism, seed: int
) -> float:
    """How reliably a rise of one pair of a target shows, with all its other pairs unchanged."""
    lots = np.random.default_rng(seed + 1)
    shown = mechanism.publish(rtt_ms, target, landmark, np.random.default_rng(seed))
    first = np.concatenate([[0], np.flatnonzero(np.diff(target)) + 1])
    count = np.diff(np.append(first, len(target)))
    found = []
    for number in range(RISES):
        risen = first + lots.integers(count)
        raised = rtt_ms.copy()
        raised[risen] += REGRESSION_MS
        # What is constant for a peer keeps its random numbers; everything else is drawn anew.
        again = np.random.default_rng(seed if mechanism.constant else seed + 2 + number)
        later = mechanism.publish(raised, target, landmark, again)
        found.append(regression_auc(shown[risen], later[risen]))
    return float(np.mean(found))


def percentile_error_ms(rtt_ms: FloatArray, shown: FloatArray) -> float | None:
    """Compute the mean absolute error of percentiles over all pairs.

    Parameters
    ----------
    rtt_ms, shown
        True and published times, ms, shape (n_pairs,); NaN where withheld.

    Returns
    -------
    float or None
        The error, ms; None if nothing is published.
    """
    known = shown[np.isfinite(shown)]
    if not len(known):
        return None
    off = np.percentile(known, PERCENTILES) - np.percentile(rtt_ms, PERCENTILES)
    return float(np.abs(off).mean())


def regression_auc(before: FloatArray, after: FloatArray) -> float:
    """Compute how often a pair's published time is higher after a rise; ties and gaps count half.

    Parameters
    ----------
    before, after
        Published times, ms, shape (n_pairs,); NaN where withheld.

    Returns
    -------
    float
        0.5 for chance, 1 for certainty (the area under the curve of a detector).
    """
    higher = np.where(after > before, 1.0, np.where(after < before, 0.0, 0.5))
    return float(np.where(np.isfinite(before) & np.isfinite(after), higher, 0.5).mean())


def nearest_extra_ms(rtt_ms: FloatArray, shown: FloatArray, target: IntArray) -> float | None:
    """Compute how much slower the server that looks nearest is than the nearest one, on average.

    Parameters
    ----------
    rtt_ms, shown
        True and published times, ms, shape (n_pairs,); NaN where withheld.
    target
        Target of each pair, sorted.

    Returns
    -------
    float or None
        Mean over the targets with any published time, ms; among several servers that look equally
        near, one is chosen at random.
    """
    extra = []
    for rows in np.split(np.arange(len(target)), np.flatnonzero(np.diff(target)) + 1):
        known = rows[np.isfinite(shown[rows])]
        if len(known):
            alike = known[shown[known] == shown[known].min()]
            extra.append(rtt_ms[alike].mean() - rtt_ms[rows].min())
    return float(np.mean(extra)) if extra else None
