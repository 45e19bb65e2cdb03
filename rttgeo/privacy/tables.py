"""An assessment as tables and named numbers, as the paper's notebook records them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo.privacy.assessment import Assessment
from rttgeo.privacy.intervals import intervals
from rttgeo.privacy.mechanisms import title
from rttgeo.privacy.metrics import SIZES
from rttgeo.privacy.mitigation import Mitigation


def mitigation_table(found: Assessment) -> pd.DataFrame:
    """Tabulate privacy and utility of every mechanism.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    pandas.DataFrame
        One row per mechanism and attacker, with units in the headings.
    """
    return pd.DataFrame([_row(one) for one in found.mitigations])


def _row(one: Mitigation) -> dict[str, object]:
    metrics, use = one.metrics, one.utility
    ends = intervals(one.resamples)
    low, high = ends.get("expected_error_km", [np.nan, np.nan])
    seen = 100 * (2 * (use["regression_auc"] or 0.5) - 1)
    return {
        "Published": title(one.mechanism),
        "Attacker": "knows it" if one.attacker == "optimal" else "is deceived",
        "Promised error (km)": f"{metrics['expected_error_km']:,.0f}",
        "95 % interval": f"{low:,.0f}–{high:,.0f}",
        "True error (km)": f"{metrics['error_km']:,.0f}" if "error_km" in metrics else "–",
        "Right city": f"{metrics['p_city']:.2f}",
        "Right country": f"{metrics['p_country']:.2f}",
        "Bits": f"{metrics['entropy_bits']:.1f}",
        "Percentiles off by (ms)": _shown(use["percentile_error_ms"]),
        "10 ms rise seen (%)": f"{seen:.0f}",
        "Nearest server (ms)": _shown(use["nearest_extra_ms"]),
    }


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def numbers(found: Assessment) -> list[tuple[str, float | None, str]]:
    """List the numbers of an assessment, with their units.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    list of (str, float or None, str)
        Name, value (None if the mesh cannot tell), and unit.
    """
    listed: list[tuple[str, float | None, str]] = [
        (name.replace("_", "-"), value, "km" if name.endswith("_km") else "")
        for name, value in found.metrics.items()
    ]
    listed += [("targets", len(found.cases), ""), ("sample", found.sample, "")]
    listed += [(f"exposed-{size}", found.exposed[size], "") for size in SIZES]
    checked = found.checked() or {}
    listed.append(("checked-error-km", checked.get("error_km"), "km"))
    for name in ("country", "within_95"):
        share = checked.get(name)
        value = None if share is None else 100 * share
        listed.append((f"checked-{name.replace('_', '-')}", value, "%"))
    for one in found.mitigations:
        listed += _of_mitigation(one)
    return listed


def _of_mitigation(one: Mitigation) -> list[tuple[str, float | None, str]]:
    way, use = one.mechanism, one.utility
    key = way.name if way.name == "none" else f"{way.name}-{way.parameter:g}"
    key += "" if one.attacker == "optimal" else "-naive"
    return [
        (f"{key}-error-km", one.metrics["expected_error_km"], "km"),
        (f"{key}-true-error-km", one.metrics.get("error_km"), "km"),
        (f"{key}-percentiles-ms", use["percentile_error_ms"], "ms"),
        (f"{key}-rise-seen", 100 * (2 * (use["regression_auc"] or 0.5) - 1), "%"),
        (f"{key}-nearest-ms", use["nearest_extra_ms"], "ms"),
    ]
