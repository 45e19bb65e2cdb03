"""Where an estimate is, in words: the most likely cities and countries.

A posterior is spread over cells, but people want a city. Each cell counts for the nearby city with
the strongest attraction, population over the square of the distance (the gravity model of trade
areas: Reilly 1931), and for the country that contains it. A region without a posterior has no
probabilities: its largest cities, and the shares of its area by country, are named as such. Parts of
a city count for the whole: Brooklyn is New York.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any, NamedTuple

import healpix
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data.cities import cities
from rttgeo.data.city_cells import city_cells
from rttgeo.data.countries import AT_SEA, NSIDE, all_countries, country_rows, rows_of_nested
from rttgeo.estimators.estimate import Estimate
from rttgeo.kernels.bells import cells_about
from rttgeo.kernels.pull import most_drawn
from rttgeo.typing import FloatArray, IntArray

REACH_KM = 50.0
"""A cell farther from every city than this counts for no city, only for its country."""
CORE_KM = 5.0
"""Softens the square of the distance: within a city, all distances are equivalent."""
LIST_NSIDE = 64
"""Cells of 100 km, each with a list of the cities that can attract a place inside: a few dozen."""
HELD = 0.98
"""Probability whose cells are assigned one by one: what the rest could add to a city would not be
printed."""
MOST_CELLS = 2_000
"""Most cells, the densest, that are assigned to cities; the rest counts only for countries."""
SAMPLED = 4_000
"""Number of cells of a hard region used for the shares of countries, which are then right to about
0.01."""
LEAST = 0.005
"""A probability or share that would be printed as 0.00 is not named."""


class LikelyCity(NamedTuple):
    """A city, and the probability that the target is in or around it.

    ``p`` is None for a region without probabilities.
    """

    name: str
    country: str
    lon: float
    lat: float
    p: float | None

    def __str__(self) -> str:
        said = f"{self.name} {self.country}"
        return said if self.p is None else f"{said} {self.p:.2f}"


class LikelyCountry(NamedTuple):
    """A country, and the probability that the target is in it, or its share of the region's area.

    One of ``p`` and ``share`` is None. At sea, more than 50 km from any coast, ``code`` is empty.
    """

    code: str
    name: str
    p: float | None
    share: float | None

    def __str__(self) -> str:
        value = self.p if self.share is None else self.share
        return f"{self.name} {value:.2f}"


@dataclasses.dataclass(frozen=True)
class LikelyPlaces:
    """The most likely cities and countries of an estimate, the most likely first.

    Attributes
    ----------
    cities, countries
        At most as many as requested, none with less than 0.005.
    """

    cities: tuple[LikelyCity, ...] = ()
    countries: tuple[LikelyCountry, ...] = ()

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, list[dict[str, Any]]]
            Lists under ``places`` and ``countries``.
        """
        return {
            "places": [city._asdict() for city in self.cities],
            "countries": [country._asdict() for country in self.countries],
        }

    def sentence(self) -> str:
        """Name the cities and countries in one or two sentences.

        Returns
        -------
        str
            The text; empty when there is nothing to name.
        """
        cities = ", ".join(map(str, self.cities))
        countries = ", ".join(map(str, self.countries))
        if not self.countries:
            return ""
        if self.countries[0].share is not None:
            inside = f" The largest cities inside: {cities}." if cities else ""
            return f"Shares of the region's area: {countries}.{inside}"
        around = f"By city: {cities}" if cities else "Far from any city"
        return f"{around}; by country: {countries}."


def likely_places(estimate: Estimate, most: int = 5) -> LikelyPlaces:
    """Find the cities and countries that an estimate points to.

    Parameters
    ----------
    estimate
        An estimate by any method.
    most
        Largest number of cities, and of countries, to name.

    Returns
    -------
    LikelyPlaces
        With probabilities for a method with a posterior. For a hard region, the most populous
        cities inside and the countries' shares of its area. Empty where there is no region, or an
        empty one.
    """
    if estimate.posterior is not None:
        return _of_posterior(estimate.posterior, most)
    if not estimate.has_region or estimate.empty:
        return LikelyPlaces()
    return _of_region(estimate.region, most)


@lru_cache(maxsize=1)
def _country_rows() -> IntArray:
    """Row of each city's country in `all_countries`, shape (cities,)."""
    row = {country.code: number for number, country in enumerate(all_countries())}
    return np.array([row[code] for code in cities().country], dtype=np.int64)


@lru_cache(maxsize=1)
def _lists() -> tuple[IntArray, npt.NDArray[np.int32]]:
    """Cities in reach of each nested cell of `LIST_NSIDE`: where each list begins, and all lists."""
    grid, count = Tiling(nside=LIST_NSIDE), 12 * LIST_NSIDE**2
    known, far_km = cities(), REACH_KM + grid.cell_radius_km
    cell, city = cells_about(grid.rings, known.lon, known.lat, far_km)
    # Sorted by cell, and in each by city: one number holds both.
    key = np.sort(healpix.ring2nest(LIST_NSIDE, cell) * len(known) + city)
    first = np.searchsorted(key, np.arange(count + 1) * len(known))
    return first.astype(np.int64), (key % len(known)).astype(np.int32)


def _of_posterior(posterior: AnyPosterior, most: int) -> LikelyPlaces:
    held = posterior.promised
    asked = _heaviest(held)
    cell = posterior.nested_cells(NSIDE)
    country = rows_of_nested()[cell].astype(np.int64)
    city = _drawn_to(posterior.centres(asked), cell[asked] // (NSIDE // LIST_NSIDE) ** 2)
    about = city >= 0
    # A city's cells are its country's, on whichever side of a line drawn at 1:50 million.
    country[asked[about]] = _country_rows()[city[about]]
    by_city = _sums(cities().whole[city[about]], held[asked[about]], len(cities()))
    by_country = _sums(country - AT_SEA, held, len(all_countries()) + 1)
    return LikelyPlaces(
        tuple(_city(row, float(by_city[row])) for row in _largest(by_city, most)),
        tuple(_country(row, float(by_country[row]), None) for row in _largest(by_country, most)),
    )


def _heaviest(held: FloatArray) -> IntArray:
    """Rows of the pieces that hold most, together `HELD`, or `MOST_CELLS` of them."""
    count = min(MOST_CELLS, len(held))
    rows = np.argpartition(-held, count - 1)[:count]
    rows = rows[np.lexsort((rows, -held[rows]))]
    return rows[: int(np.searchsorted(np.cumsum(held[rows]), HELD)) + 1]


def _sums(row: IntArray, held: FloatArray, count: int) -> FloatArray:
    """Probability of each of ``count`` rows."""
    return np.asarray(np.bincount(row, held, minlength=count), dtype=np.float64)


def _drawn_to(points: FloatArray, cell: IntArray) -> IntArray:
    """Row of the city that draws each place most, -1 where none is near.

    Places are unit vectors, each with its nested cell of `LIST_NSIDE`.
    """
    found = np.empty(len(points), dtype=np.int64)
    reach, core = REACH_KM / EARTH_RADIUS_KM, CORE_KM / EARTH_RADIUS_KM
    known = cities()
    most_drawn(points, cell, *_lists(), known.points, known.population, reach, core, found)
    return found


def place_of(lon: float, lat: float) -> tuple[tuple[float, float] | None, str]:
    """Find the city and the country of a place by the same rule as for estimates.

    Parameters
    ----------
    lon, lat
        Degrees.

    Returns
    -------
    tuple of ((float, float) or None, str)
        Place of the city with the strongest attraction, or of the city that it is a part of
        (longitude and latitude, degrees), None if none is near; and the code of the country, empty at sea.
    """
    point = sphere.unit_vectors(np.array([lon]), np.array([lat]))
    cell = np.asarray(healpix.ang2pix(LIST_NSIDE, lon, lat, nest=True, lonlat=True)).reshape(1)
    (city,) = _drawn_to(point, cell.astype(np.int64)).tolist()
    if city >= 0:
        known = cities()
        whole = int(known.whole[city])
        return (float(known.lon[whole]), float(known.lat[whole])), str(known.country[whole])
    row = int(country_rows(lon, lat))
    return None, all_countries()[row].code if row != AT_SEA else ""


def _of_region(region: Region, most: int) -> LikelyPlaces:
    inside = np.unique(cities().whole[region.has_cells(city_cells(region.grid))])[:most]
    cells = region.cells()
    cells = cells[:: max(1, len(cells) // SAMPLED)]
    share = np.bincount(
        country_rows(*region.grid.lonlat(cells)) - AT_SEA, minlength=len(all_countries()) + 1
    ) / len(cells)
    return LikelyPlaces(
        tuple(_city(int(row), None) for row in inside),
        tuple(_country(row, None, float(share[row])) for row in _largest(share, most)),
    )


def _largest(value: FloatArray, most: int) -> list[int]:
    order = np.argsort(-value, kind="stable")[:most]
    return [int(row) for row in order if value[row] >= LEAST]


def _city(row: int, p: float | None) -> LikelyCity:
    known = cities()
    return LikelyCity(
        str(known.name[row]),
        str(known.country[row]),
        float(known.lon[row]),
        float(known.lat[row]),
        None if p is None else round(p, 4),
    )


def _country(row: int, p: float | None, share: float | None) -> LikelyCountry:
    code, name = "", "at sea"
    if row + AT_SEA >= 0:
        country = all_countries()[row + AT_SEA]
        code, name = country.code, country.name
    p, share = (None if value is None else round(value, 4) for value in (p, share))
    return LikelyCountry(code, name, p, share)
