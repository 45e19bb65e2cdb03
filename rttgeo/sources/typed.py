"""Round-trip times typed by hand: ``amsterdam=20.9``, ``48.86,2.35=24.1``, or a small table of them.

A place is latitude and longitude in degrees, or a city by name, with its country if need be
(``paris,us``), out of the 34,000 that come with rttgeo (GeoNames).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from rttgeo import sphere
from rttgeo.data.cities import cities
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.machine.separators import with_commas
from rttgeo.mesh import Mesh, Provenance
from rttgeo.pairs.headers import TIMES, with_usual_time
from rttgeo.pairs.hints import unit_hint
from rttgeo.pairs.stated import stated_provenance
from rttgeo.sources.places import SPELLINGS, Places
from rttgeo.sources.series import MAX_RTT_MS, mesh_of_samples, number, read_text
from rttgeo.typing import IntArray

TARGET = "target"
_DEGREES = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")


TARGETS = ("target", "to", "destination", "dst", "dst_addr")
"""Columns of a typed table that say what was pinged, the first of them counts."""


class Spot(NamedTuple):
    """A place that was typed: its name, where it is in degrees, and what to say of the choice."""

    name: str
    lon: float
    lat: float
    note: str = ""


class _Row(NamedTuple):
    """A time as it was typed: from where, how long, where that is written, to whom, by which name."""

    place: str
    rtt: str
    where: str
    target: str
    name: str = ""
    wrong: str = ""


def spot_of(text: str) -> Spot:
    """Find what was typed: ``lat,lon`` in degrees, or a city.

    >>> spot_of("48.86,2.35")
    Spot(name='48.86,2.35', lon=2.35, lat=48.86, note='')

    Parameters
    ----------
    text
        ``lat,lon`` in degrees, ``city``, or ``city,country`` with the country's two letters.

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
    name, _, country = text.partition(",")
    known = cities()
    same = known.named(name, country)
    if not len(same):
        near = known.nearly_named(name)
        hint = f"; did you mean {', '.join(near)}?" if near else "."
        raise NotThereError(
            f"no city {text!r} among those that come with rttgeo{hint} "
            "Latitude and longitude also work: 48.86,2.35"
        )
    best = same[0]
    rivals = known.rivals(name, country)
    note = _taken_for(text, name, best, rivals) if len(rivals) else ""
    lon, lat = float(known.lon[best]), float(known.lat[best])
    return Spot(" ".join(text.split()), lon, lat, note)


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


def mesh_of_typed(pings: Sequence[str], *, target: str = TARGET) -> tuple[Mesh, list[str]]:
    """Make a mesh from texts such as ``amsterdam=20.9``: a place and the lowest RTT from it in ms.

    Parameters
    ----------
    pings
        One text per landmark.
    target
        Name of what was pinged.

    Returns
    -------
    tuple of (Mesh, list of str)
        The mesh of one target, RTTs in ms, and notes for the user.

    Raises
    ------
    BadInputError
        When a text is not that.
    NotThereError
        When a city is not known.
    """
    rows = []
    for text in pings:
        place, sign, rtt = text.rpartition("=")
        if not sign or not place.strip():
            raise BadInputError(f"{text!r}: expected PLACE=MS, such as amsterdam=20.9")
        rows.append(_Row(place, rtt, text, target))
    if not rows:
        raise BadInputError("no round-trip time is given")
    told = Provenance("typed", "measured", "typed by hand; places of cities: GeoNames")
    return _mesh(rows, told, skip_bad=False)


def mesh_of_table(
    path: str | Path, *, target: str = TARGET, skip_bad: bool = False
) -> tuple[Mesh, list[str]]:
    """Make a mesh from a CSV with ``city,ms`` or ``lat,lon,ms``, and ``target`` where there are several.

    With semicolons or tabs in place of commas, numbers may have decimal commas; a note says so.

    A column `TARGETS` names holds what was pinged. Where a row has a city and a place, the place
    counts and the city names it. Columns that are not used are named in a note.

    Parameters
    ----------
    path
        The CSV, with a header; degrees and ms.
    target
        Name of what was pinged, where no column says it.
    skip_bad
        Whether bad rows are left out and counted in a note, rather than stop at the first.

    Returns
    -------
    tuple of (Mesh, list of str)
        RTTs in ms, and notes for the user.

    Raises
    ------
    BadInputError, NotThereError
        With file and line, when a row is not good or a city is not known.
    """
    plain = with_commas(read_text(path), path, is_table)
    lines = plain.text.splitlines()
    above = next((n for n, line in enumerate(lines) if line.strip()), 0)
    reader = csv.DictReader(lines[above:])
    names = reader.fieldnames = _usual(reader.fieldnames or ())
    ms = next((name for name in TIMES if name in names), None)
    if ms is None or not ("city" in names or {"lat", "lon"} <= set(names)):
        raise BadInputError(f"{path}: expected the columns city,ms or lat,lon,ms")
    pinged = next((name for name in TARGETS if name in names), "")
    for name in (ms, pinged, "city", "lat", "lon"):
        if names.count(name) > 1:
            raise BadInputError(f"{path}, line {above + 1}: column {name!r} appears twice")
    rows = [
        _Row(_typed_place(row), row[ms] or "", f"{path}, line {above + reader.line_num}",
             (row.get(pinged) or "").strip() or target, " ".join((row.get("city") or "").split()),
             _surplus(row, len(names)))
        for row in reader if any(map(_filled, row.values()))
    ]  # fmt: skip
    if not rows:
        raise BadInputError(f"{path}: no rows below the header")
    told, note = stated_provenance(Path(path), str(path), None)
    try:
        mesh, notes = _mesh(rows, told, skip_bad)
    except (BadInputError, NotThereError) as error:
        hint = "" if skip_bad else "; skip_bad leaves bad rows out and counts them"
        raise type(error)(f"{error}{hint}") from None
    unused = [name for name in names if name and name not in (ms, pinged, "city", "lat", "lon")]
    said = [one for one in (plain.note, note) if one]
    if unused:
        hint = "" if pinged else "; a column target would name what was pinged"
        said.append(
            f"{path}: not used: {number_of(len(unused), 'column')} {', '.join(unused)}{hint}"
        )
    return mesh, [*said, *notes]


def _filled(cell: str | list[str] | None) -> bool:
    return any(map(_filled, cell)) if isinstance(cell, list) else bool((cell or "").strip())


def _surplus(row: Mapping[str | None, Any], n_columns: int) -> str:
    """What is wrong with a row that has more cells than the header."""
    more = row.get(None) or []
    if not _filled(more):
        return ""
    return (
        f"{number_of(n_columns + len(more), 'cell')} under {number_of(n_columns, 'column')}: a comma in "
        "a number or a name? Numbers have decimal points (8.2), and names with commas are in quotes"
    )


def _typed_place(row: dict[str, str]) -> str:
    """The place of a row, as it would be typed: degrees where they are given, else the city."""
    lat, lon, city = ((row.get(name) or "").strip() for name in ("lat", "lon", "city"))
    return city if city and not (lat and lon) else f"{lat},{lon}"


def _usual(head: Iterable[str]) -> list[str]:
    """Names of columns in small letters, those of degrees in the spelling that is used here."""
    names = [name.strip().lower() for name in head]
    return with_usual_time(SPELLINGS.get(name, name) for name in names)


def is_table(head: Iterable[str]) -> bool:
    """Check whether a header is that of such a table.

    Parameters
    ----------
    head
        Names of the columns.

    Returns
    -------
    bool
        True if it has a time and a city or a place.
    """
    names = set(_usual(head))
    return bool(names & set(TIMES)) and ("city" in names or {"lat", "lon"} <= names)


def _mesh(rows: Sequence[_Row], told: Provenance, skip_bad: bool) -> tuple[Mesh, list[str]]:
    places, notes, samples, bad = Places(), [], [], []
    for row in rows:
        try:
            if row.wrong:
                raise BadInputError(f"{row.where}: {row.wrong}")
            rtt, spot = _rtt_of(row), _spot_of(row)
            places.add(row.name or spot.name, (spot.lon, spot.lat), row.where)
        except (BadInputError, NotThereError) as error:
            if not skip_bad:
                raise
            bad.append(str(error))
            continue
        samples.append((row.name or spot.name, row.target, rtt))
        notes += [spot.note] if spot.note else []
    if bad:
        notes.insert(
            0, f"{len(bad):,} of {number_of(len(rows), 'row')} left out; the first: {bad[0]}"
        )
    if not samples:
        raise BadInputError(f"no row can be used; the first: {bad[0]}")
    frame = pd.DataFrame(samples, columns=["source", "target", "rtt_ms"])
    mesh = mesh_of_samples(frame, places, told=told)
    doubts = [hint] if (hint := unit_hint(mesh)) else []
    return mesh, [*doubts, *places.notes, *dict.fromkeys(notes)]


def _spot_of(row: _Row) -> Spot:
    """Place of a row of a table; of a typed text the whole text says where it is."""
    try:
        return spot_of(row.place)
    except (BadInputError, NotThereError) as error:
        raise type(error)(f"{row.where}: {error}") from None


def _rtt_of(row: _Row) -> float:
    """Milliseconds of a row."""
    rtt = number(row.rtt.strip().removesuffix("ms").strip())
    if not 0 < rtt <= MAX_RTT_MS:
        point = ", with a decimal point" if "," in row.rtt else ""
        raise BadInputError(
            f"{row.where}: found {row.rtt!r}, expected milliseconds above 0, such as 20.9{point}"
        )
    return rtt
