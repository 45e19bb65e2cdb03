"""Where a target can be: cells that the light in fibre leaves possible, or most nearly so.

At the finest grid on which they are not too many: a coarse one for its delays, which vary
smoothly, and a fine one for the cities, which do not.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.auditing.violations import TOLERANCE_KM
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.kernels.nested import nested_centres
from rttgeo.kernels.points import caps_holding
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from rttgeo.estimators.calibrated.mixed import MixedCells


START_NSIDE = 32
MAX_NSIDE = 1024
FINEST = Grid(nside=2048)
"""Cells 3 km wide, for cities alone: declared places are no better known."""
FIRST_CELLS, MAX_CELLS = 1500, 16_000
NARROW = 8
"""Quickest landmarks, whose discs are looked at first."""


class Cells(NamedTuple):
    """Some cells of a grid.

    Attributes
    ----------
    grid
        The grid.
    nested
        Their numbers, sorted, in nested order (Gorski et al. 2005), in which the four parts of a
        cell follow one another.
    centres
        Unit vectors, shape (n, 3).
    parent
        Rows of the coarser cells that they are parts of.
    agreed
        How many landmarks agree with each of them.
    """

    grid: Grid
    nested: IntArray
    centres: FloatArray
    parent: IntArray
    agreed: int

    @classmethod
    def of(cls, grid: Grid, nested: IntArray) -> Cells:
        """Take sorted cells of a grid; no landmark was asked."""
        return cls(grid, nested, centres_of(grid.nside, nested), np.arange(len(nested)), 0)

    def parts(self, nside: int) -> Cells:
        """Their parts on a finer grid; ``parent`` as that of the cells."""
        count = (nside // self.grid.nside) ** 2
        nested = (self.nested[:, None] * count + np.arange(count)).ravel()
        parent = np.repeat(self.parent, count)
        return Cells(Grid(nside=nside), nested, centres_of(nside, nested), parent, self.agreed)

    def where(self, keep: npt.NDArray[np.bool_], agreed: int) -> Cells:
        """Only some of them."""
        if keep.all():
            return self._replace(agreed=agreed)
        return Cells(self.grid, self.nested[keep], self.centres[keep], self.parent[keep], agreed)

    def numbered(self) -> Cells:
        """As parents of parts that are made from here on."""
        return self._replace(parent=np.arange(len(self.nested)))


def centres_of(nside: int, nested: IntArray) -> FloatArray:
    """Unit vectors of cells, shape (n, 3)."""
    out = np.empty((len(nested), 3))
    nested_centres(nside, nested, out)
    return out


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
    while found.grid.nside < MAX_NSIDE and 3 * len(found.nested) <= FIRST_CELLS:
        found = _agreed(found.parts(2 * found.grid.nside), landmarks, rtt_ms)
    return found.numbered()


def finest_cells(coarse: Cells, landmarks: FloatArray, rtt_ms: FloatArray) -> Cells:
    """Their possible parts, on the finest grid on which they are not too many."""
    nside, count = coarse.grid.nside, len(coarse.nested)
    while nside < MAX_NSIDE and 4 * count <= MAX_CELLS:
        nside, count = 2 * nside, 4 * count
    if nside == coarse.grid.nside:
        return coarse
    return _agreed(coarse.parts(nside), landmarks, rtt_ms)


def agreeing(cells: Cells, landmarks: FloatArray, rtt_ms: FloatArray) -> Cells:
    """Those that as many landmarks agree with as with the cells that they are parts of."""
    votes = _votes(cells, landmarks, rtt_ms)
    return cells.where(votes >= cells.agreed, cells.agreed)


def on_parts(values: FloatArray, coarse: Cells, fine: Cells | MixedCells) -> FloatArray:
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
    first = np.diff(coarse.nested // 4, prepend=-1) > 0
    family = np.cumsum(first) - 1
    size = np.bincount(family)
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
    # The narrow discs exclude nearly all: the others are asked about what those leave.
    for few in (slice(0, NARROW), slice(0, None)):
        votes = _votes(cells, landmarks[few], rtt_ms[few])
        most = int(votes.max())
        cells = cells.where(votes == most, most)
    return cells


def _votes(cells: Cells, landmarks: FloatArray, rtt_ms: FloatArray) -> npt.NDArray[np.int32]:
    """How many discs reach some part of each cell."""
    radius_km = KM_PER_MS_RTT["fibre"] * rtt_ms + TOLERANCE_KM
    reach = np.minimum(radius_km + cells.grid.cell_radius_km, np.pi * EARTH_RADIUS_KM)
    votes = np.empty(len(cells.nested), dtype=np.int32)
    caps_holding(cells.centres, landmarks, np.cos(reach / EARTH_RADIUS_KM) - 1e-12, votes)
    return votes
