"""Cities as places of targets: how near targets are to them, and how much their population counts.

Both are learnt from the known nodes of a mesh. Data centres are declared at the centre of their
city, probes and server sites at some distance; servers concentrate in large cities more than probes
do.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.calibrated.bells import bell_table
from rttgeo.estimators.calibrated.cells import FINEST, Cells, centres_of
from rttgeo.estimators.calibrated.settings import CityLaw, Settings
from rttgeo.estimators.calibrated.towns import towns
from rttgeo.kernels.nearest import nearest_chord
from rttgeo.kernels.runs import cells_of
from rttgeo.typing import FloatArray, IntArray

Singles = npt.NDArray[np.float32]

NEIGHBOURS = 200
"""Number of cities considered for a node: farther ones add nothing to its density."""
SURROUNDINGS_KM = 100.0
"""Distance over which the surroundings of a city fade out: its part of the country."""
SURROUNDINGS_KM2 = 7.67e7
"""Integral of exp(-distance to the nearest city / `SURROUNDINGS_KM`) over the globe."""
SURROUNDINGS_NSIDE = 128
"""Cells 50 km wide are fine enough for that."""
TILE = 8
"""Cells along the edge of a tile, whose nearest cities are looked for together: few cities are left
for each of its cells, also far from land, where one cell by itself would go through thousands."""
SLACK = 1e-6
"""Radians beyond which rounding does not reach: 6 m."""


def likely_cities(cells: Cells, log_likelihood: FloatArray, power: float, count: int) -> IntArray:
    """Choose the cities in some cells, or the most likely ones if there are too many.

    Parameters
    ----------
    cells
        Cells of one grid.
    log_likelihood
        Log likelihood of the cells, shape (n,).
    power
        Power of the population that weighs a city.
    count
        Return at most this many.

    Returns
    -------
    IntArray
        Numbers of the cities in the city table, ascending.
    """
    town, size = towns(), (FINEST.nside // cells.grid.nside) ** 2
    first = np.searchsorted(town.nested, cells.nested * size)
    last = np.searchsorted(town.nested, (cells.nested + 1) * size)
    inside = cells_of(first, last)
    if len(inside) <= count:
        return inside
    score = np.log(town.weight(power)[inside]) + np.repeat(log_likelihood, last - first)
    return np.sort(inside[np.argpartition(-score, count)[:count]])


def city_density(cells: Cells, law: CityLaw, radii_km: tuple[float, ...]) -> FloatArray:
    """Compute the density of targets in or around cities, by distance from the city's centre.

    Parameters
    ----------
    cells
        Cells of one grid.
    law
        Shares of targets near cities, and the power of the population.
    radii_km
        Radius of the bell for each share in ``law.near``, km.

    Returns
    -------
    FloatArray
        Density per km² at the cells, shape (n,).
    """
    density = np.zeros(len(cells.nested))
    for radius_km, share in zip(radii_km, law.near, strict=True):
        # A wide bell needs only large cells.
        nside = _nside_of_bell(cells.grid.nside, radius_km)
        coarser = 2 * (cells.grid.nside // nside).bit_length() - 2
        bell_table(nside, radius_km, law.power).add(cells.nested, coarser, share, density)
    return density


@cache
def _nside_of_bell(nside: int, radius_km: float) -> int:
    """Resolution at which a bell is tabulated for cells of some resolution."""
    while nside > 1 and Tiling(nside=nside // 2).cell_size_km <= 2 * radius_km:
        nside //= 2
    return nside


def surroundings_density(cells: Cells) -> FloatArray:
    """Compute the density of targets somewhere around a city, which fades out over a hundred km.

    It is computed on first use, at the centres of cells about 50 km wide.

    Parameters
    ----------
    cells
        Cells of one grid.

    Returns
    -------
    FloatArray
        Density per km² at the cells, shape (n,).
    """
    coarse, tables = Tiling(nside=min(cells.grid.nside, SURROUNDINGS_NSIDE)), towns().surroundings
    known = tables.setdefault(coarse.nside, np.zeros(coarse.n_cells, dtype=np.float32))
    rough = cells.nested // (cells.grid.nside // coarse.nside) ** 2
    values = known[rough]
    if not values.all():
        new = np.unique(rough[values == 0])
        known[new] = _surroundings_of_cells(coarse.nside, new)
        values = known[rough]
    return values.astype(np.float64)


def learn_cities(points: FloatArray, own_km: float, settings: Settings) -> CityLaw:
    """Fit the law that makes the places of known nodes most likely.

    Parameters
    ----------
    points
        Places of the nodes, unit vectors, shape (n, 3).
    own_km
        Other nodes within this distance do not count for a node, since they are at the same place,
        km.
    settings
        Of the estimator.

    Returns
    -------
    CityLaw
        The law; the generic one if there are few nodes.
    """
    if len(points) < settings.city_least_nodes:
        return settings.generic_cities
    town = towns()
    chord, which = town.tree.query(points, k=NEIGHBOURS)
    bells = [_bell(chord * EARTH_RADIUS_KM, radius_km) for radius_km in settings.city_radii_km]
    surroundings = _surroundings(points, town.by_height)
    others = _near_others(points, own_km, settings.node_radius_km)
    best, found = -np.inf, settings.generic_cities
    for power in settings.city_powers:
        weight = town.weight(power)[which]
        inside = [(bell * weight).sum(axis=1) for bell in bells]
        density = np.stack([*inside, surroundings, others], axis=1)
        shares, score = _learn_shares(density, settings)
        if score > best:
            *near, around, nodes = shares.tolist()
            best, found = score, CityLaw(tuple(near), around, nodes, power)
    return found


def _bell(distance_km: FloatArray, sd_km: float) -> FloatArray:
    """Density per km² of a Gaussian around a place."""
    return np.asarray(np.exp(-0.5 * (distance_km / sd_km) ** 2) / _bell_area(sd_km))


def _near_others(points: FloatArray, own_km: float, sd_km: float) -> FloatArray:
    """Density per km² that the other nodes give, at each node."""
    chord = np.sqrt(np.maximum(2 - 2 * points @ points.T, 0.0))
    bells = _bell(chord * EARTH_RADIUS_KM, sd_km)
    found: FloatArray = np.where(chord * EARTH_RADIUS_KM > own_km, bells, 0.0).mean(axis=1)
    return found


def _learn_shares(density: FloatArray, settings: Settings) -> tuple[FloatArray, float]:
    """Fit the shares of a mixture by expectation and maximisation; also return mean log density.

    Parameters
    ----------
    density
        Density of each part at each node, shape (n_nodes, n_parts).
    settings
        Settings of the estimator; their ``globe_density`` is the part for anywhere else.

    Notes
    -----
    Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1977, with the generic shares counted as some
    nodes seen before (a Dirichlet prior).
    """
    law, rest = settings.generic_cities, settings.globe_density
    generic = np.array([*law.near, law.around, law.nodes])
    shares = generic
    for _ in range(settings.city_rounds):
        held = shares * density
        whose = held / (held.sum(axis=1) + rest)[:, None]
        count = whose.sum(axis=0) + settings.city_prior_nodes * generic
        shares = count / count.sum()
    return shares, float(np.log(density @ shares + rest).mean())


def _bell_area(sd_km: float) -> float:
    return 2 * np.pi * sd_km**2


def _surroundings_of_cells(nside: int, nested: IntArray) -> FloatArray:
    """Of cells in ascending order, tile by tile, with the same bits as cell by cell."""
    tiles = Tiling(nside=max(1, nside // TILE))
    tile = nested // (nside // tiles.nside) ** 2
    first = np.flatnonzero(np.diff(tile, prepend=-1))
    points, town = centres_of(nside, nested), towns()
    # The nearest city of any cell is no farther from the middle of its tile than that.
    wide = 2 * tiles.cell_radius_km / EARTH_RADIUS_KM + SLACK
    middles = centres_of(tiles.nside, tile[first])
    found = [
        _surroundings(own, town.near_nearest(middle, wide))
        for middle, own in zip(middles, np.split(points, first[1:]), strict=True)
    ]
    return np.concatenate(found)


def _surroundings(points: FloatArray, by_height: FloatArray) -> FloatArray:
    chord = np.empty(len(points))
    nearest_chord(points, by_height, chord)
    return np.asarray(np.exp(-chord * EARTH_RADIUS_KM / SURROUNDINGS_KM) / SURROUNDINGS_KM2)
