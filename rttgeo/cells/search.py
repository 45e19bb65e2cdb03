"""Sums of tables over cells, and the search from coarse to fine for those that matter."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.region import Region
from rttgeo.cells.scale import children_of, parents_of
from rttgeo.cells.tiling import Tiling
from rttgeo.errors import BadInputError
from rttgeo.kernels import posterior as kernels
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray, IntArray

FLOOR = -1e9
"""Stands for a log density of minus infinity, so that interpolation never meets 0 · ∞."""
COARSEST_NSIDE = 8
FEW_CELLS, MANY_CELLS = 8192, 131072
"""A start from coarse cells pays above the first; above the second, from those of the globe."""
BEAM = 32
"""Cells of each grid, the most promising ones, in which a good fine cell is looked for."""
SLACK_NATS, SLACK_KNOTS = 0.01, 0.01
"""Bounds are wider by this: far above the rounding of the kernels' single precision."""


@dataclasses.dataclass(frozen=True)
class TableSum:
    """Checked input of one posterior, and the steps from coarse to fine.

    Attributes
    ----------
    grid
        The finest grid.
    landmarks
        Unit vectors, shape (n, 3).
    tables
        Log density per km² at distances `rttgeo.cells.posterior.knots_km`, shape (n_tables,
        n_knots).
    which
        Row of ``tables`` of each landmark, shape (n,).
    log_prior
        To be added at each cell of the finest grid, or None.
    """

    grid: Tiling
    landmarks: FloatArray
    tables: FloatArray
    which: IntArray
    log_prior: FloatArray | None

    @classmethod
    def make(
        cls,
        grid: Tiling,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        tables: npt.ArrayLike,
        which: npt.ArrayLike | None,
        log_prior: npt.ArrayLike | None,
    ) -> TableSum:
        """Check the input of `Posterior.from_tables`, and lay it out.

        Parameters
        ----------
        grid
            The finest grid.
        lon, lat, tables, which, log_prior
            As for `Posterior.from_tables`.

        Returns
        -------
        TableSum
            Ready to be asked.

        Raises
        ------
        BadInputError
            For shapes that do not fit, or NaN.
        """
        lon, lat = sphere.check_lonlat(np.atleast_1d(lon), np.atleast_1d(lat))
        table = np.ascontiguousarray(np.atleast_2d(np.asarray(tables, dtype=float)))
        row = np.arange(len(lon)) if which is None else np.asarray(which, dtype=np.int64)
        if table.shape[1] < 2 or row.shape != lon.shape:
            raise BadInputError(
                "a posterior needs one table row per landmark, with 2 knots or more"
            )
        if len(row) and not (row.min() >= 0 and row.max() < len(table)):
            raise BadInputError(f"a landmark has table {row.max()}, but there are {len(table)}")
        if not table.max(initial=-np.inf) < np.inf:  # nor NaN, which spreads
            raise BadInputError("a table of log density holds NaN or infinity")
        if table.min(initial=0.0) < FLOOR:
            table = np.maximum(table, FLOOR)
        prior = None if log_prior is None else np.asarray(log_prior, dtype=float)
        if prior is not None and (prior.shape != (grid.n_cells,) or np.isnan(prior).any()):
            raise BadInputError(
                f"log_prior must be {number_of(grid.n_cells, 'number')}, one per cell, no NaN"
            )
        return cls(grid, sphere.unit_vectors(lon, lat), table, row, prior)

    def log_density(self, grid: Tiling, cells: IntArray) -> FloatArray:
        """Add up the log density at the centres of cells; with the prior on the finest grid.

        Parameters
        ----------
        grid
            One of the grids of the search.
        cells
            Numbers of its cells, sorted, shape (n,).

        Returns
        -------
        numpy.ndarray
            Per km², shape (n,).
        """
        out = self._sum(grid, cells, self.tables)
        if self.log_prior is not None and grid.nside == self.grid.nside:
            out += np.maximum(self.log_prior[cells], FLOOR)
        return out

    def upper_bound(self, grid: Tiling, cells: IntArray) -> FloatArray:
        """Find a log density that no point of a cell exceeds.

        Parameters
        ----------
        grid
            One of the grids of the search.
        cells
            Numbers of its cells, sorted, shape (n,).

        Returns
        -------
        numpy.ndarray
            Shape (n,).
        """
        chord = sphere.chord_of_km(grid.cell_radius_km)
        # One knot more than the reach, since a value between knots depends on both.
        width = int(np.ceil(chord * 0.5 * (self.tables.shape[1] - 1) + SLACK_KNOTS)) + 1
        wide = np.empty_like(self.tables)
        kernels.widen_tables(self.tables, width, wide)
        bound = self._sum(grid, cells, wide)
        return bound if self.log_prior is None else bound + float(self.log_prior.max())

    def likely_cells(self, region: Region | None, drop_nats: float) -> IntArray:
        """Find the cells of the finest grid that may come near the best one.

        Parameters
        ----------
        region
            Only cells of this region; all by default.
        drop_nats
            How much less probable than the best cell still counts, in nats.

        Returns
        -------
        numpy.ndarray
            Cell numbers, sorted.
        """
        whole = Region.whole(self.grid) if region is None else region
        grid, cells = self._coarse_start(whole)
        if grid.nside == self.grid.nside or not np.isfinite(drop_nats):
            return whole.cells()
        best = self._lower_bound_of_best(grid, cells, whole)
        while grid.nside != self.grid.nside:
            cells = cells[self.upper_bound(grid, cells) >= best - drop_nats - SLACK_NATS]
            finer = Tiling(nside=min(grid.nside * 4, self.grid.nside))
            grid, cells = finer, np.sort(children_of(cells, grid.nside, finer.nside).ravel())
        return cells if region is None else cells[whole.has_cells(cells)]

    def _coarse_start(self, whole: Region) -> tuple[Tiling, IntArray]:
        """A grid on which the region has few enough cells to look at them all, and these."""
        nside, count = self.grid.nside, whole.n_cells
        while count > FEW_CELLS and nside > COARSEST_NSIDE:
            nside, count = max(nside // 4, 1), count // 16
        grid = Tiling(nside=nside)
        if grid.nside == self.grid.nside:
            return grid, whole.cells()
        if whole.n_cells > MANY_CELLS:
            # Looking for the parents of so many costs more than looking at the whole globe.
            return self._coarse_start_of_globe()
        return grid, np.unique(parents_of(whole.cells(), self.grid.nside, grid.nside))

    def _coarse_start_of_globe(self) -> tuple[Tiling, IntArray]:
        grid = Tiling(nside=min(COARSEST_NSIDE, self.grid.nside))
        return grid, np.arange(grid.n_cells)

    def _lower_bound_of_best(self, grid: Tiling, cells: IntArray, whole: Region) -> float:
        """Log density of some good cell of the finest grid: the best one is no worse."""
        beam = BEAM
        while True:
            fine = self._descend(grid, cells, beam)
            fine = fine[whole.has_cells(fine)]
            if len(fine):
                return float(self.log_density(self.grid, fine).max())
            if beam >= 16 * len(cells) * (self.grid.nside // grid.nside) ** 2:
                return -np.inf
            beam *= 16

    def _descend(self, grid: Tiling, cells: IntArray, beam: int) -> IntArray:
        """Sorted cells of the finest grid, within the most promising ones of each coarser grid."""
        while grid.nside != self.grid.nside:
            order = np.argsort(-self._sum(grid, cells, self.tables), kind="stable")
            finer = Tiling(nside=min(grid.nside * 4, self.grid.nside))
            cells = np.sort(children_of(cells[order[:beam]], grid.nside, finer.nside).ravel())
            grid = finer
        return cells

    def _sum(self, grid: Tiling, cells: IntArray, tables: FloatArray) -> FloatArray:
        out = np.empty(len(cells))
        kernels.sum_tables(grid.rings, cells, self.landmarks, tables, self.which, out)
        return out
