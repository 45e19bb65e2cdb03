"""The columns of the pairs table, and what each may hold."""

from __future__ import annotations

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A numeric column: its name, the values allowed, and how to say so."""

    name: str
    low: float
    high: float
    expected: str
    may_be_empty: bool = False
    low_included: bool = True


NAME_COLUMNS: Final = ("landmark", "target")
NAME_EXPECTED: Final = "a name that is not empty"

_LATITUDE = "degrees of latitude from -90 to 90"
_LONGITUDE = "degrees of longitude from -180 to 180"
_INFINITY = float("inf")

NUMBER_COLUMNS: Final = (
    Column("landmark_lat", -90, 90, _LATITUDE),
    Column("landmark_lon", -180, 180, _LONGITUDE),
    Column("target_lat", -90, 90, _LATITUDE + ", or nothing", may_be_empty=True),
    Column("target_lon", -180, 180, _LONGITUDE + ", or nothing", may_be_empty=True),
    Column("rtt_ms", 0, _INFINITY, "a number of milliseconds above 0", low_included=False),
)

OPTIONAL_COLUMNS: Final = (
    Column("samples", 0, _INFINITY, "a count, or nothing", may_be_empty=True),
    Column("hops", 0, 255, "a count of hops up to 255, or nothing", may_be_empty=True),
    Column("deviation_ms", 0, _INFINITY, "milliseconds, 0 or above, or nothing", may_be_empty=True),
)

REQUIRED: Final = (
    "landmark", "landmark_lat", "landmark_lon", "target", "target_lat", "target_lon", "rtt_ms",
)  # fmt: skip
