"""The smallest set of nodes that explains all contradictions: a minimum vertex cover."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from rttgeo.typing import FloatArray, IntArray

TIME_LIMIT_S = 20.0
TIE_BREAK = 0.5
"""All preferences between equally small sets together weigh less than one node."""


class Cover(NamedTuple):
    """A set of nodes that touches every edge.

    Attributes
    ----------
    nodes
        Ascending.
    exact
        Whether it is proven that no set is smaller.
    at_least
        As many nodes any such set has; the number of ``nodes`` where that is exact.
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
    """Fewest nodes that touch every edge.

    Parameters
    ----------
    first, second
        The ends of each edge: node numbers, 0 or more, shape (m,).
    preference
        Per node, larger for one that is rather blamed where sets are equally small.
    forbidden
        A node that must not be in the cover.

    Notes
    -----
    An integer programme (minimise Σ x over nodes with x_a + x_b ≥ 1 for every edge), solved by
    branch and bound (HiGHS). Where the time limit comes first, or no solution has been found by
    then, the best so far or the greedy cover is returned and said not to be exact.
    """
    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    if not len(a):
        return Cover(np.empty(0, dtype=np.int64), True, 0)
    a, b = np.unique(np.sort(np.stack([a, b]), axis=0), axis=1)
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
        options={"time_limit": TIME_LIMIT_S},
    )
    least = _matched(a, b)
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        # The bound is that of the costs: what the wishes take off is less than one node.
        least = max(least, int(np.ceil(solved.mip_dual_bound - 1e-6)))
    found = greedy_cover(a, b) if solved.x is None else nodes[solved.x > 0.5]
    if solved.status == 0:
        return Cover(found, True, len(found))
    return Cover(found, False, min(least, len(found)))


def _matched(first: IntArray, second: IntArray) -> int:
    """Edges without a common end, taken as they come: a cover needs a node for each."""
    used: set[int] = set()
    count = 0
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a not in used and b not in used:
            used |= {a, b}
            count += 1
    return count


def greedy_cover(first: IntArray, second: IntArray) -> IntArray:
    """Nodes with the most uncovered edges, one after the other (Darwich et al., IMC 2023)."""
    left = np.ones(len(first), dtype=bool)
    taken: list[int] = []
    while left.any():
        count = np.bincount(np.concatenate([first[left], second[left]]))
        worst = int(np.argmax(count))
        taken.append(worst)
        left &= (first != worst) & (second != worst)
    return np.sort(np.array(taken, dtype=np.int64))


def _costs(nodes: IntArray, preference: npt.ArrayLike | None) -> FloatArray:
    cost = np.ones(len(nodes))
    if preference is None:
        return cost
    wish = np.asarray(preference, dtype=float)[nodes]
    span = float(wish.max() - wish.min())
    if span > 0:
        cost -= TIE_BREAK * (wish - wish.min()) / (span * len(nodes))
    return cost
