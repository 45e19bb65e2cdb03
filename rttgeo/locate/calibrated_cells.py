"""Where a target can be: cells that the light in fibre leaves possible, or most nearly so.

At the finest grid on which they are not too many: a coarse one for its delays, which vary
smoothly, and a fine one for the cities, which do not.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.audit.violations import TOLERANCE_KM
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.grid import Grid
from rttgeo.kernels.points import caps_holding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

START_NSIDE = 32
MAX_NSIDE = 1024
FIRST_CELLS, MAX_CELLS = 1500, 64_000
NARROW = 8
"""Quickest landmarks, whose discs are looked at first."""


class Cells(NamedTuple):
    """Some cells of a grid.

    Attributes
    ----------
    grid
        The grid.
    number, nested
        Their numbers in ring order, sorted, and in nested order (Gorski et al. 2005), in which
        the four parts of a cell follow one another.
    centres
        Unit vectors, shape (n, 3).
    parent
        Rows of the coarser cells that they are parts of.
    agreed
        How many landmarks agree with each of them.
    """

    grid: Grid
    number: IntArray
    nested: IntArray
    centres: FloatArray
    parent: IntArray
    agreed: int

    @classmethod
    def of(cls, grid: Grid, number: IntArray) -> Cells:
        """Take sorted cells of a grid; no landmark was asked."""
        nested = np.asarray(healpix.ring2nest(grid.nside, number), dtype=np.int64)
        return cls(grid, number, nested, grid.unit_vectors(number), np.arange(len(number)), 0)

    def parts(self, nside: int) -> Cells:
        """Their parts on a finer grid."""
        count = (nside // self.grid.nside) ** 2
        nested = (self.nested[:, None] * count + np.arange(count)).ravel()
        ring = np.asarray(healpix.nest2ring(nside, nested), dtype=np.int64)
        # Sorted together with their rows in one number: faster than an order and two look-ups.
        bits = len(nested).bit_length()
        packed = np.sort((ring << bits) | np.arange(len(nested)))
        row, number = packed & ((1 << bits) - 1), packed >> bits
        grid = Grid(nside=nside)
        return Cells(
            grid, number, nested[row], grid.unit_vectors(number), row // count, self.agreed
        )

    def where(self, keep: npt.NDArray[np.bool_], agreed: int) -> Cells:
        """Only some of them."""
        if keep.all():
            return self._replace(agreed=agreed)
        return Cells(
            self.grid, self.number[keep], self.nested[keep], self.centres[keep],
            self.parent[keep], agreed,
        )  # fmt: skip


def possible_cells(landmarks: FloatArray, rtt_ms: FloatArray) -> Cells:
    """Cells that fibre leaves possible, on a coarse grid.

    Parameters
    ----------
    landmarks
        Unit vectors, shape (n, 3).
    rtt_ms
        Shape (n,), quickest first.

    Notes
    -----
    A cell is kept when every disc reaches some part of it, `TOLERANCE_KM` left to the declared
    places; where that leaves nothing, the cells that most landmarks agree on. Landmarks that
    contradict others are not asked (`rttgeo.audit`).
    """
    found = _agreed(_all_cells(), landmarks, rtt_ms)
    while found.grid.nside < MAX_NSIDE and 3 * len(found.number) <= FIRST_CELLS:
        found = _agreed(found.parts(2 * found.grid.nside), landmarks, rtt_ms)
    return found


def finest_cells(coarse: Cells, landmarks: FloatArray, rtt_ms: FloatArray) -> Cells:
    """Their possible parts, on the finest grid on which they are not too many."""
    nside, count = coarse.grid.nside, len(coarse.number)
    while nside < MAX_NSIDE and 4 * count <= MAX_CELLS:
        nside, count = 2 * nside, 4 * count
    if nside == coarse.grid.nside:
        return coarse._replace(parent=np.arange(count))
    return _agreed(coarse.parts(nside), landmarks, rtt_ms)


def on_parts(values: FloatArray, coarse: Cells, fine: Cells) -> FloatArray:
    """Values of smooth functions at parts of cells: in each cell along a plane.

    Its slope is that of the plane through the values of the cell and its siblings (up to four
    cells that are parts of one).

    Parameters
    ----------
    values
        At the coarse cells, shape (n_coarse,).

    Returns
    -------
    ndarray
        Shape (n_fine,).
    """
    _, family, size = np.unique(coarse.nested // 4, return_inverse=True, return_counts=True)
    middle = np.stack([np.bincount(family, x) for x in coarse.centres.T], axis=1) / size[:, None]
    level = np.bincount(family, values) / size
    away, rise = coarse.centres - middle[family], values - level[family]
    pairs = [np.bincount(family, a * b) for a in away.T for b in away.T]
    square = np.stack(pairs, axis=1).reshape(-1, 3, 3)
    toward = np.stack([np.bincount(family, rise * x) for x in away.T], axis=1)
    # A touch of ridge: the siblings say nothing about the direction away from the globe.
    ridge = 1e-3 * np.trace(square, axis1=1, axis2=2) + 1e-15
    slope = np.linalg.solve(square + ridge[:, None, None] * np.eye(3), toward[:, :, None])[:, :, 0]
    own = slope[family]
    start = values - (own * coarse.centres).sum(axis=1)
    found: FloatArray = start[fine.parent] + np.einsum("ij,ij->i", own[fine.parent], fine.centres)
    return found


@cache
def _all_cells() -> Cells:
    grid = Grid(nside=START_NSIDE)
    return Cells.of(grid, np.arange(grid.n_cells))


def _agreed(cells: Cells, landmarks: FloatArray, rtt_ms: FloatArray) -> Cells:
    radius_km = KM_PER_MS_RTT["fibre"] * rtt_ms + TOLERANCE_KM
    reach = np.minimum(radius_km + cells.grid.cell_radius_km, np.pi * EARTH_RADIUS_KM)
    least = np.cos(reach / EARTH_RADIUS_KM) - 1e-12
    # The narrow discs exclude nearly all: the others are asked about what those leave.
    for few in (slice(0, NARROW), slice(0, None)):
        votes = np.empty(len(cells.number), dtype=np.int32)
        caps_holding(cells.centres, landmarks[few], least[few], votes)
        most = int(votes.max())
        cells = cells.where(votes == most, most)
    return cells
