"""Cities and countries by the cells of a grid, laid out for `rttgeo.kernels.naming`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa

from rttgeo.cells.grid import Grid
from rttgeo.data.cities import cities
from rttgeo.data.city_cells import city_cells
from rttgeo.data.countries import AT_SEA, NSIDE, all_countries, country_rows, rows_of_cells
from rttgeo.kernels.naming import Gazetteer
from rttgeo.report.places import LikelyCity
from rttgeo.typing import IntArray


@lru_cache(maxsize=16)
def gazetteer(nside: int) -> Gazetteer:
    """Look up cities and countries by the cells of one grid.

    Parameters
    ----------
    nside
        The nside of the grid.

    Returns
    -------
    Gazetteer
        With runs of countries, unless the grid is finer than their map.
    """
    grid = Grid(nside=nside)
    cell = city_cells(grid)
    order = np.argsort(cell, kind="stable")
    first = grid.rings.first
    start, row, of_ring = np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int64)
    if nside <= NSIDE:
        every = (country_rows(*grid.centres()) - AT_SEA).astype(np.int16)
        start = np.concatenate([[0], np.flatnonzero(np.diff(every)) + 1]).astype(np.int64)
        row = every[start]
        of_ring = np.searchsorted(start, first, side="right") - 1
    cell = cell[order]
    return Gazetteer(cell, cities().whole[order], np.searchsorted(cell, first), start, row, of_ring)


@lru_cache(maxsize=1)
def country_map() -> np.ndarray:
    """Return the country's row for each cell of the map of countries; 0 at sea.

    Returns
    -------
    numpy.ndarray
        Rows, int16, shape (n_cells,).
    """
    found: np.ndarray = (rows_of_cells(np.arange(12 * NSIDE**2)) - AT_SEA).astype(np.int16)
    return found


@lru_cache(maxsize=1)
def city_labels() -> pa.Array:
    """List the cities as tables name them, most populous first.

    Returns
    -------
    pyarrow.Array
        Texts such as ``Vienna AT``.
    """
    rows = zip(cities().name, cities().country, strict=True)
    return pa.array([str(LikelyCity(str(a), str(b), 0.0, 0.0, None)) for a, b in rows])


@lru_cache(maxsize=1)
def country_labels() -> np.ndarray:
    """List the names of the countries by the rows of `country_map`.

    Returns
    -------
    numpy.ndarray
        Texts.
    """
    return np.array(["at sea", *(country.name for country in all_countries())], dtype=object)


def shares_as_text(count: IntArray, seen: IntArray) -> pa.Array:
    """Format shares with two decimals, after rounding to four, as `rttgeo.report.places` does.

    Parameters
    ----------
    count, seen
        Part and whole, shape (n,).

    Returns
    -------
    pyarrow.Array
        Texts such as ``0.31``.
    """
    share = count / seen
    scaled = share * 1e4
    whole = np.rint(scaled).astype(np.int64)
    # Floating-point products may land on the wrong side of a half: those few are rounded in
    # decimal.
    for i in np.flatnonzero(np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6):
        whole[i] = round(round(float(share[i]), 4) * 1e4)
    return _hundredths().take(pa.array(whole))


@lru_cache(maxsize=1)
def _hundredths() -> pa.Array:
    return pa.array([f"{k / 1e4:.2f}" for k in range(10_001)])
