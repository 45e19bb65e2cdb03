"""What so many targets can tell: metrics over resamples of the targets (Efron's bootstrap).

The same number of targets is resampled in the same way, so that two mechanisms judged on the same
targets can be compared resample by resample: what they have in common cancels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rttgeo.typing import FloatArray, IntArray

RESAMPLES: Final = 1000
"""Ends of a 95 % interval are then known to a twentieth of its width."""
LEVEL: Final = 0.95
SEED: Final = 2017


def drawn_rows(n: int) -> IntArray:
    """Draw rows with replacement, as many as there are.

    Parameters
    ----------
    n
        Rows, at least one.

    Returns
    -------
    numpy.ndarray
        Row numbers, shape (`RESAMPLES`, n): the same for the same n.
    """
    return np.random.default_rng(SEED).integers(n, size=(RESAMPLES, n))


def interval(values: FloatArray) -> tuple[float, float]:
    """Find the ends between which 95 % of the resamples lie.

    Parameters
    ----------
    values
        Of the resamples, shape (n,).

    Returns
    -------
    tuple of float
        Low and high.
    """
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def intervals(resamples: Mapping[str, FloatArray]) -> dict[str, list[float]]:
    """Find the interval of each metric.

    Parameters
    ----------
    resamples
        From `rttgeo.privacy.metrics.resampled`.

    Returns
    -------
    dict
        Low and high by name.
    """
    return {name: list(interval(values)) for name, values in resamples.items()}
