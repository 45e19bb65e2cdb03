"""From packets to flows and their samples: a flow table of bounded size, oldest dropped first."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

from rttgeo.passive import dissect, tcp
from rttgeo.passive.containers import Packet
from rttgeo.passive.dissect import CUT, ICMP, ICMP6, TCP, UDP, LeftOut
from rttgeo.passive.icmp import EchoTracker
from rttgeo.passive.quic import QuicTracker
from rttgeo.passive.quic_header import FIXED, INITIAL, LONG, NEGOTIATION, RETRY, Long, known, walk
from rttgeo.passive.samples import Log
from rttgeo.passive.tcp import TcpTracker

MAX_FLOWS: Final = 50_000
"""Most flows followed at once: 50,000 take up to about 200 MB. The one idle for longest is
dropped."""
MAX_HELD: Final = 1_000_000
"""Most samples waiting to be judged, over all flows: 30 MB."""
SERVER_PORTS: Final = frozenset({443, 4433, 4434, 6121, 8443})
"""Ports used by QUIC servers, besides those below 1024 (4433, 4434 and 6121 in interoperability
tests)."""
MAX_IDS: Final = 100_000
MIN_ID: Final = 4
"""Shorter connection ids carry too little information to identify a connection."""

Tracker = TcpTracker | QuicTracker | EchoTracker


class Flow:
    """One connection, or the echoes of two hosts: its ends, its samples and its tracker."""

    __slots__ = (
        "first_ns",
        "key",
        "last_ns",
        "logs",
        "number",
        "packets",
        "reverse",
        "tracker",
        "ttls",
    )

    def __init__(self, number: int, key: bytes, reverse: bytes, tracker_of: type[Tracker]) -> None:
        self.number = number
        self.key, self.reverse = key, reverse
        self.logs: dict[str, Log] = {}
        self.tracker: Tracker = tracker_of(self.logs)
        self.ttls: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.packets = [0, 0]
        self.first_ns = self.last_ns = 0

    def ends(self) -> tuple[bytes, int, bytes, int]:
        """Return address and port of client, then of server (for ICMP, the identifier twice).

        Returns
        -------
        tuple of (bytes, int, bytes, int)
            Addresses as packed bytes (4 or 16), each with its port.
        """
        size = (len(self.key) - 5) // 2
        source, destination = self.key[1 : 1 + size], self.key[1 + size : 1 + 2 * size]
        ports = self.key[1 + 2 * size :]
        return (
            source,
            int.from_bytes(ports[:2], "big"),
            destination,
            int.from_bytes(ports[2:], "big"),
        )

    def held(self) -> int:
        """Count the samples waiting to be judged.

        Returns
        -------
        int
            Number of samples over all methods.
        """
        return sum(len(log) for log in self.logs.values())


class Meter:
    """Takes packets one after another, and passes on each flow when it is over.

    Parameters
    ----------
    done
        Function to call with a flow whose samples can be judged, and whether it is over; its logs
        are emptied afterwards.
    max_flows
        Most flows followed at once.

    Attributes
    ----------
    left_out
        Numbers of packets that yielded nothing, by reason.
    packets, used, evicted, flows
        Numbers of packets processed, of those that belong to a flow, of flows dropped, and of flows
        seen.
    """

    def __init__(self, done: Callable[[Flow, bool], None], *, max_flows: int = MAX_FLOWS) -> None:
        self.left_out: Counter[str] = Counter()
        self.packets = self.evicted = self.flows = 0
        self._done, self._max_flows = done, max_flows
        self._table: dict[bytes, tuple[Flow, int]] = {}
        self._recent: OrderedDict[bytes, Flow] = OrderedDict()
        self._ids: OrderedDict[bytes, int] = OrderedDict()
        self._id_lengths: set[int] = set()

    @property
    def used(self) -> int:
        """Packets that belong to a flow."""
        return self.packets - sum(self.left_out.values())

    def feed(self, packet: Packet) -> None:
        """Process one packet.

        Parameters
        ----------
        packet
            The next packet of the capture; one that yields nothing is counted by reason.
        """
        self.packets += 1
        time_ns, link, data, _ = packet
        try:
            at = dissect.network_start(link, data)
            protocol, source, destination, ttl, start, end = dissect.network(data, at)
            if protocol == TCP:
                self._tcp(time_ns, ttl, source + destination, data, start, end)
            elif protocol == UDP:
                self._udp(time_ns, ttl, source + destination, data, start)
            elif protocol in (ICMP, ICMP6):
                self._echo(time_ns, ttl, source + destination, data, start)
            else:
                self.left_out[dissect.why_not(protocol)] += 1
        except LeftOut as reason:
            self.left_out[str(reason)] += 1
        if not self.packets & 0xFFFF:
            self._keep_small()

    def finish(self) -> None:
        """Finish all flows."""
        while self._recent:
            self._remove(next(iter(self._recent)))

    def _tcp(self, time_ns: int, ttl: int, hosts: bytes, data: bytes, start: int, end: int) -> None:
        if len(data) < start + 14:
            raise LeftOut(CUT)
        source, destination, seq, ack, header, flags = tcp.read_header(data, start)
        if header < 20 or start + header > end:
            raise LeftOut("invalid TCP header")
        said = tcp.NO_OPTIONS
        if header > 20:
            said = tcp.options(data, start + 20, min(start + header, len(data)))
        key = b"t" + hosts + data[start : start + 4]
        entry = self._table.get(key)
        if entry is None or (flags & 18 == 2 and self._restarted(entry, seq)):
            if entry is not None:
                self._remove(entry[0].key)
            client = flags & 18 == 2 or (flags & 18 != 18 and source >= destination)
            entry = self._open(key, client, TcpTracker)
        self._touch(entry, time_ns, ttl)
        tracker = entry[0].tracker
        if isinstance(tracker, TcpTracker):
            size = end - start - header
            tracker.packet(entry[1], time_ns, ttl, (seq, ack, flags), size, said)

    @staticmethod
    def _restarted(entry: tuple[Flow, int], seq: int) -> bool:
        """Whether a SYN starts another connection between the same ports."""
        flow, direction = entry
        tracker = flow.tracker
        return isinstance(tracker, TcpTracker) and (direction == 1 or tracker.is_new(seq))

    def _echo(self, time_ns: int, ttl: int, hosts: bytes, data: bytes, start: int) -> None:
        if len(data) < start + 8:
            raise LeftOut(CUT)
        kind = data[start]
        if kind not in (8, 0, 128, 129):
            raise LeftOut("ICMP other than echo")
        asks = kind in (8, 128)
        name = data[start + 4 : start + 6]
        key = b"i" + hosts + name + name
        entry = self._table.get(key)
        if entry is None or (asks and entry[1]):
            if entry is not None:
                # Both ping each other with the same identifier: replies cannot be told apart.
                raise LeftOut("echo with one identifier in both directions")
            entry = self._open(key, asks, EchoTracker)
        self._touch(entry, time_ns, ttl)
        number = int.from_bytes(data[start + 6 : start + 8], "big")
        tracker = entry[0].tracker
        if isinstance(tracker, EchoTracker):
            tracker.packet(1 - asks, time_ns, ttl, number)

    def _udp(self, time_ns: int, ttl: int, hosts: bytes, data: bytes, start: int) -> None:
        begin = start + 8
        if len(data) <= begin:
            raise LeftOut(CUT if len(data) < begin else "UDP without a payload in the capture")
        key = b"u" + hosts + data[start : start + 4]
        entry = self._table.get(key)
        first = data[begin]
        size = int.from_bytes(data[start + 4 : start + 6], "big")
        if first & LONG:
            # Zero if the network card splits it into datagrams after the capture (offload).
            headers, short = walk(data, begin, start + size if size > 8 else len(data))
            if not headers or (entry is None and not self._begins(headers[0], data, start)):
                raise LeftOut(self._no_quic(data, start))
            first = data[short] if short >= 0 else -1
        else:
            headers = []
            if entry is None:
                entry = self._migrated(key, data[begin + 1 : begin + 21])
            if not first & FIXED or (entry is None and not self._is_443(data, start)):
                raise LeftOut(self._no_quic(data, start))
        if entry is not None and headers and not entry[1]:
            known = entry[0].tracker
            if isinstance(known, QuicTracker) and known.is_new(headers[0]):
                self._remove(entry[0].key)
                entry = None
        if entry is None:
            entry = self._open(key, self._asks(data, start, headers), QuicTracker)
        self._touch(entry, time_ns, ttl)
        tracker = entry[0].tracker
        if isinstance(tracker, QuicTracker):
            tracker.datagram(entry[1], time_ns, ttl, headers, first)
            if headers:
                self._note_ids(tracker)

    def _begins(self, header: Long, data: bytes, start: int) -> bool:
        """Whether an apparent long header outside any flow really is one, and not another protocol.

        For an unknown version, only the first packet of a client is accepted, if it has the minimum
        sizes of RFC 9000 (sections 7.2 and 14.1) and its lengths agree.
        """
        if header.kind == NEGOTIATION:
            return self._serves(data, start) != (False, False)
        if known(header.version):
            return True
        size = int.from_bytes(data[start + 4 : start + 6], "big") - 8
        return header.kind == INITIAL and len(header.destination) >= 8 and size >= 1200

    @staticmethod
    def _is_443(data: bytes, start: int) -> bool:
        return b"\x01\xbb" in (data[start : start + 2], data[start + 2 : start + 4])

    @staticmethod
    def _no_quic(data: bytes, start: int) -> str:
        ports = (int.from_bytes(data[start + i : start + i + 2], "big") for i in (0, 2))
        return next(
            (dissect.UDP_TUNNELS[p] for p in ports if p in dissect.UDP_TUNNELS),
            "UDP other than QUIC",
        )

    @staticmethod
    def _serves(data: bytes, start: int) -> tuple[bool, bool]:
        """Whether the port of the source, and that of the destination, is a server port."""
        source = int.from_bytes(data[start : start + 2], "big")
        destination = int.from_bytes(data[start + 2 : start + 4], "big")
        return (
            source < 1024 or source in SERVER_PORTS,
            destination < 1024 or destination in SERVER_PORTS,
        )

    def _asks(self, data: bytes, start: int, headers: list[Long]) -> bool:
        """Whether the sender of a flow's first datagram is the client."""
        serves = self._serves(data, start)
        if serves[0] != serves[1]:
            return serves[1]
        if headers:
            return headers[0].kind not in (NEGOTIATION, RETRY)
        return data[start : start + 2] >= data[start + 2 : start + 4]

    def _note_ids(self, tracker: QuicTracker) -> None:
        """Remember the connection ids by which packets to each end can be recognised."""
        for direction, name in ((1, tracker.ids[0]), (0, tracker.ids[1])):
            if len(name) >= MIN_ID and name not in self._ids:
                self._ids[name] = direction
                self._id_lengths.add(len(name))
                if len(self._ids) > MAX_IDS:
                    self._ids.popitem(last=False)

    def _migrated(self, key: bytes, begins: bytes) -> tuple[Flow, int] | None:
        """A connection that continues from another address: a separate flow with another path."""
        for length in self._id_lengths:
            direction = self._ids.get(begins[:length])
            if direction is not None:
                entry = self._open(key, direction == 0, QuicTracker)
                if isinstance(entry[0].tracker, QuicTracker):
                    entry[0].tracker.migrated = True
                return entry
        return None

    def _open(self, key: bytes, is_client: bool, kind: type[Tracker]) -> tuple[Flow, int]:
        size = (len(key) - 5) // 2
        hosts, ports = key[1 : 1 + 2 * size], key[1 + 2 * size :]
        reverse = key[:1] + hosts[size:] + hosts[:size] + ports[2:] + ports[:2]
        while len(self._recent) >= self._max_flows:
            self.evicted += 1
            self._remove(next(iter(self._recent)))
        self.flows += 1
        flow = Flow(self.flows, *((key, reverse) if is_client else (reverse, key)), kind)
        self._recent[flow.key] = flow
        self._table[flow.reverse] = flow, 1
        self._table[flow.key] = flow, 0
        return self._table[key]

    def _touch(self, entry: tuple[Flow, int], time_ns: int, ttl: int) -> None:
        flow, direction = entry
        self._recent.move_to_end(flow.key)
        flow.packets[direction] += 1
        flow.first_ns = flow.first_ns or time_ns
        flow.last_ns = time_ns
        ttls = flow.ttls[direction]
        ttls[ttl] = ttls.get(ttl, 0) + 1

    def _remove(self, key: bytes) -> None:
        flow = self._recent.pop(key)
        self._table.pop(flow.key, None)
        self._table.pop(flow.reverse, None)
        self._done(flow, True)

    def _keep_small(self) -> None:
        """Have samples judged early when too many wait."""
        if sum(flow.held() for flow in self._recent.values()) > MAX_HELD:
            for flow in self._recent.values():
                self._done(flow, False)
