"""`MixedPosterior`: a posterior over cells of several sizes.

Each is a whole cell of some coarser grid, and so a run of cells in the nested order of the finest
grid (Gorski et al., Astrophys. J. 622, 2005, section 4; the IVOA calls a set of such cells a
multi-order coverage map).
"""

from __future__ import annotations

import dataclasses
import math
from functools import cached_property
from typing import TYPE_CHECKING

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior, count_holding
from rttgeo.cells.containers import (
    healpix_dataset,
    level_of_nside,
    uniq_numbers,
    zuniq_numbers,
)
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import Tiling
from rttgeo.kernels.nested import nested_centres, runs_of_blocks
from rttgeo.kernels.runs import cells_of
from rttgeo.kernels.sorting import largest_first
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import xarray as xr

MAX_PARTS = 2_000_000
"""Most cells in a region: more would take seconds to list, without showing more."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class MixedPosterior(AnyPosterior):
    """A probability distribution over pieces of the globe of several sizes; the rest has none.

    Attributes
    ----------
    grid
        The finest grid.
    start, size
        First cell of each piece (its nested number on that grid, sorted) and its number of cells (a
        power of four), shape (n,).
    held
        Probability of each piece, shape (n,), summing to 1.
    log_evidence
        As in `Posterior`.
    """

    grid: Grid
    start: IntArray
    size: IntArray
    held: FloatArray
    log_evidence: float = np.nan

    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {number_of(len(self.start), 'piece')}, nside {self.grid.nside}>"

    @cached_property
    def plain(self) -> Posterior:
        """The same distribution over cells of the finest grid: many more numbers."""
        row, cells = self._parts(np.arange(len(self.start)))
        order = np.argsort(cells)
        share = (self.held / self.size)[row[order]]
        return Posterior(self.grid, cells[order], share, self.log_evidence)

    @property
    def cells(self) -> IntArray:
        """Sorted cells of the finest grid with any probability."""
        return self.plain.cells

    @property
    def probability(self) -> FloatArray:
        """Probability that the target is in each of `cells`."""
        return self.plain.probability

    @property
    def promised(self) -> FloatArray:
        """Probability of each piece, shape (n,)."""
        return self.held

    @property
    def radius_km(self) -> FloatArray:
        """Largest distance from each piece's centre to a point in it, km, shape (n,)."""
        sizes, of = np.unique(self.size, return_inverse=True)
        nsides = [self.grid.nside // math.isqrt(int(size)) for size in sizes]
        return np.array([Grid(nside=nside).cell_radius_km for nside in nsides])[of]

    @property
    def support(self) -> Region:
        """Everything with any probability."""
        return self._region(np.arange(len(self.start)))

    @cached_property
    def region_grid(self) -> Grid:
        """Grid of the regions: the finest on which `support` has at most `MAX_PARTS` cells.

        If it is coarser than the grid of the pieces, a region consists of all cells that it
        touches.
        """
        nside = self.grid.nside
        while nside > 1 and self._on(nside)[1].sum() > MAX_PARTS:
            nside //= 2
        return Grid(nside=nside)

    def pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """List the pieces' centres and probabilities.

        Returns
        -------
        tuple
            Longitudes and latitudes, degrees, and probabilities, shape (n,) each.
        """
        return *sphere.directions(self.centres(np.arange(len(self.start)))), self.held

    def centres(self, row: IntArray) -> FloatArray:
        """Find the centres of some pieces.

        Parameters
        ----------
        row
            Numbers of the pieces, shape (n,).

        Returns
        -------
        numpy.ndarray
            Unit vectors, shape (n, 3).
        """
        start, size, out = self.start[row], self.size[row], np.empty((len(row), 3))
        for one in np.unique(size):
            own = np.flatnonzero(size == one)
            part = np.empty((len(own), 3))
            nested_centres(self.grid.nside // math.isqrt(one), start[own] // one, part)
            out[own] = part
        return out

    def nested_cells(self, nside: int) -> IntArray:
        """Find the cell of another grid that holds, or touches, the centre of each piece.

        Parameters
        ----------
        nside
            The nside of that grid, a power of two.

        Returns
        -------
        numpy.ndarray
            Their nested numbers, shape (n,).
        """
        # The centre of a piece is the far corner of its first quarter.
        part = self.start + np.maximum(self.size // 4 - 1, 0)
        if nside > self.grid.nside:
            return part * (nside // self.grid.nside) ** 2
        return part // (self.grid.nside // nside) ** 2

    def credible_region(self, level: float = 0.95) -> Region:
        """Find the smallest region that holds the target with at least this probability.

        Parameters
        ----------
        level
            Probability, above 0 and at most 1.

        Returns
        -------
        Region
            On the finest grid.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        """
        count = count_holding(self.held[self.by_density], level)
        return self._region(self.by_density[:count])

    def level_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
        """Find the smallest level whose credible region contains a point.

        Parameters
        ----------
        lon, lat
            Points, degrees.

        Returns
        -------
        numpy.ndarray
            Levels, of the shape of the points; infinite where no region contains the point.

        Raises
        ------
        BadInputError
            When a point is out of range.
        """
        held = np.empty(len(self.start))
        held[self.by_density] = np.cumsum(self.held[self.by_density])
        row = self.row_of(lon, lat)
        return np.where(row >= 0, np.minimum(held[row], 1.0), np.inf)

    def row_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Find the piece that holds each point; -1 where none does.

        Parameters
        ----------
        lon, lat
            Points, degrees.

        Returns
        -------
        numpy.ndarray
            Numbers of the pieces, of the shape of the points.

        Raises
        ------
        BadInputError
            When a point is out of range.
        """
        return row_of_parts(self.start, self.size, self.grid, lon, lat)

    def levels_and_cells(self) -> tuple[IntArray, IntArray]:
        """Return the HEALPix level of each piece and its nested number at that level.

        Returns
        -------
        tuple
            Levels and nested numbers, shape (n,) each.
        """
        quartered = np.round(np.log2(self.size) / 2).astype(np.int64)
        return level_of_nside(self.grid.nside) - quartered, self.start // self.size

    @property
    def uniq(self) -> IntArray:
        """UNIQ numbers of the pieces, as in multi-order coverage maps (MOC), shape (n,)."""
        return uniq_numbers(*self.levels_and_cells())

    def to_xarray(self) -> xr.Dataset:
        """Convert to an xarray dataset in the convention of xdggs.

        Each piece is one cell at its own level; none is expanded to the finest level.

        Returns
        -------
        xarray.Dataset
            ``probability`` and ``probability_density`` (per steradian) along ``cells``, with the
            coordinates ``cell_ids`` (``zuniq`` numbers, which ``xdggs.decode`` understands),
            ``level``, ``nested`` (number at that level) and ``uniq``.

        Raises
        ------
        NotThereError
            When xarray is not installed (``pip install 'rttgeo[xarray]'``).

        Notes
        -----
        For cells of several levels, xdggs wants the attribute ``level`` to be empty, which netCDF
        cannot store: write the dataset as Zarr, or drop that attribute first.
        """
        level, nested = self.levels_and_cells()
        more = {"level": level, "nested": nested, "uniq": uniq_numbers(level, nested)}
        return healpix_dataset(
            zuniq_numbers(level, nested),
            self.held,
            np.asarray(self.size * self.grid.cell_area_km2, dtype=np.float64),
            {"level": None, "indexing_scheme": "zuniq"},
            more,
        )

    def probability_of(self, region: Region) -> float:
        """Compute the probability that the target is in a region of the finest grid.

        Parameters
        ----------
        region
            A region on the finest grid.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        BadInputError
            When the region is on another grid.
        """
        return self.plain.probability_of(region)

    def resample(self, grid: Grid) -> Posterior:
        """Convert to another grid, as `Posterior.resample` does.

        Parameters
        ----------
        grid
            The other grid, finer or coarser.

        Returns
        -------
        Posterior
            The posterior over cells of that grid.
        """
        return self.plain.resample(grid)

    @cached_property
    def by_density(self) -> IntArray:
        """Positions of the pieces, densest first."""
        # Stable, so that equally dense pieces come in the same order everywhere.
        return largest_first(self.held / self.size)

    def _region(self, row: IntArray) -> Region:
        grid = self.region_grid
        start, size = self._on(grid.nside)
        runs = runs_of_blocks(grid.nside, start[row], size[row], grid.rings.first)
        return Region.from_intervals(grid, *runs)

    def _on(self, nside: int) -> tuple[IntArray, IntArray]:
        """First cell of each piece on another grid, and how many cells it has or touches."""
        factor = (self.grid.nside // nside) ** 2
        return self.start // factor, np.maximum(self.size // factor, 1)

    def _parts(self, row: IntArray) -> tuple[IntArray, IntArray]:
        """Row of each part of some pieces, and its cell on the finest grid."""
        nested = cells_of(self.start[row], self.start[row] + self.size[row])
        ring = healpix.nest2ring(self.grid.nside, nested)
        return np.repeat(row, self.size[row]), np.asarray(ring, dtype=np.int64)


def row_of_parts(
    start: IntArray, size: IntArray, grid: Tiling, lon: npt.ArrayLike, lat: npt.ArrayLike
) -> IntArray:
    """Find the piece that holds a point; -1 where none does (`MixedPosterior`).

    Parameters
    ----------
    start
        First nested cell of each piece, rising, shape (n,).
    size
        Number of its cells, shape (n,).
    grid
        The finest grid, whose cells these are.
    lon, lat
        Points, degrees.

    Returns
    -------
    numpy.ndarray
        Numbers of the pieces, of the shape of the points.

    Raises
    ------
    BadInputError
        When a point is out of range.
    """
    cell = np.asarray(healpix.ring2nest(grid.nside, grid.cell_of(lon, lat)), dtype=np.int64)
    return row_holding(start, size, cell)


def row_holding(start: IntArray, size: IntArray, part: IntArray) -> IntArray:
    """Find the cells that hold parts of the finest grid.

    Parameters
    ----------
    start, size
        Cells, sorted, shape (n,).
    part
        Nested numbers on the finest grid, any shape.

    Returns
    -------
    IntArray
        Row of the cell, -1 where none holds it.
    """
    if not len(start):
        return np.full(np.shape(part), -1)
    row = np.maximum(np.searchsorted(start, part, side="right") - 1, 0)
    return np.asarray(np.where((part >= start[row]) & (part < start[row] + size[row]), row, -1))
