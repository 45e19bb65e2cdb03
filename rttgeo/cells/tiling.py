"""`Tiling`: the globe divided into equal-area cells.

HEALPix (Gorski et al. 2005, doi:10.1086/427976) in ring order: cells of exactly equal area
whose centres lie on rings of constant latitude, numbered ring by ring from the north pole,
eastward within a ring.
"""

from __future__ import annotations

import dataclasses
import math
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.rings import ring_latitudes
from rttgeo.constants import EARTH_AREA_KM2, EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.kernels import rings as ring_kernels
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray, IntArray

MAX_NSIDE = 8192
"""Cells of 0.8 km: finer than declared places are, and cell numbers stay below 2^30."""


@dataclasses.dataclass(frozen=True, init=False)
class Tiling:
    """Equal-area cells over the whole globe: their numbers, centres and rings.

    Parameters
    ----------
    resolution_km
        Largest cell size wanted, km (square root of the cell area). The grid is the coarsest whose
        cells are not larger; `cell_size_km` is the actual size (25 gives 12.7 km, 26 gives 25.5
        km).
    nside
        The HEALPix resolution, a power of two from 1 to 8192, instead of a size.

    Raises
    ------
    BadInputError
        When the size or ``nside`` is out of range.
    """

    nside: int

    def __init__(self, resolution_km: float = 25.0, *, nside: int | None = None) -> None:
        object.__setattr__(self, "nside", _nside_for(resolution_km) if nside is None else nside)
        if not (1 <= self.nside <= MAX_NSIDE and self.nside & (self.nside - 1) == 0):
            raise BadInputError(f"nside is {nside}, expected a power of two from 1 to {MAX_NSIDE}")

    def __repr__(self) -> str:
        cells = f"{number_of(self.n_cells, 'cell')} of {self.cell_size_km:.3g} km"
        return f"{type(self).__name__}(nside={self.nside})  # {cells}"

    @property
    def n_cells(self) -> int:
        """Number of cells that cover the globe."""
        return 12 * self.nside**2

    @property
    def n_rings(self) -> int:
        """Number of rings of constant latitude that the cells lie on."""
        return 4 * self.nside - 1

    @property
    def cell_area_km2(self) -> float:
        """Area of a cell, km²; all cells have the same."""
        return EARTH_AREA_KM2 / self.n_cells

    @property
    def cell_size_km(self) -> float:
        """Square root of the cell area, km."""
        return math.sqrt(self.cell_area_km2)

    @cached_property
    def cell_radius_km(self) -> float:
        """No point of a cell is farther than this from its centre, km."""
        return float(ring_tables(self.nside, True).pad.max() * EARTH_RADIUS_KM)

    @property
    def rings(self) -> ring_kernels.Rings:
        """The rings as plain arrays, for the kernels."""
        return ring_tables(self.nside, False)

    def centres(self) -> tuple[FloatArray, FloatArray]:
        """Find every cell's centre.

        Returns
        -------
        tuple
            Longitude and latitude, degrees, in cell order, shape (n_cells,) each.
        """
        return self.lonlat(np.arange(self.n_cells))

    def lonlat(self, cells: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Find the centres of some cells.

        Parameters
        ----------
        cells
            Cell numbers, of any shape.

        Returns
        -------
        tuple
            Longitude and latitude, degrees, of the same shape.

        Raises
        ------
        BadInputError
            When the grid has no such cell.
        """
        cells = self.check_cells(cells)
        rings = self.rings
        ring = np.searchsorted(rings.first, cells, side="right") - 1
        lon = rings.lon[ring] + (cells - rings.first[ring]) * rings.step[ring]
        return sphere.wrap_lon(np.degrees(lon)), np.degrees(rings.lat[ring])

    def cell_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Find the cell that holds each point.

        Parameters
        ----------
        lon, lat
            Points, degrees; the two are broadcast against each other.

        Returns
        -------
        numpy.ndarray
            Cell numbers, of the shape of the points.

        Raises
        ------
        BadInputError
            When a point is out of range.
        """
        import healpix  # takes 0.1 s, which not everyone needs

        lon, lat = sphere.check_lonlat(*np.broadcast_arrays(lon, lat))
        return np.asarray(healpix.ang2pix(self.nside, lon, lat, lonlat=True), dtype=np.int64)

    def check_cells(self, cells: npt.ArrayLike) -> IntArray:
        """Check cell numbers.

        Parameters
        ----------
        cells
            Whole numbers, of any shape.

        Returns
        -------
        numpy.ndarray
            As 64-bit numbers.

        Raises
        ------
        BadInputError
            When a number is not whole, or the grid has no such cell; the message names the first.
        """
        given = np.asarray(cells)
        if given.size and given.dtype.kind not in "iu":
            raise BadInputError(f"cell numbers are {given.dtype}, expected integers")
        numbers = given.astype(np.int64)
        bad = np.flatnonzero((numbers < 0) | (numbers >= self.n_cells))
        if bad.size:
            raise BadInputError(
                f"there is no cell {numbers.flat[bad[0]]}: cells are 0 to {self.n_cells - 1}"
            )
        return numbers


@lru_cache(maxsize=32)
def ring_tables(nside: int, padded: bool) -> ring_kernels.Rings:
    """Lay out the rings of a grid, made once and kept.

    Parameters
    ----------
    nside
        The nside of the grid, a power of two.
    padded
        Also compute by how much a cap must be widened to hold the centre of every cell that it
        touches; otherwise that is 0.

    Returns
    -------
    Rings
        One entry per ring, north to south.

    Notes
    -----
    Gorski et al. 2005 (ApJ 622), equations 4 to 9.
    """
    number = np.arange(1, 4 * nside)
    from_pole = np.minimum(number, 4 * nside - number)
    polar = from_pole < nside
    count = 4 * np.minimum(from_pole, nside)
    step = 2 * np.pi / count
    shifted = polar | ((number + nside) % 2 == 0)
    lat = ring_latitudes(nside, number)
    pad = _corner_radii(nside, number, lat) if padded else np.zeros(len(number))
    return ring_kernels.Rings(
        nside,
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        np.where(shifted, step / 2, 0.0),
        step,
        1.0 / step,
        lat,
        np.sin(lat),
        np.cos(lat),
        np.sin(lat / 2),
        np.cos(lat / 2),
        pad,
        np.sin(pad / 2),
        np.cos(pad / 2),
    )


def _nside_for(resolution_km: float) -> int:
    """The coarsest power of two whose cells are not larger than wanted."""
    finest = math.sqrt(EARTH_AREA_KM2 / 12) / MAX_NSIDE
    if not resolution_km >= finest:
        raise BadInputError(
            f"resolution_km is {resolution_km}, expected a number of at least {finest:.2g} km"
        )
    exact = math.sqrt(EARTH_AREA_KM2 / 12) / min(resolution_km, 1e5)
    found: int = max(1, 2 ** math.ceil(math.log2(exact) - 1e-12))
    return found


def _corner_radii(nside: int, number: npt.NDArray[np.int_], lat: FloatArray) -> FloatArray:
    """Largest distance from centre to corner among the cells of each ring, radians.

    In the equatorial belt all cells of a ring are alike. In the polar caps the most stretched cell
    is the first of each quarter, whose corners are at positions (ring, k/ring of a quarter turn).
    """
    ring = np.minimum(number, 4 * nside - number)
    lat, quarter = np.abs(lat), np.pi / 2
    in_cap, below_in_cap = ring < nside, ring + 1 < nside
    step = quarter / np.minimum(ring, nside)
    lon = step / 2
    north = np.where(ring <= nside, 0.0, lon)
    south = np.where(below_in_cap, quarter / (ring + 1), np.where(in_cap, quarter / nside, lon))
    corners = (
        (north, ring_latitudes(nside, ring - 1)),
        (south, ring_latitudes(nside, ring + 1)),
        (np.zeros_like(lon), lat),
        (step, lat),
    )
    arcs = [
        sphere.distance_km(*np.degrees([lon, lat]), *np.degrees([c_lon, c_lat]))
        for c_lon, c_lat in corners
    ]
    # A micrometre more than the corner itself, so that rounding never loses it.
    found: FloatArray = np.max(arcs, axis=0) / EARTH_RADIUS_KM + ring_kernels.TIE_RAD
    return found
