"""From samples to the minimum round-trip time of each pair, with count, deviation and hops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray

SUPPORT = 3
"""A robust minimum needs this many samples: itself, and others close above it."""
SUPPORT_SHARE, SUPPORT_MS = 0.05, 0.5
"""A sample is close above r if it is at most r + 5 % + 0.5 ms."""

SPARSE = 4
"""Numbers of pairs are counted in a table of at most so many times the samples: it stays small."""

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
    some = _together(target, landmark, rtt_ms + coarse, coarse, hops)
    count = np.diff(np.append(some.first, len(some.rtt_ms)))
    chosen = _supported(some.rtt_ms, some.first, count) if robust else some.first
    pairs = pd.DataFrame(
        {
            "target": some.target,
            "landmark": some.landmark,
            "rtt_ms": np.where(chosen < 0, np.nan, some.rtt_ms[chosen]),
            "samples": count,
            "deviation_ms": _deviation(some.rtt_ms, some.first, count),
            "hops": pd.array(some.hops, dtype="UInt8"),
        }
    )
    if some.coarse_ms is not None:
        pairs["resolution_ms"] = some.coarse_ms[chosen]
    keep = (pairs["samples"] >= min_samples) & pairs["rtt_ms"].notna()
    return pairs[keep].reset_index(drop=True)


class _Together(NamedTuple):
    """Samples pair by pair, the lowest first; of each pair its ends, first sample, lowest hops."""

    target: _Ints
    landmark: _Ints
    first: _Ints
    hops: FloatArray
    rtt_ms: FloatArray
    coarse_ms: FloatArray | None


def _together(
    target: _Ints, landmark: _Ints, rtt_ms: FloatArray, coarse: FloatArray, hops: FloatArray | None
) -> _Together:
    """Bring the samples of each pair together."""
    # What only looks at a table of minima does without compiled code.
    from rttgeo.kernels.tabulating import sorted_by_pair

    number = target.astype(np.int64) * (int(landmark.max(initial=0)) + 1) + landmark
    if number.max(initial=0) > SPARSE * len(number):
        _, number = np.unique(number, return_inverse=True)
    bounds, rtt = sorted_by_pair(number, int(number.max(initial=-1)) + 1, rtt_ms)
    there = np.flatnonzero(np.diff(bounds))
    first = bounds[there]
    one = np.empty(len(bounds) - 1, np.int64)
    one[number] = np.arange(len(number))
    fewest = np.full(len(bounds) - 1, np.inf)
    if hops is not None:
        np.minimum.at(fewest, number, np.where(np.isnan(hops), np.inf, hops))
    fewest = np.where(np.isfinite(fewest), fewest, np.nan)[there]
    sorted_coarse = None
    if coarse.any():
        order = np.lexsort((coarse, rtt_ms, number))
        rtt, sorted_coarse = rtt_ms[order], coarse[order]
    return _Together(target[one[there]], landmark[one[there]], first, fewest, rtt, sorted_coarse)


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
