"""Round-trip times of QUIC: the handshake in long headers, then the bits of short ones."""

from __future__ import annotations

from typing import Final

from rttgeo.passive.delay_bit import DelayTracker
from rttgeo.passive.quic_header import (
    HANDSHAKE,
    INITIAL,
    NEGOTIATION,
    OTHER,
    RETRY,
    ZERO_RTT,
    Long,
    version_name,
)
from rttgeo.passive.samples import CLIENT, FULL, SERVER, Log
from rttgeo.passive.spin import SpinTracker

FLIGHT_NS: Final = 10_000_000
"""First packets within 10 ms are one flight (a large ClientHello); later ones are a repetition, as
the first timeout is hundreds of milliseconds (RFC 9002, section 6.2.2)."""
ASKS: Final = frozenset({INITIAL, ZERO_RTT, OTHER})


class QuicTracker:
    """Everything that one QUIC connection reveals.

    Parameters
    ----------
    logs
        Logs for the samples, by method: ``handshake``, ``spin``, ``vec``, ``delay-bit``.

    Attributes
    ----------
    version
        Name of the version in the last long header; empty if none was seen.
    ids
        Connection ids that the client and the server gave themselves.
    """

    __slots__ = (
        "_answered_ns", "_asked_last_ns", "_asked_ns", "_asked_version", "_delay", "_done",
        "_negotiated", "_retry_id", "_server_ns", "_spin", "ids", "logs", "migrated", "repeated",
        "seen_twice", "unseen", "version",
    )  # fmt: skip

    kind = "quic"

    def __init__(self, logs: dict[str, Log]) -> None:
        self.logs = logs
        self.version = ""
        self.ids: list[bytes] = [b"", b""]
        self.migrated = False
        self.unseen = self.seen_twice = self.repeated = 0
        self._asked_ns = self._asked_last_ns = self._answered_ns = self._server_ns = 0
        self._asked_version, self._retry_id = 0, b""
        self._negotiated = self._done = False
        self._spin = SpinTracker(logs)
        self._delay = DelayTracker()

    def datagram(
        self, direction: int, time_ns: int, ttl: int, headers: list[Long], first: int
    ) -> None:
        """Process a datagram.

        Parameters
        ----------
        direction
            0 from the client, 1 from the server.
        time_ns, ttl
            When it was seen, and its TTL.
        headers
            Long headers in it.
        first
            First byte of the short header in it; negative if there is none.
        """
        ended_by = direction << 8 | ttl
        for header in headers:
            if header.kind != NEGOTIATION:
                self.version = version_name(header.version)
            if direction:
                self._answer(header, time_ns, ended_by)
            else:
                self._ask(header, time_ns, ended_by)
        if first >= 0:
            self._spin.packet(direction, time_ns, first, ended_by)
            self._delay.packet(direction, time_ns, first, ended_by)

    def is_new(self, header: Long) -> bool:
        """Check whether a client's packet starts another connection between the same ports.

        Parameters
        ----------
        header
            Its long header.

        Returns
        -------
        bool
            True for an Initial with another connection id once the handshake is over.
        """
        return (
            self._done
            and header.kind == INITIAL
            and bool(header.source)
            and header.source != self.ids[0]
        )

    def _ask(self, header: Long, time_ns: int, ended_by: int) -> None:
        if header.kind in ASKS:
            if self._answered_ns and self._negotiated and self._follows(header):
                self._client_side(time_ns, ended_by)
                self._asked_ns = self._answered_ns = self._server_ns = 0
            if not self._answered_ns:
                self._asked_ns = self._asked_ns or time_ns
                self._asked_last_ns, self._asked_version = time_ns, header.version
            self.ids[0] = header.source or self.ids[0]
        elif header.kind == HANDSHAKE and self._answered_ns and not self._negotiated:
            # It needs the keys of the server's first packet, so that one was received.
            if not self._done:
                self._client_side(time_ns, ended_by)
            self._done = True

    def _follows(self, header: Long) -> bool:
        """Whether a first packet answers a Retry or a version negotiation, and is no repetition."""
        if self._retry_id:
            return header.destination == self._retry_id
        return header.version != self._asked_version

    def _answer(self, header: Long, time_ns: int, ended_by: int) -> None:
        if self._asked_ns and not self._answered_ns:
            if header.destination != self.ids[0] and header.destination and self.ids[0]:
                # Not to this client's first packet.
                return
            self._answered_ns = time_ns
            self._negotiated = header.kind in (NEGOTIATION, RETRY)
            self._retry_id = header.source if header.kind == RETRY else b""
            if self._asked_last_ns - self._asked_ns <= FLIGHT_NS:
                self._server_ns = time_ns - self._asked_ns
                self._log().add(time_ns, self._server_ns, SERVER, ended_by)
            else:
                self.repeated += 1
        self.ids[1] = header.source or self.ids[1]

    def _client_side(self, time_ns: int, ended_by: int) -> None:
        client_ns = time_ns - self._answered_ns
        self._log().add(time_ns, client_ns, CLIENT, ended_by)
        if self._server_ns:
            self._log().add(time_ns, client_ns + self._server_ns, FULL, ended_by)

    def _log(self) -> Log:
        if "handshake" not in self.logs:
            self.logs["handshake"] = Log()
        return self.logs["handshake"]

    def settle(self, *, last: bool) -> dict[str, int]:
        """Move the accepted samples of the spin bit and the bits related to it to the logs.

        Parameters
        ----------
        last
            Whether the connection is over.

        Returns
        -------
        dict of str to int
            Samples left out, by reason.
        """
        gone = self._spin.settle(last=last)
        self._delay.settle(self.logs, counter=self._spin.counts())
        return gone

    def spin(self) -> str:
        """Classify the spin bit; see `SpinTracker.verdict`.

        Returns
        -------
        str
            The verdict.
        """
        return self._spin.verdict()
