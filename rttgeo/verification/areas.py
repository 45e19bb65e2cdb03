"""The area that a claim refers to, and the smallest distance from a landmark to it."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.data.countries import NSIDE, cells_of_country
from rttgeo.typing import BoolArray, FloatArray

ROUNDING = 1 + 1e-9
"""A search extends this far beyond the distance asked for: a few centimetres."""


@dataclasses.dataclass(frozen=True, eq=False)
class CirclesArea:
    """The area within a distance of a place, or of any of several places with one name.

    Attributes
    ----------
    lon, lat
        Centres, degrees, shape (n,).
    radius_km
        Radius of all of them, km; 0 means the place itself.
    """

    lon: FloatArray
    lat: FloatArray
    radius_km: float

    def least_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Compute the great-circle distance from places to the nearest point of the area.

        Parameters
        ----------
        lon, lat
            Degrees, shape (m,).

        Returns
        -------
        ndarray
            Distances, km, shape (m,); 0 inside.
        """
        apart = sphere.distance_km(lon[:, None], lat[:, None], self.lon, self.lat)
        return np.asarray(np.maximum(apart.min(axis=1) - self.radius_km, 0.0))

    def holds(self, lon: FloatArray, lat: FloatArray, margin_km: float | FloatArray) -> BoolArray:
        """Check whether places are in the area or within a margin of it.

        Parameters
        ----------
        lon
            Longitudes of the places, degrees, shape (m,).
        lat
            Latitudes of the places, degrees, shape (m,).
        margin_km
            The margin, km, a scalar or shape (m,).

        Returns
        -------
        BoolArray
            Mask of the places, shape (m,).
        """
        return np.asarray(self.least_km(lon, lat) <= margin_km)

    def covers(self, region: Region) -> bool:
        """Check whether a region is entirely inside the circles.

        Parameters
        ----------
        region
            Any region.

        Returns
        -------
        bool
            True for the empty region; False if a cell could extend beyond them.
        """
        lon, lat = region.grid.lonlat(region.cells())
        reach = self.radius_km - region.grid.cell_radius_km
        apart = sphere.distance_km(lon[:, None], lat[:, None], self.lon, self.lat)
        return bool((apart <= reach).any(axis=1).all())

    def region(self, grid: Grid) -> Region:
        """Find the cells of a grid that the area touches.

        Parameters
        ----------
        grid
            The grid.

        Returns
        -------
        Region
            The region of these cells.
        """
        return grid.union(self.lon, self.lat, self.radius_km, conservative=True)


@dataclasses.dataclass(frozen=True, eq=False)
class CountryArea:
    """A country with its waters up to 50 km from the coast, as cells of 13 km.

    Attributes
    ----------
    code
        ISO 3166-1 alpha-2.
    """

    code: str

    @property
    def _region(self) -> Region:
        return _country(self.code)[0]

    @property
    def _tree(self) -> cKDTree:
        return _country(self.code)[1]

    def least_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Compute the distance from places to the nearest point of the country, never too large.

        This is the great-circle distance to the nearest centre of a cell, minus the radius of a
        cell.

        Parameters
        ----------
        lon, lat
            Degrees, shape (m,).

        Returns
        -------
        ndarray
            Distances, km, shape (m,); 0 inside and near the country.
        """
        chord, _ = self._tree.query(sphere.unit_vectors(lon, lat))
        return np.asarray(
            np.maximum(sphere.km_of_chord(chord) - self._region.grid.cell_radius_km, 0.0)
        )

    def holds(self, lon: FloatArray, lat: FloatArray, margin_km: float | FloatArray) -> BoolArray:
        """Check whether places are in the country or within a margin of it.

        Parameters
        ----------
        lon
            Longitudes of the places, degrees, shape (m,).
        lat
            Latitudes of the places, degrees, shape (m,).
        margin_km
            The margin, km, a scalar or shape (m,).

        Returns
        -------
        BoolArray
            Mask of the places, shape (m,).
        """
        reach_km = margin_km + self._region.grid.cell_radius_km
        # Places farther than this from every cell do not need an exact distance.
        most = sphere.chord_of_km(min(float(np.max(reach_km, initial=0.0)), HALF_CIRCUMFERENCE_KM))
        chord, _ = self._tree.query(
            sphere.unit_vectors(lon, lat), distance_upper_bound=most * ROUNDING + ROUNDING - 1
        )
        km = np.full(len(chord), np.inf)
        there = np.isfinite(chord)
        km[there] = sphere.km_of_chord(chord[there])
        return np.asarray(km <= reach_km)

    def covers(self, region: Region) -> bool:
        """Check whether a region is entirely inside the country.

        Parameters
        ----------
        region
            A region on the grid of countries, with cells of 13 km.

        Returns
        -------
        bool
            True for the empty region.
        """
        return not region - self._region

    def region(self, grid: Grid) -> Region:
        """Find the cells of a grid that the country touches.

        Parameters
        ----------
        grid
            The grid.

        Returns
        -------
        Region
            The region of these cells.
        """
        return self._region.resample(grid)


@dataclasses.dataclass(frozen=True, eq=False)
class EitherArea:
    """A country, and circles about the cities that have its name.

    Attributes
    ----------
    cities
        The circles.
    country
        The country.
    """

    cities: CirclesArea
    country: CountryArea

    def least_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Compute the distance from places to the nearest point of either, never too large.

        Parameters
        ----------
        lon, lat
            Degrees, shape (m,).

        Returns
        -------
        ndarray
            Distances, km, shape (m,); 0 inside.
        """
        found = self.cities.least_km(lon, lat), self.country.least_km(lon, lat)
        return np.asarray(np.minimum(*found))

    def holds(self, lon: FloatArray, lat: FloatArray, margin_km: float | FloatArray) -> BoolArray:
        """Check whether places are in either, or within a margin of it.

        Parameters
        ----------
        lon
            Longitudes of the places, degrees, shape (m,).
        lat
            Latitudes of the places, degrees, shape (m,).
        margin_km
            The margin, km, a scalar or shape (m,).

        Returns
        -------
        BoolArray
            Mask of the places, shape (m,).
        """
        found = self.cities.holds(lon, lat, margin_km) | self.country.holds(lon, lat, margin_km)
        return np.asarray(found)

    def covers(self, region: Region) -> bool:
        """Check whether a region is entirely inside either, cell by cell.

        Parameters
        ----------
        region
            A region on the grid of countries, with cells of 13 km.

        Returns
        -------
        bool
            True for the empty region.
        """
        return self.cities.covers(region - self.country.region(Grid(nside=NSIDE)))

    def region(self, grid: Grid) -> Region:
        """Find the cells of a grid that either touches.

        Parameters
        ----------
        grid
            The grid.

        Returns
        -------
        Region
            The region of these cells.
        """
        return self.cities.region(grid) | self.country.region(grid)


@lru_cache(maxsize=256)
def _country(code: str) -> tuple[Region, cKDTree]:
    """The cells of a country, and a search tree over their centres, shared by all its claims."""
    region = Region(Grid(nside=NSIDE), *cells_of_country(code))
    return region, cKDTree(sphere.unit_vectors(*region.grid.lonlat(region.cells())))


Area = CirclesArea | CountryArea | EitherArea
