"""`Posterior`: the probability of each cell, and the credible regions that follow from it.

A posterior is the product over landmarks of densities *on area* (per km², as a function of the
distance to the landmark). A density p(d) per km of distance becomes one on area by dividing by
the length of the circle, 2π R sin(d/R): see `area_log_density`.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells import containers
from rttgeo.cells.any_posterior import AnyPosterior, count_holding
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.cells.scale import children_of, parents_of
from rttgeo.cells.search import FLOOR, TableSum
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.kernels.sorting import largest_first
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import xarray as xr

KNOTS = 2048
"""Default number of knots in a table: 6.2 km apart where it matters."""
DROP_NATS = 30.0
"""Cells that are certainly less probable than the best one by a factor of exp(30) are left out: on
any grid that fits in memory, they hold less than a millionth of the probability together."""


def knots_km(n_knots: int = KNOTS) -> FloatArray:
    """Compute the distances at which tables of log density hold their values.

    They are equally spaced in chord length c from 0 to 2, with d = 2 R arcsin(c/2). That makes them
    nearly equally spaced in distance, except over the last few thousand kilometres, where they are
    farther apart.

    Parameters
    ----------
    n_knots
        Number of distances.

    Returns
    -------
    numpy.ndarray
        Distances, km, rising from 0 to half the circumference, shape (n_knots,).
    """
    return sphere.km_of_chord(np.linspace(0.0, 2.0, n_knots))


def area_log_density(log_density: npt.ArrayLike, distance_km: npt.ArrayLike) -> FloatArray:
    """Convert log density per km of distance to log density per km² of area.

    The log of the length of the circle at that distance is subtracted. Within half a kilometre of
    the point or its antipode, the length at half a kilometre is used: the circle shrinks to a
    point, but no measurement is that precise.

    Parameters
    ----------
    log_density
        Log densities per km of distance.
    distance_km
        Their distances, km, of a shape that broadcasts against theirs.

    Returns
    -------
    numpy.ndarray
        Log densities per km².

    Notes
    -----
    The circle of radius d on a sphere of radius R is 2πR sin(d/R) long.
    """
    arc = np.clip(np.asarray(distance_km, dtype=float), 0.5, np.pi * EARTH_RADIUS_KM - 0.5)
    circle_km = 2 * np.pi * EARTH_RADIUS_KM * np.sin(arc / EARTH_RADIUS_KM)
    found: FloatArray = np.asarray(log_density, dtype=float) - np.log(circle_km)
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class Posterior(AnyPosterior):
    """A probability distribution over cells of a grid; cells that are not listed have none.

    Attributes
    ----------
    grid
        The grid.
    cells
        Sorted cell numbers, shape (n,).
    probability
        Probability that the target is in each cell, shape (n,), summing to 1.
    log_evidence
        Log of the sum of density × area before normalisation, which tells how well the landmarks
        agree; NaN when unknown.
    """

    grid: Grid
    cells: IntArray
    probability: FloatArray
    log_evidence: float = np.nan

    @classmethod
    def from_log_density(
        cls, grid: Grid, cells: npt.ArrayLike, log_density: npt.ArrayLike
    ) -> Posterior:
        """Make a posterior from log densities, which need to be known only up to a constant.

        Parameters
        ----------
        grid
            The grid.
        cells
            Cell numbers, sorted and distinct, shape (n,).
        log_density
            Log density at their centres, shape (n,); minus infinity rules a cell out.

        Returns
        -------
        Posterior
            The normalised posterior over these cells.

        Raises
        ------
        BadInputError
            When there is no cell, a value is NaN, or all cells are ruled out.
        """
        numbers, log_p = grid.check_cells(cells), np.asarray(log_density, dtype=float)
        if numbers.shape != log_p.shape or numbers.ndim != 1 or not len(numbers):
            raise BadInputError(
                f"{number_of(numbers.size, 'cell')} but {number_of(log_p.size, 'log density')}; expected "
                f"one each, and at least 1 cell"
            )
        if (np.diff(numbers) <= 0).any():
            raise BadInputError("cells of a posterior must be sorted and distinct")
        top = float(log_p.max())
        if not FLOOR / 2 < top < np.inf:
            raise BadInputError(f"the largest log density is {top}: no cell is possible")
        weight = np.exp(log_p - top)
        total = float(weight.sum())
        keep = weight > 0
        evidence = top + np.log(total) + np.log(grid.cell_area_km2)
        return cls(grid, numbers[keep], weight[keep] / total, float(evidence))

    @classmethod
    def from_tables(
        cls,
        grid: Grid,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        tables: npt.ArrayLike,
        *,
        which: npt.ArrayLike | None = None,
        region: Region | None = None,
        log_prior: npt.ArrayLike | None = None,
        drop_nats: float = DROP_NATS,
    ) -> Posterior:
        """Multiply one density per landmark, from coarse cells to fine ones.

        The density in a coarse cell is bounded from above by the largest value that each table
        takes within the cell's radius, so no cell is dropped that could come within ``drop_nats``
        of the best.

        Parameters
        ----------
        grid
            The grid of the finest cells.
        lon, lat
            Where the landmarks are, degrees, shape (n,).
        tables
            Log density per km² at the distances of `knots_km`, shape (n_tables, n_knots); may be
            minus infinity.
        which
            Row of ``tables`` of each landmark, shape (n,); row i for landmark i by default.
        region
            Restrict the posterior to cells of this region (such as the exclusion region, or land).
        log_prior
            Log prior to add at each cell of the grid, shape (n_cells,); minus infinity rules a cell
            out.
        drop_nats
            Drop cells that are less probable than the best one by more than this, in nats; infinity
            keeps all.

        Returns
        -------
        Posterior
            The normalised posterior over the cells that matter.

        Raises
        ------
        BadInputError
            When shapes do not match, a value is NaN, or no cell is possible.
        """
        work = TableSum.make(grid, lon, lat, tables, which, log_prior)
        if region is not None and region.grid != grid:
            raise BadInputError("the region of a posterior must be on the same grid")
        cells = work.likely_cells(region, drop_nats)
        log_p = work.log_density(grid, cells)
        if np.isfinite(drop_nats) and len(log_p):
            keep = log_p >= log_p.max() - drop_nats
            cells, log_p = cells[keep], log_p[keep]
        if not len(cells):
            raise BadInputError("no cell is left: the region is empty")
        return cls.from_log_density(grid, cells, log_p)

    def __repr__(self) -> str:
        return f"<Posterior on {number_of(len(self.cells), 'cell')}, nside {self.grid.nside}>"

    def pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """List the cells' centres and probabilities.

        Returns
        -------
        tuple
            Longitudes and latitudes, degrees, and probabilities, shape (n,) each.
        """
        return *self.grid.lonlat(self.cells), self.probability

    @property
    def promised(self) -> FloatArray:
        """Probability of each cell, shape (n,)."""
        return self.probability

    @property
    def radius_km(self) -> FloatArray:
        """Largest distance from each cell's centre to a point in it, km, shape (n,)."""
        return np.full(len(self.cells), self.grid.cell_radius_km)

    def centres(self, row: IntArray) -> FloatArray:
        """Find the centres of some of the cells.

        Parameters
        ----------
        row
            Positions in ``cells``, shape (n,).

        Returns
        -------
        numpy.ndarray
            Unit vectors, shape (n, 3).
        """
        return sphere.unit_vectors(*self.grid.lonlat(self.cells[row]))

    @cached_property
    def support(self) -> Region:
        """The cells that have any probability."""
        return Region.from_cells(self.grid, self.cells)

    @cached_property
    def by_density(self) -> IntArray:
        """Positions in ``cells``, densest first."""
        # Stable on the cell number, so that equally dense cells come in the same order everywhere.
        return largest_first(self.probability)

    def credible_region(self, level: float = 0.95) -> Region:
        """Find the smallest region that holds the target with at least this probability.

        Parameters
        ----------
        level
            Probability, above 0 and at most 1.

        Returns
        -------
        Region
            On the same grid.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        """
        count = count_holding(self.probability[self.by_density], level)
        return Region.from_cells(self.grid, np.sort(self.cells[self.by_density[:count]]))

    def level_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
        """Find the smallest level whose credible region contains a point.

        Over many targets, the levels of the true places are uniform from 0 to 1 if the posterior is
        calibrated.

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
        cell = self.grid.cell_of(lon, lat)
        held = np.empty(len(self.cells))
        held[self.by_density] = np.cumsum(self.probability[self.by_density])
        at = np.minimum(np.searchsorted(self.cells, cell), len(self.cells) - 1)
        return np.where(self.cells[at] == cell, np.minimum(held[at], 1.0), np.inf)

    def probability_of(self, region: Region) -> float:
        """Compute the probability that the target is in a region of the same grid.

        Parameters
        ----------
        region
            A region on the same grid.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        BadInputError
            When the region is on another grid.
        """
        if region.grid != self.grid:
            raise BadInputError("the region is on another grid: resample it first")
        return float(self.probability[region.has_cells(self.cells)].sum())

    def to_xarray(self) -> xr.Dataset:
        """Convert to an xarray dataset in the convention of xdggs.

        Cells are sorted by nested number, at the single level of the grid. Cells that are not
        listed have no probability.

        Returns
        -------
        xarray.Dataset
            ``probability`` and ``probability_density`` (per steradian) along ``cells``, with the
            coordinate ``cell_ids``, which ``xdggs.decode`` understands.

        Raises
        ------
        NotThereError
            When xarray is not installed (``pip install 'rttgeo[xarray]'``).
        """
        nested = np.asarray(healpix.ring2nest(self.grid.nside, self.cells), dtype=np.int64)
        order = np.argsort(nested)
        area = np.full(len(nested), self.grid.cell_area_km2)
        level = containers.level_of_nside(self.grid.nside)
        about = {"level": level, "indexing_scheme": "nested"}
        return containers.healpix_dataset(nested[order], self.probability[order], area, about, {})

    def resample(self, grid: Grid) -> Posterior:
        """Convert to another grid: exactly to a coarser one, in equal parts to a finer one.

        Parameters
        ----------
        grid
            The other grid.

        Returns
        -------
        Posterior
            The posterior over cells of that grid.
        """
        if grid.nside <= self.grid.nside:
            parent = parents_of(self.cells, self.grid.nside, grid.nside)
            cells, place = np.unique(parent, return_inverse=True)
            held = np.bincount(place, self.probability).astype(np.float64)
            return Posterior(grid, cells, held, self.log_evidence)
        children = children_of(self.cells, self.grid.nside, grid.nside)
        share = np.repeat(self.probability, children.shape[1]) / children.shape[1]
        order = np.argsort(children.ravel())
        return Posterior(grid, children.ravel()[order], share[order], self.log_evidence)
