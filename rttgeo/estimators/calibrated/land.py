"""How much of each cell is land, since few nodes are at sea."""

from __future__ import annotations

from functools import cache

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.cells.runs_file import read_runs
from rttgeo.data.shipped import data_path
from rttgeo.estimators.calibrated.cells import Cells
from rttgeo.kernels.runs import cells_of
from rttgeo.typing import FloatArray

Singles = npt.NDArray[np.float32]

LAND_NSIDE = 256
"""Cells 25 km wide, which give coasts, where many cities are, a margin of the same width. Drawing
them takes half a second, so they come as a file (``tools/convert_land.py``)."""


def land_factor(cells: Cells, at_sea: float) -> FloatArray:
    """Compute the density at cells relative to that on land.

    Parameters
    ----------
    cells
        Cells of one grid.
    at_sea
        Density where there is no land, relative to that on land.

    Returns
    -------
    FloatArray
        1 on land, ``at_sea`` at sea, and between the two on coasts, shape (n,).
    """
    nside = min(cells.grid.nside, LAND_NSIDE)
    share = _land_share(nside)[cells.nested // (cells.grid.nside // nside) ** 2]
    return at_sea + (1 - at_sea) * share.astype(np.float64)


@cache
def _land_share(nside: int) -> Singles:
    """Share of land in each cell of a grid, by nested number."""
    if nside < LAND_NSIDE:
        parts: Singles = _land_share(2 * nside).reshape(-1, 4).mean(axis=1)
        return parts
    _, start, stop = read_runs(data_path("land/cells.parquet"))
    share = np.zeros(12 * nside**2, dtype=np.float32)
    share[healpix.ring2nest(nside, cells_of(start, stop))] = 1.0
    return share
