"""What is to blame for contradictions: misplaced nodes, or single round-trip times.

A contradiction is a pair whose nodes are declared farther apart than a signal can go in its RTT.
Either end may be elsewhere, or the RTT is not between these two nodes (another machine answered, or
a clock jumped). `Edges` holds the contradictions of a mesh as a graph, and `blame` explains them at
the least cost.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo.auditing.cover import Blame, cheapest_blame
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.kernels import audited
from rttgeo.kernels import blame as kernels
from rttgeo.typing import BoolArray, FloatArray, IntArray

WITNESSES = 2
"""Number of partners that must speak against an end being elsewhere: one of them may itself be
wrong."""
WITNESS_BOUND = "fibre"
PAIR_COST = 0.75
"""A single impossible RTT costs less than a misplaced node, and two at one node cost more: a
misplaced node with many partners rarely contradicts only one of them. An RTT that was measured from
both ends and is impossible both times counts twice, because such an error is very rare."""

SUPPORTED_COST = 0.7
"""However, a node whose other delays fit better elsewhere costs less than its one pair."""
MISFIT_WEIGHT = 8.0
"""Ties are decided by the share of a node's pairs that are contradictions, and by how much better
its delays fit elsewhere. Among well placed nodes, 1 in 30 fits 1.5 times better elsewhere, so that
counts as much as a share 30 times as large (log 30 = 8 log 1.5)."""
SUPPORTING_MISFIT = 1.15
"""Below this, a better fit elsewhere means nothing: nine in ten well placed nodes fit less than 1.2
times better elsewhere (simulated and measured)."""


@dataclasses.dataclass(frozen=True, eq=False)
class Edges:
    """Contradictions as a graph, with one edge per two nodes, whichever of them measured.

    Attributes
    ----------
    nodes, partners
        The nodes of the mesh, and the partners of each.
    first, second
        Node numbers at the ends of each edge, shape (m,).
    rtt_ms
        The lowest RTT of the pairs between them, ms, shape (m,).
    times
        How many pairs between them are contradictions: 2 if both measured and both RTTs are
        impossible, shape (m,).
    edge_of
        Edge that each row of the table of violations belongs to, shape (n_rows,).
    tolerance_km
        How far off declared places may be, km.
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
        """Make the edges from a table of violations (`rttgeo.auditing.violations.violations`).

        Parameters
        ----------
        nodes
            Nodes of the mesh.
        partners
            Partners of each node, quickest first.
        table
            One row per pair that is faster than the bound allows.
        tolerance_km
            How far off declared places may be, km.

        Returns
        -------
        Edges
            One edge per two nodes, with their lowest round-trip time.
        """
        a, b = nodes.ends(table)
        return cls(
            nodes,
            partners,
            *audited.edges(a, b, table["rtt_ms"].to_numpy(dtype=float), len(nodes.names)),
            tolerance_km,
        )

    def able(self, keep: BoolArray, trusted: BoolArray) -> BoolArray:
        """Decide for both ends of some edges whether the end can be the cause, by being elsewhere.

        If a is elsewhere, its true place is within reach of b according to their RTT, and within
        reach of each well placed partner c according to theirs. By the triangle inequality, b and c
        are then no farther apart than the sum of both reaches. A trusted partner c that is farther
        from b than that is a witness that a's place is not the cause.

        Parameters
        ----------
        keep
            Mask of the edges to examine, k of them, shape (n_edges,).
        trusted
            Mask of the nodes that may be witnesses, shape (n_nodes,).

        Returns
        -------
        BoolArray
            One row per kept edge, one column per end, shape (k, 2).
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
        """Find the nodes that can be a witness for some edge.

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
    """An explanation of the contradictions of a mesh.

    Attributes
    ----------
    nodes
        Mask of the nodes blamed for being elsewhere, shape (n_nodes,).
    pairs
        Mask of the edges whose RTT is blamed, shape (n_edges,).
    witnessed
        For each node, its number of contradictions whose other end cannot be the cause, according
        to two witnesses.
    problem, found
        The problem that was solved, kept to examine other explanations (`alternatives`), and its
        solution.
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
        """Number the parts of the problem that can be solved independently.

        Returns
        -------
        IntArray
            Part that each node is in, shape (n,). Two nodes are in the same part if they are linked
            by a chain of edges both of whose ends can be the cause. An edge with only one such end
            belongs to that end.
        """
        from scipy.sparse import coo_array  # slow to load, needed only if pairs contradict
        from scipy.sparse.csgraph import connected_components

        n, both = len(self.node_cost), self.able.all(axis=1)
        ends = self.first[both], self.second[both]
        graph = coo_array((np.ones(len(ends[0])), ends), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)

    def part(self, label: IntArray, number: int) -> Problem:
        """Select one of the parts.

        Parameters
        ----------
        label
            Part of each node, as returned by `components`.
        number
            Number of the part.

        Returns
        -------
        Problem
            The problem restricted to the edges of this part.
        """
        mine = self.able[:, 0] & (label[self.first] == number)
        mine |= self.able[:, 1] & (label[self.second] == number)
        return self._replace(
            first=self.first[mine],
            second=self.second[mine],
            able=self.able[mine],
            edge_cost=self.edge_cost[mine],
        )

    def solve(self, *, forbidden: int | None = None) -> Blame:
        """Find the cheapest explanation.

        Parameters
        ----------
        forbidden
            A node that must not be blamed, or None.

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
        )


def explain(
    edges: Edges,
    *,
    hidden: BoolArray | None = None,
    times_better: FloatArray | None = None,
    proven: IntArray | None = None,
) -> Explanation:
    """Explain contradictions by blaming nodes or pairs, whichever costs less.

    Parameters
    ----------
    edges
        The contradictions.
    hidden
        Mask of the nodes whose pairs must not be used, not even as witnesses, shape (n_nodes,).
    times_better
        For each node, how many times better its other delays fit elsewhere, NaN where unknown; None
        to ignore this.
    proven
        For each node, how many of its RTTs are already known to be impossible.

    Returns
    -------
    Explanation
        Blamed nodes and pairs, with the problem that was solved.

    Notes
    -----
    If two witnesses for each end say that it is not elsewhere, the RTT itself is impossible, unless
    one of its nodes is blamed for other contradictions (two misplaced nodes always look like that
    to each other). The rest gets the cheapest explanation by `cheapest_blame`: a node costs 1; a
    pair costs `PAIR_COST`, or less at a node that already has impossible RTTs, and in a mesh whose
    nodes have some on average.
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
    """The explanation when there are no contradictions."""
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
    # An RTT that neither end explains, at a node that may be elsewhere, does not tell which is to
    # blame.
    able = able | ~able.any(axis=1, keepdims=True)
    degree = np.bincount(np.concatenate([first, second]), minlength=n)
    share = np.maximum(degree, 0.5) / np.maximum(edges.partners.size, 1)
    wish = np.log(share) + MISFIT_WEIGHT * np.log(np.maximum(better, 1e-3))
    cost = np.ones(n)
    cost[better >= SUPPORTING_MISFIT] = SUPPORTED_COST
    # Where impossible RTTs are common, one more is no surprise at any node.
    usual = proven.sum() / max(np.count_nonzero(edges.partners.size), 1)
    known = np.maximum(np.maximum(proven[first], proven[second]), usual)
    pair_cost = PAIR_COST * edges.times[number] / (1 + known)
    return Problem(first, second, able, cost, pair_cost, wish)


def _witnessed(problem: Problem, n: int) -> IntArray:
    return _witnesses_of_ends(problem.first, problem.second, problem.able, n)


def _witnesses_of_ends(first: IntArray, second: IntArray, able: BoolArray, n: int) -> IntArray:
    """For each node, how many edges cannot be caused by their other end, but can by it."""
    mine = np.concatenate([first[able[:, 0] & ~able[:, 1]], second[able[:, 1] & ~able[:, 0]]])
    return np.bincount(mine, minlength=n)
