"""How many caps (or annuli) hold each cell: a difference array and a running sum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from rttgeo.kernels.rings import Caps, IntArray, Rings, ring_run, ring_span

Numbers = npt.NDArray[np.int32] | npt.NDArray[np.float64]


@njit(cache=True)
def add_caps(rings: Rings, caps: Caps, weight: Numbers, difference: Numbers) -> None:
    """Add each cap's weight at the starts of its runs and take it off behind their stops.

    ``difference`` has one entry more than there are cells. Where a run ends with its ring the
    weight is taken off at the next ring's first cell, so each ring sums up on its own.
    """
    for cap in range(len(caps.radius)):
        first, last = ring_span(rings, caps, cap)
        for ring in range(first, last):
            at, length = ring_run(rings, ring, caps, cap)
            if length == 0:
                continue
            base, end = rings.first[ring], rings.first[ring + 1]
            difference[base + at] += weight[cap]
            if base + at + length <= end:
                difference[base + at + length] -= weight[cap]
            else:
                difference[end] -= weight[cap]
                difference[base] += weight[cap]
                difference[base + at + length - (end - base)] -= weight[cap]


@njit(cache=True)
def running_sum(first: IntArray, difference: Numbers, out: Numbers) -> None:
    """Sum differences along the cells."""
    total = difference[0] - difference[0]
    for cell in range(first[-1]):
        total += difference[cell]
        out[cell] = total
