"""`audit`: which declared places and which round-trip times cannot be right."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.audit.cover import smallest_cover
from rttgeo.audit.violations import TOLERANCE_KM, Nodes, violations
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.grid import Grid
from rttgeo.mesh import Mesh

IntArray = npt.NDArray[np.int64]

ISOLATED_MS = 40.0
"""A node whose every RTT is this much above fibre, though it measured another one declared near
by, is not where it says, or behind a satellite or a tunnel."""
NEIGHBOUR_KM = 500.0
RESOLUTION_KM = 50.0
MIN_PAIRS = 3
MAX_PROOFS = 40
"""Nodes for which it is asked whether they are in every smallest explanation."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One node under suspicion.

    Attributes
    ----------
    node
        Its id.
    reason
        ``misplaced`` (light would have to be beaten), ``faster than fibre``, ``isolated``.
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
    """

    name: str
    misplaced: tuple[Finding, ...]
    suspicious: tuple[Finding, ...]
    impossible: pd.DataFrame
    n_violations: int
    exact: bool

    def to_dict(self) -> dict[str, object]:
        """Make it plain values, ready for JSON."""
        pairs = self.impossible.drop(columns="pair")
        return {
            "mesh": self.name,
            "violations": self.n_violations,
            "exact": self.exact,
            "misplaced": [finding.to_dict() for finding in self.misplaced],
            "suspicious": [finding.to_dict() for finding in self.suspicious],
            "impossible": pairs.to_dict(orient="records"),
        }

    def table(self) -> str:
        """Text for people."""
        proof = "" if self.exact else " (not proven to be the fewest)"
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


def audit(mesh: Mesh, *, tolerance_km: float = TOLERANCE_KM) -> Audit:
    """Find nodes whose declared place contradicts physics, and RTTs that cannot be.

    Pairs that beat light in vacuum are edges of a graph; the fewest nodes that touch all edges
    are blamed. A blamed node for which its RTTs leave no place at all is not misplaced: then
    its RTTs are impossible. Then the same by fibre, and nodes far from everything in delay, for
    the suspicious.

    Parameters
    ----------
    mesh
        With declared places; pairs of targets without one are not looked at.
    tolerance_km
        Left to the declared places.
    """
    nodes = Nodes.of(mesh)
    table = violations(mesh, "vacuum", tolerance_km)
    cover, certain, exact = _blamed(nodes, table)
    found, bad_pairs = [], []
    for node in cover:
        finding, bad = _judge(mesh, nodes, int(node), cover, table, tolerance_km)
        if finding is None:
            bad_pairs.append(bad)
        else:
            found.append(dataclasses.replace(finding, certain=int(node) in certain))
    impossible = pd.concat([table.iloc[:0], *bad_pairs], ignore_index=True)
    misplaced = tuple(sorted(found, key=lambda f: (-f.violations, -f.excess_km, f.node)))
    known_bad = {finding.node for finding in misplaced}
    suspicious = _suspicious(mesh, nodes, known_bad, impossible, tolerance_km)
    named = impossible.assign(
        landmark=mesh.landmarks.index.to_numpy()[impossible["landmark"].to_numpy(dtype=int)],
        target=mesh.targets.index.to_numpy()[impossible["target"].to_numpy(dtype=int)],
    )
    return Audit(mesh.provenance.name, misplaced, suspicious, named, len(table), exact)


def _blamed(nodes: Nodes, table: pd.DataFrame) -> tuple[IntArray, set[int], bool]:
    """Smallest cover of the violations, those of it in every smallest cover, and its proof."""
    first = nodes.landmark[table["landmark"].to_numpy()]
    second = nodes.target[table["target"].to_numpy()]
    weight = np.zeros(len(nodes.names))
    np.add.at(weight, np.concatenate([first, second]), np.tile(table["excess_km"], 2))
    cover, exact = smallest_cover(first, second, preference=weight)
    certain = set()
    for node in cover[:MAX_PROOFS]:
        other = smallest_cover(first, second, preference=weight, forbidden=int(node))
        if len(other.nodes) > len(cover):
            certain.add(int(node))
    return cover, certain, exact


def _judge(
    mesh: Mesh,
    nodes: Nodes,
    node: int,
    blamed: IntArray,
    table: pd.DataFrame,
    tolerance_km: float,
) -> tuple[Finding | None, pd.DataFrame]:
    """Misplaced, with the place that is left; or the violations as impossible RTTs."""
    landmark = nodes.landmark[table["landmark"].to_numpy()]
    target = nodes.target[table["target"].to_numpy()]
    mine = table[(landmark == node) | (target == node)]
    others = np.setdiff1d(blamed, [node])
    lon, lat, radius = _likely_place(mesh, nodes, node, others, tolerance_km)
    if not np.isfinite(radius):
        clean = ~(np.isin(landmark, others) | np.isin(target, others))
        return None, mine[clean[mine.index.to_numpy()]]
    finding = Finding(
        str(nodes.names[node]),
        "misplaced",
        len(mine),
        float(mine["excess_km"].max()),
        False,
        float(nodes.lon[node]),
        float(nodes.lat[node]),
        lon,
        lat,
        radius,
    )
    return finding, mine


def _partners(
    mesh: Mesh, nodes: Nodes, node: int, without: IntArray
) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """Nodes of known place that a node shares a pair with, either way, and the RTTs."""
    landmark = nodes.landmark[mesh.pairs["landmark"].to_numpy()]
    target = nodes.target[mesh.pairs["target"].to_numpy()]
    other = np.where(landmark == node, target, np.where(target == node, landmark, -1))
    usable = (other >= 0) & (other != node) & ~np.isin(other, without)
    usable &= np.isfinite(nodes.lon[other])
    return other[usable], mesh.pairs["rtt_ms"].to_numpy()[usable]


def _likely_place(
    mesh: Mesh, nodes: Nodes, node: int, without: IntArray, tolerance_km: float
) -> tuple[float, float, float]:
    """Bounding cap of what fibre leaves, else of what light leaves; NaN when it is nothing."""
    other, rtt = _partners(mesh, nodes, node, without)
    grid = Grid(resolution_km=RESOLUTION_KM)
    for bound in ("fibre", "vacuum"):
        # Half a cell more, so that a small disc is not lost between centres.
        radius = KM_PER_MS_RTT[bound] * rtt + tolerance_km + grid.cell_radius_km
        region = grid.intersection(nodes.lon[other], nodes.lat[other], radius)
        if region.n_cells:
            return region.bounding_cap()
    return float("nan"), float("nan"), float("nan")


def _suspicious(
    mesh: Mesh, nodes: Nodes, known_bad: set[str], impossible: pd.DataFrame, tolerance_km: float
) -> tuple[Finding, ...]:
    bad = np.isin(nodes.names.astype(str), list(known_bad))
    table = violations(mesh, "fibre", tolerance_km)
    landmark = nodes.landmark[table["landmark"].to_numpy()]
    target = nodes.target[table["target"].to_numpy()]
    left = ~(bad[landmark] | bad[target] | table["pair"].isin(impossible["pair"]).to_numpy())
    table = table[left].reset_index(drop=True)
    cover, certain, _ = _blamed(nodes, table)
    landmark, target = landmark[left], target[left]
    found = []
    for node in cover:
        mine = table[(landmark == node) | (target == node)]
        found.append(
            Finding(
                str(nodes.names[node]),
                "faster than fibre",
                len(mine),
                float(mine["excess_km"].max()),
                int(node) in certain,
                float(nodes.lon[node]),
                float(nodes.lat[node]),
            )
        )
    return (*found, *_isolated(mesh, nodes, bad))


def _isolated(mesh: Mesh, nodes: Nodes, bad: npt.NDArray[np.bool_]) -> list[Finding]:
    """Nodes whose least excess over fibre, of three pairs or more, is large."""
    over = mesh.pairs["rtt_ms"].to_numpy() - mesh.distance_km / KM_PER_MS_RTT["fibre"]
    least, nearest = np.full((2, len(nodes.names)), np.inf)
    count = np.zeros(len(nodes.names), dtype=int)
    known = np.isfinite(over)
    for ends in (
        nodes.landmark[mesh.pairs["landmark"].to_numpy()],
        nodes.target[mesh.pairs["target"].to_numpy()],
    ):
        np.minimum.at(least, ends[known], over[known])
        np.minimum.at(nearest, ends[known], mesh.distance_km[known])
        np.add.at(count, ends[known], 1)
    lone = np.isfinite(least) & (least > ISOLATED_MS) & (nearest < NEIGHBOUR_KM)
    alone = np.flatnonzero(lone & (count >= MIN_PAIRS) & ~bad)
    return [
        Finding(
            str(nodes.names[node]),
            "isolated",
            0,
            0.0,
            False,
            float(nodes.lon[node]),
            float(nodes.lat[node]),
        )
        for node in alone[np.argsort(-least[alone], kind="stable")]
    ]
