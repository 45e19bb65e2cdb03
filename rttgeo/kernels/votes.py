"""How many caps (or annuli) hold each cell: a difference array and a running sum, ring by ring."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from rttgeo.kernels.rings import Caps, Rings, ring_run, ring_span
from rttgeo.typing import IntArray

Numbers = npt.NDArray[np.int32] | npt.NDArray[np.float64]


@njit(cache=True)
def spans_of(rings: Rings, caps: Caps) -> tuple[IntArray, IntArray]:
    """First and last + 1 of the rings that each cap may reach."""
    first, last = np.empty(len(caps.radius), np.int64), np.empty(len(caps.radius), np.int64)
    for cap in range(len(caps.radius)):
        first[cap], last[cap] = ring_span(rings, caps, cap)
    return first, last


# Inlined: handing the tables over on the stack would cost more than the sum itself.
@njit(cache=True, forceinline=True)
def add_ring(
    rings: Rings,
    ring: int,
    caps: Caps,
    first: IntArray,
    last: IntArray,
    weight: Numbers,
    sign: int,
    difference: Numbers,
) -> None:
    """Add each cap's weight where its run on a ring starts, and take it off behind the stop."""
    n = rings.first[ring + 1] - rings.first[ring]
    for cap in range(len(caps.radius)):
        if not first[cap] <= ring < last[cap]:
            continue
        at, length = ring_run(rings, ring, caps, cap)
        if length == 0:
            continue
        amount = sign * weight[cap]
        difference[at] += amount
        if at + length > n:
            difference[0] += amount
            difference[at + length - n] -= amount
        else:
            difference[at + length] -= amount


@njit(cache=True, parallel=True)
def count(
    rings: Rings, caps: Caps, weight: Numbers, holes: Caps, taken: Numbers, out: Numbers
) -> None:
    """Fill ``out``, one entry a cell, with the weights of caps less those of holes.

    A ring's differences fit in the first-level cache, and each ring starts from nought, so
    rounding does not travel.
    """
    first, last = spans_of(rings, caps)
    hole_first, hole_last = spans_of(rings, holes)
    for ring in prange(len(rings.lat)):
        base, end = rings.first[ring], rings.first[ring + 1]
        difference = np.zeros(end - base + 1, out.dtype)
        add_ring(rings, ring, caps, first, last, weight, 1, difference)
        add_ring(rings, ring, holes, hole_first, hole_last, taken, -1, difference)
        total = difference[0] - difference[0]
        for cell in range(end - base):
            total += difference[cell]
            out[base + cell] = total
