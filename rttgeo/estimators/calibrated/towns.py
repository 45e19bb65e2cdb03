"""The city table in the order of the finest cells, as the prior goes through it."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.data import cities as data_cities
from rttgeo.sphere import unit_vectors
from rttgeo.typing import FloatArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

FINEST = Tiling(nside=2048)
"""Cells 3 km wide, for cities alone: declared places are no better known."""


class Towns:
    """Places and populations of the cities, in the order of their cells on the finest grid.

    Attributes
    ----------
    nested
        Nested number of the cell of each on the finest grid, ascending, shape (n,).
    lon, lat
        Degrees.
    population
        People who live there.
    points
        Unit vectors, shape (n, 3).
    surroundings
        Density about all cities by nside and nested number; zero where nobody asked yet.
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
        """`points` by ascending third component, from south to north."""
        return self.points[np.argsort(self.points[:, 2])]

    @cached_property
    def tree(self) -> cKDTree:
        """A tree over `points`: it measures chords of the unit sphere."""
        from scipy.spatial import cKDTree  # slow to load

        return cKDTree(self.points)

    def weight(self, power: float) -> FloatArray:
        """Share of each city when people count by a power.

        Parameters
        ----------
        power
            Power of the population.

        Returns
        -------
        FloatArray
            Shape (n,), of sum 1.
        """
        weight = self.population**power
        return np.asarray(weight / weight.sum(), dtype=np.float64)


@cache
def towns() -> Towns:
    """Return the city table, read once.

    Returns
    -------
    Towns
        The same object at every call.
    """
    return Towns()
