"""Nodes whose round-trip times would fit another place better, although no bound is broken."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels import fitting
from rttgeo.kernels.audited import by_number
from rttgeo.kernels.undoubted import undoubted
from rttgeo.machine.side_by_side import in_blocks
from rttgeo.typing import BoolArray, FloatArray, IntArray

OFFSET_MS = 10.0
"""Added before taking the logarithm, since below this many ms the error is that of the last
mile."""
CANDIDATES = 20
"""Number of a node's quickest partners at whose places it is tried."""
APART_KM = 100.0
"""Places nearer than this count as the same place."""
LEAST_PARTNERS, MOST_PARTNERS = 8, 300
TIMES_BETTER = 1.5
FEW = 20
"""Delays that fit this many times better elsewhere are odd; with few partners (n), 1.5^(1 + 20/n)
times. Of 1,000 well placed nodes in simulated meshes, a few are (`benchmarks/audit.py`)."""
BINS, LEAST_IN_BIN, CURVE_PAIRS = 60, 40, 100_000
TABLE = 4096
"""Number of knots of the expected delay over the chord, 3 km apart: much finer than its bins."""


class Misfit(NamedTuple):
    """How well each node's delays fit where it is declared.

    Attributes
    ----------
    times_better
        How many times better they fit at the best other place, shape (n,): the spread of the
        residuals here divided by that there; 1 where unknown.
    other
        Node at whose place they fit best, shape (n,); -1 where unknown.
    odd
        Mask of the nodes for which that is more than is seen in well placed nodes with as many
        partners, shape (n,).
    expected
        Expected log(RTT + 10 ms) by chord, evenly spaced from 0 to 2, for `rttgeo.kernels.fitting`;
        empty if there are too few pairs to learn it from.
    """

    times_better: FloatArray
    other: IntArray
    odd: npt.NDArray[np.bool_]
    expected: FloatArray


def misfits(nodes: Nodes, partners: Partners) -> Misfit:
    """Compare how well every node's delays fit at the places of its quickest partners.

    Parameters
    ----------
    nodes, partners
        The nodes of the mesh, and the partners of each.

    Returns
    -------
    Misfit
        How many times better each node fits elsewhere, where, and whether that is odd.

    Notes
    -----
    The expected log(RTT + 10 ms) at a distance is a running median over all pairs of the mesh, made
    non-decreasing. At each place, the median of the node's residuals (its own last mile and detour)
    is subtracted, and the mean absolute residual is taken, in which quicker partners count more
    (1/√rank). It is small where the delays grow with distance as expected. The result is its value
    at the declared place divided by the smallest value at another place. No bound is used, so this
    is not a proof. Only a node's 300 quickest partners are used.
    """
    count = len(nodes.names)
    if len(partners.rtt_ms) < LEAST_IN_BIN:
        nothing = np.full(count, -1, dtype=np.int64)
        return Misfit(np.ones(count), nothing, np.zeros(count, dtype=bool), np.empty(0))
    expected = _table(partners, nodes.points)
    better, best = _best(nodes, partners, expected)
    size = partners.size
    return Misfit(better, best, (better > limit(size)) & (size >= FEW), expected)


def misfits_without(
    nodes: Nodes, partners: Partners, misfit: Misfit, first: IntArray, second: IntArray
) -> FloatArray:
    """Compute how many times better nodes' delays fit elsewhere, without the pairs in doubt.

    Parameters
    ----------
    nodes, partners, misfit
        The nodes of the mesh, the partners of each, and the result of `misfits`.
    first, second
        Ends of pairs in doubt, shape (m,): such a delay must not be evidence against a node twice.

    Returns
    -------
    numpy.ndarray
        As ``times_better`` in `Misfit`, shape (n,); NaN for nodes without a pair in doubt or with
        fewer than `FEW` other partners.
    """
    count = len(nodes.names)
    if not len(misfit.expected) or not len(first):
        return np.full(count, np.nan)
    edge_start, order = by_number(np.concatenate([first, second]), count)
    edge_other = np.concatenate([second, first])[order]
    keep, size = np.zeros(len(partners.other), dtype=bool), np.zeros(count, np.int64)

    def of_block(own: slice) -> None:
        undoubted(own.start, own.stop, *partners[:2], edge_start, edge_other, keep, size)

    in_blocks(of_block, count)
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    left = Partners(start, partners.other[keep], partners.rtt_ms[keep])
    better, _ = _best(nodes, left, misfit.expected)
    return np.where(size >= FEW, better, np.nan)


def _best(nodes: Nodes, partners: Partners, expected: FloatArray) -> tuple[FloatArray, IntArray]:
    delay = np.log(partners.rtt_ms + OFFSET_MS)

    def of_block(own: slice) -> tuple[FloatArray, IntArray]:
        start = partners.start[own.start : own.stop + 1]
        return fitting.best_elsewhere(
            nodes.points, own.start, start, partners.other, delay, expected,
            CANDIDATES, APART_KM, LEAST_PARTNERS, MOST_PARTNERS,
        )  # fmt: skip

    better, best = zip(*in_blocks(of_block, len(nodes.names)), strict=True)
    return np.concatenate(better), np.concatenate(best)


def limit(partners: npt.ArrayLike) -> FloatArray:
    """Compute how many times better delays must fit elsewhere to be odd.

    Parameters
    ----------
    partners
        Number of partners of each node, shape (n,).

    Returns
    -------
    FloatArray
        The limit for each node, shape (n,).
    """
    return np.asarray(TIMES_BETTER ** (1 + FEW / np.maximum(partners, 1)), dtype=float)


def spreads_at(
    nodes: Nodes, partners: Partners, misfit: Misfit, places: FloatArray, asked: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Measure how badly each node's delays fit at its declared place, and at other places.

    Parameters
    ----------
    nodes
        Nodes of the mesh.
    partners
        Partners of each node, quickest first.
    misfit
        Result of `misfits` on the same mesh.
    places
        Unit vectors of k places for each node, shape (n, k, 3).
    asked
        Mask of the places to examine, shape (n, k).

    Returns
    -------
    tuple of numpy.ndarray
        Weighted mean absolute residual of log RTT at each node's declared place, shape (n,), and at
        the given places, shape (n, k); infinite where unknown or not examined.
    """
    if not len(misfit.expected):
        return np.full(len(asked), np.inf), np.full(asked.shape, np.inf)
    delay = np.log(partners.rtt_ms + OFFSET_MS)

    def of_block(own: slice) -> tuple[FloatArray, FloatArray]:
        start = partners.start[own.start : own.stop + 1]
        return fitting.spreads_at(
            nodes.points, places[own], asked[own], own.start, start, partners.other, delay,
            misfit.expected, LEAST_PARTNERS, MOST_PARTNERS,
        )  # fmt: skip

    here, there = zip(*in_blocks(of_block, len(asked)), strict=True)
    return np.concatenate(here), np.concatenate(there)


def _table(partners: Partners, points: FloatArray) -> FloatArray:
    """Expected log delay by chord, evenly spaced from 0 to 2, non-decreasing."""
    knots, value = _curve(partners, points)
    chord = np.linspace(0.0, 2.0, TABLE)
    arc = sphere.km_of_chord(chord)
    return np.interp(arc, knots, value)


def _curve(partners: Partners, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Knots in km, and the median log(RTT + offset) there, non-decreasing."""
    some = np.arange(len(partners.other))
    if len(some) > CURVE_PAIRS:
        some = np.random.default_rng(0).integers(len(some), size=CURVE_PAIRS)
    node = np.searchsorted(partners.start, some, side="right") - 1
    cosine = (points[node] * points[partners.other[some]]).sum(axis=1)
    distance = EARTH_RADIUS_KM * np.arccos(np.clip(cosine, -1, 1))
    value = np.log(partners.rtt_ms[some] + OFFSET_MS)
    order = np.argsort(distance, kind="stable")
    bins = int(np.clip(len(order) // LEAST_IN_BIN, 1, BINS))
    parts = np.array_split(order, bins)
    knots = np.array([np.median(distance[part]) for part in parts])
    return knots, np.maximum.accumulate([np.median(value[part]) for part in parts])
