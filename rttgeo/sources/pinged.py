"""Which column of a typed table says what was pinged, where a table calls it as people do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from rttgeo.machine.counting import number_of
from rttgeo.machine.separators import in_small_letters

TARGETS: Final = (
    "target", "to", "destination", "dst", "dst_addr", "dst_name", "dst_ip", "dest", "dest_ip",
    "target_ip", "target_name", "target_host", "destination_ip", "destination_host", "remote",
    "remote_host", "remote_ip",
)  # fmt: skip
"""Columns that say what was pinged, the first of them counts."""
MAYBE: Final = ("server", "host", "hostname", "host_name", "ip", "ip_address", "address", "domain")
"""Columns that may say it, or may name the landmark in whose place the row is."""
LANDMARKS: Final = (
    "from", "source", "src", "probe", "probe_id", "prb_id", "landmark", "vantage", "vantage_point",
    "origin",
)  # fmt: skip
"""Columns that name the landmark: beside one of these, the first of `MAYBE` is what was pinged."""


class Pinged(NamedTuple):
    """A column, "" for none, and what to say of the choice, "" where nothing else can be meant."""

    column: str
    note: str = ""


def pinged_column(
    names: Sequence[str], rows: Sequence[dict[str, Any]], places: Iterable[str]
) -> Pinged:
    """Find the column of what was pinged.

    A column of `MAYBE` is not that if it names the places one to one: then it is what the landmarks
    are called.

    Parameters
    ----------
    names
        Names of the columns.
    rows
        Cells by name of the column.
    places
        Where each row was measured, as it was typed.

    Returns
    -------
    Pinged
        Its name among ``names``.
    """
    small = {in_small_letters(name): name for name in reversed(names) if name}
    sure = next((small[name] for name in TARGETS if name in small), "")
    if sure:
        return Pinged(sure)
    asked = any(name in small for name in LANDMARKS)
    where = list(places)
    for column in (small[name] for name in MAYBE if name in small):
        values = [str(row.get(column) or "").strip() for row in rows]
        if any(values) and (asked or not _one_to_one(values, where)):
            some = number_of(len(set(filter(None, values))), "target")
            return Pinged(column, f"column {column} is taken for what was pinged: {some}")
    return Pinged("")


def landmark_column(
    names: Sequence[str], rows: Sequence[dict[str, Any]], places: Iterable[str], pinged: str
) -> str:
    """Find the column of what the landmarks are called, for a table without cities.

    Parameters
    ----------
    names, rows, places
        As for `pinged_column`.
    pinged
        The column of what was pinged, "" for none.

    Returns
    -------
    str
        Its name among ``names``; "" where none gives each place one name and each name one place.
    """
    small = {in_small_letters(name): name for name in reversed(names) if name}
    where = list(places)
    for column in (small[name] for name in (*LANDMARKS, *MAYBE) if name in small):
        values = [str(row.get(column) or "").strip() for row in rows]
        pairs = set(zip(values, where, strict=True))
        if column != pinged and all(values) and len(set(values)) == len(set(where)) == len(pairs):
            return column
    return ""


def _one_to_one(values: Sequence[str], places: Sequence[str]) -> bool:
    """Whether several values stand for as many places."""
    pairs = set(zip(values, places, strict=True))
    return len(set(values)) == len(set(places)) == len(pairs) > 1
