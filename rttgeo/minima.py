"""From samples to the minimum round-trip time of each pair, with count, deviation and hops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray

SUPPORT = 3
"""A robust minimum needs this many samples: itself, and others close above it."""
SUPPORT_SHARE, SUPPORT_MS = 0.05, 0.5
"""A sample is close above r if it is at most r + 5 % + 0.5 ms."""

_Ints = npt.NDArray[np.int64]


def pair_minima(
    target: _Ints,
    landmark: _Ints,
    rtt_ms: FloatArray,
    hops: FloatArray | None = None,
    *,
    resolution_ms: FloatArray | None = None,
    min_samples: int = 1,
    robust: bool = False,
) -> pd.DataFrame:
    """Compute the minimum RTT of each pair of landmark and target.

    Parameters
    ----------
    target, landmark, rtt_ms, hops
        One value per sample, shape (n_samples,), RTTs in ms; hops are NaN where unknown.
    resolution_ms
        By how much each true RTT may exceed ``rtt_ms``, ms. It is added to ``rtt_ms``, because a
        bound on distance needs a value that the true RTT cannot exceed. None means exact readings.
    min_samples
        Pairs with fewer samples are left out.
    robust
        Take the lowest sample that has `SUPPORT` - 1 others close above it, so that one impossible
        reading cannot become the minimum. Pairs without such a sample are left out.

    Returns
    -------
    pandas.DataFrame
        ``target``, ``landmark``, ``rtt_ms``, ``samples`` (their number), ``deviation_ms`` (standard
        deviation of all samples of the pair, NaN for a single one), ``hops`` (the lowest, <NA> if
        unknown), and ``resolution_ms`` if any resolution is above 0; sorted by target, then
        landmark.

    Raises
    ------
    BadInputError
        When ``min_samples`` is below 1.
    """
    if min_samples < 1:
        raise BadInputError(f"min_samples is {min_samples}, expected at least 1")
    coarse = np.zeros(len(rtt_ms)) if resolution_ms is None else np.nan_to_num(resolution_ms)
    rtt_ms = rtt_ms + coarse
    order = np.lexsort((coarse, rtt_ms, landmark, target))
    target, landmark, rtt = target[order], landmark[order], rtt_ms[order]
    hops = np.full(len(rtt), np.nan) if hops is None else hops[order]
    first = np.flatnonzero(np.diff(target, prepend=-1) | np.diff(landmark, prepend=-1))
    count = np.diff(np.append(first, len(rtt)))
    chosen = _supported(rtt, first, count) if robust else first
    pairs = pd.DataFrame(
        {
            "target": target[first],
            "landmark": landmark[first],
            "rtt_ms": np.where(chosen < 0, np.nan, rtt[chosen]),
            "samples": count,
            "deviation_ms": _deviation(rtt, first, count),
            "hops": pd.array(_lowest(hops, first), dtype="UInt8"),
        }
    )
    if coarse.any():
        pairs["resolution_ms"] = coarse[order][chosen]
    keep = (pairs["samples"] >= min_samples) & pairs["rtt_ms"].notna()
    return pairs[keep].reset_index(drop=True)


def _supported(rtt: FloatArray, first: _Ints, count: _Ints) -> _Ints:
    """Position of the lowest supported value of each group (sorted within), or -1."""
    group = np.repeat(np.arange(len(first)), count)
    ahead = np.arange(len(rtt)) + SUPPORT - 1
    inside = ahead < (first + count)[group]
    limit = rtt * (1 + SUPPORT_SHARE) + SUPPORT_MS
    good = inside & (rtt[np.minimum(ahead, max(len(rtt) - 1, 0))] <= limit)
    lowest = np.full(len(first), -1, dtype=np.int64)
    where = np.flatnonzero(good)[::-1]
    lowest[group[where]] = where
    return lowest


def _deviation(rtt: FloatArray, first: _Ints, count: _Ints) -> FloatArray:
    """Standard deviation of each group, in two passes; NaN for groups of one."""
    if not len(first):
        return np.empty(0)
    mean = np.add.reduceat(rtt, first) / count
    square = np.add.reduceat((rtt - np.repeat(mean, count)) ** 2, first)
    return np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


def _lowest(hops: FloatArray, first: _Ints) -> list[int | None]:
    if not len(first):
        return []
    lowest = np.minimum.reduceat(np.where(np.isnan(hops), np.inf, hops), first)
    return [int(n) if np.isfinite(n) else None for n in lowest]
