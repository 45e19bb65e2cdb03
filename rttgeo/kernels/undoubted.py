"""Partners of nodes without those that some edges lead to."""

from __future__ import annotations

import numpy as np
from numba import njit

from rttgeo.typing import BoolArray, IntArray


@njit(cache=True, nogil=True)
def undoubted(
    begin: int,
    end: int,
    start: IntArray,
    other: IntArray,
    edge_start: IntArray,
    edge_other: IntArray,
    keep: BoolArray,
    size: IntArray,
) -> None:
    """Find the partners of some nodes that no edge leads to.

    Parameters
    ----------
    begin, end
        Numbers of the nodes to look at.
    start, other
        Partners of node i: ``other[start[i]:start[i + 1]]``.
    edge_start, edge_other
        The nodes at the other end of its edges, likewise. A node without edges has no partner here.
    keep
        Mask over ``other``, False before; filled.
    size
        For each node, how many partners are kept, 0 before; filled.
    """
    reached_from = np.full(len(start) - 1, -1, np.int64)
    for node in range(begin, end):
        if edge_start[node] == edge_start[node + 1]:
            continue
        for k in range(edge_start[node], edge_start[node + 1]):
            reached_from[edge_other[k]] = node
        for k in range(start[node], start[node + 1]):
            if reached_from[other[k]] != node:
                keep[k] = True
                size[node] += 1
