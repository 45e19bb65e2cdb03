"""A table of places: where the ends of pings are.

CSV with a header: ``name``, ``lat``, ``lon`` (degrees, WGS 84); other columns are ignored::

    name,lat,lon
    ams,52.37,4.90
    192.0.2.39,47.38,8.54
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from rttgeo.errors import BadInputError
from rttgeo.sources.series import read_text

_LIMITS = {"lat": 90.0, "lon": 180.0}


def read_places(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read a table of places: ``(lon, lat)`` in degrees by name.

    Raises
    ------
    BadInputError
        With file, line and column, when the table is not good or a name stands twice.
    """
    rows = csv.DictReader(read_text(path).lstrip("\ufeff").splitlines(), restkey="")
    try:
        missing = [c for c in ("name", "lat", "lon") if c not in (rows.fieldnames or ())]
        if missing:
            raise BadInputError(f"{path}: column {missing[0]!r} is missing")
        places: dict[str, tuple[float, float]] = {}
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            name = (row["name"] or "").strip()
            if not name or name in places:
                said = "the name is empty" if not name else f"{name!r} stands twice"
                raise BadInputError(f"{where}, column name: {said}")
            places[name] = (_degrees(row, "lon", where), _degrees(row, "lat", where))
    except csv.Error as error:
        raise BadInputError(f"{path}, line {rows.line_num}: {error}") from error
    return places


def _degrees(row: Mapping[str, str | None], column: str, where: str) -> float:
    text, limit = row[column] or "", _LIMITS[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        raise BadInputError(
            f"{where}, column {column}: found {text[:40]!r}, expected degrees "
            f"from -{limit:.0f} to {limit:.0f}"
        )
    return value
