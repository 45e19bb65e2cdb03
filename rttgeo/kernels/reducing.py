"""Samples to what a minimum needs: an open hash table of pairs, filled sample by sample.

Of each pair its number of samples is kept, and its lowest ones as far up as they can decide the robust
minimum (`rttgeo.minima`): the lowest sample v with two others up to v + 5 % + 0.5 ms. Once three values
stand together so, nothing above them can matter. Nearly always these are the lowest three.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray

Counts = npt.NDArray[np.int32]
Sizes = npt.NDArray[np.int8]
KEPT = 4
"""Values that a pair has room for; what more of them there are goes to a list of its own."""
EMPTY = -1
FULL = 0.7
"""Share of the table that is filled before it grows: beyond, looking for a free place takes long (Knuth,
vol. 3, 6.4: 2.2 places for one that is there, 6 for one that is not)."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def slot_of(keys: IntArray, key: int) -> int:
    """Find where a key is, or would be, in an open table (Fibonacci hashing, linear probing).

    Parameters
    ----------
    keys
        The table, `EMPTY` where free; its length is a power of two.
    key
        Not negative.

    Returns
    -------
    int
        Its place.
    """
    mixed = np.uint64(key) * _GOLDEN
    slot = np.int64((mixed ^ (mixed >> _HALF)) & np.uint64(len(keys) - 1))
    while keys[slot] != EMPTY and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    return slot  # type: ignore[return-value]


@njit(cache=True, nogil=True)
def together(low: float, high: float, share: float, support_ms: float) -> bool:
    """Say whether a value is close above another.

    Parameters
    ----------
    low, high
        ms.
    share, support_ms
        As `rttgeo.minima` has them.

    Returns
    -------
    bool
        In the arithmetic of `rttgeo.minima.pair_minima`.
    """
    return high <= low * (1 + share) + support_ms


@njit(cache=True, nogil=True)
def take(
    keys: IntArray,
    count: Counts,
    held: Sizes,
    low: FloatArray,
    key: IntArray,
    rtt_ms: FloatArray,
    weight: IntArray,
    begin: int,
    pairs: int,
    share: float,
    support_ms: float,
    more_key: IntArray,
    more_ms: FloatArray,
) -> tuple[int, int, int]:
    """Take samples into the table, until all are in or it is full.

    Parameters
    ----------
    keys, count, held, low
        The table: keys, samples, how many values are held, and these, rising, shape (n, `KEPT`).
    key, rtt_ms, weight
        Of each sample: pair, ms, and as how many samples it counts.
    begin
        The first sample that is not in yet.
    pairs
        In the table already.
    share, support_ms
        As `rttgeo.minima` has them.
    more_key, more_ms
        Filled: values that had no room. As long as ``key``.

    Returns
    -------
    tuple
        The first sample that is not in yet, pairs in the table, and values that had no room.
    """
    n_more = 0
    values = np.empty(KEPT + 1)
    for row in range(begin, len(key)):
        slot = slot_of(keys, key[row])
        if keys[slot] == EMPTY:
            if pairs + 1 > FULL * len(keys):
                return row, pairs, n_more
            keys[slot] = key[row]
            pairs += 1
        count[slot] += weight[row]
        n: int = np.int64(held[slot])  # type: ignore[assignment]
        value = rtt_ms[row]
        full = n >= 3 and together(low[slot, n - 3], low[slot, n - 1], share, support_ms)
        if n and value >= low[slot, n - 1] and (full or n == KEPT):
            if not full:
                more_key[n_more], more_ms[n_more] = key[row], value
                n_more += 1
            continue
        place = n
        while place > 0 and low[slot, place - 1] > value:
            values[place] = low[slot, place - 1]
            place -= 1
        values[place] = value
        for k in range(place):
            values[k] = low[slot, k]
        n += 1
        for k in range(2, n):
            if together(values[k - 2], values[k], share, support_ms):
                n = k + 1
                break
        if n > KEPT:
            n = KEPT
            more_key[n_more], more_ms[n_more] = key[row], values[KEPT]
            n_more += 1
        for k in range(n):
            low[slot, k] = values[k]
        held[slot] = n
    return len(key), pairs, n_more


@njit(cache=True, nogil=True)
def grown(
    keys: IntArray, count: Counts, held: Sizes, low: FloatArray, size: int
) -> tuple[IntArray, Counts, Sizes, FloatArray]:
    """Move a table into a larger one.

    Parameters
    ----------
    keys, count, held, low
        The table, as of `take`.
    size
        Of the new one, a power of two.

    Returns
    -------
    tuple
        The same four, larger.
    """
    new_keys = np.full(size, EMPTY, np.int64)
    new_count, new_held = np.zeros(size, np.int32), np.zeros(size, np.int8)
    new_low = np.empty((size, low.shape[1]))
    for slot in range(len(keys)):
        if keys[slot] != EMPTY:
            to = slot_of(new_keys, keys[slot])
            new_keys[to], new_count[to], new_held[to] = keys[slot], count[slot], held[slot]
            for k in range(held[slot]):
                new_low[to, k] = low[slot, k]
    return new_keys, new_count, new_held, new_low


@njit(cache=True, nogil=True)
def first_together(
    offsets: IntArray, values: FloatArray, share: float, support_ms: float
) -> tuple[IntArray, IntArray]:
    """Find in rising lists the first value with two others close above it.

    Parameters
    ----------
    offsets, values
        List i is ``values[offsets[i]:offsets[i + 1]]``, rising.
    share, support_ms
        As `rttgeo.minima` has them.

    Returns
    -------
    tuple
        Of each list where that value is among ``values``, or -1; and how many of its values can
        matter.
    """
    n = len(offsets) - 1
    found, length = np.full(n, -1, np.int64), np.empty(n, np.int64)
    for i in range(n):
        length[i] = offsets[i + 1] - offsets[i]
        for k in range(offsets[i] + 2, offsets[i + 1]):
            if together(values[k - 2], values[k], share, support_ms):
                found[i], length[i] = k - 2, k + 1 - offsets[i]
                break
    return found, length
