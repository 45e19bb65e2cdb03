"""The figures by which methods are compared, from a table with one row per target."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rttgeo.evaluation.bootstrap import paired_median_difference
from rttgeo.evaluation.choosing import choice_figures, exact_mean
from rttgeo.evaluation.results import MethodResult

WITHIN_KM = (10, 40, 100, 500)
TABLE_LEVELS = (50, 90, 95)


def method_metrics(result: MethodResult, seed: int = 0) -> dict[str, object]:
    """Compute all figures of one method on one mesh, as plain values.

    Errors and shares are over the targets with an estimated place, coverage is over all targets,
    and median areas are over the targets whose region is not empty.

    Parameters
    ----------
    result
        The method's estimates compared with the true places.
    seed
        Seed of the bootstrap.

    Returns
    -------
    dict[str, object]
        Figures by name, with units in the names; None for what the method does not provide.
    """
    table = result.targets
    both = table["error_km"].notna()
    error, baseline = table.loc[both, "error_km"], table.loc[both, "baseline_km"]
    figures: dict[str, object] = {
        "method": result.method,
        "default": result.default,
        "targets": len(table),
        "answered": int(both.sum()),
        "empty": int(table["empty"].sum()),
        "fallback": int(table["fallback"].sum()),
        "median_km": _quantile(error, 0.5),
        "mean_km": _value(exact_mean(error)),
        "p75_km": _quantile(error, 0.75),
        "p90_km": _quantile(error, 0.9),
    }
    figures |= {f"within_{km}_km": _value((error <= km).mean()) for km in WITHIN_KM}
    for level in TABLE_LEVELS:
        figures[f"coverage{level}"] = _value(table[f"covered_{level}"].mean())
    for level in TABLE_LEVELS:
        figures[f"median_area{level}_km2"] = _quantile(table[f"area_{level}"], 0.5)
    figures["widened95_km"] = _value(result.widened_km)
    figures["median_equal_area95_km2"] = _quantile(table["equal_area_95"], 0.5)
    figures["seconds_per_target"] = result.seconds_per_target
    figures["cpu_seconds_per_target"] = _value(result.cpu_seconds_per_target)
    figures["median_ratio"] = _ratio(error, baseline, 0.5)
    figures["p90_ratio"] = _ratio(error, baseline, 0.9)
    interval = paired_median_difference(error, baseline, seed=seed)
    figures["difference_km"] = {
        "median": _value(interval.value),
        "low": _value(interval.low),
        "high": _value(interval.high),
    }
    return figures | choice_figures(table)


def _value(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _quantile(values: pd.Series, at: float) -> float | None:
    return _value(values.quantile(at)) if len(values) else None


def _ratio(error: pd.Series, baseline: pd.Series, at: float) -> float | None:
    below = baseline.quantile(at) if len(baseline) else np.nan
    return _value(error.quantile(at) / below) if below > 0 else None
