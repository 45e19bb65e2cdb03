"""Probabilities over cells in the containers that other fields use: xarray, multi-order maps.

Plain numbers in, a dataset out: cells are numbered in HEALPix's nested order, at one level
(``nside = 2**level``) or at several. A cell of any level has one number of its own, in two forms:

- UNIQ, of the IVOA's multi-order coverage maps (MOC 2.0, section 3.2.2): ``4 * nside**2 + cell``.
- ``zuniq``, of cdshealpix, healpix-geo and xdggs, which sorts along the sphere whatever the levels:
  ``(2 * cell + 1) * 4**(29 - level)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_AREA_KM2
from rttgeo.errors import NotThereError
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import xarray as xr

DEEPEST = 29
"""Level beyond which cell numbers leave 64 bits; that of ``zuniq``."""
CELLS = "cells"


def level_of_nside(nside: int) -> int:
    """Give the HEALPix level of a resolution: how often the twelve base cells were quartered.

    Parameters
    ----------
    nside
        A power of two.

    Returns
    -------
    int
        0 for the base cells.
    """
    return nside.bit_length() - 1


def uniq_numbers(level: IntArray, cell: IntArray) -> IntArray:
    """UNIQ numbers of multi-order coverage maps.

    Parameters
    ----------
    level
        Of each cell, from 0 to 29; shape (n,).
    cell
        Its nested number at that level, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,), int64.
    """
    # In whole numbers: a float holds 53 bits, and a deep cell has 60.
    found: IntArray = np.left_shift(np.int64(4), 2 * level) + cell
    return found


def zuniq_numbers(level: IntArray, cell: IntArray) -> npt.NDArray[np.uint64]:
    """Numbers of cells of any level that sort along the sphere.

    Parameters
    ----------
    level, cell
        As for `uniq_numbers`.

    Returns
    -------
    numpy.ndarray
        Shape (n,), uint64.
    """
    odd = 2 * cell.astype(np.uint64) + np.uint64(1)
    found: npt.NDArray[np.uint64] = np.left_shift(odd, 2 * (DEEPEST - level).astype(np.uint64))
    return found


def healpix_dataset(
    cell_ids: np.ndarray,
    probability: FloatArray,
    area_km2: FloatArray,
    grid: dict[str, Any],
    more: dict[str, np.ndarray],
) -> xr.Dataset:
    """Make a dataset in the convention of xdggs: ``xdggs.decode`` knows its cells.

    Parameters
    ----------
    cell_ids
        Numbers of the cells, shape (n,).
    probability
        Of each cell, shape (n,).
    area_km2
        Of each cell, shape (n,).
    grid
        ``level`` and ``indexing_scheme`` of the numbers.
    more
        Further coordinates of the cells, by name.

    Returns
    -------
    xarray.Dataset
        ``probability`` and ``probability_density`` (per steradian) along ``cells``.

    Raises
    ------
    NotThereError
        When xarray is not installed.
    """
    try:
        import xarray as xr
    except ImportError:
        raise NotThereError("xarray is not installed: pip install 'rttgeo[xarray]'") from None
    density = probability / (area_km2 * (4 * np.pi / EARTH_AREA_KM2))
    coordinates = {name: (CELLS, values) for name, values in more.items()}
    attributes = {"grid_name": "healpix", **grid}
    return xr.Dataset(
        {
            "probability": (
                CELLS,
                probability,
                {"units": "1", "long_name": "probability of the cell"},
            ),
            "probability_density": (CELLS, density, {"units": "sr-1"}),
        },
        coords={"cell_ids": (CELLS, cell_ids, attributes), **coordinates},
    )
