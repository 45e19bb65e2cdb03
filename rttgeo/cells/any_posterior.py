"""`AnyPosterior`: what follows from a probability over pieces of the globe, whatever their sizes."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import healpix
import numpy as np

from rttgeo import sphere
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import xarray as xr


class AnyPosterior(abc.ABC):
    """A probability over pieces of the globe: its single places, its regions, its areas."""

    grid: Tiling

    @property
    @abc.abstractmethod
    def support(self) -> Region:
        """Every cell with any probability at all."""

    @abc.abstractmethod
    def pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Say what the probability is spread over, piece by piece.

        Returns
        -------
        tuple
            Longitude and latitude, degrees, and probability; shape (n,) each.
        """

    @property
    @abc.abstractmethod
    def promised(self) -> FloatArray:
        """Probability of each piece, shape (n,), by which a region of any level holds that level.

        That of `pieces`, unless regions are asked for at other levels than those they are named by.
        """

    @abc.abstractmethod
    def centres(self, row: IntArray) -> FloatArray:
        """Find the centres of some pieces.

        Parameters
        ----------
        row
            Numbers of the pieces, shape (n,).

        Returns
        -------
        numpy.ndarray
            Unit vectors, shape (n, 3).
        """

    @property
    @abc.abstractmethod
    def radius_km(self) -> FloatArray:
        """How far the points of each piece are from its centre at the most, km, shape (n,)."""

    def nested_cells(self, nside: int) -> IntArray:
        """Find the cell of some grid that holds the centre of each piece.

        Parameters
        ----------
        nside
            Of that grid, a power of two.

        Returns
        -------
        numpy.ndarray
            Their nested numbers, shape (n,).
        """
        lon, lat, _ = self.pieces()
        return np.asarray(healpix.ang2pix(nside, lon, lat, nest=True, lonlat=True), dtype=np.int64)

    @property
    @abc.abstractmethod
    def by_density(self) -> IntArray:
        """Rows of the pieces, the densest first: in this order regions take them in."""

    @abc.abstractmethod
    def credible_region(self, level: float = 0.95) -> Region:
        """Find the smallest region that holds the target with at least this probability.

        Parameters
        ----------
        level
            Probability, above 0 and at most 1.

        Returns
        -------
        Region
            On the posterior's grid.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        """

    @abc.abstractmethod
    def to_xarray(self) -> xr.Dataset:
        """Lay out the cells and their probability as xarray does, in the convention of xdggs.

        Returns
        -------
        xr.Dataset
            ``probability`` and ``probability_density`` (per steradian) along ``cells``.

        Raises
        ------
        NotThereError
            When xarray is not installed.
        """

    def area_km2(self, level: float = 0.95) -> float:
        """Tell the area of the credible region.

        Parameters
        ----------
        level
            Probability, above 0 and at most 1.

        Returns
        -------
        float
            Square kilometres.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        """
        return self.credible_region(level).area_km2

    def mode(self) -> tuple[float, float]:
        """Find the centre of the cell of the highest density.

        Returns
        -------
        tuple
            Longitude and latitude, degrees.
        """
        (row,), (lon, lat, _) = self.by_density[:1], self.pieces()
        return float(lon[row]), float(lat[row])

    def mean_place(self) -> tuple[float, float]:
        """Find the mean place on the sphere: least expected squared chord.

        The mode instead where the probability is spread evenly around the globe.

        Returns
        -------
        tuple
            Longitude and latitude, degrees.
        """
        lon, lat, held = self.pieces()
        try:
            return sphere.mean_place(lon, lat, held)
        except BadInputError:
            return self.mode()

    def median_place(self, iterations: int = 60) -> tuple[float, float]:
        """Find where the expected distance to the target is least.

        Weiszfeld's iteration for the geometric median in the space around the sphere, brought
        back onto it (chords for arcs), from the better of mode and mean.

        Parameters
        ----------
        iterations
            Steps of the iteration.

        Returns
        -------
        tuple
            Longitude and latitude, degrees.
        """
        lon, lat, held = self.pieces()
        points = sphere.unit_vectors(lon, lat)
        starts = [sphere.unit_vectors(*place) for place in (self.mode(), self.mean_place())]
        here = min(starts, key=lambda p: float(held @ _chord(points, p)))
        for _ in range(iterations):
            # Half a cell of softening keeps the iteration from sticking to a centre.
            soft = (0.5 * self.grid.cell_size_km / EARTH_RADIUS_KM) ** 2
            apart = np.sqrt(((points - here) ** 2).sum(axis=1) + soft)
            there = (held / apart) @ points
            there /= np.linalg.norm(there)
            moved = float(np.linalg.norm(there - here))
            here = there
            if moved * EARTH_RADIUS_KM < 0.01:
                break
        x, y, z = here
        return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))

    def expected_distance_km(self, lon: float, lat: float) -> float:
        """Tell the mean distance from a place to the target.

        Parameters
        ----------
        lon, lat
            The place, degrees.

        Returns
        -------
        float
            Kilometres.
        """
        piece_lon, piece_lat, held = self.pieces()
        return float(held @ sphere.distance_km(lon, lat, piece_lon, piece_lat))


def count_holding(held: FloatArray, level: float) -> int:
    """Count how many pieces, the densest first, hold at least this probability.

    Parameters
    ----------
    held
        Probability of each piece, the densest first, shape (n,).
    level
        Probability, above 0 and at most 1.

    Returns
    -------
    int
        From 1 to n.

    Raises
    ------
    BadInputError
        When the level is not above 0 and at most 1.
    """
    if not 0 < level <= 1:
        raise BadInputError(f"level is {level}, expected above 0 and at most 1")
    if level == 1:  # Rounding must not cost a piece.
        return len(held)
    return min(int(np.searchsorted(np.cumsum(held), level * (1 - 1e-12))) + 1, len(held))


def _chord(points: FloatArray, here: FloatArray) -> FloatArray:
    found: FloatArray = np.sqrt(((points - here) ** 2).sum(axis=1))
    return found
