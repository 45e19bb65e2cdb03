"""Cities as places where targets are: how near to one, and how much its population counts.

Both are learnt from the known nodes of a mesh. Data centres are declared at the centre of their
city, probes and server sites some way off; servers gather in large cities more than probes do.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

import healpix
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.datafiles import data_path
from rttgeo.grid import Grid
from rttgeo.kernels.bells import spread_bells
from rttgeo.locate.calibrated_cells import Cells
from rttgeo.sphere import unit_vectors

FloatArray = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

RADII_KM = (10.0, 20.0, 40.0)
"""No smaller one: where a machine is declared is no better known."""
POWERS = (0.5, 0.7, 0.9, 1.1)
CITY_SHARES = (0.65, 0.8, 0.9, 0.94)
LEAST_NODES = 12
CELL_SHARE = 0.6
"""Blur of a city in cell sizes: a city near a corner must count for the cells around."""
NEIGHBOURS = 24
SURROUNDINGS_KM = 300.0
LAND_KM2 = 1e8
"""About the land within a few hundred km of a city: what the surroundings are divided by."""
SURROUNDINGS_NSIDE = 128


class CityLaw(NamedTuple):
    """How targets lie about cities.

    Attributes
    ----------
    radius_km
        Standard deviation of a target's place about the centre of its city, in each direction.
    power
        A city counts as its population to this power.
    share
        Of targets that are in a city rather than somewhere around one.
    """

    radius_km: float = 20.0
    power: float = 0.7
    share: float = 0.9


GENERIC_LAW = CityLaw()


class _Cities:
    """Their places, populations, and a tree over their unit vectors."""

    def __init__(self) -> None:
        table = pd.read_parquet(data_path("cities/cities.parquet"))
        self.lon = table["lon"].to_numpy(dtype=float)
        self.lat = table["lat"].to_numpy(dtype=float)
        self.population = table["population"].to_numpy(dtype=float)
        self.tree = cKDTree(unit_vectors(self.lon, self.lat))
        # By nside and nested number; zero where it was not asked for yet.
        self.surroundings: dict[int, Singles] = {}

    def weight(self, power: float) -> FloatArray:
        """Share of each city, shape (n,)."""
        weight = self.population**power
        return np.asarray(weight / weight.sum(), dtype=np.float64)


@cache
def cities() -> _Cities:
    """Return the city table, read once."""
    return _Cities()


def city_density(cells: Cells, law: CityLaw) -> FloatArray:
    """Density per km² of a target that is in a city."""
    grid = cells.grid
    radius_km = max(law.radius_km, CELL_SHARE * grid.cell_size_km)
    return _table(grid.nside, radius_km, law.power)[cells.number].astype(np.float64)


def surroundings_density(cells: Cells) -> FloatArray:
    """Density per km² of a target somewhere around a city: dies out over some hundred km.

    Not normalised exactly. It is worked out at the centres of cells some 50 km wide, when first
    asked for.
    """
    coarse, tables = Grid(nside=min(cells.grid.nside, SURROUNDINGS_NSIDE)), cities().surroundings
    known = tables.setdefault(coarse.nside, np.zeros(coarse.n_cells, dtype=np.float32))
    rough = cells.nested // (cells.grid.nside // coarse.nside) ** 2
    new = np.unique(rough[known[rough] == 0])
    if len(new):
        number = healpix.nest2ring(coarse.nside, new)
        known[new] = _surroundings(unit_vectors(*coarse.lonlat(number)))
    return known[rough].astype(np.float64)


def learn_cities(points: FloatArray, around: float, anywhere: float) -> CityLaw:
    """Law under which known nodes are likeliest where they are.

    Parameters
    ----------
    points
        Places of the nodes, unit vectors, shape (n, 3).
    around, anywhere
        Share of targets in and around cities, and of those anywhere on the globe.

    Returns
    -------
    CityLaw
        The generic one for fewer nodes than `LEAST_NODES`.
    """
    if len(points) < LEAST_NODES:
        return GENERIC_LAW
    town = cities()
    chord, which = town.tree.query(points, k=NEIGHBOURS)
    outside, rest = _surroundings(points), anywhere / (4 * np.pi * EARTH_RADIUS_KM**2)
    best, found = -np.inf, GENERIC_LAW
    for radius_km, power in product(RADII_KM, POWERS):
        bell = np.exp(-0.5 * (chord * EARTH_RADIUS_KM / radius_km) ** 2) / _bell_area(radius_km)
        inside = (bell * town.weight(power)[which]).sum(axis=1)
        for share in CITY_SHARES:
            score = np.log(share * inside + (around - share) * outside + rest).mean()
            if score > best:
                best, found = float(score), CityLaw(radius_km, power, share)
    return found


def _bell_area(sd_km: float) -> float:
    return 2 * np.pi * sd_km**2


def _surroundings(points: FloatArray) -> FloatArray:
    chord, _ = cities().tree.query(points)
    return np.asarray(np.exp(-chord * EARTH_RADIUS_KM / SURROUNDINGS_KM) / LAND_KM2)


@lru_cache(maxsize=8)
def _table(nside: int, radius_km: float, power: float) -> Singles:
    """Density of cities at all cells of a grid."""
    town, grid = cities(), Grid(nside=nside)
    weight = town.weight(power) / _bell_area(radius_km)
    table = np.zeros(grid.n_cells, dtype=np.float32)
    spread_bells(grid.rings, town.lon, town.lat, weight, radius_km, EARTH_RADIUS_KM, table)
    return table
