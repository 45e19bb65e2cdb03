"""Intervals by resampling targets, keeping the errors of two methods on a target together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

DEFAULT_RESAMPLES = 2000


class Interval(NamedTuple):
    """A statistic of the sample, and the bounds of its interval."""

    value: float
    low: float
    high: float


def paired_median_difference(
    error_km: npt.ArrayLike,
    baseline_km: npt.ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Compute the median error of a method minus that of a baseline, with a bootstrap interval.

    Parameters
    ----------
    error_km, baseline_km
        Errors on the same targets in the same order, km, shape (n,); targets where either is NaN
        are left out. Which order that is does not matter: targets are drawn in that of their errors.
    level
        Confidence level of the interval, between 0 and 1.
    resamples, seed
        Number of resamples of the targets (with replacement), and seed of the random generator.

    Returns
    -------
    Interval
        The difference and its percentile interval, km; negative where the method is better. NaN
        when no target is left.

    Raises
    ------
    BadInputError
        When the lengths differ, or the level is not between 0 and 1.

    Notes
    -----
    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    error, baseline = np.asarray(error_km, dtype=float), np.asarray(baseline_km, dtype=float)
    if error.shape != baseline.shape:
        raise BadInputError(
            f"{number_of(error.size, 'error')} cannot be paired with {baseline.size}"
        )
    if not 0 < level < 1:
        raise BadInputError(f"interval level is {level}, expected between 0 and 1")
    known = np.isfinite(error) & np.isfinite(baseline)
    error, baseline = error[known], baseline[known]
    if not error.size:
        return Interval(np.nan, np.nan, np.nan)
    order = np.lexsort((baseline, error))
    error, baseline = error[order], baseline[order]
    rows = np.random.default_rng(seed).integers(error.size, size=(resamples, error.size))
    differences = np.median(error[rows], axis=1) - np.median(baseline[rows], axis=1)
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(np.median(error) - np.median(baseline)), float(low), float(high))
