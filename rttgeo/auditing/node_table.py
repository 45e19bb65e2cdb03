"""An audit as a table of nodes, in a form that lets two audits be compared line by line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rttgeo.auditing.findings import Finding
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.typing import FloatArray

DECIMALS = {"lon": 4, "lat": 4, "likely_lon": 2, "likely_lat": 2, "likely_radius_km": 0,
            "times_better": 2, "last_mile_ms": 1}  # fmt: skip
"""Decimals of each column, so that meaningless digits make no difference between two weeks."""


def node_table(
    nodes: Nodes,
    partners: Partners,
    findings: Sequence[Finding],
    impossible: pd.DataFrame,
    least: FloatArray,
) -> pd.DataFrame:
    """Make a table with one row per node, sorted by id; see `rttgeo.auditing.findings.Audit`.

    Parameters
    ----------
    nodes, partners
        The nodes of the mesh, and the partners of each.
    findings
        Misplaced and suspicious nodes.
    impossible
        Pairs whose RTT is impossible, by row numbers.
    least
        For each node, the smallest excess of an RTT over that of fibre, ms; infinite without a
        pair.

    Returns
    -------
    pd.DataFrame
        Verdict, reasons, declared and likely place, and counts of each node.
    """
    n = len(nodes.names)
    number = {str(name): node for node, name in enumerate(nodes.names)}
    bad = np.bincount(np.concatenate(nodes.ends(impossible)), minlength=n)
    columns: dict[str, list[object]] = {
        "verdict": ["nothing found" if size else "not checked" for size in partners.size],
        "reasons": [""] * n,
        "evidence": [""] * n,
    }
    likely = np.full((4, n), np.nan)
    for one in reversed(findings):
        node = number[one.node]
        columns["verdict"][node] = "misplaced" if one.reason == "misplaced" else "suspicious"
        for key, text in (("reasons", one.reason), ("evidence", one.evidence())):
            columns[key][node] = "; ".join(filter(None, [text, str(columns[key][node])]))
        likely[:, node] = one.likely_lon, one.likely_lat, one.likely_radius_km, one.times_better
    table = pd.DataFrame(
        {
            "node": nodes.names.astype(str),
            **columns,
            "lon": nodes.lon,
            "lat": nodes.lat,
            **dict(zip(("likely_lon", "likely_lat", "likely_radius_km", "times_better"), likely,
                       strict=True)),
            "partners": partners.size,
            "impossible_rtts": bad,
            "last_mile_ms": np.where(np.isfinite(least), np.maximum(least, 0.0), np.nan),
        }
    )  # fmt: skip
    return table.round(DECIMALS).sort_values("node", kind="stable", ignore_index=True)
