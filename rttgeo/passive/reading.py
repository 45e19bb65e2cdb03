"""Read packet captures, and logs that other tools made from them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened, read_text
from rttgeo.passive import logs, qlog
from rttgeo.passive.containers import Capture, is_capture
from rttgeo.passive.flows import Collector, Passive, Series, Sink
from rttgeo.passive.meter import MAX_FLOWS, Meter
from rttgeo.passive.samples import merge, tallies

HEAD_BYTES: Final = 1 << 16
"""How much of a log is examined to recognise the tool that wrote it."""


def read_captures(
    paths: Sequence[str | Path],
    *,
    sink: Sink | None = None,
    max_flows: int = MAX_FLOWS,
    progress: Callable[[int], None] | None = None,
) -> Passive:
    """Extract passive round-trip times from capture files.

    Parameters
    ----------
    paths
        pcap or pcapng files, also compressed with gzip. Each is read separately: a flow does not
        continue in the next file.
    sink
        Function to call with every series and its samples, as they are judged.
    max_flows
        Most flows followed at once; beyond that, the one idle for longest is dropped and counted.
    progress
        Function to call from time to time with the number of packets read so far.

    Returns
    -------
    Passive
        Flows with their minima; every packet that yielded nothing is counted by reason.

    Raises
    ------
    BadInputError
        When a file cannot be opened or is not a capture.
    """
    found = Passive()
    for number, path in enumerate(paths):
        _read_capture(found, number, path, sink, max_flows, progress)
    return found


def read_passive(
    paths: Sequence[str | Path],
    *,
    sink: Sink | None = None,
    max_flows: int = MAX_FLOWS,
    progress: Callable[[int], None] | None = None,
) -> Passive:
    """Extract passive round-trip times from captures and logs, recognised by their first bytes.

    Parameters
    ----------
    paths
        Captures as `read_captures` takes them; qlog, spindump's events, lines of pping, fields of
        tshark (`rttgeo.passive.logs`, `rttgeo.passive.qlog`).
    sink, max_flows, progress
        As for `read_captures`.

    Returns
    -------
    Passive
        The result; in a log, each line counts as a packet.

    Raises
    ------
    BadInputError
        When a file cannot be opened, is of another kind, or does not continue as it begins.
    """
    found = Passive()
    kinds = set()
    for number, path in enumerate(paths):
        if is_capture(path):
            kinds.add("captures")
            _read_capture(found, number, path, sink, max_flows, progress)
        else:
            kinds.add("logs")
            _read_log(found, number, path, sink)
    found.source = " and ".join(sorted(kinds)) or found.source
    return found


def _read_capture(
    found: Passive,
    number: int,
    path: str | Path,
    sink: Sink | None,
    max_flows: int,
    progress: Callable[[int], None] | None,
) -> None:
    collector = Collector(found, number, sink)
    meter = Meter(collector.take, max_flows=max_flows)
    capture = Capture(path)
    feed = meter.feed
    for count, packet in enumerate(capture):
        feed(packet)
        if progress is not None and not count & 0x3FFF:
            progress(found.packets + count)
    meter.finish()
    found.packets += meter.packets
    found.used += meter.used
    found.flows += meter.flows
    found.evicted += meter.evicted
    merge(found.left_out, meter.left_out)
    merge(found.troubles, capture.troubles)


def _read_log(found: Passive, number: int, path: str | Path, sink: Sink | None) -> None:
    rows = logs.Rows()
    with opened(path) as file:
        head = file.peek(HEAD_BYTES)[:HEAD_BYTES].decode("utf-8", "replace")  # type: ignore[attr-defined]
        lines = io.TextIOWrapper(file, encoding="utf-8", errors="replace")
        if qlog.is_qlog(head):
            qlog.read_qlog(read_text(path), rows, str(path))
        elif logs.is_spindump(head):
            logs.read_spindump(lines, rows)
        elif logs.is_tshark(head):
            logs.read_tshark(lines, rows, str(path))
        elif logs.is_pping(head):
            logs.read_pping(lines, rows)
        else:
            raise BadInputError(
                f"{path}: starts with {head[:20]!r}, expected a capture (pcap, pcapng), qlog, events "
                "of spindump, lines of pping, or fields of tshark with a header"
            )
    for key, judged in rows.judged():
        found.flows += 1
        times = int(judged.time_ns.min())
        series = Series(found.flows, *_named(key), number, times, tallies(judged))
        found.series.append(series)
        if sink is not None:
            sink(series, judged)
    found.packets += rows.lines
    found.used += rows.lines
    merge(found.samples_left_out, rows.left_out)


def _named(key: logs.Key) -> tuple[str, str, str, int, str, int]:
    return key.kind, key.method, key.client, key.client_port, key.server, key.server_port
