"""Samples of one flow and method, and what is kept of them when there are too many to hold."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Final, NamedTuple

import numpy as np

from rttgeo.typing import FloatArray

FULL, CLIENT, SERVER = 0, 1, 2
SIDES: Final = ("full", "client", "server")
"""Between client and server; from the observer to the client and back; to the server and back."""
LOWEST_KEPT: Final = 64
"""Number of lowest samples held for the minimum, which never needs more for its support."""
MEDIAN_KEPT: Final = 2048
"""Number of samples held for the median, evenly over time: its rank is then right to about 2 %."""


class Log:
    """Samples as they arrive: time, duration, part of the path, and the packet that ended each.

    The packet is described by ``256 * direction + TTL`` (direction 0: from the client).
    """

    __slots__ = ("ended_by", "rtt_ns", "side", "time_ns")

    def __init__(self) -> None:
        self.time_ns = array("q")
        self.rtt_ns = array("q")
        self.side = array("B")
        self.ended_by = array("H")

    def add(self, time_ns: int, rtt_ns: int, side: int, ended_by: int) -> None:
        """Record one sample; ignored unless its time is positive.

        Parameters
        ----------
        time_ns
            When the sample ended, ns since 1970.
        rtt_ns
            Round-trip time, ns; nothing happens for 0 and below.
        side
            ``CLIENT``, ``SERVER`` or ``FULL``.
        ended_by
            Direction and TTL of the packet that ended it, ``direction << 8 | ttl``.
        """
        if rtt_ns > 0:
            self.time_ns.append(time_ns)
            self.rtt_ns.append(rtt_ns)
            self.side.append(side)
            self.ended_by.append(ended_by)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.rtt_ns)


class Judged(NamedTuple):
    """Accepted samples, arrays of shape (n_samples,), and how many were left out, by reason."""

    time_ns: np.ndarray
    rtt_ms: FloatArray
    side: np.ndarray
    left_out: dict[str, int]


def judge(log: Log, ttls: tuple[dict[int, int], dict[int, int]]) -> Judged:
    """Drop the samples that a machine other than the endpoint itself may have ended.

    Parameters
    ----------
    log
        Samples of one flow and method.
    ttls
        Number of packets that the client and the server sent with each TTL (hop limit), as seen
        here.

    Returns
    -------
    Judged
        The samples whose last packet had the same TTL as most packets of its sender: a middlebox
        that answers for a host is fewer hops away, or starts with another value.
    """
    ended_by = np.frombuffer(log.ended_by, dtype=np.uint16)
    usual = [max(one, key=lambda ttl: one[ttl]) if one else -1 for one in ttls]
    direction, ttl = ended_by >> 8, ended_by & 255
    stands = ttl == np.where(direction == 0, usual[0], usual[1])
    gone = int(len(stands) - stands.sum())
    return Judged(
        np.frombuffer(log.time_ns, dtype=np.int64)[stands],
        np.frombuffer(log.rtt_ns, dtype=np.int64)[stands] / 1e6,
        np.frombuffer(log.side, dtype=np.uint8)[stands],
        {"ended by a packet with another TTL": gone} if gone else {},
    )


class Tally:
    """What is kept of one side's samples: their number, the lowest, and some for the median."""

    __slots__ = ("_lowest", "_some", "_stride", "count")

    def __init__(self) -> None:
        self.count = 0
        self._lowest: FloatArray = np.empty(0)
        self._some: FloatArray = np.empty(0)
        self._stride = 1

    def add(self, rtt_ms: FloatArray) -> None:
        """Add samples.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms, shape (samples,).
        """
        self._lowest = np.sort(np.concatenate([self._lowest, rtt_ms]))[:LOWEST_KEPT]
        first = -self.count % self._stride
        self._some = np.concatenate([self._some, rtt_ms[first :: self._stride]])
        self.count += len(rtt_ms)
        while len(self._some) > MEDIAN_KEPT:
            self._some = self._some[::2].copy()
            self._stride *= 2

    @property
    def lowest_ms(self) -> FloatArray:
        """The lowest samples, in order."""
        return self._lowest

    @property
    def median_ms(self) -> float:
        """Median; if there are very many samples, of an even share of them."""
        return float(np.median(self._some)) if len(self._some) else float("nan")


def tallies(judged: Judged) -> dict[int, Tally]:
    """Start a tally for each side that has samples.

    Parameters
    ----------
    judged
        Samples of one series, RTTs in ms.

    Returns
    -------
    dict of int to Tally
        By side; sides without samples are not in it.
    """
    found: dict[int, Tally] = {}
    for side in np.unique(judged.side):
        found.setdefault(int(side), Tally()).add(judged.rtt_ms[judged.side == side])
    return found


def merge(counts: Counter[str], more: dict[str, int]) -> None:
    """Add counts by reason to others, in place.

    Parameters
    ----------
    counts
        Counts that grow.
    more
        Counts to add.
    """
    for reason, count in more.items():
        counts[reason] += count
