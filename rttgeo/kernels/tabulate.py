"""A function of great-circle distance, tabulated, between all points of two sets."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]


@njit(cache=True, inline="always")
def at_chord(table: Array, chord: float) -> float:
    """Look up a table at a chord, interpolated linearly.

    Parameters
    ----------
    table
        Values at chords evenly spaced from 0 to 2, shape (n_knots,).
    chord
        Chord length, 0 to 2 radii.

    Returns
    -------
    float
        The value.
    """
    last = len(table) - 1
    at = min(0.5 * last * chord, last * (1.0 - 1e-14))
    k = int(at)
    return table[k] + (at - k) * (table[k + 1] - table[k])


@njit(cache=True, nogil=True)
def tabulated(a: Array, b: Array, table: Array, out: Array) -> None:
    """Look up a table at the chord between each two points of two sets.

    Parameters
    ----------
    a, b
        Unit vectors, shapes (n, 3) and (m, 3).
    table
        Values at chords evenly spaced from 0 to 2, shape (n_knots,).
    out
        Filled, shape (n, m).
    """
    for i in range(len(a)):
        for j in range(len(b)):
            dx, dy, dz = a[i, 0] - b[j, 0], a[i, 1] - b[j, 1], a[i, 2] - b[j, 2]
            out[i, j] = at_chord(table, math.sqrt(dx * dx + dy * dy + dz * dz))
