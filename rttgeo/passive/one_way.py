"""The spin bit if the observer sees only one direction of a connection."""

from __future__ import annotations

from scipy.special import bdtr

from rttgeo.passive.bits import CONFIRMED, RANDOM_TAKEN_FOR_SPIN
from rttgeo.passive.samples import FULL, Log


class OneWay:
    """What one direction alone reveals if the observer does not see the other.

    A change counts once `CONFIRMED` packets in a row have the new value. Late packets make its time
    uncertain: a sample begins with the first packet that may have had the new value, and ends with
    the first of those in a row, so that it is too long rather than too short.
    """

    __slots__ = ("_edges", "_first", "_last", "_marks", "_off", "_old", "_pairs", "_row", "_run", "_spin",
                 "changes", "counted", "direction")  # fmt: skip

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self._spin = self._last = -1
        self._run = self._old = self._pairs = self._off = 0
        self._first = 0
        self._row = (0, 0, 0)
        self._marks = [0, 0]
        self._edges: list[tuple[int, int, int, int]] = []
        self.changes = 0
        self.counted = False

    def packet(self, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        """Process spin bit and counter of a packet.

        Parameters
        ----------
        time_ns
            When the packet was seen, ns since 1970.
        bits
            Spin bit (0: not set) and valid edge counter (0 to 3).
        ended_by
            Direction and TTL of the packet, ``direction << 8 | ttl``.
        """
        spin, counter = bits
        if self._last >= 0:
            self._pairs += 1
            self.changes += spin != self._last
        if spin == self._last and counter:
            self._off += 1
        elif self._last >= 0:
            self._marks[0] += counter > 0
            self._marks[1] += counter == 3
        self._last = spin
        if self._spin < 0:
            self._spin = spin
        if spin == self._spin:
            self._run = 0
            self._old += 1
            if self._old == CONFIRMED:
                # Packets with the other value were late, from the time before.
                self._first = 0
            return
        self._old = 0
        self._first = self._first or time_ns
        if not self._run:
            self._row = (time_ns, counter, ended_by)
        self._run += 1
        if self._run == CONFIRMED:
            self._edges.append((self._first, *self._row))
            self._spin, self._run, self._first = spin, 0, 0

    def give(self, logs: dict[str, Log]) -> None:
        """Move samples between confirmed changes to the logs; the last change begins the next one.

        Parameters
        ----------
        logs
            Logs to move them to, by method: ``spin`` and ``vec``.
        """
        for (start_ns, _, began, _), (_, time_ns, counter, by) in zip(
            self._edges, self._edges[1:], strict=False
        ):
            logs.setdefault("spin", Log()).add(time_ns, time_ns - start_ns, FULL, by)
            if counter == 3 and began:
                logs.setdefault("vec", Log()).add(time_ns, time_ns - start_ns, FULL, by)
                self.counted = True
        del self._edges[:-1]

    def marks(self) -> tuple[int, int, int, int]:
        """Count the packets that the edge counter marks.

        Returns
        -------
        tuple of (int, int, int, int)
            Packets without a change; the marked ones among them; marked changes; those of them with
            3.
        """
        marked, full = self._marks
        return self._pairs - self.changes, self._off, marked, full

    def verdict(self) -> str:
        """Classify the spin bit, as `SpinTracker.verdict` does.

        Random bits change in half of all packets.

        Returns
        -------
        str
            ``spinning``, ``constant``, ``random``, ``undecided``, or ``none`` without packets to
            compare.
        """
        if not self.changes:
            return "constant" if self._pairs else "none"
        if bdtr(self.changes, self._pairs, 0.5) <= RANDOM_TAKEN_FOR_SPIN:
            return "spinning"
        return "random" if self._pairs >= 8 else "undecided"
