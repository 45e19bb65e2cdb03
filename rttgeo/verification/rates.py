"""What happens to true and false claims about targets whose places are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from rttgeo.auditing.report import audit
from rttgeo.auditing.violations import TOLERANCE_KM, Contradictions
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.estimators.api import locate_many
from rttgeo.mesh import Mesh
from rttgeo.sphere import destination
from rttgeo.verification.power import LIES_KM, Judge
from rttgeo.verification.reach import trusted_pairs
from rttgeo.verification.verdicts import DEFAULT_LEVEL

BEARINGS: Final = 16
"""Number of directions in which a claim is moved: 22.5° apart, so that no gap between landmarks is
missed."""


def claim_rates(mesh: Mesh, lies_km: Sequence[float] = LIES_KM) -> pd.DataFrame:
    """Judge a true claim and false ones about each target of known place, without learning from it.

    Targets whose declared place the audit contradicts are left out, since their true place is
    unknown.

    Parameters
    ----------
    mesh
        The measurements.
    lies_km
        How far false claims are from the true place, km, in `BEARINGS` directions.

    Returns
    -------
    pandas.DataFrame
        One row per target and distance: ``target``, ``km`` (0 for the true claim), and the shares
        of its claims called ``impossible``, and called impossible or improbable (``seen``).
    """
    rows = [
        (one.target, km, *share_seen(one, km))
        for one in known_targets(mesh)
        for km in (0.0, *lies_km)
    ]
    return pd.DataFrame(rows, columns=["target", "km", "impossible", "seen"])


class Known(NamedTuple):
    """A target of known place, and the evidence that claims about it are tested against.

    Attributes
    ----------
    target
        Id of the target.
    lon, lat
        Where it is, degrees.
    judge
        Its landmarks, and its region, made without learning from the target.
    """

    target: str
    lon: float
    lat: float
    judge: Judge


def known_targets(mesh: Mesh) -> Iterator[Known]:
    """Iterate over the targets whose places are known and not contradicted.

    Parameters
    ----------
    mesh
        The measurements.

    Yields
    ------
    Known
        One target after another, with evidence at the default level and by light in vacuum.
    """
    found, bad = Contradictions.of(mesh), {one.node for one in audit(mesh).misplaced}
    known = np.isfinite(mesh.target_lonlat[0]) & ~mesh.targets.index.isin(bad)
    pairs = {str(name): trusted_pairs(mesh, str(name), found) for name in mesh.targets.index[known]}
    names = [name for name, trusted in pairs.items() if len(trusted.rtt_ms)]
    for name, estimate in zip(names, locate_many(mesh, names), strict=True):
        judge = Judge.of(
            pairs[name], estimate, km_per_ms=KM_PER_MS_RTT["vacuum"], tolerance_km=TOLERANCE_KM,
            level=DEFAULT_LEVEL,
        )  # fmt: skip
        number = mesh.target_number(name)
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        yield Known(name, lon, lat, judge)


def share_seen(one: Known, km: float) -> tuple[float, float]:
    """Judge claims at a distance from the truth, in `BEARINGS` directions.

    Parameters
    ----------
    one
        The target.
    km
        The distance, km; 0 for the true claim.

    Returns
    -------
    tuple of float
        Shares of the claims that are called impossible, and impossible or improbable.
    """
    bearings = np.arange(BEARINGS if km else 1) * 360 / BEARINGS
    claimed = map(np.asarray, destination(one.lon, one.lat, bearings, km))
    impossible, seen = one.judge.judge(*claimed)
    return float(impossible.mean()), float(seen.mean())
