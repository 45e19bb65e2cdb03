"""The columns of the pairs table, and what each may hold."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from rttgeo.constants import LONGEST_RTT_MS, SHORTEST_RTT_MS
from rttgeo.errors import BadInputError


class Column(NamedTuple):
    """A numeric column: its name, the values allowed, and how to say so."""

    name: str
    low: float
    high: float
    expected: str
    may_be_empty: bool = False
    whole: bool = False


NAME_COLUMNS: Final = ("landmark", "target")
NAME_EXPECTED: Final = "a non-empty name"

_LATITUDE = "degrees of latitude from -90 to 90"
_LONGITUDE = "degrees of longitude from -180 to 180"

NUMBER_COLUMNS: Final = (
    Column("landmark_lat", -90, 90, _LATITUDE),
    Column("landmark_lon", -180, 180, _LONGITUDE),
    Column("target_lat", -90, 90, _LATITUDE + ", or nothing", may_be_empty=True),
    Column("target_lon", -180, 180, _LONGITUDE + ", or nothing", may_be_empty=True),
    Column(
        "rtt_ms",
        SHORTEST_RTT_MS,
        LONGEST_RTT_MS,
        f"a number of milliseconds above 0 ({SHORTEST_RTT_MS:g} to {LONGEST_RTT_MS:,.0f})",
    ),
)

OPTIONAL_COLUMNS: Final = (
    Column("samples", 1, 2**53, "a whole number from 1 on, or nothing", True, whole=True),
    Column("hops", 0, 255, "a whole number of hops up to 255, or nothing", True, whole=True),
    Column(
        "deviation_ms",
        0,
        LONGEST_RTT_MS,
        f"milliseconds from 0 to {LONGEST_RTT_MS:,.0f}, or nothing",
        may_be_empty=True,
    ),
    Column(
        "resolution_ms",
        0,
        LONGEST_RTT_MS,
        f"milliseconds from 0 to {LONGEST_RTT_MS:,.0f}, or nothing",
        may_be_empty=True,
    ),
)
OPTIONAL: Final = tuple(column.name for column in OPTIONAL_COLUMNS)

REQUIRED: Final = (
    "landmark", "landmark_lat", "landmark_lon", "target", "target_lat", "target_lon", "rtt_ms",
)  # fmt: skip


MAY_BE_ABSENT: Final = ("target_lat", "target_lon")
"""Together: in a table without them no target's place is known, as if all their cells were empty."""


def missing_columns(names: Collection[str]) -> list[str]:
    """List the columns that a pairs table must have and this one has not.

    Parameters
    ----------
    names
        Names of its columns.

    Returns
    -------
    list of str
        Names; those of `MAY_BE_ABSENT` count as missing only where one of them is there.
    """
    excused = () if set(MAY_BE_ABSENT) & set(names) else MAY_BE_ABSENT
    return [name for name in REQUIRED if name not in names and name not in excused]


def check_distinct(names: list[str], where: str) -> None:
    """Check that no column of a pairs table appears twice; other columns may.

    Parameters
    ----------
    names
        Names of the columns, as in the table.
    where
        File (and line), for the message.

    Raises
    ------
    BadInputError
        When one does; the message names the first.
    """
    for name in (*REQUIRED, *OPTIONAL):
        if names.count(name) > 1:
            raise BadInputError(f"{where}: column {name!r} appears twice")
