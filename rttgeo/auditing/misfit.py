"""Nodes whose round-trip times would fit better elsewhere, though no bound is broken."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.auditing.violations import Nodes
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray

OFFSET_MS = 10.0
"""Added before the logarithm: below some ms the error is that of the last mile."""
CANDIDATES = 20
"""Quickest partners of a node at whose places it is tried."""
APART_KM = 100.0
"""A place nearer than this is no other place."""
LEAST_PARTNERS, MOST_PARTNERS = 8, 1000
TIMES_BETTER = 1.5
FEW = 20
"""Delays that fit 1.5 times better elsewhere are odd, with few partners (n) 1.5^(1 + 20/n) times:
of 1,000 well placed nodes in simulated meshes a few do (`benchmarks/audit.py`)."""
BINS, LEAST_IN_BIN, CURVE_PAIRS = 60, 40, 100_000


class Misfit(NamedTuple):
    """How well each node's delays fit where it is declared.

    Attributes
    ----------
    times_better
        By how much they fit better at the best other place, shape (n,): spread of the residuals
        here over that there; 1 where nothing can be said.
    other
        Node at whose place they fit best, -1 where nothing can be said.
    odd
        Where that is more than happens to well placed nodes with as many partners.
    """

    times_better: FloatArray
    other: IntArray
    odd: npt.NDArray[np.bool_]


class Partners(NamedTuple):
    """Pairs from both ends, sorted by node, then by RTT: the least of each two nodes."""

    start: IntArray
    other: IntArray
    rtt_ms: FloatArray

    @classmethod
    def of(cls, mesh: Mesh, nodes: Nodes) -> Partners:
        """Pairs of nodes of known place."""
        a = nodes.landmark[mesh.pairs["landmark"].to_numpy()]
        b = nodes.target[mesh.pairs["target"].to_numpy()]
        rtt = mesh.pairs["rtt_ms"].to_numpy(dtype=float)
        use = np.isfinite(nodes.lon[a] + nodes.lon[b]) & (a != b)
        node, other = np.concatenate([a[use], b[use]]), np.concatenate([b[use], a[use]])
        rtt = np.tile(rtt[use], 2)
        order = np.lexsort((rtt, other, node))
        node, other, rtt = node[order], other[order], rtt[order]
        first = np.ones(len(node), dtype=bool)
        first[1:] = (node[1:] != node[:-1]) | (other[1:] != other[:-1])
        node, other, rtt = node[first], other[first], rtt[first]
        order = np.lexsort((rtt, node))
        start = np.searchsorted(node, np.arange(len(nodes.names) + 1))
        return cls(start, other[order], rtt[order])


def misfits(nodes: Nodes, partners: Partners) -> Misfit:
    """Try every node at the places of its quickest partners.

    Notes
    -----
    Expected is log(RTT + 10 ms) by distance, the running median over all pairs of the mesh, made
    never to fall. At a place, the residuals of a node less their median (its own last mile and
    detour) have a mean absolute value, the quicker partners weighing more (1/√rank); small where
    the order and the growth of its delays go with distance. The ratio of that at the declared
    place to the least at another is what is returned. No bound is used: it is no proof.
    """
    count = len(nodes.names)
    better, best = np.ones(count), np.full(count, -1, dtype=np.int64)
    if len(partners.rtt_ms) < LEAST_IN_BIN:
        return Misfit(better, best, np.zeros(count, dtype=bool))
    points = np.zeros((count, 3))
    known = np.isfinite(nodes.lon)
    points[known] = sphere.unit_vectors(nodes.lon[known], nodes.lat[known])
    knots, expected = _curve(partners, points)
    for node in range(count):
        some = slice(partners.start[node], min(partners.start[node + 1],
                                               partners.start[node] + MOST_PARTNERS))  # fmt: skip
        other, rtt = partners.other[some], partners.rtt_ms[some]
        tried = other[:CANDIDATES]
        tried = tried[_km(points[tried] @ points[node]) > APART_KM]
        if len(other) < LEAST_PARTNERS or not len(tried):
            continue
        places = np.concatenate([[node], tried])
        distance = _km(points[places] @ points[other].T)
        spread = _spread(np.log(rtt + OFFSET_MS) - np.interp(distance, knots, expected),
                         other[None, :] != places[:, None])  # fmt: skip
        least = int(np.argmin(spread[1:]))
        better[node] = spread[0] / max(spread[1 + least], 1e-9)
        best[node] = tried[least]
    size = np.diff(partners.start)
    limit = TIMES_BETTER ** (1 + FEW / np.maximum(size, 1))
    return Misfit(better, best, (better > limit) & (size >= FEW))


def _spread(residual: FloatArray, counted: npt.NDArray[np.bool_]) -> FloatArray:
    """Weighted mean distance of the residuals from their median, row by row."""
    apart = np.abs(residual - np.median(residual, axis=1, keepdims=True))
    weight = counted / np.sqrt(np.arange(2.0, residual.shape[1] + 2))
    return np.asarray((apart * weight).sum(axis=1) / weight.sum(axis=1), dtype=float)


def _curve(partners: Partners, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Knots in km and median log(RTT + offset) there, never falling."""
    node = np.repeat(np.arange(len(points)), np.diff(partners.start))
    some = np.arange(len(node))
    if len(some) > CURVE_PAIRS:
        some = np.random.default_rng(0).permutation(len(node))[:CURVE_PAIRS]
    distance = _km((points[node[some]] * points[partners.other[some]]).sum(axis=1))
    value = np.log(partners.rtt_ms[some] + OFFSET_MS)
    order = np.argsort(distance, kind="stable")
    bins = int(np.clip(len(order) // LEAST_IN_BIN, 1, BINS))
    parts = np.array_split(order, bins)
    knots = np.array([np.median(distance[part]) for part in parts])
    return knots, np.maximum.accumulate([np.median(value[part]) for part in parts])


def _km(cosine: FloatArray) -> FloatArray:
    return np.asarray(EARTH_RADIUS_KM * np.arccos(np.clip(cosine, -1, 1)), dtype=float)
