"""The cities that come with rttgeo: those of 15,000 people and more, by place and by name."""

from __future__ import annotations

import dataclasses
import difflib
import unicodedata
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data.shipped import data_path
from rttgeo.sphere import chord_of_km, unit_vectors
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.spatial import cKDTree


ALSO_CALLED = 0.2
"""Weight of a city's other names beside a city's own name. Whoever writes St. Petersburg or Odessa means
the city with several times the people, though towns of the United States have it as their own name;
whoever writes Paris or Bergen does not mean Parys or Mons, called so in some language. Our judgement."""

RIVAL = 0.05
"""People of a city, as a share of those of the one taken for its name, from which it may have been meant.
If each city is meant in proportion to its people, one below that is meant less than one time in twenty,
which is how often a region of 95 % is wrong anyway. St. Petersburg in Florida, Dublin in California and
any Springfield are above it; Vienna in Virginia and Paris in Texas (0.01) are below."""


DENSE_PER_KM2 = 4_000
"""People per km² of a city: one of a million covers a disc of 9 km. GeoNames lists parts of cities beside
the cities, Brooklyn beside New York, without saying so. Of 54 well-known parts the rule of `wholes`
assigns 0.94 to their city, and it leaves 0.7 of 77 towns beside a larger one to themselves; with 2,000
people per km² it is 0.96 and 0.49, with 8,000 it is 0.8 and 0.81. The towns that it takes in, such as
Jersey City, Offenbach and Salford, adjoin the larger one."""
LEAST_WHOLE = 100_000
"""People of a city that can have parts."""


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
    whole
        Row of the city that each is a part of, as Brooklyn is of New York; its own row if of none.
    """

    name: npt.NDArray[np.object_]
    country: npt.NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    population: FloatArray
    whole: IntArray

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
        # As one text, which takes half as long as a call for each.
        lines = _without_marks("\n".join(self.name)).split("\n")
        return np.array([" ".join(line.split()) for line in lines], dtype=object)

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
        """Find the cities of a name, in any language, whatever their case and accents.

        Parameters
        ----------
        name
            Such as ``Zürich``, ``zurich`` or ``Zurigo``.
        country
            Two letters, in either case; empty for cities of any country.

        Returns
        -------
        IntArray
            Rows of the cities, the most likely to be meant first: the most populous, where one that
            is merely also called so counts for `ALSO_CALLED` of its people. Empty when there is
            none.
        """
        return self._weighed(name, country)[0]

    def rivals(self, name: str, country: str = "") -> IntArray:
        """Find the cities that may be meant by a name instead of the first of those it fits.

        Parameters
        ----------
        name, country
            As for `named`.

        Returns
        -------
        IntArray
            Rows of the cities with `RIVAL` of the first one's people or more, weighed as in `named`.
            Parts of the first are none, nor is a city merely also called so when it is the first
            one's own name, as Rome is a name of Lomé.
        """
        rows, weight = self._weighed(name, country)
        if not len(rows):
            return rows
        first, others = rows[0], rows[1:]
        own = self.plain_name[rows] == plain(name)
        may_be = (weight[1:] >= RIVAL * weight[0]) & (own[1:] | ~own[0])
        found: IntArray = others[may_be & (self.whole[others] != first)]
        return found

    def _weighed(self, name: str, country: str) -> tuple[IntArray, FloatArray]:
        """Rows of the cities of a name, and what each counts for, falling."""
        wanted = plain(name)
        own = np.flatnonzero(self.plain_name == wanted)
        rows = np.union1d(own, also_called(wanted)).astype(np.int64)
        if country.strip():
            rows = rows[self.country[rows] == country.strip().upper()]
        weight = np.where(np.isin(rows, own), 1.0, ALSO_CALLED) * self.population[rows]
        order = np.argsort(-weight, kind="stable")
        return rows[order], weight[order]

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
    import pyarrow.parquet as pq  # slow to load

    table = pq.read_table(data_path("cities/cities.parquet"), pre_buffer=False).to_pandas()
    name, country = (table[column].to_numpy(dtype=object) for column in ("name", "country"))
    lon, lat, population, whole = (
        table[column].to_numpy() for column in ("lon", "lat", "population", "whole")
    )
    return Cities(name, country, lon, lat, population.astype(float), whole.astype(np.int64))


def wholes(
    country: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike, population: npt.ArrayLike
) -> IntArray:
    """Find the city that each place is a part of.

    A place is a part of the most populous city of its country, of `LEAST_WHOLE` people or more and of
    more than its own, whose disc holds it: the disc in which its people live at `DENSE_PER_KM2`.
    Parts of parts are parts of the whole.

    Parameters
    ----------
    country
        Code of each place's country, the most populous place first, shape (n,).
    lon, lat
        Their places, degrees.
    population
        Their people, falling.

    Returns
    -------
    IntArray
        Row of the whole, its own for a place that is part of none.
    """
    of, people = np.asarray(country), np.asarray(population, dtype=float)
    points = unit_vectors(np.asarray(lon), np.asarray(lat))
    whole = np.arange(len(people))
    # The most populous city first: who is taken in by it stays there.
    for row in np.flatnonzero(people >= LEAST_WHOLE):
        if whole[row] != row:
            continue
        angle = np.sqrt(people[row] / (np.pi * DENSE_PER_KM2)) / EARTH_RADIUS_KM
        held = points[row + 1 :] @ points[row] >= np.cos(angle)
        held &= (of[row + 1 :] == of[row]) & (people[row + 1 :] < people[row])
        taken = row + 1 + np.flatnonzero(held)
        whole[taken[whole[taken] == taken]] = row
    return whole


def also_called(wanted: str) -> IntArray:
    """Find the cities that have a name as another one beside their own.

    Parameters
    ----------
    wanted
        As `plain` writes it, such as ``wien`` or ``fra``.

    Returns
    -------
    IntArray
        Rows of `cities`, ascending; only cities of 50,000 people and more have other names here.
    """
    import pyarrow.compute as pc  # slow to load

    names = _other_names()
    return np.sort(names["city"].filter(pc.equal(names["name"], wanted)).to_numpy())


@cache
def _other_names() -> pa.Table:
    import pyarrow.parquet as pq  # slow to load

    return pq.read_table(data_path("cities/names.parquet"), pre_buffer=False)


def plain(name: str) -> str:
    """Write a name without accents, case, points and needless spaces, for comparison.

    Parameters
    ----------
    name
        Such as ``São Paulo`` or ``St.-Denis``.

    Returns
    -------
    str
        Such as ``sao paulo`` or ``st denis``.
    """
    return " ".join(_without_marks(name).split())


def _without_marks(text: str) -> str:
    """Text in small letters without points and accents; lines stay lines."""
    text = text.casefold()
    for point, instead in _POINTS.items():
        text = text.replace(point, instead)
    text = unicodedata.normalize("NFKD", text)
    # One mark after the other: there are few, and texts may be of all cities.
    for mark in filter(unicodedata.combining, set(text)):
        text = text.replace(mark, "")
    return text


_POINTS = {".": "", "'": "", "’": "", "-": " ", "/": " "}
