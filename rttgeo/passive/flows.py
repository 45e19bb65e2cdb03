"""The content of a capture: flows with their minima, and what was left out and why."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections import Counter
from collections.abc import Callable
from typing import Final

from rttgeo.passive.meter import Flow
from rttgeo.passive.minimum import sound_minimum
from rttgeo.passive.quic import QuicTracker
from rttgeo.passive.samples import (
    CLIENT,
    FULL,
    SERVER,
    SIDES,
    Judged,
    Tally,
    judge,
    merge,
    tallies,
)

MAX_LISTED: Final = 100_000
"""Most series of samples (a flow and a method) that are listed, which take 250 MB; further ones are
counted."""
HALVES_ADD: Final = frozenset({"ack", "timestamps"})
"""Methods whose full round trip is the sum of two halves that are sampled separately."""

Sink = Callable[["Series", Judged], None]


@dataclasses.dataclass(slots=True)
class Series:
    """A summary of the samples of one flow by one method.

    Attributes
    ----------
    flow
        Number of the flow, from 1.
    kind
        ``tcp``, ``quic`` or ``icmp``.
    method
        ``handshake``, ``ack``, ``timestamps``, ``spin``, ``vec``, ``delay-bit``, ``icmp``; or the
        name of the tool that took the samples.
    client, server
        Addresses, as text.
    client_port, server_port
        Ports; 0 where there are none.
    capture
        Number of the file, from 0.
    first_ns
        When the flow was first seen, in nanoseconds since 1970.
    sides
        The tally of each side that has samples.
    facts
        What else is known: for QUIC, ``version``, ``spin`` and ``migrated``.
    """

    flow: int
    kind: str
    method: str
    client: str
    client_port: int
    server: str
    server_port: int
    capture: int
    first_ns: int
    sides: dict[int, Tally]
    facts: dict[str, object] = dataclasses.field(default_factory=dict)

    @property
    def samples(self) -> int:
        """Number of samples, over all sides."""
        return sum(tally.count for tally in self.sides.values())

    @property
    def side(self) -> str:
        """The part of the path that the numbers of this series are about."""
        both = CLIENT in self.sides and SERVER in self.sides
        if FULL in self.sides or (both and self.method in HALVES_ADD):
            return SIDES[FULL]
        # Of two halves without a whole, the server's: that is the purpose of a capture at the
        # client.
        return SIDES[SERVER if SERVER in self.sides else CLIENT]

    def minimum_ms(self, side: str | None = None) -> float | None:
        """Compute the trustworthy minimum of a side.

        Parameters
        ----------
        side
            One of `SIDES`; by default `side`.

        Returns
        -------
        float or None
            Minimum RTT, ms; for a sum of halves, the sum of their minima. None if too few samples
            support it.
        """
        wanted = SIDES.index(side or self.side)
        if wanted in self.sides:
            tally = self.sides[wanted]
            return sound_minimum(tally.lowest_ms, tally.count, self.method)
        if wanted == FULL and self.side == SIDES[FULL]:
            halves = [self.minimum_ms(SIDES[half]) for half in (CLIENT, SERVER)]
            known = [half for half in halves if half is not None]
            return sum(known) if len(known) == len(halves) else None
        return None

    def median_ms(self, side: str | None = None) -> float | None:
        """Compute the median of a side.

        Parameters
        ----------
        side
            One of `SIDES`; by default `side`.

        Returns
        -------
        float or None
            Median RTT, ms; for a sum of halves, the sum of their medians. None if there are no
            samples.
        """
        wanted = SIDES.index(side or self.side)
        if wanted in self.sides:
            return self.sides[wanted].median_ms
        if wanted == FULL and self.side == SIDES[FULL]:
            return sum(self.sides[half].median_ms for half in (CLIENT, SERVER))
        return None


@dataclasses.dataclass(slots=True)
class Passive:
    """The content of captures or logs.

    Attributes
    ----------
    series
        One entry per flow and method.
    packets, used, flows
        Numbers of packets read, of packets that belong to a flow, and of flows seen.
    left_out
        Numbers of packets that yielded nothing, by reason.
    samples_left_out
        Numbers of samples that were rejected, by reason.
    troubles
        What was wrong with the files, by reason.
    evicted, unlisted
        Numbers of flows that were dropped before they ended, and of series that are not listed.
    unseen, seen_twice
        Numbers of acknowledgements of data that is missing from the capture, and of packets that it
        contains twice.
    spin
        Numbers of QUIC connections, by what their spin bit does.
    source
        What it was read from, in words.
    """

    series: list[Series] = dataclasses.field(default_factory=list)
    packets: int = 0
    used: int = 0
    flows: int = 0
    left_out: Counter[str] = dataclasses.field(default_factory=Counter)
    samples_left_out: Counter[str] = dataclasses.field(default_factory=Counter)
    troubles: Counter[str] = dataclasses.field(default_factory=Counter)
    evicted: int = 0
    unlisted: int = 0
    unseen: int = 0
    seen_twice: int = 0
    spin: Counter[str] = dataclasses.field(default_factory=Counter)
    source: str = "captures"


class Collector:
    """Judges the samples of flows and keeps their tallies.

    Parameters
    ----------
    found
        Where everything is recorded.
    capture
        Number of the file.
    sink
        Function to call with every series and its accepted samples, in order of time; None to keep
        only tallies.
    """

    def __init__(self, found: Passive, capture: int, sink: Sink | None) -> None:
        self._found, self._capture, self._sink = found, capture, sink
        self._open: dict[tuple[int, str], Series] = {}
        self._before = found.flows

    def take(self, flow: Flow, over: bool) -> None:
        """Process a flow: judge its samples and remove them from it.

        Parameters
        ----------
        flow
            The flow; its logs are empty afterwards.
        over
            Whether no more packets of it will come.
        """
        tracker = flow.tracker
        if isinstance(tracker, QuicTracker):
            merge(self._found.samples_left_out, tracker.settle(last=over))
            if over:
                self._found.spin[tracker.spin()] += 1
        for method, log in flow.logs.items():
            judged = judge(log, flow.ttls)
            merge(self._found.samples_left_out, judged.left_out)
            if len(judged.rtt_ms):
                self._note(flow, method, judged)
        flow.logs.clear()
        if over:
            self._found.unseen += tracker.unseen
            self._found.seen_twice += tracker.seen_twice
            for method in ("handshake", "ack", "timestamps", "spin", "vec", "delay-bit", "icmp"):
                self._open.pop((flow.number, method), None)

    def _note(self, flow: Flow, method: str, judged: Judged) -> None:
        series = self._open.get((flow.number, method))
        if series is None:
            series = self._series(flow, method)
            self._open[flow.number, method] = series
            if len(self._found.series) < MAX_LISTED:
                self._found.series.append(series)
            else:
                self._found.unlisted += 1
        for side, tally in tallies(judged).items():
            if side in series.sides:
                series.sides[side].add(judged.rtt_ms[judged.side == side])
            else:
                series.sides[side] = tally
        if self._sink is not None:
            self._sink(series, judged)

    def _series(self, flow: Flow, method: str) -> Series:
        client, client_port, server, server_port = flow.ends()
        tracker = flow.tracker
        facts: dict[str, object] = {}
        if isinstance(tracker, QuicTracker):
            facts = {"version": tracker.version, "spin": tracker.spin()}
            if tracker.migrated:
                facts["migrated"] = True
        ports = (0, 0) if tracker.kind == "icmp" else (client_port, server_port)
        return Series(
            self._before + flow.number,
            tracker.kind,
            method,
            address(client),
            ports[0],
            address(server),
            ports[1],
            self._capture,
            flow.first_ns,
            {},
            facts,
        )


def address(packed: bytes) -> str:
    """Write an IP address as text.

    Parameters
    ----------
    packed
        Its four or sixteen bytes.

    Returns
    -------
    str
        The address in its usual spelling.
    """
    return str(ipaddress.ip_address(packed))
