"""Scores of a choice among candidate places: was the right one named, and how confidently."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rttgeo.estimators.candidates import AROUND_KM, SAME_KM, Candidates, choose
from rttgeo.estimators.estimate import Estimate

COLUMNS = ("candidate_rank", "candidate_log_p", "candidate_region")
"""Columns of a target's row that describe the choice."""


def choice(estimate: Estimate, candidates: Candidates, lon: float, lat: float) -> dict[str, object]:
    """Compare a choice among candidates with the candidate that the target is at.

    Parameters
    ----------
    estimate
        An estimate by any method.
    candidates
        Places to choose from.
    lon, lat
        True place of the target, degrees.

    Returns
    -------
    dict[str, object]
        ``candidate_rank`` of the candidate nearest to the true place, from 1; ``candidate_log_p``,
        the natural logarithm of its probability (NaN for a method without probabilities);
        ``candidate_region``, 1 if it is also the candidate nearest to the estimated place,
        otherwise 0 (also without a place). All are NaN for a target farther than `AROUND_KM` from
        every candidate.
    """
    away = candidates.distance_km(lon, lat)
    true = int(np.argmin(away))
    if away[true] > AROUND_KM:
        return dict.fromkeys(COLUMNS, math.nan)
    # Candidates at the same place are equally right.
    right = candidates.distance_km(candidates.lon[true], candidates.lat[true]) < SAME_KM
    names = {candidates.name[row] for row in np.flatnonzero(right)}
    ranked = choose(estimate, candidates).ranked
    rank = next(row for row, one in enumerate(ranked, start=1) if one.name in names)
    p = [one.p for one in ranked if one.name in names and one.p is not None]
    placed = math.isfinite(estimate.guess[0])
    nearest = int(np.argmin(candidates.distance_km(*estimate.guess))) if placed else true
    return {
        "candidate_rank": float(rank) if placed or p else math.nan,
        "candidate_log_p": math.log(sum(p)) if p else math.nan,
        "candidate_region": float(placed and bool(right[nearest])),
    }


def choice_figures(table: pd.DataFrame) -> dict[str, object]:
    """Compute the figures for the choices of one method.

    Parameters
    ----------
    table
        One row per target, with the columns that `choice` returns.

    Returns
    -------
    dict[str, object]
        ``candidate_targets`` (at one of the candidates), ``candidate_top1``, ``candidate_top3``,
        ``candidate_log_score`` (mean of the logarithms, in nats, 0 at best; None without
        probabilities) and ``candidate_region``; shares from 0 to 1. Empty where no
        candidates were given.
    """
    if "candidate_rank" not in table:
        return {}
    at_one = table["candidate_region"].notna()
    rank, log_p = (table.loc[at_one, name] for name in COLUMNS[:2])
    count = int(at_one.sum())
    return {
        "candidate_targets": count,
        "candidate_top1": _value((rank <= 1).mean()),
        "candidate_top3": _value((rank <= 3).mean()),
        "candidate_log_score": _value(exact_mean(log_p)) if log_p.notna().all() else None,
        "candidate_region": _value(table.loc[at_one, "candidate_region"].mean()),
    }


def exact_mean(values: pd.Series) -> float:
    """Compute a mean that has the same bits in whatever order the values are.

    Parameters
    ----------
    values
        Numbers, of any unit.

    Returns
    -------
    float
        Their mean, in the same unit; NaN of none.
    """
    return math.fsum(values) / len(values) if len(values) else math.nan


def _value(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
