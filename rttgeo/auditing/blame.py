"""Who is to blame for contradictions: nodes that are elsewhere, or round-trip times by themselves.

A contradiction is a pair whose nodes are declared farther apart than a signal can go in its RTT.
Either end may be elsewhere, or the RTT is not one of these two nodes (another machine answered, a
clock jumped). `Edges` holds the contradictions of a mesh as a graph, `blame` explains them at the
least cost.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo.auditing.cover import TIME_LIMIT_S, Blame, cheapest_blame
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.kernels import blame as kernels
from rttgeo.typing import BoolArray, FloatArray, IntArray

WITNESSES = 2
"""Partners that must speak against an end being elsewhere: one of them may be wrong itself."""
WITNESS_BOUND = "fibre"
PAIR_COST = 0.75
"""A single impossible RTT costs less than a misplaced node, two of one node more: a node that is
elsewhere hardly ever contradicts one partner only, where it has many. An RTT that was measured
from both ends and is impossible both times counts twice: hardly anybody errs so."""

SUPPORTED_COST = 0.7
"""… but a node whose other delays fit better elsewhere costs less than its one pair."""
MISFIT_WEIGHT = 8.0
"""Ties go by the share of a node's pairs that are contradictions, and by how much better its delays
fit elsewhere: 1.5 times better is as rare among well placed nodes as 1 in 30, so it counts as
much as a share 30 times as large (log 30 = 8 log 1.5)."""
SUPPORTING_MISFIT = 1.15
"""Nine in ten well placed nodes fit less than 1.2 times better elsewhere (simulated and measured)."""


@dataclasses.dataclass(frozen=True, eq=False)
class Edges:
    """Contradictions as a graph: each two nodes once, whichever of them measured.

    Attributes
    ----------
    nodes, partners
        Of the mesh.
    first, second
        Node numbers at the ends of each edge, shape (m,).
    rtt_ms
        The lowest RTT of the pairs between them, shape (m,).
    times
        How many pairs between them contradict: 2 where both measured, and both in vain.
    edge_of
        Which edge each row of the table of violations is, shape (rows,).
    tolerance_km
        Left to the declared places.
    """

    nodes: Nodes
    partners: Partners
    first: IntArray
    second: IntArray
    rtt_ms: FloatArray
    times: IntArray
    edge_of: IntArray
    tolerance_km: float

    @classmethod
    def of(
        cls, nodes: Nodes, partners: Partners, table: pd.DataFrame, tolerance_km: float
    ) -> Edges:
        """Take the edges from a table of violations (`rttgeo.auditing.violations.violations`).

        Parameters
        ----------
        nodes
            Nodes of the mesh.
        partners
            Partners of each node, quickest first.
        table
            One row for each pair that beats the bound.
        tolerance_km
            What is left to each declared place, km.

        Returns
        -------
        Edges
            The edges, one for each two nodes, with their lowest round-trip time.
        """
        a, b = nodes.ends(table)
        return cls(
            nodes,
            partners,
            *kernels.edges(a, b, table["rtt_ms"].to_numpy(dtype=float), len(nodes.names)),
            tolerance_km,
        )

    def able(self, keep: BoolArray, trusted: BoolArray) -> BoolArray:
        """Tell whether each end of some edges can be the cause by being elsewhere.

        If a is elsewhere, it is within reach of b by their RTT, and of each well placed partner c
        by theirs: so b and c are no farther apart than both together (triangle inequality). A
        trusted partner for which they are is a witness that a's place is not the cause.

        Parameters
        ----------
        keep
            Mask of the edges asked about, shape (n_edges,), k of them.
        trusted
            Mask of the nodes that are heard as witnesses, shape (n_nodes,).

        Returns
        -------
        BoolArray
            One row for each edge kept, one column for each end, shape (k, 2).
        """
        a, b, rtt = self.first[keep], self.second[keep], self.rtt_ms[keep]
        against = kernels.witnesses(
            self.nodes.points,
            *self.partners,
            np.concatenate([a, b]),
            np.concatenate([b, a]),
            np.tile(rtt, 2),
            trusted,
            KM_PER_MS_RTT[WITNESS_BOUND],
            self.tolerance_km,
            WITNESSES,
        )
        return np.asarray(against.reshape(2, len(a)).T < WITNESSES, dtype=bool)

    def ever_witness(self) -> BoolArray:
        """Find the nodes that are a witness in any edge.

        Returns
        -------
        BoolArray
            Mask, shape (n_nodes,).
        """
        return kernels.ever_witness(
            self.nodes.points,
            *self.partners,
            np.concatenate([self.first, self.second]),
            np.concatenate([self.second, self.first]),
            np.tile(self.rtt_ms, 2),
            KM_PER_MS_RTT[WITNESS_BOUND],
            self.tolerance_km,
        )


class Explanation(NamedTuple):
    """What explains the contradictions of a mesh.

    Attributes
    ----------
    nodes
        Mask over the nodes: blamed for being elsewhere.
    pairs
        Mask over all edges: their RTT is blamed.
    witnessed
        Per node, contradictions of it whose other end cannot be the cause, by two witnesses.
    problem, found
        What was solved, to ask about other explanations (`alternatives`), and its solution.
    """

    nodes: BoolArray
    pairs: BoolArray
    witnessed: IntArray
    problem: Problem
    found: Blame


class Problem(NamedTuple):
    """Arguments of `rttgeo.auditing.cover.cheapest_blame`."""

    first: IntArray
    second: IntArray
    able: BoolArray
    node_cost: FloatArray
    edge_cost: FloatArray
    preference: FloatArray

    def components(self) -> IntArray:
        """Number the parts of the problem that can be solved each by itself.

        Returns
        -------
        IntArray
            Which part each node is in, shape (n,). Two nodes are in one if a chain of edges leads
            from one to the other of which both ends can be the cause; an edge of which one end can
            be belongs to that end.
        """
        from scipy.sparse import coo_array  # slow to load, needed only where pairs contradict
        from scipy.sparse.csgraph import connected_components

        n, both = len(self.node_cost), self.able.all(axis=1)
        ends = self.first[both], self.second[both]
        graph = coo_array((np.ones(len(ends[0])), ends), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)

    def part(self, label: IntArray, number: int) -> Problem:
        """Take one of the parts.

        Parameters
        ----------
        label
            Of `components`.
        number
            Number of the part.

        Returns
        -------
        Problem
            The problem with the edges of this part only.
        """
        mine = self.able[:, 0] & (label[self.first] == number)
        mine |= self.able[:, 1] & (label[self.second] == number)
        return self._replace(
            first=self.first[mine],
            second=self.second[mine],
            able=self.able[mine],
            edge_cost=self.edge_cost[mine],
        )

    def solve(self, *, forbidden: int | None = None, time_limit_s: float = TIME_LIMIT_S) -> Blame:
        """Find the cheapest explanation.

        Parameters
        ----------
        forbidden
            A node that must not be blamed; None for none.
        time_limit_s
            Limit for the solver, seconds.

        Returns
        -------
        Blame
            Nodes and edges to blame, and whether that is proven to be the cheapest.
        """
        return cheapest_blame(
            self.first,
            self.second,
            self.able,
            node_cost=self.node_cost,
            edge_cost=self.edge_cost,
            preference=self.preference,
            forbidden=forbidden,
            time_limit_s=time_limit_s,
        )


def explain(
    edges: Edges,
    *,
    hidden: BoolArray | None = None,
    times_better: FloatArray | None = None,
    proven: IntArray | None = None,
) -> Explanation:
    """Blame nodes or pairs, whichever explains the contradictions with less.

    Parameters
    ----------
    edges
        The contradictions.
    hidden
        Mask over the nodes: those whose pairs must not be looked at, nor heard as witnesses.
    times_better
        Per node, by how much its other delays fit better elsewhere, NaN where nobody can
        tell; None asks nobody.
    proven
        Per node, how many impossible RTTs of it are known already.

    Returns
    -------
    Explanation
        Blamed nodes and pairs, with the problem that was solved.

    Notes
    -----
    An RTT for which two witnesses each say that neither end is elsewhere is impossible by itself,
    unless one of its nodes is blamed for other contradictions (between two misplaced nodes
    everything looks so). The rest is the cheapest explanation by `cheapest_blame`: a pair costs
    `PAIR_COST`, less at a node that has impossible RTTs already; a node costs 1.
    """
    n = len(edges.nodes.names)
    if not len(edges.first):
        return _nothing(n)
    hidden = np.zeros(n, dtype=bool) if hidden is None else hidden
    keep = ~(hidden[edges.first] | hidden[edges.second])
    first, second = edges.first[keep], edges.second[keep]
    everybody = ~hidden
    able = edges.able(keep, everybody & ~kernels.greedy_nodes(first, second, n))
    alone = ~able.any(axis=1)
    rest = kernels.greedy_nodes(first[~alone], second[~alone], n)
    alone &= ~(rest[first] | rest[second])
    left = ~alone
    count = np.bincount(np.concatenate([first[alone], second[alone]]), minlength=n)
    count += 0 if proven is None else proven
    better = np.ones(n) if times_better is None else np.nan_to_num(times_better, nan=1.0)
    number = np.flatnonzero(keep)
    problem = _problem(edges, number[left], able[left], count, better)
    found = problem.solve()
    nodes = np.zeros(n, dtype=bool)
    nodes[found.nodes] = True
    pairs = np.zeros(len(edges.first), dtype=bool)
    pairs[number[alone]] = True
    pairs[number[left][found.edges]] = True
    return Explanation(nodes, pairs, _witnessed(problem, n), problem, found)


def _nothing(n: int) -> Explanation:
    """The explanation of no contradiction."""
    no_edges, none = np.empty(0, dtype=np.int64), np.empty(0)
    problem = Problem(no_edges, no_edges, np.empty((0, 2), bool), np.ones(n), none, np.zeros(n))
    found = Blame(no_edges, no_edges, 0.0, True)
    nobody = np.zeros(n, dtype=bool)
    return Explanation(nobody, np.zeros(0, dtype=bool), np.zeros(n, np.int64), problem, found)


def _problem(
    edges: Edges, number: IntArray, able: BoolArray, proven: IntArray, better: FloatArray
) -> Problem:
    """Costs and preferences for the edges of these numbers."""
    n = len(proven)
    first, second = edges.first[number], edges.second[number]
    # An RTT that neither end explains, but of a node that may be elsewhere, says nothing of who.
    able = able | ~able.any(axis=1, keepdims=True)
    degree = np.bincount(np.concatenate([first, second]), minlength=n)
    share = np.maximum(degree, 0.5) / np.maximum(edges.partners.size, 1)
    wish = np.log(share) + MISFIT_WEIGHT * np.log(np.maximum(better, 1e-3))
    cost = np.ones(n)
    cost[better >= SUPPORTING_MISFIT] = SUPPORTED_COST
    pair_cost = PAIR_COST * edges.times[number] / (1 + np.maximum(proven[first], proven[second]))
    return Problem(first, second, able, cost, pair_cost, wish)


def _witnessed(problem: Problem, n: int) -> IntArray:
    return _witnesses_of_ends(problem.first, problem.second, problem.able, n)


def _witnesses_of_ends(first: IntArray, second: IntArray, able: BoolArray, n: int) -> IntArray:
    """Per node, edges whose other end cannot be their cause, while it can."""
    mine = np.concatenate([first[able[:, 0] & ~able[:, 1]], second[able[:, 1] & ~able[:, 0]]])
    return np.bincount(mine, minlength=n)
