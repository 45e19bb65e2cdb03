"""The cells that the shipped cities are in: apart from `rttgeo.data.cities`, which knows no grid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rttgeo.cells.tiling import Tiling
from rttgeo.data.cities import cities
from rttgeo.typing import IntArray


@lru_cache(maxsize=16)
def city_cells(grid: Tiling) -> IntArray:
    """The cell of each city, the most populous first, as the table has them.

    Parameters
    ----------
    grid
        Whose cells.

    Returns
    -------
    numpy.ndarray
        Cell numbers, shape (cities,).
    """
    return np.asarray(grid.cell_of(cities().lon, cities().lat))
