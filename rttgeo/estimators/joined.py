"""Lists of whole numbers of many targets, one behind the other: some of them, all of them, sums."""

from __future__ import annotations

import numpy as np

from rttgeo.kernels.growing import Joined
from rttgeo.typing import IntArray


def owner_of(offsets: IntArray) -> IntArray:
    """Of each entry of joined lists, whose list it is in.

    Parameters
    ----------
    offsets
        List i is ``offsets[i]:offsets[i + 1]``, shape (n + 1,).

    Returns
    -------
    numpy.ndarray
        Numbers of lists, shape (offsets[n],).
    """
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def sums_of(offsets: IntArray, values: IntArray) -> IntArray:
    """Sum each of many joined lists.

    Parameters
    ----------
    offsets
        List i is ``values[offsets[i]:offsets[i + 1]]``, shape (n + 1,).
    values
        The entries.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    running = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(running[offsets[1:]] - running[offsets[:-1]], dtype=np.int64)


def pairs_of(offsets: IntArray, where: IntArray) -> tuple[IntArray, IntArray]:
    """Entries of some of many joined lists, and where each of those lists begins among them.

    Parameters
    ----------
    offsets
        List i is ``offsets[i]:offsets[i + 1]``.
    where
        Numbers of the lists, shape (m,).

    Returns
    -------
    tuple
        Numbers of the entries, and offsets, shape (m + 1,).
    """
    count = offsets[where + 1] - offsets[where]
    own = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return np.repeat(offsets[where] - own[:-1], count) + np.arange(own[-1]), own


def taken(joined: Joined, where: IntArray) -> Joined:
    """Some of many lists.

    Parameters
    ----------
    joined
        The lists.
    where
        Numbers of those wanted.

    Returns
    -------
    Joined
        In that order.
    """
    entries, own = pairs_of(joined.offsets, where)
    return Joined(own, joined.values[entries])


def merged(parts: list[tuple[IntArray, Joined]], n: int) -> Joined:
    """Bring lists together that were made in groups.

    Parameters
    ----------
    parts
        Of each group, the numbers of its lists among all, and the lists.
    n
        How many there are in all; each is in one group.

    Returns
    -------
    Joined
        All lists, by their numbers.
    """
    if len(parts) == 1 and len(parts[0][0]) == n:
        return parts[0][1]
    count = np.zeros(n, np.int64)
    for where, joined in parts:
        count[where] = np.diff(joined.offsets)
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    values = np.empty(offsets[-1], np.int64)
    for where, joined in parts:
        entries, _ = pairs_of(offsets, where)
        values[entries] = joined.values
    return Joined(offsets, values)
