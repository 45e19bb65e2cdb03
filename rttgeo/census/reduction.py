"""Reduce any number of samples to the minimum, count and robust minimum of each pair.

Memory grows with the number of pairs, not of samples: 65 to 130 bytes per pair.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rttgeo.kernels import reducing as kernels
from rttgeo.minima import SUPPORT_MS, SUPPORT_SHARE
from rttgeo.typing import FloatArray, IntArray

FIRST_SIZE = 1 << 12
MOST_MORE = 1 << 20
"""Number of values that did not fit into the table to hold before sifting through them."""


class Reduced(NamedTuple):
    """Reduced pairs, sorted by target, then source.

    Attributes
    ----------
    target, source
        Numbers of the two ends, as given, shape (n,).
    samples
        Number of samples, shape (n,).
    offsets, values
        ``values[offsets[i]:offsets[i + 1]]`` are the lowest samples of pair i, ms, ascending: as
        many as can decide its robust minimum.
    """

    target: IntArray
    source: IntArray
    samples: IntArray
    offsets: IntArray
    values: FloatArray

    @property
    def minimum_ms(self) -> FloatArray:
        """The lowest sample of each pair, ms, shape (n,)."""
        return self.values[self.offsets[:-1]]

    @property
    def robust_ms(self) -> FloatArray:
        """The lowest sample with two others close above it, ms, shape (n,); NaN if none."""
        where, _ = kernels.first_together(self.offsets, self.values, SUPPORT_SHARE, SUPPORT_MS)
        return np.where(where < 0, np.nan, self.values[where])


class Reduction:
    """A table of pairs to which samples are added; see `rttgeo.kernels.reducing`."""

    def __init__(self) -> None:
        empty = np.full(1, kernels.EMPTY), np.zeros(1, np.int32), np.zeros(1, np.int8)
        self._table: Any = kernels.grown(*empty, np.empty((1, kernels.KEPT)), FIRST_SIZE)
        self._more: list[tuple[IntArray, FloatArray]] = []
        self._n_more, self._most_more, self.pairs = 0, MOST_MORE, 0

    def take(
        self, target: IntArray, source: IntArray, rtt_ms: FloatArray, weight: IntArray | None = None
    ) -> None:
        """Add samples.

        Parameters
        ----------
        target, source
            Numbers of the two ends, from 0 to 2^31 - 1, shape (n,).
        rtt_ms
            Round-trip times, ms, shape (n,).
        weight
            Number of samples that each value counts for, shape (n,); 1 by default.
        """
        key = target.astype(np.int64) << 32 | source
        weight = np.ones(len(key), np.int64) if weight is None else weight
        begin, more = 0, (np.empty(len(key), np.int64), np.empty(len(key)))
        while begin < len(key):
            keys, count, held, low = self._table
            begin, self.pairs, n = kernels.take(
                keys, count, held, low, key, rtt_ms, weight, begin, self.pairs,
                SUPPORT_SHARE, SUPPORT_MS, more[0], more[1],
            )  # fmt: skip
            if n:
                self._more.append((more[0][:n].copy(), more[1][:n].copy()))
                self._n_more += n
            if begin < len(key):
                self._table = kernels.grown(keys, count, held, low, 2 * len(keys))
        if self._n_more > self._most_more:
            self._look_through()

    def _look_through(self) -> None:
        """Drop values outside the table that a later, lower sample has made irrelevant."""
        found, slots = self.result(), self._slots()
        size = np.diff(found.offsets)
        place = np.arange(len(found.values)) - np.repeat(found.offsets[:-1], size)
        beyond = place >= np.repeat(self._table[2][slots], size)
        key = np.repeat(self._table[0][slots], size)
        self._more = [(key[beyond], found.values[beyond])]
        self._n_more = len(self._more[0][0])
        self._most_more = MOST_MORE + 2 * self._n_more

    def _slots(self) -> IntArray:
        """Positions of the pairs in the table, by key."""
        keys = self._table[0]
        slots = np.flatnonzero(keys != kernels.EMPTY)
        return slots[np.argsort(keys[slots])]

    def result(self) -> Reduced:
        """Return the pairs so far.

        Returns
        -------
        Reduced
            The pairs, sorted by target, then source.
        """
        keys, count, held, low = self._table
        slots = self._slots()
        key = keys[slots]
        inside = np.arange(kernels.KEPT) < held[slots][:, None]
        owner, values = np.nonzero(inside)[0], low[slots][inside]
        if self._more:
            more_key, more_ms = (np.concatenate(part) for part in zip(*self._more, strict=True))
            owner = np.concatenate([owner, np.searchsorted(key, more_key)])
            values = np.concatenate([values, more_ms])
            order = np.lexsort((values, owner))
            owner, values = owner[order], values[order]
        offsets = np.searchsorted(owner, np.arange(len(key) + 1))
        _, length = kernels.first_together(offsets, values, SUPPORT_SHARE, SUPPORT_MS)
        kept = np.arange(len(values)) - offsets[owner] < length[owner]
        ends = np.concatenate([[0], np.cumsum(length)])
        return Reduced(
            key >> 32, key & 0xFFFFFFFF, count[slots].astype(np.int64), ends, values[kept]
        )
