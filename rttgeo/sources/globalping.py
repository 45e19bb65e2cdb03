"""Results of Globalping (globalping.io): the JSON of a measurement, in which probes have their places.

It reads finished measurements of type ``ping``, ``traceroute`` and ``mtr``, as
``https://api.globalping.io/v1/measurements/ID`` returns them and ``globalping … --json`` prints
them: ``target`` and ``results``, each with ``probe`` (``city``, ``country``, ``asn``,
``longitude``, ``latitude``) and ``result`` (``resolvedAddress``, ``timings`` with ``rtt`` in ms; or
``hops``, of which the last counts if it is the target). A file may hold several measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rttgeo.atlas.placed import place
from rttgeo.errors import BadInputError
from rttgeo.machine.escaping import whole_characters
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.objects import objects
from rttgeo.sources.series import MAX_RTT_MS, canonical, read_text

TRACES = ("traceroute", "mtr")


class Row(NamedTuple):
    """One sample of a probe, which says where it is."""

    source: str
    lon: float
    lat: float
    target: str
    rtt_ms: float
    resolution_ms: float
    hops: int | None


def read_globalping(
    path: str | Path, dropped: LeftOut, seen: set[str] | None = None,
    asked: list[tuple[str, str]] | None = None,
) -> list[Row]:  # fmt: skip
    """Read the samples of a file of Globalping; what gives none is counted in ``dropped``.

    Parameters
    ----------
    path
        JSON of one or more measurements.
    dropped
        Counts what gives no sample, by reason; added to in place.
    seen
        Ids of measurements that were read already, of other files too; added to in place. One that
        comes again counts once.
    asked
        Takes the name of each probe and the target that it asked, with or without a sample.

    Returns
    -------
    list of Row
        One per sample, RTTs in ms.

    Raises
    ------
    BadInputError
        When it is not JSON, or nothing in it is a Globalping measurement.
    """
    rows: list[Row] = []
    count, seen = 0, set() if seen is None else seen
    try:
        for measurement in objects(read_text(path), inside=()):
            if isinstance(measurement.get("results"), list) and "target" in measurement:
                count += 1
                if (number := str(measurement.get("id") or f"{path} {count}")) in seen:
                    dropped.add(
                        "results of the same measurement again", len(measurement["results"])
                    )
                    continue
                seen.add(number)
                for one in measurement["results"]:
                    rows += _rows(measurement, one, dropped)
                    if asked is not None:
                        asked += _asked(measurement, one)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path}: not JSON: {error}") from error
    if not count:
        raise BadInputError(f"{path}: nothing in it is a measurement of Globalping")
    return rows


def _asked(measurement: Mapping[str, Any], one: Any) -> Iterator[tuple[str, str]]:
    probe = one.get("probe") if isinstance(one, dict) else None
    result = one.get("result") if isinstance(one, dict) else None
    if isinstance(probe, dict):
        address = result.get("resolvedAddress") if isinstance(result, dict) else None
        yield _name(probe), canonical(str(address or measurement["target"]))


def _name(probe: Mapping[str, Any]) -> str:
    name = f"{probe.get('city') or '?'} {probe.get('country') or '?'} AS{probe.get('asn') or '?'}"
    return whole_characters(name)


def _rows(measurement: Mapping[str, Any], one: Any, dropped: LeftOut) -> Iterator[Row]:
    probe = one.get("probe") if isinstance(one, dict) else None
    result = one.get("result") if isinstance(one, dict) else None
    if not isinstance(probe, dict) or not isinstance(result, dict):
        dropped.add("results without a probe or an answer")
        return
    where = place({"longitude": probe.get("longitude"), "latitude": probe.get("latitude")})
    if where is None:
        dropped.add("results of probes without a place")
        return
    if result.get("status", "finished") != "finished":
        dropped.add("results that did not finish")
        return
    address = result.get("resolvedAddress")
    target = canonical(str(address or measurement["target"]))
    timings, hops = result.get("timings"), None
    if measurement.get("type") in TRACES:
        timings, hops = _last_hop(result, target, dropped)
    name = _name(probe)
    for timing in timings if isinstance(timings, list) else []:
        rtt = timing.get("rtt") if isinstance(timing, dict) else None
        if isinstance(rtt, bool) or not isinstance(rtt, (int, float)):
            dropped.add("no time in the reply")
        elif not 0 < rtt <= MAX_RTT_MS:
            dropped.add("time not plausible")
        else:
            # Globalping reads what ping prints: from 100 ms on whole milliseconds, rounded.
            coarse = 0.5 if rtt >= 100 and float(rtt).is_integer() else 0.0
            yield Row(name, *where, target, float(rtt), coarse, hops)
    stats = result.get("stats")
    lost = stats.get("drop") if isinstance(stats, dict) else None
    dropped.add("no answer", lost if isinstance(lost, int) else int(not timings))


def _last_hop(
    result: Mapping[str, Any], target: str, dropped: LeftOut
) -> tuple[list[Any], int | None]:
    hops = result.get("hops")
    last = hops[-1] if isinstance(hops, list) and hops else None
    if not isinstance(last, dict) or canonical(str(last.get("resolvedAddress"))) != target:
        dropped.add("last hop is not the target")
        return [], None
    timings = last.get("timings")
    return timings if isinstance(timings, list) else [], min(len(hops or []), 255)
