"""`Posterior`: how probable each cell is, and the credible regions that follow.

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
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import xarray as xr

KNOTS = 2048
"""Default length of a table: knots 6.2 km apart where it matters."""
DROP_NATS = 30.0
"""Cells that are sure to be less probable than the best by a factor of exp(30) are left out:
together they hold less than a millionth of the probability on any grid that fits in memory."""


def knots_km(n_knots: int = KNOTS) -> FloatArray:
    """List the distances at which tables of log density hold their values.

    Equally spaced in chord length c from 0 to 2: d = 2 R arcsin(c/2). Evenly spaced in distance
    but for the last few thousand kilometres, where they are farther apart.

    Parameters
    ----------
    n_knots
        How many.

    Returns
    -------
    numpy.ndarray
        Kilometres, rising from 0 to half the circumference, shape (n_knots,).
    """
    return sphere.km_of_chord(np.linspace(0.0, 2.0, n_knots))


def area_log_density(log_density: npt.ArrayLike, distance_km: npt.ArrayLike) -> FloatArray:
    """Turn log density per km of distance into one per km²: less the log of the circle's length.

    Below half a kilometre, and as near to the antipode, the length is taken at half a kilometre:
    the circle shrinks to a point, but no measurement says more than that.

    Parameters
    ----------
    log_density
        Per km of distance.
    distance_km
        At these distances, km, of a shape that broadcasts.

    Returns
    -------
    numpy.ndarray
        Per km².

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
    """Probability of each of some cells of a grid; cells not listed have none.

    Attributes
    ----------
    grid
        The grid.
    cells
        Sorted cell numbers, shape (n,).
    probability
        Of the target being in each cell, shape (n,), summing to 1.
    log_evidence
        Log of the sum of density × area before it was made to sum to 1; NaN when unknown. Tells
        how well the landmarks agree.
    """

    grid: Grid
    cells: IntArray
    probability: FloatArray
    log_evidence: float = np.nan

    @classmethod
    def from_log_density(
        cls, grid: Grid, cells: npt.ArrayLike, log_density: npt.ArrayLike
    ) -> Posterior:
        """Make a posterior of log densities, known up to a constant.

        Parameters
        ----------
        grid
            The cells.
        cells
            Numbers of cells, sorted and distinct, shape (n,).
        log_density
            At their centres, shape (n,); minus infinity for none.

        Returns
        -------
        Posterior
            Over these cells, summing to 1.

        Raises
        ------
        BadInputError
            When there is no cell, a NaN, or no cell with any density.
        """
        numbers, log_p = grid.check_cells(cells), np.asarray(log_density, dtype=float)
        if numbers.shape != log_p.shape or numbers.ndim != 1 or not len(numbers):
            raise BadInputError(f"{numbers.size} cells but {log_p.size} log densities; at least 1")
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
        """The product of one density a landmark, coarse to fine.

        Coarse cells are bounded from above by the largest value that each table takes within a
        cell's radius, so none is left out that could come within ``drop_nats`` of the best.

        Parameters
        ----------
        grid
            The finest cells.
        lon, lat
            Landmarks, degrees, shape (n,).
        tables
            Log density per km² at distances `knots_km`, shape (n_tables, n_knots). Minus infinity
            is allowed.
        which
            Row of ``tables`` of each landmark, shape (n,); row i for landmark i by default.
        region
            Only cells of this region (the exclusion region, the land) have any probability.
        log_prior
            To be added at each cell of the grid, shape (n_cells,); minus infinity rules out.
        drop_nats
            How much less probable than the best cell still counts, in nats; infinity keeps all.

        Returns
        -------
        Posterior
            Over the cells that matter, summing to 1.

        Raises
        ------
        BadInputError
            For shapes that do not fit, NaN, or when nothing is possible.
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
        return f"<Posterior on {len(self.cells):,} cells, nside {self.grid.nside}>"

    def pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Say what the probability is spread over, cell by cell.

        Returns
        -------
        tuple
            Longitude and latitude, degrees, and probability; shape (n,) each.
        """
        return *self.grid.lonlat(self.cells), self.probability

    @property
    def promised(self) -> FloatArray:
        """Probability of each cell, shape (n,)."""
        return self.probability

    @property
    def radius_km(self) -> FloatArray:
        """How far the points of each cell are from its centre at the most, km, shape (n,)."""
        return np.full(len(self.cells), self.grid.cell_radius_km)

    def centres(self, row: IntArray) -> FloatArray:
        """Find the centres of some of the cells.

        Parameters
        ----------
        row
            Numbers in ``cells``, shape (n,).

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
        """Numbers in ``cells``, the densest first."""
        # Stable on the cell number, so that equal cells fall in the same order everywhere.
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
        """Find the smallest level whose credible region holds a point; infinite where none does.

        Over many targets with their true places these levels are spread evenly from 0 to 1 when
        the posterior is calibrated.

        Parameters
        ----------
        lon, lat
            Points, degrees.

        Returns
        -------
        numpy.ndarray
            Of the shape of the points.

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
        """Tell the probability that the target is in a region of the same grid.

        Parameters
        ----------
        region
            On the same grid.

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
        """The cells and their probability as an xarray dataset, in the convention of xdggs.

        Cells are sorted by their nested number, at the one level of the grid. Cells that are not
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
        """Carry it over to another grid: a coarser one exactly, a finer one in equal parts.

        Parameters
        ----------
        grid
            The other grid.

        Returns
        -------
        Posterior
            Over the cells of that grid.
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
