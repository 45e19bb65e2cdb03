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
    """Find the rings that each cap may reach.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.

    Returns
    -------
    tuple
        First ring, and the one behind the last, shape (caps,) each.
    """
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
    """Add each cap's weight where its run on a ring starts, and take it off behind the stop.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring
        Its number, from 0.
    caps
        The caps, radians.
    first, last
        What `spans_of` gave.
    weight
        Weight of each cap.
    sign
        1 to add, -1 to take away.
    difference
        Added to: by how much the sum changes at each cell of the ring, and one more.
    """
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
    """Add up, for each cell, the weights of the caps that hold it, less those of holes.

    A ring's differences fit in the first-level cache, and each ring starts from nought, so
    rounding does not travel.

    Parameters
    ----------
    rings
        Rings of the grid.
    caps
        The caps, radians.
    weight
        Weight of each cap.
    holes
        Caps that take away.
    taken
        Weight of each hole.
    out
        Filled, one entry per cell.
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
