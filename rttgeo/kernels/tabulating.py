"""Rows of coded pairs: checked and laid out in one pass, or brought together pair by pair."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray


@njit(cache=True, nogil=True)
def one_place_each(
    code: npt.NDArray[np.int32],
    lon: FloatArray,
    lat: FloatArray,
    may_be_empty: bool,
    place_lon: FloatArray,
    place_lat: FloatArray,
) -> bool:
    """Give nodes the place that their rows state, where these agree.

    Parameters
    ----------
    code
        Node of each row, shape (rows,).
    lon, lat
        Its place, degrees, NaN where none is stated.
    may_be_empty
        Whether a row may state none.
    place_lon, place_lat
        Of each node, degrees, NaN where no row before stated one; filled.

    Returns
    -------
    bool
        False as soon as a row states half a place, one out of range, or another than before.
    """
    for row in range(len(code)):
        a, b = lon[row], lat[row]
        if may_be_empty and math.isnan(a) and math.isnan(b):
            continue
        if not (-180.0 <= a <= 180.0 and -90.0 <= b <= 90.0):
            return False
        node = code[row]
        if math.isnan(place_lon[node]):
            place_lon[node], place_lat[node] = a, b
        elif place_lon[node] != a or place_lat[node] != b:
            return False
    return True


@njit(cache=True, nogil=True)
def rows_together(
    target: npt.NDArray[np.int32],
    rtt_ms: FloatArray,
    low_ms: float,
    high_ms: float,
    at: int,
    begin: IntArray,
    end: IntArray,
) -> bool:
    """Find where the rows of each target stand, where they stand together and all can be used.

    Parameters
    ----------
    target
        Target of each row, shape (rows,).
    rtt_ms
        Its RTT, ms.
    low_ms, high_ms
        Least and greatest RTT that is taken, ms.
    at
        Number of the first row among all.
    begin, end
        Of each target, first row and the one behind the last; both 0 where no row was before; filled.

    Returns
    -------
    bool
        False as soon as a target's rows are interrupted or an RTT is out of range.
    """
    for row in range(len(target)):
        if not low_ms <= rtt_ms[row] <= high_ms:
            return False
        node, here = target[row], at + row
        if end[node] == 0:
            begin[node] = here
        elif end[node] != here:
            return False
        end[node] = here + 1
    return True


@njit(cache=True, nogil=True)
def rising_within(landmark: npt.NDArray[np.int32], begin: IntArray, end: IntArray) -> bool:
    """Tell whether the landmarks of each target rise from row to row.

    Parameters
    ----------
    landmark
        Numbers of the landmarks, one per row.
    begin, end
        Rows of each target, as of `rows_together`.

    Returns
    -------
    bool
        True where they do, so that no pair appears twice.
    """
    for node in range(len(begin)):
        for row in range(begin[node] + 1, end[node]):
            if landmark[row] <= landmark[row - 1]:
                return False
    return True


@njit(cache=True, nogil=True)
def rows_of_nodes(values, begin, end):  # type: ignore[no-untyped-def]
    """Put the rows of nodes one after the other.

    Parameters
    ----------
    values
        One value per row.
    begin, end
        Rows of each node, in the order in which they are wanted.

    Returns
    -------
    numpy.ndarray
        Of the same kind, one value per row that was wanted.
    """
    found = np.empty((end - begin).sum(), values.dtype)
    at = 0
    for node in range(len(begin)):
        for row in range(begin[node], end[node]):
            found[at] = values[row]
            at += 1
    return found


@njit(cache=True, nogil=True)
def sorted_by_pair(key: IntArray, n_keys: int, rtt_ms: FloatArray) -> tuple[IntArray, FloatArray]:
    """Bring the samples of each pair together, the lowest first.

    Parameters
    ----------
    key
        Number of each sample's pair, from 0, shape (samples,).
    n_keys
        Above all of them.
    rtt_ms
        Of each sample, ms.

    Returns
    -------
    tuple
        Where the samples of each number begin, shape (n_keys + 1,), and the samples, ms.
    """
    bounds = np.zeros(n_keys + 1, np.int64)
    for i in range(len(key)):
        bounds[key[i] + 1] += 1
    for k in range(n_keys):
        bounds[k + 1] += bounds[k]
    at, found = bounds[:-1].copy(), np.empty(len(key))
    for i in range(len(key)):
        found[at[key[i]]] = rtt_ms[i]
        at[key[i]] += 1
    for k in range(n_keys):
        if bounds[k + 1] - bounds[k] > 1:
            found[bounds[k] : bounds[k + 1]].sort()
    return bounds, found
