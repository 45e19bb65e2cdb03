"""Results of an audit: findings about nodes, and the audit of a whole mesh."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.machine import escaping
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.mesh import Mesh

MISTAKES = {
    "at 0°, 0°": "programs write 0°, 0° when they do not know the place",
    "centre of a country": "near the middle of a country, with no town of 15,000 people within 25 km: "
    "perhaps only the country was known",
    "at sea": "at sea, far from coasts and towns of 15,000 people: a mistake, or a small island that "
    "the map lacks",
    "latitude sign": "the sign of the latitude may be lost: {there} fits",
    "longitude sign": "the sign of the longitude may be lost: {there} fits",
    "latitude for longitude": "latitude and longitude may be swapped: {there} fits",
}
"""Reasons that are typical mistakes in a declared place, and what is said about them."""
NEXT_STEP = (
    "What to do next: fill in the places of targets that you know, or add round-trip times between the "
    "landmarks, and audit again."
)
"""Where no node could be checked."""
NODE_TITLES = {
    "node": "node",
    "reason": "finding",
    "lat": "lat °",
    "lon": "lon °",
    "likely_lat": "likely lat °",
    "likely_lon": "likely lon °",
    "likely_radius_km": "within km",
    "evidence": "evidence",
}
"""Columns of `Audit.table` for people; `Audit.to_dict` and `Audit.nodes` keep the names for programs."""
PAIR_TITLES = {
    "landmark": "landmark",
    "target": "target",
    "rtt_ms": "RTT ms",
    "distance_km": "distance km",
    "bound_km": "light km",
    "excess_km": "beyond km",
}
MOST_PAIRS = 20
"""Rows shown in the table; the JSON and `Audit.impossible` have all of them."""


MOST_NAMES = 5
"""Names given in the sentence; of more findings the rest is counted."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """A finding about one node.

    Attributes
    ----------
    node
        Id of the node.
    reason
        ``misplaced`` (its answers would have to be faster than light), ``answers too fast`` (to at
        least half of its partners, so that no place explains it: a middlebox that answers for
        others), ``faster than fibre``, ``isolated``, ``fits elsewhere`` (no bound is broken, but
        its delays match distances from another node's place much better), or a typical mistake in a
        declared place (`rttgeo.auditing.mistakes.Mistake`).
    violations
        Number of its pairs that contradict the bound.
    excess_km
        Largest distance beyond the bound, km.
    certain
        Whether every smallest explanation blames it. A single violation between two nodes does not
        tell which of them to blame.
    lon, lat
        Declared place, degrees.
    likely_lon, likely_lat, likely_radius_km
        Centre (degrees) and radius (km) of the area that all its other pairs allow; NaN if there is
        none. For a node that fits elsewhere, the place of that other node, without a radius.
    times_better
        How many times better its delays fit at the best other place (`rttgeo.auditing.misfit`);
        well placed nodes have 0.7 to 1.3.
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
        """Give the evidence in words.

        Returns
        -------
        str
            Part of a sentence, without a full stop.
        """
        there = sphere.in_words(self.likely_lon, self.likely_lat)
        if self.reason in MISTAKES:
            return MISTAKES[self.reason].format(there=there)
        if self.reason == "isolated":
            return (
                "every delay is at least 40 ms above fibre, although nodes declared nearby answer"
            )
        if self.reason == "fits elsewhere":
            return f"delays fit {self.times_better:.1f} times better at {there}"
        bound = "light in fibre" if self.reason == "faster than fibre" else "light"
        return f"{number_of(self.violations, 'pair', 'beats')} {bound}, by up to {self.excess_km:,.0f} km"

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values; None for what is not known.

        Returns
        -------
        dict[str, object]
            The attributes by name, and ``evidence`` in words.
        """
        plain = {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in dataclasses.asdict(self).items()
        }
        return {**plain, "evidence": self.evidence()}


@dataclasses.dataclass(frozen=True, eq=False)
class Audit:
    """The result of an audit.

    Attributes
    ----------
    name
        Name of the mesh.
    misplaced, suspicious
        Findings about nodes, worst first.
    impossible
        Pairs whose RTT no other place of either node can explain, with the columns
        ``landmark``, ``target`` (ids), ``rtt_ms``, ``distance_km``, ``bound_km``, ``excess_km``
        and ``pair`` (row in the mesh).
    n_violations
        Number of pairs that are faster than light in vacuum.
    exact
        Whether it is proven that there is no cheaper explanation.
    at_least
        Lower bound on the number of nodes or pairs that are wrong, whichever they are.
    faster_than_fibre
        Pairs that are too fast for light in fibre but not for light in vacuum, with the same
        columns as ``impossible``: another medium, or an error.
    nodes
        One row per node, sorted by id: ``node``, ``verdict`` (``misplaced``, ``suspicious``,
        ``nothing found``, ``not checked``), ``reasons``, ``evidence`` (text, parts separated by ``;
        ``), ``lon``, ``lat``, ``likely_lon``, ``likely_lat``, ``likely_radius_km``, ``partners``,
        ``impossible_rtts``, ``times_better``, ``last_mile_ms`` (the largest last-mile delay that
        its RTTs allow, given light in fibre).
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
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            Counts, findings, and lists of the pairs that are impossible or too fast.
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

    def sentence(self) -> str:
        """Say which nodes are misplaced, and how many could be checked if not all of them.

        Returns
        -------
        str
            One or two sentences with at most `MOST_NAMES` names.
        """
        unchecked = self._unchecked()
        if unchecked.startswith("None"):
            return f"Nothing can be said about {self.name}. {unchecked} {NEXT_STEP}"
        return " ".join(filter(None, (f"{self.name}: {self._verdict()}.", unchecked)))

    def _verdict(self) -> str:
        misplaced, suspicious = len(self.misplaced), len(self.suspicious)
        if misplaced:
            more = f"; {number_of(suspicious, 'other node', 'is')} suspicious" if suspicious else ""
            return f"{self._blamed()}{more}"
        if suspicious:
            some = f"{_names(self.suspicious)} {agreeing(suspicious, 'is')} suspicious"
            return f"no node is proven to be misplaced; {some}"
        if len(self.impossible):
            return "no node is misplaced, but no place explains some of the round-trip times"
        return "nothing was found against any node"

    def _blamed(self) -> str:
        """Who is misplaced; who may be, where the node at the other end may be instead."""
        sure = tuple(one for one in self.misplaced if one.certain)
        unsure = tuple(one for one in self.misplaced if not one.certain)
        said = [f"{_names(sure)} {agreeing(len(sure), 'is')} misplaced"] if sure else []
        if unsure:
            partner = "its partner" if len(unsure) == 1 else "their partners"
            verb = agreeing(len(unsure), "is")
            said.append(f"{_names(unsure)}, or {partner} in impossible pairs, {verb} misplaced")
        return "; ".join(said)

    def summary(self) -> str:
        """Count the findings in one line.

        Returns
        -------
        str
            Pairs faster than light, nodes and round-trip times.
        """
        proof = "" if self.exact else f" (at least {self.at_least})"
        return (
            f"Pairs that beat light in vacuum: {self.n_violations:,}; misplaced nodes: "
            f"{len(self.misplaced):,}{proof}; suspicious: {len(self.suspicious):,}; impossible RTTs: "
            f"{len(self.impossible):,}; faster than light in fibre: {len(self.faster_than_fibre):,}."
        )

    def table(self) -> str:
        """Format the findings as text.

        Returns
        -------
        str
            Lines of text, with at most `MOST_PAIRS` pairs.
        """
        parts = [self.sentence(), self.summary()]
        found = [one.to_dict() for one in (*self.misplaced, *self.suspicious)]
        if found:
            parts.append(_lines(pd.DataFrame(found), NODE_TITLES))
        for title, pairs in (
            ("Round-trip times that no place explains", self.impossible),
            ("Faster than light in fibre, though not in vacuum", self.faster_than_fibre),
        ):
            if len(pairs):
                parts.append(f"{title}\n{_lines(pairs.head(MOST_PAIRS), PAIR_TITLES)}")
            if len(pairs) > MOST_PAIRS:
                parts.append(f"… and {len(pairs) - MOST_PAIRS:,} more (--json has all)")
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return f"<Audit: {self.sentence()}>"

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return f"<pre>{escaping.html(self.table())}</pre>"

    def _unchecked(self) -> str:
        """Nothing found is no all-clear where nothing could be checked."""
        if not len(self.nodes):
            return ""
        count = int((self.nodes["verdict"] == "not checked").sum())
        if not count:
            return ""
        some = "None" if count == len(self.nodes) else f"{len(self.nodes) - count:,}"
        return (
            f"{some} of {number_of(len(self.nodes), 'node')} could be checked: that takes "
            "round-trip times to "
            "or from other nodes of known place."
        )

    def clean(self, mesh: Mesh) -> Mesh:
        """Remove impossible RTTs, misplaced nodes, and nodes that answer too fast from a mesh.

        Parameters
        ----------
        mesh
            The mesh that was audited.

        Returns
        -------
        Mesh
            The mesh with the remaining pairs.
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


def _lines(table: pd.DataFrame, titles: dict[str, str]) -> str:
    """A table for people: plain titles, two decimals, no frame's row numbers."""
    shown = table[list(titles)].rename(columns=titles).round(2)
    return str(shown.to_string(index=False, na_rep="–"))


def _names(found: tuple[Finding, ...]) -> str:
    """Nodes by their names, as in "a, b and 3 others"."""
    names = [finding.node for finding in found]
    more = len(names) - MOST_NAMES
    if more > 0:
        names = [*names[:MOST_NAMES], number_of(more, "other")]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
