"""A place that was typed: latitude and longitude in degrees, or a city, with its country if need be.

Cities (``vienna``, ``paris,us``) are those of the 34,000 that come with rttgeo (GeoNames).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rttgeo import sphere
from rttgeo.data.cities import cities
from rttgeo.data.regions import part_hint
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.typing import IntArray

_DEGREES = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")


class Spot(NamedTuple):
    """A place that was typed: its name, where it is in degrees, and what to say of the choice."""

    name: str
    lon: float
    lat: float
    note: str = ""


def spot_of(text: str) -> Spot:
    """Find what was typed: ``lat,lon`` in degrees, or a city.

    >>> spot_of("48.86,2.35")
    Spot(name='48.86,2.35', lon=2.35, lat=48.86, note='')

    Parameters
    ----------
    text
        ``lat,lon`` in degrees, ``city``, or ``city,country`` with the country's two letters or name.

    Returns
    -------
    Spot
        Its name as it was typed and its place in degrees, with a note when another city may
        be meant.

    Raises
    ------
    NotThereError
        When there is no such city; the message names the nearest.
    BadInputError
        When degrees are out of range.
    """
    if found := _DEGREES.fullmatch(text):
        lat, lon = float(found[1]), float(found[2])
        if not (abs(lat) <= 90 and abs(lon) <= 180) or sphere.is_nowhere(lon, lat):
            raise BadInputError(
                f"{text!r}: expected latitude,longitude in degrees (-90 to 90, -180 to 180), "
                "such as 48.86,2.35"
            )
        return Spot(f"{lat:g},{lon:g}", lon, lat)
    if not text.strip(" ,"):
        raise BadInputError("the place is empty; expected a city, or latitude and longitude")
    name, _, country = text.partition(",")
    known = cities()
    country = _code(country)
    same = known.named(name, country)
    if not len(same):
        raise NotThereError(_no_city(text, name))
    best = same[0]
    rivals = known.rivals(name, country)
    note = _taken_for(text, name, best, rivals) if len(rivals) else ""
    lon, lat = float(known.lon[best]), float(known.lat[best])
    return Spot(" ".join(text.split()), lon, lat, note)


def _code(country: str) -> str:
    """The code of a country that is written by name; anything else as it is."""
    if not country.strip() or (cities().country == country.strip().upper()).any():
        return country
    from rttgeo.data.countries import country_named  # slow to load

    try:
        return country_named(country).code
    except BadInputError:
        return country


def _no_city(text: str, name: str) -> str:
    """What to say where no city is called so, or none in that country."""
    known = cities()
    said = f"no city {text!r} among those that come with rttgeo"
    if part := part_hint(name):
        return f"{said}; {part}: name a city in it"
    near = known.nearly_named(name)
    elsewhere = known.named(name)
    if len(elsewhere):
        # Whoever writes the state behind a city means the country's.
        near = [f"{name.strip()},{known.country[elsewhere[0]].lower()}"]
    hint = f"; did you mean {', '.join(near)}?" if near else "."
    return f"{said}{hint} Latitude and longitude also work: 48.86,2.35"


def as_typed(lat: str, lon: str, city: str, country: str) -> str:
    """Write the cells of a row that say where something is as one types them.

    >>> as_typed("", "", "Paris", "US"), as_typed("48.86", "2.35", "Paris", "")
    ('Paris,US', '48.86,2.35')

    Parameters
    ----------
    lat, lon
        Degrees, as text; these count where both are there.
    city, country
        Names, or the country's two letters; empty for none.

    Returns
    -------
    str
        As `spot_of` reads it.
    """
    lat, lon, city, country = (cell.strip() for cell in (lat, lon, city, country))
    if not city or (lat and lon):
        return f"{lat},{lon}"
    return f"{city},{country}" if country and "," not in city else city


def _taken_for(text: str, name: str, best: int, rivals: IntArray) -> str:
    """Say which of several cities of a name was taken, and how to mean another."""
    known = cities()
    people = [f"{known.country[row]} ({known.population[row]:,.0f})" for row in rivals]
    abroad = [known.country[row] for row in rivals if known.country[row] != known.country[best]]
    code = f"{name},{abroad[0].lower()} or " if abroad else ""
    return (
        f"{text}: taken for {known.name[best]}, {known.country[best]} "
        f"({known.population[best]:,.0f} people). Others called so are in {', '.join(people[:3])}: "
        f"write {code}latitude and longitude"
    )
