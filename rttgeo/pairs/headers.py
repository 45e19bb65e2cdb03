"""Names of columns as people write them, and what to say of a header that lacks some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rttgeo.machine.separators import found_columns, in_small_letters, is_comment
from rttgeo.pairs.schema import REQUIRED

EXPECTED: Final = "expected a pairs table (CSV or Parquet)"
TIMES: Final = ("ms", "rtt", "rtt_ms")
"""What a table of places and round-trip times calls these, the first of them counts."""
IN_MS: Final = ("rtt_ms", "latency_ms", "ping_ms")
"""Further names of them that state the unit, as `in_small_letters` writes them."""
NEEDED: Final = "city,ms or lat,lon,ms (and target, where there are several)"
WITHOUT_OWNER: Final = ("lat", "lon", "latitude", "longitude", "lng")
"""Names of columns that do not say whose place they hold."""
_TRACE: Final = re.compile(
    r"\s*(?:traceroute6? to |tracing route to |routenverfolgung |détermination de l.itinéraire )",
    re.IGNORECASE,
)
_HOW: Final = {
    "city": "the column of cities to city",
    "ms": "the column of round-trip times in milliseconds to ms",
}


def with_usual_time(names: Iterable[str]) -> list[str]:
    """Call the column of round-trip times as tables do, where only one states milliseconds.

    >>> with_usual_time(["city", "rtt (ms)"]), with_usual_time(["city", "latency"])
    (['city', 'rtt_ms'], ['city', 'latency'])

    Parameters
    ----------
    names
        Names of columns, in small letters.

    Returns
    -------
    list of str
        The names; as they are where one of `TIMES` is among them, or several could be meant.
    """
    names = list(names)
    meant = [name for name in names if in_small_letters(name) in IN_MS]
    if len(meant) != 1 or set(names) & set(TIMES):
        return names
    return ["rtt_ms" if name == meant[0] else name for name in names]


def wrong_header(text: str, names: Sequence[str], missing: Sequence[str], line: int) -> str:
    """Say what is wrong with a first line that lacks columns, and how to call them.

    Parameters
    ----------
    text
        The line.
    names
        The columns that were read of it.
    missing
        The columns of a pairs table that are not there.
    line
        Its number.

    Returns
    -------
    str
        The end of a message.
    """
    if text.lstrip()[:1] in ("{", "["):
        return (
            " is JSON, in which no round-trip times were found (it may be empty, cut short, or an "
            f"error's text, or of a form of its own: write its rows as CSV); {EXPECTED}, or JSON of RIPE "
            "Atlas, Globalping, fping, mtr or scamper"
        )
    if _TRACE.match(text):
        return (
            " is the output of traceroute, which names no place: give the lowest time of its last line and "
            "the city where it ran, as in --ping vienna=11.9, or in a table with the columns city,ms"
        )
    if said := is_comment(text, line):
        return f"{said}; {_expected()}"
    found = found_columns(text)
    if found.called == "bars":
        return (
            f", line {line}: columns separated by bars; write commas or semicolons; {_expected()}"
        )
    small = {name.strip().lower() for name in found.names}
    lacking = [] if small & {"landmark", "landmark_lat", "landmark_lon"} else _lacking(small)
    said = f", line {line}: no column {', '.join(map(repr, lacking or missing))} among {found}"
    if found.has_number:
        said += "; the first line has to name the columns"
    elif lacking:
        said += f"; rename {' and '.join(_HOW[name] for name in lacking)}"
    whose = [name for name in names if name.lower() in WITHOUT_OWNER]
    if whose and not lacking:
        said += f"; {' and '.join(map(repr, whose))}: of the landmark or of the target?"
    return f"{said}; {_expected()}"


def _expected() -> str:
    return (
        f"expected the header {NEEDED}, or {','.join(REQUIRED)} (the target's place may be missing)"
    )


def _lacking(small: set[str]) -> list[str]:
    """Which columns of a table of places and times are not there."""
    placed = "city" in small or {"lat", "lon"} <= small
    timed = bool(set(with_usual_time(small)) & set(TIMES))
    return [name for name, there in (("city", placed), ("ms", timed)) if not there]
