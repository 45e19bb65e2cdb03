"""The latest results of measurements: of those that go on up to now, of ended ones up to their end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from rttgeo.atlas.client import AtlasClient
from rttgeo.errors import BadInputError

WINDOW_S: Final = 86_400
"""One day: RTTs differ by the hour of the day, and their minimum is lowest at night."""
HOUR_S: Final = 3_600
"""Windows end on the hour, so that the same command within it goes on with the same data set."""


class Latest(NamedTuple):
    """Where the latest results are.

    Attributes
    ----------
    start, stop
        ISO 8601 times, in UTC.
    type
        ``ping``, ``traceroute``, or "" where the API does not say.
    """

    start: str
    stop: str
    type: str


def latest(client: AtlasClient, numbers: Iterable[int], *, now_s: float | None = None) -> Latest:
    """Find the last day of some measurements: up to now, or up to when they ended.

    Parameters
    ----------
    client
        Connection to the API.
    numbers
        Of the measurements.
    now_s
        The present, seconds since 1970; by default that of the clock.

    Returns
    -------
    Latest
        A window that ends on the hour, and the kind of measurement.

    Raises
    ------
    BadInputError
        When the measurements ended more than a day apart, or are of several kinds.
    TemporaryError, RefusedError
        When the listing cannot be had.
    """
    wanted = sorted(set(numbers))
    now = int(time.time() if now_s is None else now_s) // HOUR_S * HOUR_S
    found = {m["id"]: m for m in client.listing("measurements", id__in=wanted)}
    ends = {number: min(_end(found.get(number, {}), now), now) for number in wanted}
    first, last = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    if ends[last] - ends[first] > WINDOW_S:
        raise BadInputError(
            f"measurement {first} ended on {_iso(ends[first])[:10]}, {last} on "
            f"{_iso(ends[last])[:10]}: fetch them one by one, or say when by --date or --start"
        )
    kinds = {str(m.get("type")) for m in found.values() if m["id"] in ends}
    if len(kinds) > 1:
        raise BadInputError(
            f"the measurements are of several kinds ({', '.join(sorted(kinds))}): fetch them one by one"
        )
    return Latest(_iso(ends[first] - WINDOW_S), _iso(ends[last]), "".join(kinds))


def _end(measurement: Mapping[str, Any], now: int) -> int:
    """First whole hour behind the last result; the present for what goes on, or is not listed."""
    stop, start = measurement.get("stop_time"), measurement.get("start_time")
    if measurement.get("is_oneoff") and not _is_time(stop) and _is_time(start):
        stop = start  # A single round is over within minutes.
    return (int(stop) // HOUR_S + 1) * HOUR_S if _is_time(stop) and stop is not None else now


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 2**33


def _iso(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%MZ")
