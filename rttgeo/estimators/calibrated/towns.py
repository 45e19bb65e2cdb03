"""The city table in the order of the finest cells, as the prior uses it."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import cities as data_cities
from rttgeo.kernels.nested import nested_centres
from rttgeo.kernels.runs import cells_of
from rttgeo.sphere import unit_vectors
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

FINEST = Tiling(nside=2048)
"""Cells 3 km wide, only for cities: declared places are not known more precisely."""

BLOCK_NSIDE = 16
"""Cells of 400 km in which cities are looked for together: some 1,000 hold any."""


class Towns:
    """Places and populations of cities, in the order of their cells on the finest grid.

    Attributes
    ----------
    nested
        Nested number of the cell of each on the finest grid, ascending, shape (n,).
    lon, lat
        Degrees.
    population
        Population of each city, shape (n,).
    points
        Unit vectors, shape (n, 3).
    surroundings
        Density around all cities, by nside and nested number; zero where not computed yet.
    """

    def __init__(self) -> None:
        known = data_cities.cities()
        nested = healpix.ring2nest(FINEST.nside, FINEST.cell_of(known.lon, known.lat))
        order = np.argsort(nested, kind="stable")
        self.nested = nested[order]
        self.lon, self.lat = known.lon[order], known.lat[order]
        self.population = known.population[order]
        self.points = unit_vectors(self.lon, self.lat)
        self.surroundings: dict[int, npt.NDArray[np.float32]] = {}

    @cached_property
    def by_height(self) -> FloatArray:
        """`points` in ascending order of the third component, from south to north."""
        return self.points[np.argsort(self.points[:, 2])]

    @cached_property
    def tree(self) -> cKDTree:
        """A search tree over `points`, which measures chords on the unit sphere."""
        from scipy.spatial import cKDTree  # slow to load

        return cKDTree(self.points)

    @cached_property
    def _blocks(self) -> tuple[FloatArray, IntArray, IntArray]:
        """Middles of the cells of `BLOCK_NSIDE` that hold a city, with the rows of their cities."""
        block = self.nested // (FINEST.nside // BLOCK_NSIDE) ** 2
        first = np.flatnonzero(np.diff(block, prepend=-1))
        middle = np.empty((len(first), 3))
        nested_centres(BLOCK_NSIDE, block[first], middle)
        return middle, first, np.append(first[1:], len(block))

    def about(self, points: FloatArray, reach: float) -> IntArray:
        """Find the cities that may be within reach of a point, without looking at each city.

        Parameters
        ----------
        points
            Unit vectors, shape (n, 3).
        reach
            Angle, radians.

        Returns
        -------
        IntArray
            Their rows, ascending: all cities within reach of any of the points, and others.
        """
        middle, first, last = self._blocks
        wide = reach + Tiling(nside=BLOCK_NSIDE).cell_radius_km / EARTH_RADIUS_KM + 1e-6
        near = (middle @ points.T >= np.cos(min(wide, np.pi))).any(axis=1)
        return cells_of(first[near], last[near])

    def near_nearest(self, point: FloatArray, wide: float) -> FloatArray:
        """Find the cities that may be the nearest one of a point in a disc.

        Parameters
        ----------
        point
            Middle of the disc, unit vector, shape (3,).
        wide
            Added to the distance from the middle to its own nearest city, radians: twice the radius
            of the disc, and what rounding may do.

        Returns
        -------
        FloatArray
            Their places from south to north, unit vectors, shape (n, 3).
        """
        middle, _, _ = self._blocks
        block = Tiling(nside=BLOCK_NSIDE).cell_radius_km / EARTH_RADIUS_KM
        along = min(float((middle @ point).max()), 1.0)
        some = self.about(point[None], float(np.arccos(along)) + block + wide)
        along_each = self.points[some] @ point
        reach = np.arccos(min(float(along_each.max()), 1.0)) + wide
        found = self.points[some[along_each >= np.cos(min(reach, np.pi))]]
        return np.asarray(found[np.argsort(found[:, 2])])

    def weight(self, power: float) -> FloatArray:
        """Compute the share of each city when its population counts by a power.

        Parameters
        ----------
        power
            Power of the population.

        Returns
        -------
        FloatArray
            Shares, shape (n,), summing to 1.
        """
        weight = self.population**power
        return np.asarray(weight / weight.sum(), dtype=np.float64)


@cache
def towns() -> Towns:
    """Return the city table, read once.

    Returns
    -------
    Towns
        The table, the same object in every call.
    """
    return Towns()
