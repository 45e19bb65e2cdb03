"""What an audit says: findings about nodes, and the audit of a mesh as a whole."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from rttgeo.mesh import Mesh

MISTAKES = {
    "at 0°, 0°": "0°, 0° is what programs write who do not know",
    "centre of a country": "the middle of a country, far from any town: only the country was known",
    "at sea": "declared at sea, far from coasts and towns",
    "latitude sign": "the sign of the latitude may be lost: {there} fits",
    "longitude sign": "the sign of the longitude may be lost: {there} fits",
    "latitude for longitude": "latitude and longitude may be swapped: {there} fits",
}
"""Reasons that are typical mistakes of a declared place, and what is said of them."""
MOST_PAIRS = 20
"""Rows of a table for people; the JSON and `Audit.impossible` have all."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One node under suspicion.

    Attributes
    ----------
    node
        Its id.
    reason
        ``misplaced`` (light would have to be beaten), ``answers too fast`` (to half of its partners
        or more, so that no place explains it: a box that answers for others), ``faster than
        fibre``, ``isolated``, ``fits elsewhere`` (no bound is broken, but its delays go with distance
        far better from another node's place), or a typical mistake of a declared place
        (`rttgeo.auditing.mistakes.Mistake`).
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

    def evidence(self) -> str:
        """Say why, in words.

        Returns
        -------
        str
            Part of a sentence, without a full stop.
        """
        there = f"{self.likely_lon:.2f}°, {self.likely_lat:.2f}°"
        if self.reason in MISTAKES:
            return MISTAKES[self.reason].format(there=there)
        if self.reason == "isolated":
            return "every delay is 40 ms or more above fibre, though others declared near answer"
        if self.reason == "fits elsewhere":
            return f"delays fit {self.times_better:.1f} times better at {there}"
        bound = "light in fibre" if self.reason == "faster than fibre" else "light"
        return f"{self.violations} pairs beat {bound}, by up to {self.excess_km:,.0f} km"

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values; None for what is not known.

        Returns
        -------
        dict[str, object]
            The fields by name, and ``evidence`` in words.
        """
        plain = {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in dataclasses.asdict(self).items()
        }
        return {**plain, "evidence": self.evidence()}


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
        Whether it is proven that nothing explains them at less cost.
    at_least
        As many nodes or pairs must be wrong, whichever they are.
    faster_than_fibre
        Pairs that only light in fibre cannot explain, by themselves: another medium, or as
        ``impossible``; the same columns.
    nodes
        One row per node, by id: ``node``, ``verdict`` (``misplaced``, ``suspicious``, ``nothing
        found``, ``not checked``), ``reasons``, ``evidence`` (text, parts separated by ``; ``), ``lon``,
        ``lat``, ``likely_lon``, ``likely_lat``, ``likely_radius_km``, ``partners``, ``impossible_rtts``,
        ``times_better``, ``last_mile_ms`` (no more than that of the lowest RTT is left by fibre).
    """

    name: str
    misplaced: tuple[Finding, ...]
    suspicious: tuple[Finding, ...]
    impossible: pd.DataFrame
    n_violations: int
    exact: bool
    at_least: int = 0
    faster_than_fibre: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)
    nodes: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            Counts, findings, and the impossible and too fast pairs as lists.
        """
        pairs, fast = (
            table.drop(columns="pair").sort_values(["landmark", "target"], kind="stable")
            for table in (self.impossible, self.faster_than_fibre)
        )
        return {
            "mesh": self.name,
            "violations": self.n_violations,
            "exact": self.exact,
            "at_least": self.at_least,
            "misplaced": [finding.to_dict() for finding in self.misplaced],
            "suspicious": [finding.to_dict() for finding in self.suspicious],
            "impossible": pairs.to_dict(orient="records"),
            "faster_than_fibre": fast.to_dict(orient="records"),
        }

    def table(self) -> str:
        """Write the findings as text for people.

        Returns
        -------
        str
            Lines of text; of many pairs only the first `MOST_PAIRS`.
        """
        proof = "" if self.exact else f" (at least {self.at_least})"
        lines = [
            f"{self.name}: {self.n_violations} pairs beat light; "
            f"{len(self.misplaced)} misplaced{proof}, {len(self.suspicious)} suspicious, "
            f"{len(self.impossible)} impossible RTTs, {len(self.faster_than_fibre)} faster than fibre"
        ]
        found = [f.to_dict() for f in (*self.misplaced, *self.suspicious)]
        if found:
            lines.append(pd.DataFrame(found).round(2).to_string(index=False, na_rep="–"))
        for name, pairs in (("impossible", self.impossible), ("fast", self.faster_than_fibre)):
            if len(pairs):
                shown = pairs.drop(columns="pair").head(MOST_PAIRS)
                lines.append(f"{name}:\n{shown.round(2).to_string(index=False)}")
            if len(pairs) > MOST_PAIRS:
                lines.append(f"… and {len(pairs) - MOST_PAIRS} more (--json has all)")
        return "\n".join(lines)

    def clean(self, mesh: Mesh) -> Mesh:
        """Leave out impossible RTTs, misplaced nodes, and those that answer too fast.

        Parameters
        ----------
        mesh
            The mesh that was audited.

        Returns
        -------
        Mesh
            The mesh with the pairs that are left.
        """
        names = {
            finding.node
            for finding in (*self.misplaced, *self.suspicious)
            if finding.reason in ("misplaced", "answers too fast")
        }
        landmark = mesh.landmarks.index.isin(names)[mesh.pairs["landmark"].to_numpy()]
        target = mesh.targets.index.isin(names)[mesh.pairs["target"].to_numpy()]
        keep = ~(landmark | target)
        keep[self.impossible["pair"].to_numpy(dtype=np.int64)] = False
        return mesh.where(keep)
