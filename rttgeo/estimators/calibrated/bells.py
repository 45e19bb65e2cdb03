"""The density of cities over a grid, computed only where it is needed.

A target needs some thousand cells, while the finest grid has fifty million. So the density is
computed tile by tile, and a tile without a city takes no memory.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.calibrated.towns import towns
from rttgeo.kernels.bells import CUT, add_tiles, all_listed, bell_values
from rttgeo.kernels.nested import nested_centres
from rttgeo.typing import FloatArray, IntArray

Singles = npt.NDArray[np.float32]

CELL_SHARE = 0.4
"""Blur of a city, in cell sizes: a city near a corner must count for the surrounding cells."""
TILE = 16
"""Cells along the edge of a tile: 50 km on the finest grid, where a kilobyte holds its values."""
SEARCHED_NSIDE = 16
"""Cells of 400 km, in and around which the cities of their tiles are searched: most targets need a
few."""
UNKNOWN = -1
EMPTY = 0
"""Slot of all tiles that no city reaches."""


class BellTable:
    """For each cell, the sum of a bell around every city, weighted by a power of its population.

    Parameters
    ----------
    nside
        The nside of the grid.
    radius_km
        Standard deviation of the bells, km; blurred by `CELL_SHARE` of a cell.
    power
        Power of the population that weighs a city.
    """

    def __init__(self, nside: int, radius_km: float, power: float) -> None:
        self.grid = Tiling(nside=nside)
        self.sd_km = float(np.hypot(radius_km, CELL_SHARE * self.grid.cell_size_km))
        self.weight = towns().weight(power) / (2 * np.pi * self.sd_km**2)
        self.tiles_nside = max(1, nside // TILE)
        self.size = (nside // self.tiles_nside) ** 2
        self._slot = np.full(12 * self.tiles_nside**2, UNKNOWN, dtype=np.int64)
        self._values = np.zeros((1, self.size), dtype=np.float32)
        self._used = 1
        self._lock = threading.Lock()

    def add(self, nested: IntArray, coarser: int, share: float, density: FloatArray) -> None:
        """Add a share of the density at cells, computing it on first use.

        Parameters
        ----------
        nested
            Numbers of cells in nested order, shape (n,).
        coarser
            The density is that of the cells of this grid which hold them, whose numbers lack this
            many bits.
        share
            Factor of the density.
        density
            Added to, per km², shape (n,).
        """
        shift = self.size.bit_length() - 1
        if not all_listed(nested, coarser + shift, self._slot):
            tile = nested >> (coarser + shift)
            with self._lock:
                wanted = np.unique(tile[self._slot[tile] == UNKNOWN])
                if len(wanted):
                    self._fill(wanted)
        # After the slots: the values of a known slot remain, wherever they are moved to.
        values = self._values
        add_tiles(nested, coarser, shift, self._slot, values, np.float32(share), density)

    def _fill(self, wanted: IntArray) -> None:
        """Compute some tiles, in ascending order."""
        town, wanted = towns(), self._neighbours(wanted)
        some = self._cities_about(wanted)
        cell, value = bell_values(
            self.grid.rings, town.lon[some], town.lat[some], self.weight[some],
            self.sd_km, EARTH_RADIUS_KM,
        )  # fmt: skip
        nested = np.asarray(healpix.ring2nest(self.grid.nside, cell), dtype=np.int64)
        asked = np.zeros(len(self._slot), dtype=bool)
        asked[wanted] = True
        mine = asked[nested // self.size]
        nested, value = nested[mine], value[mine]
        there = np.unique(nested // self.size)
        slot = np.full(len(self._slot), EMPTY)
        slot[there] = self._used + np.arange(len(there))
        values = self._room(self._used + len(there))
        # In the order of the cities, so that sums are the same to the bit whichever tiles come
        # first.
        np.add.at(values, (slot[nested // self.size], nested % self.size), value)
        self._used += len(there)
        self._slot[wanted] = slot[wanted]

    def _neighbours(self, tiles: IntArray) -> IntArray:
        """Add the empty tiles in the cells that are searched for cities: these are searched once."""
        count = (self.tiles_nside // min(self.tiles_nside, SEARCHED_NSIDE)) ** 2
        every = np.unique(tiles // count)[:, None] * count + np.arange(count)
        return np.asarray(every[self._slot[every] == UNKNOWN])

    def _room(self, count: int) -> Singles:
        """Values of all slots, with room for a given number."""
        if count > len(self._values):
            larger = np.zeros((2 * count, self.size), dtype=np.float32)
            larger[: self._used] = self._values[: self._used]
            self._values = larger
        return self._values

    def _cities_about(self, tiles: IntArray) -> IntArray:
        """Numbers of the cities that can reach the tiles (and perhaps others), ascending."""
        nside = min(self.tiles_nside, SEARCHED_NSIDE)
        rough = np.unique(tiles // (self.tiles_nside // nside) ** 2)
        reach_km = CUT * self.sd_km + Tiling(nside=nside).cell_radius_km + self.grid.cell_radius_km
        reach, centres = min(reach_km / EARTH_RADIUS_KM, np.pi), np.empty((len(rough), 3))
        nested_centres(nside, rough, centres)
        some = towns().about(centres, reach)
        points, near = towns().points[some], np.zeros(len(some), dtype=bool)
        for centre in centres:
            near |= points @ centre >= np.cos(reach)
        return some[near]


@lru_cache(maxsize=64)
def bell_table(nside: int, radius_km: float, power: float) -> BellTable:
    """Return the table of one grid and one width, the same object in every call.

    Parameters
    ----------
    nside
        The nside of the grid.
    radius_km
        Standard deviation of the bells, km.
    power
        Power of the population that weighs a city.

    Returns
    -------
    BellTable
        The table, empty at first.
    """
    return BellTable(nside, radius_km, power)
