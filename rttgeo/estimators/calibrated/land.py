"""How much of each cell is land: hardly anybody is at sea."""

from __future__ import annotations

from functools import cache

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo.cells.tiling import Tiling
from rttgeo.data.land import land
from rttgeo.estimators.calibrated.cells import Cells
from rttgeo.typing import FloatArray

Singles = npt.NDArray[np.float32]

LAND_NSIDE = 256
"""Cells 25 km wide, and with them a margin of as much along the coasts: many cities are there."""


def land_factor(cells: Cells, at_sea: float) -> FloatArray:
    """Work out the density at cells relative to that on land.

    Parameters
    ----------
    cells
        Cells of one grid.
    at_sea
        Density where there is no land, relative to that on land.

    Returns
    -------
    FloatArray
        1 on land, ``at_sea`` where there is none, between them on the coast, shape (n,).
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
    grid = Tiling(nside=nside)
    share = np.zeros(grid.n_cells, dtype=np.float32)
    share[healpix.ring2nest(nside, land(grid, 0.0).cells())] = 1.0
    return share
