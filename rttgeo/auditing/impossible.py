"""RTTs that no other place of either end explains: a clock, or software, not a wrong place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo.auditing.misfit import Partners
from rttgeo.auditing.violations import Nodes
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.sphere import distance_km
from rttgeo.typing import BoolArray, IntArray

WITNESSES = 2
"""Partners that must speak against each end being elsewhere: one of them may be wrong itself."""
BOUND = "fibre"


def impossible_rows(
    nodes: Nodes, partners: Partners, table: pd.DataFrame, blamed: IntArray, tolerance_km: float
) -> BoolArray:
    """Which violations neither end can be the cause of by being elsewhere.

    Parameters
    ----------
    nodes, partners
        Of the mesh.
    table
        Violations (`rttgeo.auditing.violations.violations`).
    blamed
        Nodes of a smallest explanation: not asked as witnesses.
    tolerance_km
        Left to the declared places.

    Notes
    -----
    If a is elsewhere, it is within reach of b by their RTT, and of each well placed partner c by
    theirs: so b and c are no farther apart than both together (triangle inequality). A partner
    for which they are is a witness that a's place is not the cause; so for b.
    """
    a = nodes.landmark[table["landmark"].to_numpy(dtype=int)]
    b = nodes.target[table["target"].to_numpy(dtype=int)]
    rtt = table["rtt_ms"].to_numpy(dtype=float)
    trusted = np.ones(len(nodes.names), dtype=bool)
    trusted[blamed] = False
    bad = np.zeros(len(table), dtype=bool)
    for row in range(len(table)):
        bad[row] = all(
            _witnesses(nodes, partners, here, there, rtt[row], trusted, tolerance_km) >= WITNESSES
            for here, there in ((a[row], b[row]), (b[row], a[row]))
        )
    return bad


def _witnesses(
    nodes: Nodes,
    partners: Partners,
    here: int,
    there: int,
    rtt_ms: float,
    trusted: BoolArray,
    tolerance_km: float,
) -> int:
    """Partners of a node from which it cannot be within this RTT of another."""
    mine = slice(partners.start[here], partners.start[here + 1])
    other, rtt = partners.other[mine], partners.rtt_ms[mine]
    use = trusted[other] & (other != there)
    other, rtt = other[use], rtt[use]
    apart = distance_km(nodes.lon[there], nodes.lat[there], nodes.lon[other], nodes.lat[other])
    return int((apart > KM_PER_MS_RTT[BOUND] * (rtt + rtt_ms) + tolerance_km).sum())
