"""Round-trip times typed by hand: ``amsterdam=20.9``, ``48.86,2.35=24.1``, or a small table of them.

A place is what `rttgeo.data.spots` reads.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from rttgeo.data.cities import plain
from rttgeo.data.spots import Spot, as_typed, spot_of
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.machine.separators import with_commas
from rttgeo.mesh import Mesh, Provenance
from rttgeo.pairs.headers import TIMES, with_usual_time
from rttgeo.pairs.hints import unit_hint
from rttgeo.pairs.stated import stated_provenance
from rttgeo.sources.pinged import landmark_column, pinged_column
from rttgeo.sources.places import SPELLINGS, Places
from rttgeo.sources.series import MAX_RTT_MS, canonical, mesh_of_samples, number, read_text

TARGET = "target"
LEFT_OUT = "left out; the first: "
"""In the note on rows that could not be used, and in no other."""
PLACE_COLUMNS = ("lat", "lon", "city", "country")
"""Columns of a typed table that say where a row was measured; two cities of a name are two."""


class _Row(NamedTuple):
    """A time as it was typed: from where, how long, where that is written, to whom, by which name."""

    place: str
    rtt: str
    where: str
    target: str
    name: str = ""
    wrong: str = ""


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

    The column that `rttgeo.sources.pinged` finds holds what was pinged. Where a row has a city and a
    place, the place counts and the city names it; a column ``country`` says which of several cities of a
    name is meant. Columns that are not used are named in a note.

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
    table = with_commas(read_text(path), path, is_table)
    lines = table.text.splitlines()
    above = next((n for n, line in enumerate(lines) if line.strip()), 0)
    reader = csv.DictReader(lines[above:])
    names = reader.fieldnames = _usual(reader.fieldnames or ())
    ms = next((name for name in TIMES if name in names), None)
    if ms is None or not ("city" in names or {"lat", "lon"} <= set(names)):
        raise BadInputError(f"{path}: expected the columns city,ms or lat,lon,ms")
    filled = [(above + reader.line_num, row) for row in reader if any(map(_filled, row.values()))]
    places = [_typed_place(row) for _, row in filled]
    pinged, guessed = pinged_column(names, [row for _, row in filled], places)
    cells = [row for _, row in filled]
    named = "city" if "city" in names else landmark_column(names, cells, places, pinged)
    used = tuple(dict.fromkeys((ms, pinged, named, *PLACE_COLUMNS)))
    for name in used:
        if name and names.count(name) > 1:
            raise BadInputError(f"{path}, line {above + 1}: column {name!r} appears twice")
    called = _called(places, [row.get(named) or "" for row in cells])
    rows = [
        _Row(place, row[ms] or "", f"{path}, line {line}", canonical(row.get(pinged) or "") or target,
             called[place], _surplus(row, len(names)))
        for place, (line, row) in zip(places, filled, strict=True)
    ]  # fmt: skip
    if not rows:
        raise BadInputError(f"{path}: no rows below the header")
    told, note = stated_provenance(Path(path), str(path), None)
    try:
        mesh, notes = _mesh(rows, told, skip_bad)
    except (BadInputError, NotThereError) as error:
        hint = "" if skip_bad else "; skip_bad leaves bad rows out and counts them"
        raise type(error)(f"{error}{hint}") from None
    unused = [name for name in names if name and name not in used]
    said = [one for one in (table.note, note, guessed and f"{path}: {guessed}") if one]
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


def _called(places: Sequence[str], cities: Sequence[str]) -> dict[str, str]:
    """Names of the places: the city, with its country if the table has cities of one name in several."""
    city = {place: " ".join(name.split()) for place, name in zip(places, cities, strict=True)}
    # A place that begins with its city's name was typed without degrees.
    abroad = {place for place, name in city.items() if name and place.startswith(f"{name},")}
    several = Counter(plain(city[place]) for place in {plain(one): one for one in abroad}.values())
    return {
        place: place if place in abroad and several[plain(name)] > 1 else name
        for place, name in city.items()
    }


def _typed_place(row: dict[str, str]) -> str:
    """The place of a row, as it would be typed: degrees where they are given, else the city."""
    return as_typed(*(row.get(name) or "" for name in PLACE_COLUMNS))


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
    lost: list[tuple[str, str]] = []
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
            lost.append((row.target, row.name or row.place))
            continue
        samples.append((row.name or spot.name, row.target, rtt))
        notes += [spot.note] if spot.note else []
    if bad:
        notes.insert(0, f"{len(bad):,} of {number_of(len(rows), 'row')} {LEFT_OUT}{bad[0]}")
    if not samples:
        raise BadInputError(f"no row can be used; the first: {bad[0]}")
    frame = pd.DataFrame(samples, columns=["source", "target", "rtt_ms"])
    mesh = mesh_of_samples(frame, places, told=told).without_use_of(lost)
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
