"""`audit`: find declared places and round-trip times that cannot be right."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo.auditing.blame import Edges, Explanation, Problem, explain
from rttgeo.auditing.cover import Blame
from rttgeo.auditing.findings import Audit, Finding
from rttgeo.auditing.in_order import InOrder, in_order
from rttgeo.auditing.likely import likely_place
from rttgeo.auditing.misfit import Misfit, misfits, misfits_without
from rttgeo.auditing.mistakes import mistakes
from rttgeo.auditing.node_table import node_table
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.auditing.violations import TOLERANCE_KM, stricter, violations_of, worst_first
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.kernels import audited
from rttgeo.kernels.blame import matched
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import BoolArray, FloatArray, IntArray

ISOLATED_MS = 40.0
"""A node whose every RTT is this much above fibre, even to nodes declared nearby, is not where it
is declared, or is behind a satellite link or a tunnel."""
NEIGHBOUR_KM = 500.0
MIN_PAIRS = 3
MAX_PROOFS = 40
"""Most nodes for which it is checked whether every cheapest explanation blames them."""
PROOF_EDGES = 200_000
"""Contradictions in all problems that are solved for that, together: some ten seconds. Not a time,
so that a busy machine says the same."""
MAX_PLACES = 500
"""Most blamed nodes whose likely place is computed; a mesh with more wrong nodes is of no use."""
CLEARLY_BETTER = 1.3
"""Delays that fit this many times better elsewhere are evidence in themselves: of 1,092 well placed
nodes in simulated meshes, 3 in 100 reach it; of 320 in five measured meshes, 1 in 50."""
TOO_FAST_SHARE = 0.5
CERTAIN_WITNESSED = 2


class _Case(NamedTuple):
    """What all steps of the audit use of a mesh."""

    mesh: Mesh
    nodes: Nodes
    partners: Partners
    misfit: Misfit
    tolerance_km: float
    lone: tuple[FloatArray, FloatArray, IntArray]
    """Result of `rttgeo.kernels.audited.least_excess` for light in fibre."""
    beyond_fibre: pd.DataFrame
    """Violations of light in fibre, by row of the mesh."""


def audit(mesh: Mesh, *, tolerance_km: float = TOLERANCE_KM) -> Audit:
    """Find nodes whose declared place contradicts physics, and RTTs that are impossible.

    Pairs that are faster than light in vacuum are the edges of a graph. They are explained at the
    lowest cost by nodes that are elsewhere and by RTTs that are themselves wrong
    (`rttgeo.auditing.blame.explain`). Among equally good explanations, the one is preferred whose
    nodes have a larger share of contradictions and fit better elsewhere. If the RTTs of a blamed
    node leave no possible place for it, the node is not misplaced, and its RTTs are impossible.
    Suspicious nodes are found by repeating this for light in fibre, and by looking for nodes with
    long delays to everything and nodes whose delays fit better elsewhere.

    Parameters
    ----------
    mesh
        The measurements; pairs of targets without a declared place are ignored.
    tolerance_km
        How far off declared places may be, km.

    Returns
    -------
    Audit
        The findings; its method ``clean`` returns the mesh without them.
    """
    check_mesh(mesh)
    placed = in_order(mesh)
    mesh = placed.mesh
    nodes = Nodes.of(mesh)
    partners = Partners.of(mesh, nodes)
    rtt = mesh.pairs["rtt_ms"].to_numpy(dtype=float)
    fibre = KM_PER_MS_RTT["fibre"]
    lone = audited.least_excess(nodes.points, *nodes.ends_of(mesh), rtt, fibre)
    beyond = violations_of(mesh, nodes, "fibre", tolerance_km)
    case = _Case(mesh, nodes, partners, misfits(nodes, partners), tolerance_km, lone, beyond)
    table = stricter(case.beyond_fibre, "vacuum", tolerance_km)
    edges = Edges.of(nodes, partners, table, tolerance_km)
    better = _independent(case, edges)
    blamed = explain(edges, times_better=better)
    found, bad = _misplaced(case, edges, table, blamed, better)
    impossible = worst_first(table[bad[edges.edge_of]])
    suspicious, fast = _suspicious(case, {f.node for f in found}, impossible)
    every = node_table(nodes, partners, (*found, *suspicious), impossible, lone[0])
    return Audit(
        mesh.provenance.name,
        found,
        suspicious,
        _named(placed, impossible),
        len(table),
        blamed.found.exact,
        int(matched(edges.first, edges.second, len(nodes.names))),
        _named(placed, fast),
        every,
    )


def _named(placed: InOrder, table: pd.DataFrame) -> pd.DataFrame:
    """The violations, with the ids of their nodes and the rows of the mesh that was given."""
    mesh = placed.mesh
    return table.assign(
        pair=placed.pair[table["pair"].to_numpy(dtype=int)],
        landmark=mesh.landmarks.index.to_numpy()[table["landmark"].to_numpy(dtype=int)],
        target=mesh.targets.index.to_numpy()[table["target"].to_numpy(dtype=int)],
    )


def _misplaced(
    case: _Case, edges: Edges, table: pd.DataFrame, blamed: Explanation, better: FloatArray
) -> tuple[tuple[Finding, ...], BoolArray]:
    """Misplaced nodes, worst first, and a mask of the edges whose RTTs are impossible."""
    certain = _certain(case, blamed, better)
    bad = blamed.pairs.copy()
    found = []
    numbers = np.flatnonzero(blamed.nodes)
    against = _Against.of(edges, table, blamed)
    worst = numbers[np.argsort(-against.pairs[numbers], kind="stable")]
    tried = set(worst[:MAX_PLACES].tolist())
    for node in map(int, numbers):
        likely = _likely(case, edges, node, blamed, against) if node in tried else (np.nan,) * 3
        if node in tried and not np.isfinite(likely[2]):
            mine = against.edges_of(node)
            mine = mine[~blamed.pairs[mine]]
            other = np.where(edges.first[mine] == node, edges.second[mine], edges.first[mine])
            bad[mine[~blamed.nodes[other]]] = True
            continue
        found.append(
            _finding(case, node, "misplaced", against, certain=node in certain, likely=likely)
        )
    found.sort(key=lambda f: (-f.violations, -f.excess_km, f.node))
    return tuple(found), bad


class _Against(NamedTuple):
    """The contradictions of every node that are not blamed on the pair itself.

    ``order[start[i]:start[i + 1]]`` are the edges of node i; ``pairs`` counts its pairs that
    contradict the bound, by up to ``excess_km``.
    """

    start: IntArray
    order: IntArray
    pairs: IntArray
    excess_km: FloatArray

    def edges_of(self, node: int) -> IntArray:
        """The edges of a node, ascending."""
        return np.sort(self.order[self.start[node] : self.start[node + 1]])

    @classmethod
    def of(cls, edges: Edges, table: pd.DataFrame, blamed: Explanation) -> _Against:
        n, m = len(edges.nodes.names), len(edges.first)
        ends = np.concatenate([edges.first, edges.second])
        start, order = audited.by_number(ends, n)
        excess = np.zeros(m)
        np.maximum.at(excess, edges.edge_of, table["excess_km"].to_numpy())
        excess[blamed.pairs] = 0.0
        times, count, worst = np.where(blamed.pairs, 0, edges.times), np.zeros(n), np.zeros(n)
        for end in (edges.first, edges.second):
            count += np.bincount(end, weights=times, minlength=n)
            np.maximum.at(worst, end, excess)
        return cls(start, order % max(m, 1), count.astype(np.int64), worst)


def _likely(
    case: _Case, edges: Edges, node: int, blamed: Explanation, against: _Against
) -> tuple[float, float, float]:
    others = blamed.nodes.copy()
    others[node] = False
    mine = against.edges_of(node)
    mine = mine[blamed.pairs[mine]]
    bad = np.where(edges.first[mine] == node, edges.second[mine], edges.first[mine])
    return likely_place(
        case.nodes,
        case.partners,
        node,
        unheard=others,
        bad_partners=bad,
        tolerance_km=case.tolerance_km,
    )


def _independent(case: _Case, edges: Edges) -> FloatArray:
    """How many times better nodes fit elsewhere, judged by the pairs that contradict nothing."""
    return misfits_without(case.nodes, case.partners, case.misfit, edges.first, edges.second)


def _certain(case: _Case, blamed: Explanation, better: FloatArray) -> set[int]:
    """Nodes that every cheapest explanation blames and against which there is further evidence.

    If a node has enough partners to be tried elsewhere, the evidence is that its other delays fit
    clearly better there; otherwise it is two contradictions whose other end cannot be the cause.
    """
    if not blamed.found.exact:
        return set()
    witnessed = blamed.witnessed >= CERTAIN_WITNESSED
    evidence = np.where(np.isnan(better), witnessed, better >= CLEARLY_BETTER)
    asked = [int(node) for node in blamed.found.nodes if evidence[node]]
    certain, left = set(), PROOF_EDGES
    label, solved = blamed.problem.components(), dict[int, tuple[Problem, Blame]]()
    for node in asked[:MAX_PROOFS]:
        number = int(label[node])
        if number not in solved:
            alone = blamed.problem.part(label, number)
            solved[number] = alone, alone.solve()
        part, best = solved[number]
        left -= len(part.first)
        if left < 0:
            break
        other = part.solve(forbidden=node)
        if other.exact and best.exact and other.cost > best.cost + 1e-9:
            certain.add(node)
    return certain


def _finding(
    case: _Case,
    node: int,
    reason: str,
    against: _Against | None = None,
    *,
    certain: bool = False,
    likely: tuple[float, ...] = (),
) -> Finding:
    """Make a finding about a node, with its pairs that contradict the bound, if there are any."""
    count = 0 if against is None else int(against.pairs[node])
    excess_km = 0.0 if against is None else float(against.excess_km[node])
    name = str(case.nodes.names[node])
    finding = Finding(name, reason, count, excess_km, certain, *case.nodes.place(node), *likely)
    return dataclasses.replace(finding, times_better=float(case.misfit.times_better[node]))


def _suspicious(
    case: _Case, known_bad: set[str], impossible: pd.DataFrame
) -> tuple[tuple[Finding, ...], pd.DataFrame]:
    """Nodes suspicious only by fibre or by their delays, and RTTs too fast only for fibre."""
    nodes = case.nodes
    bad = np.isin(nodes.names.astype(str), list(known_bad))
    table = case.beyond_fibre
    landmark, target = nodes.ends(table)
    explained = np.zeros(len(case.mesh), dtype=bool)
    explained[impossible["pair"].to_numpy(dtype=np.int64)] = True
    left = ~(bad[landmark] | bad[target] | explained[table["pair"].to_numpy()])
    table = table[left].reset_index(drop=True)
    edges = Edges.of(nodes, case.partners, table, case.tolerance_km)
    ends = np.concatenate(nodes.ends(impossible))
    proven = np.bincount(ends, minlength=len(nodes.names))
    better = _independent(case, edges)
    blamed = explain(edges, times_better=better, proven=proven)
    certain = _certain(case, blamed, better)
    found = _too_fast(case, impossible)
    against = _Against.of(edges, table, blamed)
    for node in map(int, np.flatnonzero(blamed.nodes)):
        found.append(_finding(case, node, "faster than fibre", against, certain=node in certain))
    found += _isolated(case, bad)
    bad |= np.isin(nodes.names.astype(str), [finding.node for finding in found])
    found += _mistakes(case, bad)
    bad |= np.isin(nodes.names.astype(str), [finding.node for finding in found])
    fast = worst_first(table[blamed.pairs[edges.edge_of]])
    return (*found, *_elsewhere(case, bad)), fast


def _too_fast(case: _Case, impossible: pd.DataFrame) -> list[Finding]:
    """Nodes whose RTTs with at least half of their partners are themselves impossible."""
    n = len(case.nodes.names)
    edges = Edges.of(case.nodes, case.partners, impossible, case.tolerance_km)
    count = np.bincount(np.concatenate([edges.first, edges.second]), minlength=n)
    fast = (count >= MIN_PAIRS) & (count >= TOO_FAST_SHARE * case.partners.size)
    excess = np.zeros(n)
    for ends in case.nodes.ends(impossible):
        np.maximum.at(excess, ends, impossible["excess_km"].to_numpy(dtype=float))
    return [
        dataclasses.replace(
            _finding(case, node, "answers too fast"),
            violations=int(count[node]),
            excess_km=float(excess[node]),
        )
        for node in map(int, np.flatnonzero(fast))
    ]


def _mistakes(case: _Case, bad: BoolArray) -> list[Finding]:
    """Nodes whose declared place is a typical mistake, and that have no other finding."""
    found = []
    for node, reason, lon, lat, better in mistakes(case.nodes, case.partners, case.misfit):
        if not bad[node]:
            one = _finding(case, node, reason, likely=(lon, lat))
            found.append(one if np.isnan(better) else dataclasses.replace(one, times_better=better))
    return found


def _elsewhere(case: _Case, bad: BoolArray) -> list[Finding]:
    """Nodes that break no bound, but whose delays fit much better at another node's place."""
    misfit = case.misfit
    odd = np.flatnonzero(misfit.odd & ~bad)
    return [
        _finding(case, node, "fits elsewhere", likely=case.nodes.place(misfit.other[node]))
        for node in odd[np.argsort(-misfit.times_better[odd], kind="stable")]
    ]


def _isolated(case: _Case, bad: BoolArray) -> list[Finding]:
    """Nodes with at least three pairs whose smallest excess over fibre is large."""
    least, nearest, count = case.lone
    lone = np.isfinite(least) & (least > ISOLATED_MS) & (nearest < NEIGHBOUR_KM)
    alone = np.flatnonzero(lone & (count >= MIN_PAIRS) & ~bad)
    return [
        _finding(case, node, "isolated") for node in alone[np.argsort(-least[alone], kind="stable")]
    ]
