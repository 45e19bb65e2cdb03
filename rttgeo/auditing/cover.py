"""The cheapest explanation of all contradictions: a minimum vertex cover and variants of it.

`smallest_cover` blames only nodes. `cheapest_blame` may also blame an edge (a pair) itself, and is
told which ends of an edge cannot be its cause.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.kernels.blame import greedy_nodes, matched
from rttgeo.typing import BoolArray, FloatArray, IntArray

MOST_STEPS = 200
"""Steps of branch and bound after which nothing more is proven; hardly any mesh needs two. Steps and
not seconds, so that a busy machine says the same."""
TIE_BREAK = 0.5
"""All preferences between equally small sets together count less than one node."""
MOST_EDGES = 20_000
"""Above this, the greedy cover is used at once. With equal times, the first step takes 6 s of one core for
20,000 edges and 35 s for 50,000."""
FINE = 0.01
"""All preferences between equally cheap explanations together count this share of a node: no two
sums of costs that differ at all are as close to each other."""


class Cover(NamedTuple):
    """A set of nodes that touches every edge.

    Attributes
    ----------
    nodes
        Numbers of the nodes, ascending.
    exact
        Whether it is proven that no set is smaller.
    at_least
        Lower bound on the number of nodes in such a set; the number of ``nodes`` if that is exact.
    """

    nodes: IntArray
    exact: bool
    at_least: int


def smallest_cover(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    preference: npt.ArrayLike | None = None,
    forbidden: int | None = None,
) -> Cover:
    """Find the fewest nodes that touch every edge.

    Parameters
    ----------
    first, second
        The ends of each edge: node numbers, 0 or more, shape (m,).
    preference
        For each node, larger if it should be blamed first among equally small sets.
    forbidden
        A node that must not be in the cover.

    Returns
    -------
    Cover
        The nodes, whether they are proven to be the fewest, and a lower bound on their number.

    Notes
    -----
    An integer programme (minimise Σ x over nodes with x_a + x_b ≥ 1 for every edge), solved by
    branch and bound (HiGHS). If `MOST_STEPS` do not suffice, or there are more than `MOST_EDGES`
    edges, the best solution so far or the greedy cover is returned and marked as not exact.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # slow to load, rarely needed
    from scipy.sparse import csr_array

    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    if not len(a):
        return Cover(np.empty(0, dtype=np.int64), True, 0)
    a, b = _unique(a, b)
    if len(a) > MOST_EDGES:
        greedy = greedy_cover(a, b)
        return Cover(greedy, False, min(_matched(a, b), len(greedy)))
    nodes, ends = np.unique(np.stack([a, b]), return_inverse=True)
    ends = ends.reshape(2, len(a))
    cost = _costs(nodes, preference)
    edge = np.tile(np.arange(len(a)), 2)
    ones = np.ones(2 * len(a))
    touched = csr_array((ones, (edge, ends.ravel())), shape=(len(a), len(nodes)))
    upper = np.where(nodes == forbidden, 0.0, 1.0) if forbidden is not None else 1.0
    solved = milp(
        cost,
        integrality=np.ones(len(nodes)),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(touched, lb=1),
        options={"node_limit": MOST_STEPS},
    )
    least = _matched(a, b)
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        # The bound is on the costs: preferences reduce it by less than one node.
        least = max(least, int(np.ceil(solved.mip_dual_bound - 1e-6)))
    found = greedy_cover(a, b) if solved.x is None else nodes[solved.x > 0.5]
    if solved.status == 0:
        return Cover(found, True, len(found))
    return Cover(found, False, min(least, len(found)))


class Blame(NamedTuple):
    """Blamed nodes and edges that together explain every edge.

    Attributes
    ----------
    nodes
        Blamed nodes, ascending.
    edges
        Numbers of the blamed edges, ascending.
    cost
        Sum of their costs, not counting preferences.
    exact
        Whether it is proven that no explanation costs less.
    """

    nodes: IntArray
    edges: IntArray
    cost: float
    exact: bool


def cheapest_blame(
    first: IntArray,
    second: IntArray,
    able: BoolArray,
    *,
    node_cost: FloatArray,
    edge_cost: FloatArray,
    preference: FloatArray,
    forbidden: int | None = None,
) -> Blame:
    """Find the nodes and edges to blame that explain all edges at the least cost.

    Parameters
    ----------
    first, second
        The ends of each edge, node numbers, shape (m,); no two edges have the same ends.
    able
        Whether each end can be the cause of an edge at all, shape (m, 2).
    node_cost, preference
        For each node, the cost of blaming it, and a value that is larger if it should be blamed
        first among explanations of equal cost.
    edge_cost
        The cost of blaming each edge itself, shape (m,).
    forbidden
        A node that must not be blamed.

    Returns
    -------
    Blame
        Blamed nodes and edges, their cost, and whether that is proven to be the least.

    Notes
    -----
    Minimise Σ cost·x over nodes and Σ cost·y over edges with able_a x_a + able_b x_b + y ≥ 1 for
    every edge. This is a weighted vertex cover in which an edge may also be paid for itself, an
    integer programme solved as in `smallest_cover`. If no optimum is proven, the best solution so
    far is returned, or the greedy cover of the edges that a node can have caused.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # slow to load, rarely needed
    from scipy.sparse import coo_array

    m = len(first)
    if not m:
        nothing = np.empty(0, dtype=np.int64)
        return Blame(nothing, nothing, 0.0, True)
    able = able & (np.stack([first, second], axis=1) != (-1 if forbidden is None else forbidden))
    if m > MOST_EDGES:
        return _greedy_blame(first, second, able, node_cost, edge_cost)
    nodes, ends = np.unique(np.stack([first, second], axis=1), return_inverse=True)
    row, side = np.nonzero(able)
    column = ends.reshape(m, 2)[row, side]
    size = len(nodes) + m
    held = coo_array(
        (
            np.ones(len(row) + m),
            (np.concatenate([row, np.arange(m)]),
             np.concatenate([column, len(nodes) + np.arange(m)])),
        ),
        shape=(m, size),
    ).tocsr()  # fmt: skip
    wish = _unit(preference[nodes])
    cost = np.concatenate([node_cost[nodes] - FINE * wish / len(nodes), edge_cost])
    solved = milp(
        cost,
        integrality=np.ones(size),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(held, lb=1),
        options={"node_limit": MOST_STEPS, "mip_rel_gap": 0.0},
    )
    if solved.x is None:
        return _greedy_blame(first, second, able, node_cost, edge_cost)
    chosen = solved.x > 0.5
    blamed, paid = nodes[chosen[: len(nodes)]], np.flatnonzero(chosen[len(nodes) :])
    total = float(node_cost[blamed].sum() + edge_cost[paid].sum())
    return Blame(blamed, paid, total, solved.status == 0)


def _greedy_blame(
    first: IntArray, second: IntArray, able: BoolArray, node_cost: FloatArray, edge_cost: FloatArray
) -> Blame:
    some = able.any(axis=1)
    # If one end cannot be the cause, the edge belongs to the other end.
    a, b = np.where(able[:, 0], first, second), np.where(able[:, 1], second, first)
    taken = greedy_nodes(a[some], b[some], len(node_cost))
    nodes, paid = np.flatnonzero(taken), np.flatnonzero(~some)
    return Blame(nodes, paid, float(node_cost[nodes].sum() + edge_cost[paid].sum()), False)


def _unique(a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Each edge once, in either direction."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    span = int(high.max()) + 1
    key = np.unique(low * span + high)
    return key // span, key % span


def _matched(first: IntArray, second: IntArray) -> int:
    """Edges with no common ends: a cover needs a node for each of them."""
    return int(matched(first, second, int(max(first.max(), second.max())) + 1))


def greedy_cover(first: IntArray, second: IntArray) -> IntArray:
    """Repeatedly take the node with the most uncovered edges (Darwich et al., IMC 2023).

    Parameters
    ----------
    first
        First end of each edge, node numbers, shape (m,).
    second
        Second end of each edge, node numbers, shape (m,).

    Returns
    -------
    IntArray
        Numbers of the nodes taken, ascending.
    """
    if not len(first):
        return np.empty(0, dtype=np.int64)
    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    return np.flatnonzero(greedy_nodes(a, b, int(max(a.max(), b.max())) + 1))


def _costs(nodes: IntArray, preference: npt.ArrayLike | None) -> FloatArray:
    cost = np.ones(len(nodes))
    if preference is None:
        return cost
    return cost - TIE_BREAK * _unit(np.asarray(preference, dtype=float)[nodes]) / len(nodes)


def _unit(wish: FloatArray) -> FloatArray:
    """Preferences, scaled to between 0 and 1."""
    low, span = float(wish.min()), float(np.ptp(wish))
    return (wish - low) / span if span > 0 else np.zeros(len(wish))
