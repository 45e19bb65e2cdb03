"""Functions of great-circle distance, tabulated, between all points of two sets."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]
Singles = npt.NDArray[np.float32]


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
def tabulated(a: Array, b: Array, table: Array, out: Floats) -> None:
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
    x, y, z, chord = b[:, 0].copy(), b[:, 1].copy(), b[:, 2].copy(), np.empty(len(b))
    for i in range(len(a)):
        # Two loops: the first becomes vector instructions, the second cannot.
        for j in range(len(x)):
            dx, dy, dz = a[i, 0] - x[j], a[i, 1] - y[j], a[i, 2] - z[j]
            chord[j] = math.sqrt(dx * dx + dy * dy + dz * dz)
        for j in range(len(x)):
            out[i, j] = at_chord(table, chord[j])


@njit(cache=True, nogil=True)
def scaled_errors(
    points: Array,
    landmarks: Array,
    curve: Array,
    spread: Array,
    narrowing: Array,
    value: Array,
    carried: Singles,
    out: Array,
    log_spread: Array,
) -> None:
    """Compare what landmarks measured with what is expected at each point, by three tables at once.

    Parameters
    ----------
    points, landmarks
        Unit vectors, shapes (n, 3) and (m, 3).
    curve, spread, narrowing
        Expected value, log of the factor of its error, and the inverse of that factor, at chords
        evenly spaced from 0 to 2, shape (n_knots,) each.
    value
        What each landmark measured, on the scale of the curve, shape (m,).
    carried
        What to add to the curve, shape (n, m).
    out
        Filled: (value - expected) / factor, shape (n, m).
    log_spread
        Filled: log of the factors, shape (n, m).
    """
    x, y, z = landmarks[:, 0].copy(), landmarks[:, 1].copy(), landmarks[:, 2].copy()
    knot, last = np.empty(len(x)), len(curve) - 1
    for i in range(len(points)):
        for j in range(len(x)):
            dx, dy, dz = points[i, 0] - x[j], points[i, 1] - y[j], points[i, 2] - z[j]
            chord = math.sqrt(dx * dx + dy * dy + dz * dz)
            knot[j] = min(0.5 * last * chord, last * (1.0 - 1e-14))
        for j in range(len(x)):
            k = int(knot[j])
            part = knot[j] - k
            expected = curve[k] + part * (curve[k + 1] - curve[k]) + carried[i, j]
            narrower = narrowing[k] + part * (narrowing[k + 1] - narrowing[k])
            out[i, j] = (value[j] - expected) * narrower
            log_spread[i, j] = spread[k] + part * (spread[k + 1] - spread[k])
