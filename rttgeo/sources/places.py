"""Tables of places: where the ends of pings are.

CSV with a header: ``name``, ``lat``, ``lon`` (degrees, WGS 84), or ``name`` and ``city`` with or without
``country``; other columns are ignored::

    name,lat,lon
    ams,52.37,4.90
    192.0.2.39,47.38,8.54

`rttgeo.sources.atlas_places` reads what RIPE Atlas says about its anchors and probes.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rttgeo import sphere
from rttgeo.data.spots import as_typed, spot_of
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.machine.separators import found_columns, is_comment, with_commas
from rttgeo.pairs.places import SAME_NODE_KM
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.series import canonical

Place = tuple[float, float]
_LIMITS: Final = {"lat": 90.0, "lon": 180.0}
_COLUMNS: Final = ("name", "lat", "lon", "city", "country")
SPELLINGS: Final = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}
"""Other names of columns of degrees, in small letters."""
_NUMBERS: Final = (
    "prb_id", "probe_id", "probe", "id", "landmark", "hostname", "host", "server", "node", "site",
)  # fmt: skip
"""What a column of probes' numbers or names is called where none is called ``name``, the surest first."""


class Places(dict[str, Place]):
    """``(lon, lat)`` in degrees by name; addresses under their usual spelling.

    Attributes
    ----------
    aliases
        Further names of a node, such as addresses and the number of its probe, to its name.
    listed
        Names that a person listed individually: a note reports those without any measurement.
    again
        Names that were listed again, at the same place.
    left_out
        Rows without a place, by reason.
    notes
        What a reader should know, a sentence each.
    """

    def __init__(self, places: Mapping[str, Place] | None = None) -> None:
        super().__init__()
        self.aliases: dict[str, str] = {}
        self.listed: list[str] = []
        self.again: list[str] = []
        self.left_out = LeftOut()
        self.notes: list[str] = []
        if places is not None:
            self.take(places)

    def take(self, other: Mapping[str, Place]) -> None:
        """Add another table; where both know a name, the first stays.

        Parameters
        ----------
        other
            ``(lon, lat)`` in degrees by name; of another `Places`, its aliases and notes too.
        """
        for name, place in other.items():
            self.setdefault(canonical(name), place)
        if isinstance(other, Places):
            self.aliases = other.aliases | self.aliases
            self.listed += other.listed
            self.again += other.again
            self.left_out.take(other.left_out)
            self.notes += other.notes

    def name_of(self, name: str) -> str:
        """Give the name of the node that goes by a name or an alias.

        Parameters
        ----------
        name
            A name in any spelling.

        Returns
        -------
        str
            Its name in the table; the name itself, in its usual spelling, if it is no alias.
        """
        usual = canonical(name)
        return self.aliases.get(usual, usual)

    def find(self, name: str) -> Place | None:
        """Find where a node is, by any of its names.

        Parameters
        ----------
        name
            A name or an alias, in any spelling.

        Returns
        -------
        tuple of (float, float), or None
            ``(lon, lat)`` in degrees; None if the name is not known.
        """
        return self.get(self.name_of(name)) or self.get(canonical(name))

    def add(self, name: str, place: Place, where: str) -> None:
        """Enter a row; one node with two roundings of its place is one node.

        Parameters
        ----------
        name
            Name of the node, in any spelling.
        place
            ``(lon, lat)`` in degrees.
        where
            File and line, for messages.

        Raises
        ------
        BadInputError
            When the name already has another place.
        """
        usual = canonical(name)
        if usual not in self:
            self[usual] = place
            self.listed.append(usual)
            return
        apart = float(sphere.distance_km(*self[usual], *place))
        if apart > SAME_NODE_KM:
            raise BadInputError(
                f"{where}, column name: {name!r} appears twice, {apart:,.0f} km apart; two places "
                f"need two names"
            )
        self.again.append(usual)
        if apart > 0:
            self.notes.append(
                f"{where}: {name!r} appears twice, {apart:.2f} km apart: treated as one node, with "
                f"the first of its places"
            )


def places_of_csv(text: str, path: str | Path) -> Places:
    """Make a table of places from a CSV with the columns ``name``, ``lat``, ``lon``, or ``name``, ``city``.

    With semicolons or tabs in place of commas, degrees may have decimal commas. A table of probes may
    have ``prb_id``, ``probe_id``, ``probe`` or ``id`` in place of ``name``. A row without degrees is where
    its ``city`` is, in its ``country`` if that is given; a city without a name is its own.

    Parameters
    ----------
    text
        The CSV, with its header.
    path
        Where it comes from, for messages.

    Returns
    -------
    Places
        ``(lon, lat)`` in degrees by name; rows at 0°, 0° are left out and counted.

    Raises
    ------
    BadInputError
        With file, line and column, when a row is invalid or a name has two places.
    """
    text, note = with_commas(text, path, lambda names: not _missing(_usual(names)))
    rows = csv.reader(text.splitlines())
    places = Places()
    places.notes += [note] if note else []
    try:
        header = next((row for row in rows if any(cell.strip() for cell in row)), [])
        column = _columns(header, text, path)
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            where = f"{path}, line {rows.line_num}"
            name = _cell(row, column["name"]).strip()
            if not name:
                raise BadInputError(f"{where}, column name: the name is empty")
            _check_commas(row, header, where)
            place = _place(row, column, where, places.notes)
            if sphere.is_nowhere(*place):
                places.left_out.add("places at 0°, 0°, which is nowhere", where=where, text=name)
            else:
                places.add(name, place, where)
    except csv.Error as error:
        raise BadInputError(f"{path}, line {rows.line_num}: {error}") from error
    return places


def _usual(header: Iterable[str]) -> list[str]:
    """Names of columns in the spelling that is used here."""
    names = [cell.strip().strip('"').lower() for cell in header]
    names = [SPELLINGS.get(name, name) for name in names]
    if "name" not in names:
        # A probe goes by its number, whatever the column is called.
        number = next((name for name in _NUMBERS if name in names), None)
        names = ["name" if name == number else name for name in names]
    return names


def _missing(names: Sequence[str]) -> list[str]:
    needed = () if "city" in names else ("name", "lat", "lon")
    return [column for column in needed if column not in names]


def _columns(header: Iterable[str], text: str, path: str | Path) -> dict[str, int]:
    names = _usual(header)
    if missing := _missing(names):
        first = text.lstrip().split("\n", 1)[0]
        if hint := is_comment(first):
            raise BadInputError(f"{path}{hint}; expected name,lat,lon")
        among = f" among {found_columns(first)}" if first else ""
        raise BadInputError(
            f"{path}: column {missing[0]!r} is missing{among}; expected name,lat,lon or name,city,country "
            "(for probes of RIPE Atlas, name or prb_id is the number)"
        )
    column: dict[str, int] = {name: names.index(name) for name in _COLUMNS if name in names}
    column.setdefault("name", column.get("city", 0))
    return column


def _place(row: list[str], column: Mapping[str, int], where: str, notes: list[str]) -> Place:
    """Longitude and latitude of a row, those of its city where it states none."""
    text = {name: _cell(row, number).strip() for name, number in column.items()}
    if text.get("lat") or text.get("lon") or not text.get("city"):
        if "lat" not in column or "lon" not in column:
            raise BadInputError(f"{where}, column city: the name of the city is empty")
        return _degrees(row, column, "lon", where), _degrees(row, column, "lat", where)
    try:
        spot = spot_of(as_typed("", "", text["city"], text.get("country", "")))
    except (BadInputError, NotThereError) as error:
        raise BadInputError(f"{where}, column city: {error}") from None
    if spot.note and spot.note not in notes:
        notes.append(spot.note)
    return spot.lon, spot.lat


def _check_commas(row: list[str], header: list[str], where: str) -> None:
    """See whether a row has more cells since its numbers are written with commas."""
    if any(cell.strip() for cell in row[len(header) :]):
        raise BadInputError(
            f"{where}: {number_of(len(row), 'column')}, expected {len(header)}; decimal commas? "
            "Numbers are written with points: 52.37"
        )


def _cell(row: list[str], number: int) -> str:
    return row[number] if number < len(row) else ""


def _degrees(row: list[str], column: Mapping[str, int], name: str, where: str) -> float:
    text, limit = _cell(row, column[name]), _LIMITS[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        hint = " with a decimal point, not a comma" if "," in text else ""
        raise BadInputError(
            f"{where}, column {name}: found {text[:40]!r}, expected degrees "
            f"from -{limit:.0f} to {limit:.0f}{hint}"
        )
    return value
