"""qlog files of QUIC: what an endpoint itself measured (``metrics_updated``), in any form.

A file is one JSON document of traces (drafts 00 to 02 and later), or one record per line, with or
without the separator of JSON text sequences (RFC 7464). ``latest_rtt`` is a sample from which the
peer's delay is not subtracted; times are in milliseconds, or in old drafts in the unit given by
``time_units``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from rttgeo.errors import BadInputError
from rttgeo.passive.logs import Key, Rows
from rttgeo.passive.samples import FULL

EVENT: Final = "metrics_updated"
STARTED: Final = "connection_started"


def is_qlog(head: str) -> bool:
    """Check whether a text begins like qlog.

    Parameters
    ----------
    head
        Beginning of the file.

    Returns
    -------
    bool
        True if it contains one of qlog's own fields.
    """
    return any(f'"{name}"' in head for name in ("qlog_version", "qlog_format", "file_schema"))


def read_qlog(text: str, rows: Rows, name: str) -> None:
    """Read the round-trip times that an endpoint logged as qlog.

    Parameters
    ----------
    text
        The whole file.
    rows
        Takes the samples, and counts what is left out.
    name
        Name of the file, for messages.

    Raises
    ------
    BadInputError
        When it is not JSON, or has no events.
    """
    traces = list(_traces(text, name))
    if not traces:
        raise BadInputError(f"{name}: qlog without a trace")
    for number, (trace, events) in enumerate(traces):
        _read_trace(trace, events, rows, number)


def _traces(text: str, name: str) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise BadInputError(f"{name}: nested too deeply for a qlog") from error
    except ValueError:
        yield _sequence(text, name)
        return
    if not isinstance(whole, dict):
        raise BadInputError(f"{name}: expected a qlog's object, found {type(whole).__name__}")
    traces = whole.get("traces")
    for trace in traces if isinstance(traces, list) else []:
        if isinstance(trace, dict) and isinstance(trace.get("events"), list):
            yield trace, trace["events"]


def _sequence(text: str, name: str) -> tuple[dict[str, Any], list[Any]]:
    """One record per line: the first describes the file, the others are events."""
    records = []
    for number, line in enumerate(text.replace("\x1e", "\n").splitlines(), 1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError):
                if not records:
                    raise BadInputError(f"{name}, line {number}: expected JSON") from None
                # The last record of a program that was stopped may be truncated.
                continue
    head = records[0] if records and isinstance(records[0], dict) else {}
    trace = head.get("trace", head)
    return trace if isinstance(trace, dict) else {}, records[1:]


def _read_trace(trace: dict[str, Any], events: list[Any], rows: Rows, number: int) -> None:
    factor = _factor(trace)
    fields = trace.get("event_fields")
    client, server = ("client", 0), ("server", 0)
    latest = None
    for event in events:
        rows.lines += 1
        name, time, data = _event(event, fields if isinstance(fields, list) else [])
        if name.endswith(STARTED):
            client, server = _ends(data, client, server)
        if not name.endswith(EVENT) or data.get("latest_rtt") is None:
            continue
        value, when = data["latest_rtt"], time
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            rows.left_out["time not plausible"] += 1
        elif value != latest:
            # The same value again means that another metric changed.
            latest = value
            key = Key("quic", "qlog", client[0], client[1] or number, *server)
            rows.add(key, round(when * factor * 1e6), value * factor, FULL)


def _factor(trace: dict[str, Any]) -> float:
    """Milliseconds of the trace's unit of time."""
    settings = trace.get("configuration")
    units = settings.get("time_units") if isinstance(settings, dict) else None
    return 1e-3 if units == "us" else 1.0


def _event(event: Any, fields: list[Any]) -> tuple[str, float, dict[str, Any]]:
    """Name, time and data of an event, which is an object or a row of named fields."""
    if isinstance(event, list):
        names = [str(field).lower() for field in fields]
        event = dict(zip(names, event, strict=False))
        event["name"] = event.get("event_type", event.get("event", ""))
        event["time"] = event.get("relative_time", event.get("time", 0))
    if not isinstance(event, dict):
        return "", 0.0, {}
    time, data = event.get("time", 0), event.get("data")
    sound = isinstance(time, (int, float)) and abs(time) < 1e16
    return (
        str(event.get("name", "")),
        float(time) if sound else 0.0,
        data if isinstance(data, dict) else {},
    )


def _ends(
    data: dict[str, Any], client: tuple[str, int], server: tuple[str, int]
) -> tuple[tuple[str, int], tuple[str, int]]:
    ends = []
    for side, other in (("src", client), ("dst", server)):
        host, port = data.get(f"{side}_ip"), data.get(f"{side}_port")
        known = isinstance(host, str) and host
        ends.append((str(host), port if isinstance(port, int) else 0) if known else other)
    return ends[0], ends[1]
