"""What an audit says: findings about nodes, and the audit of a mesh as a whole."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from rttgeo.mesh import Mesh


@dataclasses.dataclass(frozen=True)
class Finding:
    """One node under suspicion.

    Attributes
    ----------
    node
        Its id.
    reason
        ``misplaced`` (light would have to be beaten), ``faster than fibre``, ``isolated``,
        ``fits elsewhere`` (no bound is broken, but its delays go with distance far better from
        another node's place).
    violations
        Pairs of it that contradict the bound.
    excess_km
        Largest distance beyond the bound.
    certain
        Whether every smallest explanation blames it. Two nodes with a single violation between
        them are not told apart by it.
    lon, lat
        Declared place.
    likely_lon, likely_lat, likely_radius_km
        Centre and radius of what all its other pairs leave possible; NaN where that is nothing.
        Of one that fits elsewhere: the place of that other node, without a radius.
    times_better
        By how much its delays fit better at the best other place (`rttgeo.auditing.misfit`): well
        placed nodes have 0.7 to 1.3.
    """

    node: str
    reason: str
    violations: int
    excess_km: float
    certain: bool
    lon: float
    lat: float
    likely_lon: float = float("nan")
    likely_lat: float = float("nan")
    likely_radius_km: float = float("nan")
    times_better: float = float("nan")

    def to_dict(self) -> dict[str, object]:
        """Make it plain values; None for what is not known."""
        return {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in dataclasses.asdict(self).items()
        }


@dataclasses.dataclass(frozen=True, eq=False)
class Audit:
    """What an audit found.

    Attributes
    ----------
    name
        Of the mesh.
    misplaced, suspicious
        Nodes, worst first.
    impossible
        Pairs whose RTT cannot be explained by another place of either node: columns
        ``landmark``, ``target`` (ids), ``rtt_ms``, ``distance_km``, ``bound_km``, ``excess_km``
        and ``pair`` (row in the mesh).
    n_violations
        Pairs that beat light in vacuum.
    exact
        Whether it is proven that no fewer nodes explain them.
    at_least
        As many nodes must be misplaced, whoever they are.
    """

    name: str
    misplaced: tuple[Finding, ...]
    suspicious: tuple[Finding, ...]
    impossible: pd.DataFrame
    n_violations: int
    exact: bool
    at_least: int = 0
    faster_than_fibre: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    def to_dict(self) -> dict[str, object]:
        """Make it plain values, ready for JSON."""
        pairs = self.impossible.drop(columns="pair")
        return {
            "mesh": self.name,
            "violations": self.n_violations,
            "exact": self.exact,
            "at_least": self.at_least,
            "misplaced": [finding.to_dict() for finding in self.misplaced],
            "suspicious": [finding.to_dict() for finding in self.suspicious],
            "impossible": pairs.to_dict(orient="records"),
        }

    def table(self) -> str:
        """Text for people."""
        proof = "" if self.exact else f" (at least {self.at_least})"
        lines = [
            f"{self.name}: {self.n_violations} pairs beat light; "
            f"{len(self.misplaced)} misplaced{proof}, {len(self.suspicious)} suspicious, "
            f"{len(self.impossible)} impossible RTTs"
        ]
        found = [f.to_dict() for f in (*self.misplaced, *self.suspicious)]
        if found:
            lines.append(pd.DataFrame(found).round(2).to_string(index=False, na_rep="–"))
        if len(self.impossible):
            lines.append(self.impossible.drop(columns="pair").round(2).to_string(index=False))
        return "\n".join(lines)

    def clean(self, mesh: Mesh) -> Mesh:
        """The mesh without the pairs of misplaced nodes and without impossible RTTs."""
        names = {finding.node for finding in self.misplaced}
        landmark = mesh.landmarks.index.isin(names)[mesh.pairs["landmark"].to_numpy()]
        target = mesh.targets.index.isin(names)[mesh.pairs["target"].to_numpy()]
        keep = ~(landmark | target)
        keep[self.impossible["pair"].to_numpy(dtype=np.int64)] = False
        return mesh.where(keep)
