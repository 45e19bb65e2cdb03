"""Where a target can be before its delays are looked at closely: cells, and how likely each is.

Cells are those that the light in fibre leaves possible, or most nearly so where landmarks conflict,
at the finest grid on which they are not too many. How likely each is: the population of the cities
around, the density of the known nodes, and a thin rest for everywhere else.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from rttgeo.audit.violations import TOLERANCE_KM
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.datafiles import data_path
from rttgeo.grid import Grid
from rttgeo.kernels import points as kernels
from rttgeo.locate.calibrated_delays import vectors
from rttgeo.region_scale import children_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

START_NSIDE = 32
MAX_NSIDE = 1024
FIRST_CELLS, MAX_CELLS = 1500, 16_000
"""Cells of one target for its delays, which vary smoothly, and for the cities, which do not."""
POPULATION_POWER = 0.7
"""Servers and probes gather in cities, but less than people do."""
CITY_RADIUS_KM = 20.0
NODE_RADIUS_KM = 30.0
NARROW = 8
"""Quickest landmarks, whose discs are looked at first."""
CELL_SHARE = 0.6
"""Blur of a city in cell sizes: a city near a corner must count for the cells around."""
SHARES = (0.9, 0.05, 0.049, 0.001)
"""Weights of cities, known nodes, the surroundings of cities, and the whole globe."""
SURROUNDINGS_KM = 300.0
NEIGHBOURS = 24


class _Cities:
    """Their places, weights and a tree; densities that were asked for before, by grid."""

    def __init__(self) -> None:
        table = pd.read_parquet(data_path("cities/cities.parquet"))
        self.points = vectors(table["lon"], table["lat"])
        weight = table["population"].to_numpy(dtype=float) ** POPULATION_POWER
        self.weight = weight / weight.sum()
        self.tree = cKDTree(self.points)
        self.known: dict[int, npt.NDArray[np.float32]] = {}


@cache
def cities() -> _Cities:
    """Return the city table, read once."""
    return _Cities()


@dataclasses.dataclass(frozen=True)
class Prior:
    """Density of targets before any delay.

    Attributes
    ----------
    population
        False leaves the cities out: known nodes and the globe alone.
    """

    population: bool = True

    def log_density(self, grid: Grid, cells: IntArray, nodes: FloatArray) -> FloatArray:
        """Log density per km² at sorted cells; ``nodes`` are the known places, unit vectors."""
        points = grid.unit_vectors(cells)
        _, near, around, everywhere = SHARES
        density = np.full(len(cells), everywhere)
        density /= 4 * np.pi * EARTH_RADIUS_KM**2
        if self.population:
            density += _city_density(grid, cells, points)
        else:
            density += around / (4 * np.pi * EARTH_RADIUS_KM**2)
        if len(nodes):
            density += near / len(nodes) * _node_density(nodes, points, _blur(NODE_RADIUS_KM, grid))
        found: FloatArray = np.log(density)
        return found


def _node_density(nodes: FloatArray, points: FloatArray, sd_km: float) -> FloatArray:
    """Sum of Gaussians, per km², around the nodes."""
    sd, density = sd_km / EARTH_RADIUS_KM, np.zeros(len(points))
    kernels.add_bells(points, nodes[kernels.within_reach(points, nodes, 4 * sd)], sd, density)
    return density / (2 * np.pi * sd_km**2)


def _city_density(grid: Grid, cells: IntArray, points: FloatArray) -> FloatArray:
    """Density at cells; each is worked out once, since targets share their surroundings."""
    # Zeros stand for what is not known yet: memory is taken only where something is written.
    tables = cities().known
    if grid.nside not in tables:
        tables[grid.nside] = np.zeros(grid.n_cells, dtype=np.float32)
    known = tables[grid.nside]
    new = known[cells] == 0
    if new.any():
        known[cells[new]] = _city_density_at(grid, points[new])
    return known[cells].astype(np.float64)


def _city_density_at(grid: Grid, points: FloatArray) -> FloatArray:
    town = cities()
    density = SHARES[0] * _smoothed(town.tree, town.weight, points, _blur(CITY_RADIUS_KM, grid))
    distance, _ = town.tree.query(points)
    # Not normalised exactly: the land within a few hundred km of a city is about 10^8 km².
    found: FloatArray = (
        density + SHARES[2] * np.exp(-distance * EARTH_RADIUS_KM / SURROUNDINGS_KM) / 1e8
    )
    return found


def _blur(radius_km: float, grid: Grid) -> float:
    return max(radius_km, CELL_SHARE * grid.cell_size_km)


def _smoothed(tree: cKDTree, weight: FloatArray, points: FloatArray, sd_km: float) -> FloatArray:
    """Sum of Gaussians, per km², around the nearest of the places in a tree."""
    count = min(NEIGHBOURS, tree.n)
    reach = 4 * sd_km / EARTH_RADIUS_KM
    chord, which = tree.query(points, k=count, distance_upper_bound=reach)
    chord, which = chord.reshape(len(points), -1), which.reshape(len(points), -1)
    bell = np.exp(-0.5 * (chord * EARTH_RADIUS_KM / sd_km) ** 2) / (2 * np.pi * sd_km**2)
    padded = np.append(weight, 0.0)
    found: FloatArray = (np.where(np.isfinite(chord), bell, 0.0) * padded[which]).sum(axis=1)
    return found


class Possible(NamedTuple):
    """Sorted cells of a grid, their centres, and how many landmarks agree with each of them."""

    grid: Grid
    cells: IntArray
    centres: FloatArray
    agreed: int


def possible_cells(landmarks: FloatArray, rtt_ms: FloatArray) -> Possible:
    """Cells that fibre leaves possible, on the finest grid where they are few enough.

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
    grid = Grid(nside=START_NSIDE)
    found = _agreed(grid, np.arange(grid.n_cells), landmarks, _reach_km(rtt_ms))
    while found.grid.nside < MAX_NSIDE and 3 * len(found.cells) <= FIRST_CELLS:
        found = finer_cells(found, landmarks, rtt_ms)
    return found


def finer_cells(coarse: Possible, landmarks: FloatArray, rtt_ms: FloatArray) -> Possible:
    """Quarter the cells, and ask the landmarks again."""
    finer = Grid(nside=2 * coarse.grid.nside)
    children = np.sort(children_of(coarse.cells, coarse.grid, finer).ravel())
    return _agreed(finer, children, landmarks, _reach_km(rtt_ms))


def _reach_km(rtt_ms: FloatArray) -> FloatArray:
    return KM_PER_MS_RTT["fibre"] * rtt_ms + TOLERANCE_KM


def _agreed(grid: Grid, cells: IntArray, landmarks: FloatArray, radius_km: FloatArray) -> Possible:
    points, most = grid.unit_vectors(cells), 0
    reach = np.minimum(radius_km + grid.cell_radius_km, np.pi * EARTH_RADIUS_KM)
    least = np.cos(reach / EARTH_RADIUS_KM) - 1e-12
    # The narrow discs exclude nearly all: the others are asked about what those leave.
    for few in (slice(0, NARROW), slice(0, None)):
        votes = np.empty(len(cells), dtype=np.int32)
        kernels.caps_holding(points, landmarks[few], least[few], votes)
        most = int(votes.max())
        points, cells = points[votes == most], cells[votes == most]
    return Possible(grid, cells, points, most)
