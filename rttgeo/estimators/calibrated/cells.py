"""Where a target can be: the cells that light allows, or that most landmarks agree on.

They are on the finest grid on which there are not too many: a coarse grid for the delays, which
vary smoothly, and a fine one for cities, which do not.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.towns import FINEST as FINEST
from rttgeo.kernels.nested import nested_centres
from rttgeo.kernels.points import caps_holding, held_by_most
from rttgeo.typing import FloatArray, IntArray

START_NSIDE = 32
"""Cells 200 km wide: there are 12,288 on the globe, quickly checked one by one."""
MAX_NSIDE = 1024
"""Cells 6 km wide: delays give no finer information."""
NARROW = 8
"""Number of quickest landmarks whose circles are checked first; no result depends on it."""


class Cells(NamedTuple):
    """Some cells of a grid.

    Attributes
    ----------
    grid
        The grid.
    nested
        Their numbers, sorted, in nested order (Gorski et al. 2005), in which the four parts of a
        cell are consecutive.
    centres
        Unit vectors, shape (n, 3).
    parent
        Rows of the coarser cells that they are parts of.
    agreed
        How many landmarks agree with each of them.
    """

    grid: Tiling
    nested: IntArray
    centres: FloatArray
    parent: IntArray
    agreed: int

    @classmethod
    def of(cls, grid: Tiling, nested: IntArray) -> Cells:
        """Make sorted cells of a grid, before checking any landmark.

        Parameters
        ----------
        grid
            Tiling of the cells.
        nested
            Numbers of the cells in nested order, ascending, shape (n,).

        Returns
        -------
        Cells
            The cells, each its own parent.
        """
        return cls(grid, nested, centres_of(grid.nside, nested), np.arange(len(nested)), 0)

    def parts(self, nside: int) -> Cells:
        """Divide the cells into those of a finer grid; ``parent`` stays that of the cells.

        Parameters
        ----------
        nside
            Resolution of the finer grid, a multiple of the present one by a power of two.

        Returns
        -------
        Cells
            All parts of all cells, in nested order.
        """
        count = (nside // self.grid.nside) ** 2
        nested = (self.nested[:, None] * count + np.arange(count)).ravel()
        parent = np.repeat(self.parent, count)
        return Cells(Tiling(nside=nside), nested, centres_of(nside, nested), parent, self.agreed)

    def where(self, keep: npt.NDArray[np.bool_], agreed: int) -> Cells:
        """Keep only some of the cells.

        Parameters
        ----------
        keep
            Mask of the cells to keep, shape (n,).
        agreed
            Number of circles that reach each kept cell.

        Returns
        -------
        Cells
            The cells kept.
        """
        # Row numbers: a mask of rows would be converted number by number.
        return self.rows(np.flatnonzero(keep), agreed)

    def rows(self, row: IntArray, agreed: int) -> Cells:
        """Keep only some of the cells.

        Parameters
        ----------
        row
            Rows of the cells to keep, ascending.
        agreed
            Number of circles that reach each kept cell.

        Returns
        -------
        Cells
            The cells kept.
        """
        if len(row) == len(self.nested):
            return self._replace(agreed=agreed)
        nested, parent = self.nested.take(row), self.parent.take(row)
        return Cells(self.grid, nested, self.centres.take(row, axis=0), parent, agreed)

    def numbered(self) -> Cells:
        """Renumber the cells, as parents of the parts made from now on.

        Returns
        -------
        Cells
            The same cells, each its own parent.
        """
        return self._replace(parent=np.arange(len(self.nested)))


def centres_of(nside: int, nested: IntArray) -> FloatArray:
    """Find the centres of cells.

    Parameters
    ----------
    nside
        Resolution of the HEALPix grid, a power of two.
    nested
        Numbers of the cells in nested order, shape (n,).

    Returns
    -------
    FloatArray
        Unit vectors, shape (n, 3).
    """
    out = np.empty((len(nested), 3))
    nested_centres(nside, nested, out)
    return out


class LimitCircles(NamedTuple):
    """The landmarks of one target as circles that light cannot leave.

    Attributes
    ----------
    points
        Unit vectors, shape (n, 3), quickest first.
    rtt_ms
        Round-trip times, ms, shape (n,).
    tolerance_km
        How far off declared places may be, for light in fibre, km.
    vacuum_km
        The same for light in vacuum, km; infinite to use fibre alone.
    """

    points: FloatArray
    rtt_ms: FloatArray
    tolerance_km: float
    vacuum_km: float = np.inf

    @property
    def radius_km(self) -> FloatArray:
        """Distance that light and the tolerances allow, km, shape (n,)."""
        return self._reach_km(0.0)

    def by_fibre(self) -> LimitCircles:
        """Use only light in fibre.

        Returns
        -------
        LimitCircles
            The same landmarks, bounded only by fibre and its tolerance.
        """
        return self._replace(vacuum_km=np.inf)

    def by_vacuum(self) -> npt.NDArray[np.bool_]:
        """Mark the landmarks bounded by light in vacuum, because the circle of fibre is larger.

        Returns
        -------
        npt.NDArray[np.bool_]
            Mask, shape (n,).
        """
        return np.asarray(self.radius_km < self.by_fibre().radius_km)

    def _reach_km(self, cell_km: float) -> FloatArray:
        """Largest distance at which some part of a cell with this radius may be inside.

        The tolerance for light in vacuum also serves as the cell's radius, so that small circles
        stay small.
        """
        fibre = KM_PER_MS_RTT["fibre"] * self.rtt_ms + self.tolerance_km + cell_km
        vacuum = KM_PER_MS_RTT["vacuum"] * self.rtt_ms + max(self.vacuum_km, cell_km)
        return np.minimum(fibre, vacuum)

    def votes(self, cells: Cells) -> npt.NDArray[np.int32]:
        """Count the circles that reach some part of each cell.

        Parameters
        ----------
        cells
            Cells of one grid.

        Returns
        -------
        npt.NDArray[np.int32]
            Number of circles for each cell, shape (n,).
        """
        votes = np.empty(len(cells.nested), dtype=np.int32)
        caps_holding(cells.centres, self.points, self._cosines(cells.grid), votes)
        return votes

    def _cosines(self, grid: Tiling) -> FloatArray:
        """Cosines of the angles at which circles reach some part of a cell, shape (n,)."""
        far = np.minimum(self._reach_km(grid.cell_radius_km), np.pi * EARTH_RADIUS_KM)
        return np.cos(far / EARTH_RADIUS_KM) - 1e-12

    def reach(self, cells: Cells) -> npt.NDArray[np.bool_]:
        """Find which circles reach some part of which cells.

        Parameters
        ----------
        cells
            Cells of one grid.

        Returns
        -------
        npt.NDArray[np.bool_]
            Shape (n_cells, n_circles).
        """
        found: npt.NDArray[np.bool_] = cells.centres @ self.points.T >= self._cosines(cells.grid)
        return found

    def most_agreed(self, cells: Cells, missing: int = 0) -> Cells:
        """Keep the cells that the most circles reach: all circles, if they have a point in common.

        Parameters
        ----------
        cells
            Cells of one grid.
        missing
            Cells that all circles but this many reach are kept, too.

        Returns
        -------
        Cells
            The cells kept.
        """
        # The narrow circles exclude nearly everything: the others are checked only on what those
        # leave.
        cosines = self._cosines(cells.grid)
        return cells.rows(*held_by_most(cells.centres, self.points, cosines, NARROW, missing))

    def agreeing(self, cells: Cells) -> Cells:
        """Keep the cells that are reached by as many circles as their parents.

        Parameters
        ----------
        cells
            Cells of one grid.

        Returns
        -------
        Cells
            The cells kept; ``agreed`` is unchanged.
        """
        return cells.where(self.votes(cells) >= cells.agreed, cells.agreed)


def possible_cells(circles: LimitCircles, settings: Settings) -> Cells:
    """Find the cells that light allows, on a coarse grid.

    Parameters
    ----------
    circles
        The circles that light allows around the landmarks, one per round-trip time.
    settings
        Settings of the estimator.

    Returns
    -------
    Cells
        Possible cells, each its own parent.

    Notes
    -----
    A cell is kept if every circle reaches some part of it; if that leaves nothing, the cells that
    most landmarks agree on are kept. Landmarks that contradict others are not used
    (`rttgeo.auditing`).
    """
    found = circles.most_agreed(_all_cells())
    while found.grid.nside < MAX_NSIDE and 3 * len(found.nested) <= settings.first_cells:
        found = circles.most_agreed(found.parts(2 * found.grid.nside))
    return found.numbered()


def reached_by_all_but_one(circles: LimitCircles, count: int) -> Cells:
    """Find the cells that all circles reach, or all but any one of them.

    Parameters
    ----------
    circles
        The circles that fibre allows around the landmarks, one per round-trip time.
    count
        Cells are split as long as there are at most a third of this number.

    Returns
    -------
    Cells
        Cells of one grid; if there are none, those that most circles reach.
    """
    cells = _all_cells()
    while True:
        cells = circles.most_agreed(cells, missing=1)
        if cells.grid.nside >= MAX_NSIDE or 3 * len(cells.nested) > count:
            return cells
        cells = cells.parts(2 * cells.grid.nside)


def finest_cells(coarse: Cells, circles: LimitCircles, settings: Settings) -> Cells:
    """Split cells up to the finest grid on which they are not too many, keeping the possible parts.

    Parameters
    ----------
    coarse
        Possible cells of a coarse grid.
    circles
        The circles that light allows around the landmarks, one per round-trip time.
    settings
        Settings of the estimator.

    Returns
    -------
    Cells
        Their possible parts; ``parent`` is the number of the coarse cell.
    """
    nside, count = coarse.grid.nside, len(coarse.nested)
    while nside < MAX_NSIDE and 4 * count <= settings.max_cells:
        nside, count = 2 * nside, 4 * count
    if nside == coarse.grid.nside:
        return coarse
    return circles.most_agreed(coarse.parts(nside))


@cache
def _all_cells() -> Cells:
    grid = Tiling(nside=START_NSIDE)
    return Cells.of(grid, np.arange(grid.n_cells))
