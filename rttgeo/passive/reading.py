"""From capture files to what they tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rttgeo.passive.containers import Capture
from rttgeo.passive.flows import Collector, Passive, Sink
from rttgeo.passive.meter import MAX_FLOWS, Meter
from rttgeo.passive.samples import merge


def read_captures(
    paths: Sequence[str | Path],
    *,
    sink: Sink | None = None,
    max_flows: int = MAX_FLOWS,
    progress: Callable[[int], None] | None = None,
) -> Passive:
    """Passive round-trip times of capture files.

    Parameters
    ----------
    paths
        Files of pcap or pcapng, also within gzip. Each is read on its own: a flow does not go on in
        the next file.
    sink
        Called with every series and its samples, as they are judged.
    max_flows
        Flows that are followed at once; beyond, the one idle for longest gives way and is counted.
    progress
        Called with the number of packets read so far, now and then.

    Returns
    -------
    Passive
        Flows with their minima; every packet that gave nothing is counted by reason.

    Raises
    ------
    BadInputError
        When a file cannot be opened or is no capture.
    """
    found = Passive()
    for number, path in enumerate(paths):
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
    return found
