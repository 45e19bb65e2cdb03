"""Round-trip times of ICMP echo: request and reply, for IPv4 and IPv6."""

from __future__ import annotations

from typing import Final

from rttgeo.passive.samples import SERVER, Log

MAX_PENDING: Final = 256
STALE_NS: Final = 60_000_000_000
"""A request older than a minute is dropped: its number may be in use again."""


class EchoTracker:
    """The echoes of one pair of hosts and one identifier; the host that asks is the client.

    Parameters
    ----------
    logs
        Where samples go: method ``icmp``.
    """

    __slots__ = ("_asked", "logs", "seen_twice", "unseen")

    kind = "icmp"

    def __init__(self, logs: dict[str, Log]) -> None:
        self.logs = logs
        self._asked: dict[int, int] = {}
        self.unseen = self.seen_twice = 0

    def packet(self, direction: int, time_ns: int, ttl: int, number: int) -> None:
        """Process a request (direction 0) or a reply (1) with its sequence number.

        A number that was requested twice is not sampled: the reply may be to either request.

        Parameters
        ----------
        direction
            0 for a request, 1 for a reply.
        time_ns
            When the packet was seen, ns since 1970.
        ttl
            TTL (IPv6: hop limit) of the packet.
        number
            Sequence number of the echo.
        """
        # Below zero: requested at that time, but not for the first time.
        asked_ns = self._asked.pop(number, 0)
        if direction == 0:
            repeated = asked_ns and time_ns - abs(asked_ns) < STALE_NS
            self._asked[number] = -time_ns if repeated else time_ns
            if len(self._asked) > MAX_PENDING:
                del self._asked[next(iter(self._asked))]
        elif asked_ns > 0:
            if "icmp" not in self.logs:
                self.logs["icmp"] = Log()
            self.logs["icmp"].add(time_ns, time_ns - asked_ns, SERVER, direction << 8 | ttl)
