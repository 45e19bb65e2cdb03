"""Round-trip times of TCP: the handshake, data and their acknowledgement, timestamps.

``docs/howto/passive.md`` explains the purpose of each rule: a time that is too long is still a
valid bound on distance, but one that is too short is not.
"""

from __future__ import annotations

from collections import deque
from struct import Struct
from typing import Final, NamedTuple

from rttgeo.passive.samples import CLIENT, FULL, SERVER, Log

FIN, SYN, RST, ACK = 1, 2, 4, 16
MAX_PENDING: Final = 128
"""Most segments and timestamps waiting for an answer in one direction; the oldest are dropped."""
SAME_PACKET_NS: Final = 1_000_000
"""Bytes seen again within a millisecond, with the same timestamp, are one packet captured twice: no
sender retransmits so soon (RFC 6298 requires 1 s, Linux 200 ms, a fast retransmission one RTT)."""
_HEADER = Struct(">HHIIBB").unpack_from
_PAIR = Struct(">II").unpack_from
_WRAP = 1 << 32
_HALF = 1 << 31
SIDE_OF: Final = (SERVER, CLIENT)
"""When data from the client is acknowledged, that measures the server's side, and vice versa."""


def later(one: int, other: int) -> bool:
    """Check whether a sequence number or a timestamp comes after another (RFC 7323, section 5.2).

    Parameters
    ----------
    one
        The number in question, 32 bits.
    other
        What it is compared with, 32 bits.

    Returns
    -------
    bool
        True if ``one`` is less than half of the circle ahead of ``other``.
    """
    return 0 < (one - other) % _WRAP < _HALF


class Options(NamedTuple):
    """Content of the options: value and echo of the timestamp, first block of a selective ack."""

    stamp: int = -1
    echo: int = -1
    block: tuple[int, int] | None = None


NO_OPTIONS: Final = Options()


def options(data: bytes, start: int, end: int) -> Options:
    """Read the options of a TCP header, up to the first that cannot be read.

    Parameters
    ----------
    data
        Bytes of a frame, as far as they were captured.
    start, end
        Where the options start and end in it, bytes.

    Returns
    -------
    Options
        Timestamp value and echo (-1: none), and the first block of a selective ack.
    """
    stamp, echo, block = NO_OPTIONS
    while start < end:
        kind = data[start]
        if kind == 1:
            start += 1
            continue
        if kind == 0 or start + 1 >= end:
            break
        length = data[start + 1]
        if length < 2 or start + length > end:
            break
        if kind == 8 and length == 10:
            stamp, echo = _PAIR(data, start + 2)
        elif kind == 5 and length >= 10:
            block = _PAIR(data, start + 2)
        start += length
    return Options(stamp, echo, block)


class _Way:
    """One direction: what was sent that way and is waiting for an answer."""

    __slots__ = ("acked", "hold", "last_stamp", "next", "segments", "stamped")

    def __init__(self) -> None:
        self.next: int | None = None
        self.acked: int | None = None
        self.hold = False
        self.segments: deque[tuple[int, int, int, int]] = deque()
        self.stamped: dict[int, int] = {}
        self.last_stamp: int | None = None

    def sent(self, start: int, end: int, time_ns: int, stamp: int) -> bool:
        """Record data that was sent; False if it is the same packet captured again."""
        if self.next is None:
            # It may be a retransmission of what was sent before the capture began.
            self.next, self.hold = end, True
            return True
        if start == self.next or later(start, self.next):
            if start != self.next:
                # Data is missing, and this may be a retransmission of what the capture lost:
                # nothing is timed until the other end has acknowledged how far it is.
                self.hold = True
            elif not self.hold:
                self.segments.append((start, end, time_ns, stamp))
                if len(self.segments) > MAX_PENDING:
                    self.segments.popleft()
            self.next = end
            return True
        return self._repeated(start, end, time_ns, stamp)

    def _repeated(self, start: int, end: int, time_ns: int, stamp: int) -> bool:
        for first, last, seen_ns, stamped in self.segments:
            if first == start and last == end and stamped == stamp:
                if time_ns - seen_ns < SAME_PACKET_NS:
                    return False
                break
        # Karn: an acknowledgement of bytes that were sent twice may be for either.
        self.segments = deque(
            one for one in self.segments if not (later(end, one[0]) and later(one[1], start))
        )
        if self.next is not None and later(end, self.next):
            self.next = end
        return True

    def acknowledged(self, ack: int) -> tuple[int, bool]:
        """When the segment was sent in which an advancing acknowledgement ends (0: unknown).

        Also returns whether it acknowledges data that is not in the capture.
        """
        self.hold = False
        if self.acked is not None and not later(ack, self.acked):
            return 0, False
        self.acked = ack
        if self.next is not None and later(ack, self.next):
            self.next = ack
            self.segments.clear()
            return 0, True
        sent_ns = 0
        while self.segments and later(ack, self.segments[0][0]):
            _, end, sent_ns, _ = self.segments.popleft()
            if later(ack, end):
                # The acknowledgement may end in bytes that were sent twice.
                sent_ns = 0
        return sent_ns, False

    def selected(self, block: tuple[int, int]) -> int:
        """When the last segment of a selective acknowledgement's first block was sent (0: unknown).

        That block contains what has just arrived (RFC 2018, section 4). All of it was received, so
        the time since any of its segments that was sent only once is valid; the last is the
        shortest.
        """
        first, last = block
        for one in reversed(self.segments):
            if not later(first, one[0]) and not later(one[1], last):
                self.segments.remove(one)
                return one[2]
        return 0

    def stamp(self, value: int, time_ns: int) -> None:
        """Record the first packet with a timestamp, unless it may be a retransmission."""
        if self.last_stamp is None or later(value, self.last_stamp):
            self.last_stamp = value
            if not self.hold:
                self.stamped[value] = time_ns
                if len(self.stamped) > MAX_PENDING:
                    del self.stamped[next(iter(self.stamped))]

    def echoed(self, value: int) -> int:
        """When the first packet with that timestamp was seen (0: not seen); once each."""
        if value not in self.stamped:
            return 0
        for older in list(self.stamped):
            time_ns = self.stamped.pop(older)
            if older == value:
                return time_ns
        return 0


class _Handshake:
    """SYN, SYN-ACK and the acknowledgement of it."""

    __slots__ = ("answered", "answers", "done", "server_ns", "syn_end", "syn_ns", "synack", "syns")

    def __init__(self) -> None:
        self.syn_ns = self.syns = self.answers = self.answered = 0
        self.syn_end = (0, 0)
        self.synack = 0
        self.server_ns = 0
        self.done = False

    def syn(self, seq: int, length: int, time_ns: int) -> None:
        self.syns += 1
        self.syn_ns = self.syn_ns or time_ns
        # With data (RFC 7413), the server may or may not acknowledge it too.
        self.syn_end = ((seq + 1) % _WRAP, (seq + 1 + length) % _WRAP)

    def synack_seen(self, seq: int, ack: int, time_ns: int) -> int:
        """The server's side, ns; 0 if there is none."""
        self.answers += 1
        if self.answers > 1 or not self.syns or ack not in self.syn_end:
            return 0
        self.synack, self.answered = (seq + 1) % _WRAP, time_ns
        if self.syns > 1:
            return 0
        self.server_ns = time_ns - self.syn_ns
        return self.server_ns

    def acknowledged(self, ack: int, time_ns: int) -> int:
        """The client's side, ns; 0 if there is none. Only the first acknowledgement counts."""
        self.done = True
        if self.answers != 1 or ack != self.synack or not self.answered:
            return 0
        return time_ns - self.answered


class TcpTracker:
    """Everything that one TCP connection reveals.

    Parameters
    ----------
    logs
        Logs for the samples, by method: ``handshake``, ``ack``, ``timestamps``.
    """

    __slots__ = ("_handshake", "_ways", "logs", "seen_twice", "unseen")

    kind = "tcp"

    def __init__(self, logs: dict[str, Log]) -> None:
        self.logs = logs
        self._ways = (_Way(), _Way())
        self._handshake: _Handshake | None = None
        self.unseen = self.seen_twice = 0

    def packet(
        self, direction: int, time_ns: int, ttl: int, header: tuple[int, int, int], size: int,
        said: Options = NO_OPTIONS,
    ) -> None:  # fmt: skip
        """Process a packet.

        Parameters
        ----------
        direction
            0 from the client, 1 from the server.
        time_ns, ttl
            When it was seen, and its TTL.
        header
            Sequence number, acknowledgement number, flags.
        size
            Number of bytes that it carries.
        said
            Its options.
        """
        seq, ack, flags = header
        if flags & RST:
            # A middlebox may have sent it.
            return
        way, back = self._ways[direction], self._ways[1 - direction]
        ended_by = direction << 8 | ttl
        if flags & SYN:
            self._syn(direction, time_ns, ended_by, header, size)
        else:
            if flags & ACK:
                self._acknowledged(direction, time_ns, ended_by, ack, said.block)
            size += flags & FIN
            if size and not way.sent(seq, (seq + size) % _WRAP, time_ns, said.stamp):
                self.seen_twice += 1
        if said.stamp >= 0:
            if flags & ACK and (sent_ns := back.echoed(said.echo)):
                side = SIDE_OF[1 - direction]
                self.log("timestamps").add(time_ns, time_ns - sent_ns, side, ended_by)
            way.stamp(said.stamp, time_ns)

    def _acknowledged(
        self, direction: int, time_ns: int, ended_by: int, ack: int, block: tuple[int, int] | None
    ) -> None:
        hand, back = self._handshake, self._ways[1 - direction]
        if hand is not None and not hand.done and direction == 0:
            self._third(hand, ack, time_ns, ended_by)
        sent_ns, unseen = back.acknowledged(ack)
        self.unseen += unseen
        if block is not None and not sent_ns:
            sent_ns = back.selected(block)
        if sent_ns:
            self.log("ack").add(time_ns, time_ns - sent_ns, SIDE_OF[1 - direction], ended_by)

    def is_new(self, seq: int) -> bool:
        """Check whether a SYN starts another connection between the same ports.

        Parameters
        ----------
        seq
            Its sequence number.

        Returns
        -------
        bool
            False for a retransmission of the SYN that started this one.
        """
        hand = self._handshake
        return hand is None or hand.syn_end[0] != (seq + 1) % _WRAP

    def log(self, method: str) -> Log:
        """Return the log for the samples of a method, made on first use.

        Parameters
        ----------
        method
            ``handshake``, ``ack`` or ``timestamps``.

        Returns
        -------
        Log
            The samples.
        """
        if method not in self.logs:
            self.logs[method] = Log()
        return self.logs[method]

    def _syn(
        self, direction: int, time_ns: int, ended_by: int, header: tuple[int, ...], length: int
    ) -> None:
        seq, ack, flags = header
        way = self._ways[direction]
        hand = self._handshake = self._handshake or _Handshake()
        way.next, way.hold = (seq + 1 + length) % _WRAP, False
        if flags & ACK and direction == 1:
            server_ns = hand.synack_seen(seq, ack, time_ns)
            if server_ns:
                self.log("handshake").add(time_ns, server_ns, SERVER, ended_by)
        elif direction == 0 and not flags & ACK:
            hand.syn(seq, length, time_ns)

    def _third(self, hand: _Handshake, ack: int, time_ns: int, ended_by: int) -> None:
        if not hand.answers:
            return
        client_ns = hand.acknowledged(ack, time_ns)
        if client_ns:
            self.log("handshake").add(time_ns, client_ns, CLIENT, ended_by)
            if hand.server_ns:
                self.log("handshake").add(time_ns, client_ns + hand.server_ns, FULL, ended_by)


def read_header(data: bytes, start: int) -> tuple[int, ...]:
    """Read the fixed part of a TCP header.

    Parameters
    ----------
    data
        Bytes of a frame.
    start
        Offset of the TCP header, bytes; at least 14 bytes must follow.

    Returns
    -------
    tuple of int
        Ports of source and destination, sequence and acknowledgement number, length of the header
        in bytes, flags.
    """
    source, destination, seq, ack, offset, flags = _HEADER(data, start)
    return source, destination, seq, ack, (offset >> 4) * 4, flags
