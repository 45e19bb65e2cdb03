"""Output of ``fping -J``: an object for each packet and each summary, one per line.

``{"resp": {"host": "192.0.2.39", "seq": 0, "size": 64, "rtt": 22.7}}``, and likewise ``timeout``,
``vSum`` (the list of ``-C``), ``summary`` (``-c``), ``intSum`` (``-Q``), ``stats`` (``-s``). fping calls
the form alpha: objects of other kinds, and lines that are cut, are counted, not refused.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rttgeo.errors import BadInputError
from rttgeo.sources.fping_target import FpingTarget, series_of_targets
from rttgeo.sources.leftout import NOT_UNDERSTOOD, LeftOut
from rttgeo.sources.series import RttSeries, canonical

NOTE: Final = (
    "fping -J does not say who answered: without -J and -q, replies from another address are "
    "marked [<- …]"
)
_KINDS: Final = ("resp", "timeout", "summary", "vSum", "intSum")


def series_of_json(text: str, path: str | Path, source: str) -> list[RttSeries]:
    """Read the JSON of fping: a series for each target.

    Parameters
    ----------
    text
        Its objects, one after the other.
    path
        Where it comes from, for messages.
    source
        Name of the place that fping ran at.

    Returns
    -------
    list of RttSeries
        Sorted by name; RTTs in ms.

    Raises
    ------
    BadInputError
        When no line of it is fping's.
    """
    targets: dict[str, FpingTarget] = {}
    strange = LeftOut()
    for row, line in enumerate(text.splitlines(), 1):
        kind, about = _event(line)
        host = about.get("host")
        if kind in _KINDS and isinstance(host, str) and host.strip():
            _take(targets.setdefault(canonical(host), FpingTarget()), kind, about)
        elif kind != "stats" and line.strip():
            strange.add(NOT_UNDERSTOOD, where=f"{path}, line {row}", text=line)
    if not targets:
        said = "".join(f"; {line}" for line in strange.lines())
        raise BadInputError(f"{path}: no line of it is a result of fping -J{said}")
    found = series_of_targets(targets, source, strange, NOTE)
    return [
        series if series.notes or not len(series) else dataclasses.replace(series, notes=(NOTE,))
        for series in found
    ]


def _event(line: str) -> tuple[str, Mapping[str, Any]]:
    """Kind of an event and what it says; nothing for a line that is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "", {}
    pairs = found.items() if isinstance(found, dict) else ()
    return next(((kind, about) for kind, about in pairs if isinstance(about, dict)), ("", {}))


def _take(one: FpingTarget, kind: str, about: Mapping[str, Any]) -> None:
    if kind in ("resp", "timeout"):
        one.sent += 1
        one.quiet = False
        lost = kind == "timeout"
        one.add(
            None if lost else _text(about.get("rtt")),
            _text(about.get("timestamp")),
            _whole(about, "seq"),
        )
    elif kind == "vSum":
        values = about.get("values")
        times = values if isinstance(values, list) else []
        one.list([None if time is None else _text(time) for time in times])
    elif kind == "intSum" or not one.by_interval:
        one.by_interval |= kind == "intSum"
        sent, got = _whole(about, "xmt") or 0, _whole(about, "rcv") or 0
        one.summary(sent, got, _text(about.get("rttMin")), _text(about.get("time")))
    else:
        one.by_interval = False  # The summary of what the intervals before it said.


def _text(value: object) -> str:
    """A number as it stands there, for its digits tell how exact it is; "nan" for anything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value)[:40] if is_number else "nan"


def _whole(about: Mapping[str, Any], key: str) -> int | None:
    value = about.get(key)
    return value if type(value) is int and 0 <= value < 2**31 else None
