"""Claims: where targets are said to be.

They come from a table, a geofeed (RFC 8805), a list of RIPE Atlas probes, or the mesh itself.
"""

from __future__ import annotations

import csv
import dataclasses
import ipaddress
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rttgeo import sphere
from rttgeo.data.cities import cities, plain
from rttgeo.data.countries import code_of, country_named
from rttgeo.data.regions import country_of_part, part_hint
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.machine.opening import read_text
from rttgeo.machine.separators import with_commas
from rttgeo.mesh import Mesh
from rttgeo.sources.atlas_places import places_of_json
from rttgeo.sources.leftout import LeftOut
from rttgeo.verification.areas import Area, CirclesArea, CountryArea, EitherArea

CITY_KM = 25.0
"""Radius of the circle that a city's name stands for: the size of a city according to the papers,
and the distance at which data centres named after a city are from its centre."""

BAD_ROW = "claims: not readable, or about an unknown target or place"

_Lines = list[tuple[int, str]]
_Feed = dict[tuple[int, int, int], tuple[str, Area] | None]
"""What is claimed about a prefix, by version, length and first address; None for nothing."""


@dataclasses.dataclass(frozen=True, eq=False)
class Claim:
    """A claim about where one target is.

    Attributes
    ----------
    target
        Id of the target in the mesh.
    text
        The claim in words, such as ``52.37, 4.90`` or ``Austria``.
    area
        The area that it refers to.
    """

    target: str
    text: str
    area: Area


def read_claims(
    path: str | Path, mesh: Mesh, left_out: LeftOut | None = None, notes: list[str] | None = None
) -> list[Claim]:
    """Read claims about targets of a mesh from a table, a geofeed, or a list of probes.

    A table has a header with ``target`` and one of ``lat,lon[,radius_km]``, ``country`` (ISO 3166-1
    alpha-2) and ``city`` (with ``country`` where several have its name). A geofeed (RFC 8805:
    ``prefix,country,region,city,postcode`` without a header, ``#`` comments) is about every target
    of the mesh whose address is in one of its prefixes. The longest prefix counts; if it names no
    country, nothing is claimed. A list of probes or anchors, in RIPE Atlas's own JSON, is about the
    targets that it names.

    Parameters
    ----------
    path
        The file; it may be compressed, and in any common encoding.
    mesh
        The mesh whose targets the claims are about.
    left_out
        Counts the rows of a table or geofeed that cannot be read, and are skipped. With None, the
        first such row raises an error.
    notes
        Takes what is to be said of how numbers were read.

    Returns
    -------
    list of Claim
        The claims of a table, in its order; those of a geofeed or a list of probes, in the order of
        the mesh.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When a claim cannot be read (the message names file, line and column), or when a geofeed or
        a list of probes is about no target of the mesh.
    """
    text = read_text(path)
    if text.lstrip()[:1] in ("{", "["):
        return _of_probe_list(text, path, mesh)
    text, note = with_commas(text, path, _is_table)
    if note and notes is not None:
        notes.append(note)
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise BadInputError(f"{path}: no claims in it")
    if "target" in _cells(*lines[0], path):
        return list(_of_table(lines, path, mesh, left_out))
    if any(_is_prefix(line.split(",")[0]) for _, line in lines):
        return _of_geofeed(lines, path, mesh, left_out)
    return list(_of_table(lines, path, mesh, left_out))


def declared_claims(mesh: Mesh, targets: Sequence[str] | None = None) -> list[Claim]:
    """Make claims of the places that a mesh itself states.

    Parameters
    ----------
    mesh
        A mesh that states the places of targets.
    targets
        Ids of the targets; by default all whose place is stated.

    Returns
    -------
    list of Claim
        One claim per target whose place is stated.

    Raises
    ------
    BadInputError
        When the mesh states no target's place.
    """
    lon, lat = mesh.target_lonlat
    names = mesh.targets.index.astype(str)
    known = np.isfinite(lon) & (True if targets is None else names.isin(list(targets)))
    if not known.any():
        raise BadInputError(f"{mesh.provenance.name} states no target's place")
    return [
        Claim(str(names[row]), *_point(float(lon[row]), float(lat[row]), 0.0))
        for row in np.flatnonzero(known)
    ]


def typed_claims(texts: Sequence[str], mesh: Mesh) -> list[Claim]:
    """Read claims about the only target of a mesh, as people type them.

    Parameters
    ----------
    texts
        Each ``lat,lon`` in degrees, a city (``vienna``, ``paris,us``), or a country: its two
        letters, or its name. What is the name of both claims either.
    mesh
        A mesh of one target.

    Returns
    -------
    list of Claim
        One for each text.

    Raises
    ------
    BadInputError
        When a text is none of these, or the mesh has several targets.
    """
    if len(mesh.targets) != 1:
        raise BadInputError(
            f"--claim is about a single target, but {mesh.provenance.name} has "
            f"{number_of(len(mesh.targets), 'target')}: give a table of claims, which names them"
        )
    target = str(mesh.targets.index[0])
    return [Claim(target, *_typed(text)) for text in texts]


def _typed(text: str) -> tuple[str, Area]:
    """Coordinates, the two letters of a country, or a city."""
    where = f"--claim {text}"
    if any(letter.isalpha() for letter in text):
        city, _, country = (part.strip() for part in text.partition(","))
        if len(city) == 2 and not country and city.isascii():
            return _named("", city, where)
        code = "" if country else code_of(city)
        return _country_or_city(city, code, where) if code else _named(city, country, where)
    lat, _, lon = text.partition(",")
    cells = {"lat": lat, "lon": lon}
    return _point(_number(cells, "lon", where, 180), _number(cells, "lat", where, 90), 0.0)


def _country_or_city(name: str, code: str, where: str) -> tuple[str, Area]:
    """A claim that names a country, or any city that has its name: neither is rejected for the other."""
    text, country = _named("", code, where)
    same = cities().named(name)
    if plain(name) == "georgia":
        text = "Georgia (the country, not the state of the US)"
    if not len(same):
        return text, country
    city, circles = _city(name, "", where)
    assert isinstance(country, CountryArea)
    assert isinstance(circles, CirclesArea)
    return f"{text} (the country) or a city called {city}", EitherArea(circles, country)


def _cells(number: int, text: str, path: str | Path) -> list[str]:
    """The cells of one line."""
    try:
        return [cell.strip() for cell in next(csv.reader([text]))]
    except csv.Error as error:
        raise BadInputError(f"{path}, line {number}: {error}") from None


@contextmanager
def _may_be_left_out(left_out: LeftOut | None, number: int, text: str) -> Iterator[None]:
    """Count a row that cannot be read, or raise an error if rows are not counted."""
    try:
        yield
    except BadInputError:
        if left_out is None:
            raise
        left_out.add(BAD_ROW, where=f"line {number}", text=text)


def _is_table(header: list[str]) -> bool:
    return "target" in header and bool({"lat", "country", "city"} & set(header))


def _of_table(
    lines: _Lines, path: str | Path, mesh: Mesh, left_out: LeftOut | None
) -> Iterator[Claim]:
    number, text = lines[0]
    header = _cells(number, text, path)
    if not _is_table(header):
        raise BadInputError(
            f"{path}, line {number}: expected columns target and lat,lon or country or city; "
            f"found {', '.join(header)}"
        )
    for number, text in lines[1:]:
        claim = None
        with _may_be_left_out(left_out, number, text):
            row = _cells(number, text, path)
            if len(row) > len(header):
                raise BadInputError(
                    f"{path}, line {number}: {number_of(len(row), 'cell')} under "
                    f"{number_of(len(header), 'column')}"
                )
            claim = _claim(dict(zip(header, row, strict=False)), f"{path}, line {number}", mesh)
        if claim is not None:
            yield claim


def _of_probe_list(text: str, path: str | Path, mesh: Mesh) -> list[Claim]:
    """What RIPE Atlas says about those of its anchors and probes that are targets."""
    places = places_of_json(text, path)
    claims = [
        Claim(name, *_point(*places[places.name_of(name)], 0.0))
        for name in mesh.targets.index.astype(str)
        if places.name_of(name) in places
    ]
    if not claims:
        raise BadInputError(f"{path}: none of its probes is a target of {mesh.provenance.name}")
    return claims


def _claim(cells: dict[str, str], where: str, mesh: Mesh) -> Claim:
    target = cells.get("target", "")
    try:
        mesh.target_number(target)
    except NotThereError as error:
        raise BadInputError(
            f"{where}, column target: {str(error).rstrip('.?')}. It was not measured, so that its claim "
            "cannot be judged; --skip-bad leaves such claims out and counts them"
        ) from None
    if cells.get("lat") or cells.get("lon"):
        lat = _number(cells, "lat", where, 90)
        lon = _number(cells, "lon", where, 180)
        radius_km = _number(cells, "radius_km", where, 20_038) if cells.get("radius_km") else 0.0
        if radius_km < 0:
            raise BadInputError(
                f"{where}, column radius_km: found {radius_km:g}, expected 0 or more"
            )
        if sphere.is_nowhere(lon, lat):
            raise BadInputError(f"{where}: 0°, 0° is not a place; leave it empty if it is unknown")
        return Claim(target, *_point(lon, lat, radius_km))
    return Claim(target, *_named(cells.get("city", ""), cells.get("country", ""), where))


def _named(city: str, country: str, where: str) -> tuple[str, Area]:
    """A claim that names a city, or gives the code of a country."""
    if country:
        try:
            stated = country_named(country)
        except BadInputError as error:
            raise BadInputError(f"{where}, column country: {error}") from None
        if not city:
            return stated.name, CountryArea(stated.code)
        country = stated.code
    if not city:
        raise BadInputError(f"{where}: expected lat and lon, a country or a city; all are empty")
    return _city(city, country, where)


def _city(city: str, country: str, where: str) -> tuple[str, Area]:
    known = cities()
    same = known.named(city, country)
    if not len(same):
        said = f"{city!r} in {country}" if country else repr(city)
        if hint := part_hint(city):
            raise BadInputError(
                f"{where}: no city {said}; {hint}, and only countries and cities can be claimed: "
                f"{country_of_part(city)}, or a city in it"
            )
        near = known.nearly_named(city)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise BadInputError(
            f"{where}: no city {said}; known are cities of at least 15,000 people, countries by their "
            f"English names or two letters; "
            f"{hint}lat and lon work, too"
        )
    # Any city of that name makes the claim true, so a claim is never rejected for meaning another
    # one.
    text = f"{city} ({', '.join(sorted(set(known.country[same])))})"
    part_of = "" if country else country_of_part(city)
    if part_of and part_of not in known.country[same]:
        text += f", the city and not the part of {part_of}"
    return text, CirclesArea(known.lon[same], known.lat[same], CITY_KM)


def _point(lon: float, lat: float, radius_km: float) -> tuple[str, Area]:
    within = f", within {radius_km:g} km" if radius_km else ""
    text = f"{lat:g}, {lon:g}{within}"
    return text, CirclesArea(np.array([lon]), np.array([lat]), radius_km)


def _number(cells: dict[str, str], column: str, where: str, most: float) -> float:
    text = cells.get(column, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        raise BadInputError(
            f"{where}, column {column}: found {text!r}, expected a number from {-most:g} to {most:g}"
        )
    return value


def _is_prefix(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


def _of_geofeed(
    lines: _Lines, path: str | Path, mesh: Mesh, left_out: LeftOut | None
) -> list[Claim]:
    """Claims about targets by address, each by the longest prefix that holds it."""
    feed: _Feed = {}
    for number, text in lines:
        where = f"{path}, line {number}"
        with _may_be_left_out(left_out, number, text):
            cells = _cells(number, text, path) + [""] * 4
            if not _is_prefix(cells[0]):
                raise BadInputError(f"{where}: found {cells[0]!r}, expected an address prefix")
            key = _key(ipaddress.ip_network(cells[0], strict=False))
            # RFC 8805: an entry without a place asks that its prefix be located nowhere.
            said = _of_entry(cells[3], cells[1], where) if cells[1] or cells[3] else None
            feed.setdefault(key, said)
    lengths = sorted({length for _, length, _ in feed}, reverse=True)
    claims = [
        Claim(name, *claimed)
        for name in mesh.targets.index.astype(str)
        if (claimed := _longest(feed, lengths, name)) is not None
    ]
    if not claims:
        raise BadInputError(
            f"{path}: none of its prefixes holds a target of {mesh.provenance.name}; "
            "a geofeed is about targets that are named by their addresses"
        )
    return claims


def _key(prefix: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int, int]:
    return prefix.version, prefix.prefixlen, int(prefix.network_address)


def _longest(feed: _Feed, lengths: list[int], name: str) -> tuple[str, Area] | None:
    """What the longest prefix that holds an address claims."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    for length in lengths:
        free = address.max_prefixlen - length
        key = (address.version, length, int(address) >> free << free) if free >= 0 else None
        if key in feed:
            return feed[key]
    return None


def _of_entry(city: str, country: str, where: str) -> tuple[str, Area]:
    """If the city of a geofeed entry is unknown, the claim is about its country."""
    try:
        return _named(city, country, where)
    except BadInputError:
        return _named("", country, where)
