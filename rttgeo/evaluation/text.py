"""An evaluation as text for people."""

from __future__ import annotations

import math
from typing import cast

import pandas as pd

from rttgeo.evaluation.metrics import method_metrics
from rttgeo.evaluation.results import MeshResult, MethodResult
from rttgeo.evaluation.strata import FEW, strata
from rttgeo.machine.counting import number_of

ERROR_COLUMNS = {
    "method": "method",
    "median_km": "median km",
    "mean_km": "mean km",
    "p75_km": "p75 km",
    "p90_km": "p90 km",
    "difference": "median − SP km [95 %]",
}
WITHIN_COLUMNS = {
    "method": "method",
    "within_10_km": "≤10 km",
    "within_40_km": "≤40 km",
    "within_100_km": "≤100 km",
    "within_500_km": "≤500 km",
    "median_ratio": "median ÷ SP",
    "p90_ratio": "p90 ÷ SP",
}
COVERAGE_COLUMNS = {
    "method": "method",
    "coverage50": "in 50 %",
    "coverage90": "in 90 %",
    "coverage95": "in 95 %",
    "answered": "placed",
    "empty": "empty",
    "fallback": "fallback",
    "seconds_per_target": "s/target",
}
AREA_COLUMNS = {
    "method": "method",
    "median_area50_km2": "50 %",
    "median_area90_km2": "90 %",
    "median_area95_km2": "95 %",
    "widened95_km": "widened by km",
    "median_equal_area95_km2": "95 % then",
}
CHOICE_COLUMNS = {
    "method": "method",
    "candidate_targets": "at a candidate",
    "candidate_top1": "top 1",
    "candidate_top3": "top 3",
    "candidate_log_score": "log score",
    "candidate_region": "right region",
}
TABLES = (
    ("Errors: km from the estimate to the stated place (SP: shortest ping)", ERROR_COLUMNS),
    ("Share of targets placed within so many km, and errors over those of SP", WITHIN_COLUMNS),
    ("Share of targets inside their regions, and how many have one", COVERAGE_COLUMNS),
    ("Median area of the regions, km², and after widening all to hold 95 %", AREA_COLUMNS),
    ("Candidates: share of targets at one of them, and of right choices", CHOICE_COLUMNS),
)
"""Titles and columns of the tables, none wider than a terminal of 80 columns unless names are long."""
DIFFERENCE = ("difference_median_km", "difference_low_km", "difference_high_km")
WORDS = ("method", "difference")
SHORTEST_PING = "shortest-ping"
STRATUM_COLUMNS = {
    "by": "by",
    "stratum": "stratum",
    "count": "n",
    "median_km": "median",
    "p90_km": "p90",
    "median_ratio": "÷ SP",
    "coverage50": "in 50 %",
    "coverage90": "in 90 %",
    "coverage95": "in 95 %",
}


def flat(figures: dict[str, object], mesh: str) -> dict[str, object]:
    """Format the figures of one method as one row of a table.

    Parameters
    ----------
    figures
        Result of `rttgeo.evaluation.metrics.method_metrics`.
    mesh
        Name of the mesh.

    Returns
    -------
    dict[str, object]
        The row; the interval of the difference is spread over three columns.
    """
    apart = cast("dict[str, object]", figures["difference_km"])
    row = {key: value for key, value in figures.items() if key != "difference_km"}
    return {"mesh": mesh, **row, **{f"difference_{key}_km": value for key, value in apart.items()}}


FEW_METHODS = 3
"""Methods that are each told of in a sentence; of more, the default one is."""


def block(mesh: MeshResult, seed: int, way: str = "") -> str:
    """Format all tables of one mesh.

    Parameters
    ----------
    mesh
        The results.
    seed
        Seed of the bootstrap.
    way
        How the targets were located, in words, if not in the usual way.

    Returns
    -------
    str
        Lines of text.
    """
    shown = next((one for one in mesh.methods if one.default), *mesh.methods[:1])
    title = f"{mesh.name} ({mesh.kind}): {number_of(mesh.n_targets, 'target')}, "
    title += number_of(mesh.n_pairs, "pair")
    title += f"; {way}" if way else ""
    starred = len(mesh.methods) > 1 and any(one.default for one in mesh.methods)
    title += "; * is the default method" if starred else ""
    others = [one for one in mesh.methods if one is not shown and one.method != SHORTEST_PING]
    others = others if len(others) < FEW_METHODS else []
    said = [sentence(one, seed) for one in (shown, *others) if one is not None]
    title = "\n\n".join([*said, title])
    parts = [title + "\n\n" + _tables(list(mesh.methods), mesh.name, seed)]
    if mesh.contradicted:
        number = len(mesh.contradicted)
        parts[0] = (
            f"{title}; {number} set aside because light contradicts their places: "
            f"{', '.join(mesh.contradicted)}\n\n" + _tables(list(mesh.methods), mesh.name, seed)
        )
        every = [result.every() for result in mesh.methods]
        parts.append(
            f"The same with all {number_of(mesh.n_targets + number, 'target')}, including those "
            "set aside\n\n" + _tables(every, mesh.name, seed)
        )
    return "\n\n".join([*parts, *([] if shown is None else [_strata(shown)])])


def _tables(results: list[MethodResult], mesh: str, seed: int) -> str:
    frame = pd.DataFrame([flat(method_metrics(one, seed), mesh) for one in results])
    shown = frame.assign(
        method=[
            f"{name} *" if default else name
            for name, default in zip(frame["method"], frame["default"], strict=True)
        ],
        difference=[_interval(*row) for row in frame[list(DIFFERENCE)].to_numpy(dtype=float)],
    )
    tables = [
        f"{title}\n"
        + shown[list(columns)]
        .rename(columns=columns)
        .astype({name: float for key, name in columns.items() if key not in WORDS})
        .to_string(index=False, float_format=_short, na_rep="–")
        for title, columns in TABLES
        if set(columns) <= set(shown)
    ]
    return "\n\n".join(tables)


def _strata(result: MethodResult) -> str:
    parts = strata(result.targets)
    parts["count"] = [
        f"({n})" if few else str(n) for n, few in zip(parts["targets"], parts["few"], strict=True)
    ]
    parts["by"] = parts["by"].where(~parts["by"].duplicated(), "")
    table = parts[list(STRATUM_COLUMNS)].rename(columns=STRATUM_COLUMNS)
    title = f"{result.method}, by kind of target, errors in km"
    if parts["few"].any():
        title += f"\n(n): of fewer than {FEW} targets a share is only a hint"
    return f"{title}\n{table.to_string(index=False, float_format=_short, na_rep='–')}"


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:+,.0f} [{low:+,.0f}, {high:+,.0f}]" if math.isfinite(value) else "–"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def sentence(result: MethodResult, seed: int) -> str:
    """Say how good a method is, beside shortest ping.

    Parameters
    ----------
    result
        Of one method on one mesh.
    seed
        Seed of the bootstrap.

    Returns
    -------
    str
        A sentence on errors, and one on regions where there are any.
    """
    figures, n = method_metrics(result, seed), len(result.targets)
    whom = "the only target" if n == 1 else f"half of the {number_of(n, 'target')}"
    if not result.targets["error_km"].notna().any():
        whom = "the only target" if n == 1 else f"any of the {number_of(n, 'target')}"
        return f"{result.method} gives no place to {whom}."
    median, most = (
        (figures[f"{name}_km"], result.targets["baseline_km"].quantile(share))
        for name, share in (("median", 0.5), ("p90", 0.9))
    )
    said = f"{result.method} is off by at most {median[0]:,.0f} km for {whom}"
    said += "" if n == 1 else f" and by at most {most[0]:,.0f} km for nine in ten"
    beside = f"{median[1]:,.0f}" + ("" if n == 1 else f" and {most[1]:,.0f}")
    said += "." if result.method == SHORTEST_PING else f" (shortest ping: {beside} km)."
    held = result.targets["covered_95"]
    if not held.notna().any():
        return said
    # A hard region is the same at every level: what the bounds allow, with no probability to it.
    hard = result.targets["area_50"].equals(result.targets["area_95"])
    regions = "Its regions, to which it gives no probability," if hard else "Its 95 % regions"
    return f"{said} {regions} hold {int(held.fillna(0).sum())} of {n}."
