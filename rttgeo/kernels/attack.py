"""Inner loops of an attack: tables of likelihood by distance, their sums over cells, guesses.

Tables hold values at chords that are evenly spaced in the square root: 50 m apart next to a
landmark, where a round-trip time of microseconds tells tens of kilometres, 40 km at the antipode.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.typing import FloatArray, IntArray

Singles = npt.NDArray[np.float32]


@njit(cache=True, inline="always")
def student3_cdf(x: float) -> float:
    """Distribution function of Student's t with three degrees of freedom.

    Parameters
    ----------
    x
        Where.

    Returns
    -------
    float
        Probability below x (closed form; Johnson, Kotz and Balakrishnan 1995, chapter 28).
    """
    y = x / math.sqrt(3.0)
    return 0.5 + (y / (1.0 + y * y) + math.atan(y)) / math.pi


@njit(cache=True, nogil=True)
def fill_tables(
    low_ms: FloatArray,
    high_ms: FloatArray,
    weight: FloatArray,
    curve: FloatArray,
    least_ms: FloatArray,
    scale: float,
    offset_ms: float,
    out: FloatArray,
    allowed: FloatArray,
) -> None:
    """Work out the probability of what was published, at every distance.

    The sum over intervals of weight × probability that the true RTT lies in the interval, where
    log(RTT + offset) is Student t (3) about the curve, cut off below what light allows.

    Parameters
    ----------
    low_ms, high_ms
        Intervals of the true RTT, ms, shape (rows, intervals).
    weight
        Of each interval, of the same shape: how likely the mechanism publishes this of a true RTT
        in it.
    curve
        Expected log(RTT + offset) at each distance, shape (knots,).
    least_ms
        The least RTT that light allows at each distance, ms, shape (knots,).
    scale
        Of the residuals, in natural logarithms.
    offset_ms
        Added before logarithms, ms.
    out
        Filled, shape (rows, knots).
    allowed
        Filled with what light alone allows, of the same shape: the largest weight of a time that is
        long enough for the distance, of the largest weight of all.
    """
    knots = len(curve)
    least = np.empty(knots)
    for k in range(knots):
        least[k] = student3_cdf((math.log(least_ms[k] + offset_ms) - curve[k]) / scale)
    for i in range(len(low_ms)):
        for k in range(knots):
            out[i, k] = 0.0
            allowed[i, k] = 0.0
        most = max(weight[i].max(), 1e-300)
        for j in range(low_ms.shape[1]):
            if weight[i, j] <= 0.0 or high_ms[i, j] <= 0.0:
                continue
            low = math.log(max(low_ms[i, j], 0.0) + offset_ms)
            high = math.log(high_ms[i, j] + offset_ms)
            for k in range(knots):
                if high_ms[i, j] <= least_ms[k]:
                    continue
                allowed[i, k] = max(allowed[i, k], weight[i, j] / most)
                above = student3_cdf((high - curve[k]) / scale)
                below = 0.0
                if low_ms[i, j] > 0.0:
                    below = student3_cdf((low - curve[k]) / scale)
                below = max(below, least[k])
                out[i, k] += weight[i, j] * max(above - below, 0.0) / max(1.0 - least[k], 1e-12)


@njit(cache=True, nogil=True)
def widened(tables: Singles, first: IntArray, last: IntArray, out: Singles) -> None:
    """Largest value of each table between two knots, for tables with one hump.

    Parameters
    ----------
    tables
        Shape (rows, knots).
    first, last
        Of each knot, the knots between which to look, shape (knots,).
    out
        Filled, shape (rows, knots).
    """
    for i in range(len(tables)):
        top = 0
        for k in range(tables.shape[1]):
            if tables[i, k] > tables[i, top]:
                top = k
        for k in range(tables.shape[1]):
            if first[k] <= top and top <= last[k]:
                out[i, k] = tables[i, top]
            else:
                out[i, k] = max(tables[i, first[k]], tables[i, last[k]])


@njit(cache=True, nogil=True, fastmath=True)
def add_up(
    points: FloatArray, places: FloatArray, which: IntArray, tables: Singles, out: Singles
) -> None:
    """Add up over landmarks what their tables say at each point.

    Parameters
    ----------
    points
        Unit vectors, shape (n, 3).
    places
        Unit vectors of the landmarks, shape (m, 3).
    which
        Row of each landmark in the tables, shape (m,).
    tables
        Log likelihood at knots, several cases each, shape (rows, knots, cases).
    out
        Added to, shape (n, cases).
    """
    last, cases = tables.shape[1] - 1, tables.shape[2]
    for j in range(len(places)):
        x, y, z, row = places[j, 0], places[j, 1], places[j, 2], which[j]
        for i in range(len(points)):
            along = points[i, 0] * x + points[i, 1] * y + points[i, 2] * z
            # sqrt(c/2) of the chord c = sqrt(2 - 2 cos).
            at = last * math.sqrt(math.sqrt(max(0.5 - 0.5 * along, 0.0)))
            k = min(int(at), last - 1)
            part = np.float32(at - k)
            for b in range(cases):
                here = tables[row, k, b]
                out[i, b] += here + part * (tables[row, k + 1, b] - here)


@njit(cache=True, nogil=True)
def ball_masses(
    points: FloatArray,
    mass: FloatArray,
    guesses: FloatArray,
    chords: FloatArray,
    radius_km: float,
    held: FloatArray,
    error_km: FloatArray,
) -> None:
    """Say of each guess how much probability lies near it, and how far off it is on average.

    Parameters
    ----------
    points
        Unit vectors of the cells, shape (n, 3).
    mass
        Probability of each, shape (n,).
    guesses
        Unit vectors, shape (g, 3).
    chords
        Chords within which probability counts, rising, shape (sizes,).
    radius_km
        Radius of the sphere, km.
    held
        Filled, shape (g, sizes).
    error_km
        Filled with expected great-circle distances, km, shape (g,).
    """
    for g in range(len(guesses)):
        x, y, z = guesses[g, 0], guesses[g, 1], guesses[g, 2]
        for s in range(len(chords)):
            held[g, s] = 0.0
        total = 0.0
        for i in range(len(points)):
            dx, dy, dz = points[i, 0] - x, points[i, 1] - y, points[i, 2] - z
            chord = math.sqrt(dx * dx + dy * dy + dz * dz)
            total += mass[i] * 2.0 * math.asin(min(0.5 * chord, 1.0))
            for s in range(len(chords)):
                if chord <= chords[s]:
                    held[g, s] += mass[i]
        error_km[g] = radius_km * total


@njit(cache=True, nogil=True)
def medians_of(cdf: FloatArray, count: int) -> float:
    """Probability that at least so many of independent events happen (Poisson binomial).

    Parameters
    ----------
    cdf
        Probability of each event, shape (n,).
    count
        How many at least.

    Returns
    -------
    float
        The probability, by the recursion of Wang (Statistica Sinica 3, 1993).
    """
    exactly = np.zeros(len(cdf) + 1)
    exactly[0] = 1.0
    for j in range(len(cdf)):
        for k in range(j + 1, 0, -1):
            exactly[k] = exactly[k] * (1.0 - cdf[j]) + exactly[k - 1] * cdf[j]
        exactly[0] *= 1.0 - cdf[j]
    total = 0.0
    for k in range(count, len(cdf) + 1):
        total += exactly[k]
    return total


@njit(cache=True, nogil=True)
def add_median(
    points: FloatArray,
    places: FloatArray,
    below: FloatArray,
    upto: FloatArray,
    allowed: FloatArray,
    power: float,
    floor: float,
    out: Singles,
) -> None:
    """Add the log probability that the lower median of some landmarks' RTTs lies in an interval.

    Parameters
    ----------
    points
        Unit vectors of cells, shape (n, 3).
    places
        Unit vectors of the landmarks of one group, shape (m, 3).
    below, upto
        By distance, the probability of an RTT below the interval, and below its end: shape
        (knots,).
    allowed
        By distance, whether light allows an RTT up to the interval's end: 1 or 0, shape (knots,).
    power
        To which the probability counts; where light forbids the median there is only the floor.
    floor
        Probability that is granted where there is none.
    out
        Added to, shape (n, 1).
    """
    last, half = len(below) - 1, (len(places) + 1) // 2
    a, b = np.empty(len(places)), np.empty(len(places))
    for i in range(len(points)):
        possible = 0.0
        for j in range(len(places)):
            along = (
                points[i, 0] * places[j, 0]
                + points[i, 1] * places[j, 1]
                + points[i, 2] * places[j, 2]
            )
            at = last * math.sqrt(math.sqrt(max(0.5 - 0.5 * along, 0.0)))
            k = min(int(at), last - 1)
            a[j] = below[k] + (at - k) * (below[k + 1] - below[k])
            b[j] = upto[k] + (at - k) * (upto[k + 1] - upto[k])
            possible += max(allowed[k], allowed[k + 1])
        if possible >= half:
            chance = medians_of(b, half) - medians_of(a, half)
            out[i, 0] += power * math.log(max(chance, 0.0) + floor)
        else:
            out[i, 0] += math.log(floor)
