"""How much a number of targets can tell: metrics over resamples of the targets (Efron's bootstrap).

Equal numbers of targets are resampled in the same way, so two mechanisms judged on the same targets
can be compared resample by resample, and what they have in common cancels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rttgeo.typing import FloatArray, IntArray

RESAMPLES: Final = 1000
"""Number of resamples: the ends of a 95 % interval are then known to a twentieth of its width."""
LEVEL: Final = 0.95
SEED: Final = 2017


def drawn_rows(n: int) -> IntArray:
    """Draw rows with replacement, as many as there are.

    Parameters
    ----------
    n
        Number of rows, at least 1.

    Returns
    -------
    numpy.ndarray
        Row numbers, shape (`RESAMPLES`, n), always the same for the same n.
    """
    return np.random.default_rng(SEED).integers(n, size=(RESAMPLES, n))


def interval(values: FloatArray) -> tuple[float, float]:
    """Compute the interval that holds 95 % of the resamples.

    Parameters
    ----------
    values
        A metric on each resample, shape (n,).

    Returns
    -------
    tuple of float
        Lower and upper end.
    """
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def intervals(resamples: Mapping[str, FloatArray]) -> dict[str, list[float]]:
    """Compute the interval of each metric.

    Parameters
    ----------
    resamples
        From `rttgeo.privacy.metrics.resampled`.

    Returns
    -------
    dict
        Lower and upper end, by name of the metric.
    """
    return {name: list(interval(values)) for name, values in resamples.items()}
