"""Arrays that grow, and what is made of them: runs cut at the ends of rings, lists of many targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from rttgeo.typing import FloatArray, IntArray


class Pieces(NamedTuple):
    """Runs cut at the ends of rings, sorted; cells are numbered within their rings."""

    ring: IntArray
    start: IntArray
    stop: IntArray


class Joined(NamedTuple):
    """Lists of whole numbers of many targets: those of target i are ``offsets[i]:offsets[i + 1]``."""

    offsets: IntArray
    values: IntArray


@njit(cache=True, nogil=True)
def extended(values: IntArray, count: int, more: IntArray) -> IntArray:
    """Put numbers behind the first ``count``; a longer array where there is no room.

    Parameters
    ----------
    values
        With room, or not.
    count
        How many there are.
    more
        What comes behind them.

    Returns
    -------
    numpy.ndarray
        ``values``, or a longer copy.
    """
    if count + len(more) > len(values):
        longer = np.empty(2 * (count + len(more)), values.dtype)
        longer[:count] = values[:count]
        values = longer
    values[count : count + len(more)] = more
    return values


@njit(cache=True, nogil=True)
def extended_floats(values: FloatArray, count: int, more: FloatArray) -> FloatArray:
    """Put floats behind the first ``count``, as `extended` does whole numbers.

    Parameters
    ----------
    values
        With room, or not.
    count
        How many there are.
    more
        What comes behind them.

    Returns
    -------
    numpy.ndarray
        ``values``, or a longer copy.
    """
    if count + len(more) > len(values):
        longer = np.empty(2 * (count + len(more)), values.dtype)
        longer[:count] = values[:count]
        values = longer
    values[count : count + len(more)] = more
    return values
