"""The cities that come with rttgeo: those of 15,000 people and more, by place and by name."""

from __future__ import annotations

import dataclasses
import difflib
import unicodedata
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.data.shipped import data_path
from rttgeo.sphere import chord_of_km, unit_vectors
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


@dataclasses.dataclass(frozen=True, eq=False)
class Cities:
    """Names, places and people of the cities, the most populous first; shape (n,) each.

    Attributes
    ----------
    name, country
        In letters of their own languages, and ISO 3166-1 alpha-2.
    lon, lat
        Middle of the city, degrees.
    population
        People who live there.
    """

    name: npt.NDArray[np.object_]
    country: npt.NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    population: FloatArray

    def __len__(self) -> int:
        return len(self.name)

    @cached_property
    def points(self) -> FloatArray:
        """Unit vectors, shape (n, 3)."""
        return unit_vectors(self.lon, self.lat)

    @cached_property
    def tree(self) -> cKDTree:
        """A tree over `points`: it measures chords of the unit sphere."""
        from scipy.spatial import cKDTree  # slow to load

        return cKDTree(self.points)

    @cached_property
    def plain_name(self) -> npt.NDArray[np.object_]:
        """Names as `plain` writes them."""
        return np.array([plain(name) for name in self.name], dtype=object)

    def within(self, lon: float, lat: float, radius_km: float) -> IntArray:
        """Find the cities in a disc.

        Parameters
        ----------
        lon, lat
            Centre of the disc, degrees.
        radius_km
            Its radius, km.

        Returns
        -------
        IntArray
            Rows of the cities, ascending.
        """
        chord = chord_of_km(radius_km)
        found = self.tree.query_ball_point(unit_vectors(lon, lat), chord, return_sorted=True)
        return np.asarray(found, dtype=np.int64)

    def named(self, name: str, country: str = "") -> IntArray:
        """Find the cities of a name, whatever their case and accents.

        Parameters
        ----------
        name
            Such as ``Zürich`` or ``zurich``.
        country
            Two letters, in either case; empty for cities of any country.

        Returns
        -------
        IntArray
            Rows of the cities, the most populous first; empty when there is none.
        """
        same = self.plain_name == plain(name)
        if country.strip():
            same &= self.country == country.strip().upper()
        return np.flatnonzero(same)

    def nearly_named(self, name: str) -> list[str]:
        """Name cities that may have been meant.

        Parameters
        ----------
        name
            As it was typed.

        Returns
        -------
        list of str
            At most three, as `plain` writes them.
        """
        near = difflib.get_close_matches(plain(name), self.plain_name.tolist(), n=3)
        return list(dict.fromkeys(near))


@cache
def cities() -> Cities:
    """Read the cities that come with rttgeo, once.

    Returns
    -------
    Cities
        The same object at every call.

    Raises
    ------
    NotThereError
        When the file is missing from the installation.
    """
    table = pd.read_parquet(data_path("cities/cities.parquet"))
    names = (table[column].to_numpy(dtype=object) for column in ("name", "country"))
    numbers = (table[column].to_numpy(dtype=float) for column in ("lon", "lat", "population"))
    return Cities(*names, *numbers)


def plain(name: str) -> str:
    """Write a name without accents, case and needless spaces, for comparison.

    Parameters
    ----------
    name
        Such as ``São Paulo``.

    Returns
    -------
    str
        Such as ``sao paulo``.
    """
    split = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())
