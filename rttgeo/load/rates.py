"""How well load was detected: error rates with intervals, ROC, and a table by period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.load.detect import Detection, Floats, level_of
from rttgeo.load.runs import Download

IDLE, LOADED, NEITHER = 0, 1, -1
FOUND_FROM: Final = 0.25
"""Share of a download that detected load must cover to count as found: short stretches at its edges
coincide by chance."""


class Rate(NamedTuple):
    """A share of trials with its 95 % interval (Wilson), as if trials were independent.

    Attributes
    ----------
    hits, trials
        Counts.
    value
        Their ratio.
    low, high
        Ends of the interval.
    """

    hits: int
    trials: int
    value: float
    low: float
    high: float


class Roc(NamedTuple):
    """True and false positive rates at every threshold, and the area under the curve.

    Attributes
    ----------
    threshold
        Thresholds of the score, descending.
    true_positive, false_positive
        Rates at each threshold, 0 to 1.
    auc
        Area below.
    auc_low, auc_high
        Ends of its interval.
    """

    threshold: Floats
    true_positive: Floats
    false_positive: Floats
    auc: float
    auc_low: float
    auc_high: float


def rate(hits: int, trials: int) -> Rate:
    """Compute a share of trials, with its interval.

    Parameters
    ----------
    hits
        Number of hits, from 0 to ``trials``.
    trials
        Number of trials, at least 1.

    Returns
    -------
    Rate
        The share and its interval at 95 % (Wilson).

    Raises
    ------
    BadInputError
        When there are no trials, or more hits than trials.
    """
    from scipy import stats  # slow to load

    if not 0 <= hits <= trials or not trials:
        raise BadInputError(f"{hits} of {trials} is not a rate")
    interval = stats.binomtest(hits, trials).proportion_ci(method="wilson")
    return Rate(hits, trials, hits / trials, float(interval.low), float(interval.high))


def truth_of(
    window_start_s: Floats,
    window_s: float,
    downloads: Sequence[Download],
    *,
    drain_s: float = 2.0,
) -> npt.NDArray[np.int8]:
    """Classify each window as loaded, idle, or neither (if it is partly either).

    Parameters
    ----------
    window_start_s, window_s
        Starts and length of the windows, in seconds.
    downloads
        What was downloaded when.
    drain_s
        How long after a download its queue may remain, s.

    Returns
    -------
    numpy.ndarray
        `LOADED`, idle (0) or `NEITHER`, shape (windows,).
    """
    stop_s = window_start_s + window_s
    truth = np.zeros(len(window_start_s), dtype=np.int8)
    for one in downloads:
        touched = (stop_s > one.start_s) & (window_start_s < one.stop_s + drain_s)
        truth[touched] = NEITHER
    for one in downloads:
        truth[(window_start_s >= one.start_s) & (stop_s <= one.stop_s)] = LOADED
    return truth


def roc(
    score: Floats,
    truth: npt.NDArray[np.int8],
    *,
    block: int = 10,
    repeats: int = 500,
    seed: int = 0,
) -> Roc:
    """Trade true against false positives over all thresholds.

    The interval is a bootstrap over blocks of neighbouring windows, because these are correlated.

    Parameters
    ----------
    score, truth
        Of each window; NaN scores and windows that are neither idle nor loaded are left out.
    block
        Windows in a block.
    repeats, seed
        Of the bootstrap.

    Returns
    -------
    Roc
        Both rates at every threshold, and the area below with its interval.

    Raises
    ------
    BadInputError
        When no window is idle, or none is loaded.
    """
    blocks = np.arange(len(score)) // block
    used = np.isfinite(score) & (truth != NEITHER)
    score, loaded, blocks = score[used], truth[used] == LOADED, blocks[used]
    if loaded.all() or not loaded.any():
        raise BadInputError("error rates need idle windows as well as loaded ones")
    threshold = np.unique(score)[::-1]
    above = score[None, :] >= threshold[:, None]
    names = np.unique(blocks)
    members = [np.flatnonzero(blocks == name) for name in names]
    draw = np.random.default_rng(seed)
    areas = []
    for _ in range(repeats):
        chosen = np.concatenate([members[i] for i in draw.integers(len(members), size=len(names))])
        if 0 < np.count_nonzero(loaded[chosen]) < len(chosen):
            areas.append(_area(score[chosen], loaded[chosen]))
    low, high = np.quantile(areas, [0.025, 0.975])
    return Roc(
        threshold,
        above[:, loaded].mean(axis=1),
        above[:, ~loaded].mean(axis=1),
        _area(score, loaded),
        float(low),
        float(high),
    )


def _area(score: Floats, loaded: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC: that a loaded window scores above an idle one (Mann and Whitney)."""
    from scipy import stats  # slow to load

    ranks = stats.rankdata(score)
    some = np.count_nonzero(loaded)
    above = ranks[loaded].sum() - some * (some + 1) / 2
    return float(above / (some * (len(score) - some)))


def period_table(
    found: Detection, periods: Sequence[Download], *, window_s: float = 3.0
) -> pd.DataFrame:
    """Tabulate how much of each period was found to be loaded, and how heavily.

    Parameters
    ----------
    found
        What `detect` found.
    periods
        What was downloaded when.
    window_s
        Length of the windows, seconds.

    Returns
    -------
    DataFrame
        ``period``, ``rate_bytes_s``, ``windows`` (those inside), ``loaded`` (those in state
        loaded), ``share``, ``low``, ``high`` (their share with its interval), ``covered`` (share
        of the period's time in loaded stretches), ``busy`` (share of pings of the loaded windows'
        time that waited), ``level``, ``found`` (whether at least a quarter is covered).

    Raises
    ------
    BadInputError
        When a period contains no complete window.
    """
    rows = []
    for one in periods:
        inside = (found.window_s >= one.start_s) & (found.window_s + window_s <= one.stop_s)
        hits = rate(int(np.count_nonzero(found.loaded[inside])), int(np.count_nonzero(inside)))
        overlaps = [
            (max(min(one.stop_s, s.stop_s) - max(one.start_s, s.start_s), 0.0), s.busy)
            for s in found.found
        ]
        seconds = sum(length for length, _ in overlaps)
        busy = sum(length * share for length, share in overlaps) / seconds if seconds else 0.0
        covered = seconds / (one.stop_s - one.start_s)
        rows.append(
            (one.label, one.rate_bytes_s, hits.trials, hits.hits, hits.value, hits.low, hits.high,
             covered, busy, level_of(busy) if seconds else "idle", covered >= FOUND_FROM)
        )  # fmt: skip
    columns = (
        "period", "rate_bytes_s", "windows", "loaded", "share", "low", "high", "covered", "busy",
        "level", "found",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def smallest_found(table: pd.DataFrame) -> tuple[str, float]:
    """Find the smallest load that was found together with all larger ones.

    Parameters
    ----------
    table
        Result of `period_table`.

    Returns
    -------
    tuple
        Its label, and its rate in bytes per second.

    Raises
    ------
    BadInputError
        When not even the largest load was found.
    """
    best = None
    for row in table.sort_values("rate_bytes_s", ascending=False, kind="stable").itertuples():
        if not row.found:
            break
        best = str(row.period), float(row.rate_bytes_s)
    if best is None:
        raise BadInputError("no load was found, not even the largest")
    return best
