"""Points that are cells of one target: how many caps hold each, and which is the first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray

Counts = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def caps_holding(points: FloatArray, centres: FloatArray, cosine: FloatArray, out: Counts) -> None:
    """Count how many caps hold each point.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    centres
        Unit vectors of the caps' centres, shape (m, 3).
    cosine
        Cosine of each cap's radius, shape (m,): it holds what is at least this along its centre.
    out
        Filled, shape (n,).
    """
    # Coordinates apart from one another: then the inner loop becomes vector instructions.
    u, v, w = centres[:, 0].copy(), centres[:, 1].copy(), centres[:, 2].copy()
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        held = 0
        for j in range(len(u)):
            held += x * u[j] + y * v[j] + z * w[j] >= cosine[j]
        out[i] = held


@njit(cache=True, nogil=True)
def held_by_most(
    points: FloatArray, centres: FloatArray, cosine: FloatArray, few: int, missing: int
) -> tuple[IntArray, int]:
    """Find the points that the most caps hold: first of the first few caps, then of all of them.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3), at least one.
    centres
        Unit vectors of the caps' centres, shape (m, 3).
    cosine
        Cosine of each cap's radius, shape (m,).
    few
        Number of caps that are counted first; the others are counted only for the points kept.
    missing
        Points that lack this many of all caps are kept, too.

    Returns
    -------
    tuple
        Numbers of the points kept, ascending, and the number of caps that hold each, or more.
    """
    u, v, w = centres[:, 0].copy(), centres[:, 1].copy(), centres[:, 2].copy()
    few = min(few, len(u))
    held, row, kept = np.zeros(len(points), np.int64), np.arange(len(points)), len(points)
    first, least = 0, 0
    for last in (few, len(u)):
        most = 0
        for k in range(kept):
            i = row[k]
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            here = 0
            for j in range(first, last):
                here += x * u[j] + y * v[j] + z * w[j] >= cosine[j]
            held[k] += here
            most = max(most, held[k])
        least, count = min(last - missing, most), 0
        for k in range(kept):
            if held[k] >= least:
                row[count], held[count] = row[k], held[k]
                count += 1
        first, kept = last, count
    return row[:kept], least


@njit(cache=True, nogil=True)
def first_touched(
    points: FloatArray, centres: FloatArray, cosine: FloatArray, out: npt.NDArray[np.int64]
) -> None:
    """Find the first of some caps that holds each point.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    centres
        Unit vectors of the caps' centres, shape (m, 3).
    cosine
        Cosine of each cap's radius, shape (m,).
    out
        Filled with numbers of caps, m where none holds the point; shape (n,).
    """
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        found = len(centres)
        for j in range(len(centres)):
            if x * centres[j, 0] + y * centres[j, 1] + z * centres[j, 2] >= cosine[j]:
                found = j
                break
        out[i] = found
