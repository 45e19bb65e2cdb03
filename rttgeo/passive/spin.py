"""The spin bit of QUIC's short headers, and the counter that vouches for its changes.

The client sends the opposite of the last value it received, and the server sends the last value it
received (RFC 9000, section 17.4). So in each round trip, each of them changes the bit once, in
turn. These turns distinguish a real change from a late packet with the old value, and a connection
that spins from one whose bit is random.
"""

from __future__ import annotations

from scipy.special import bdtr

from rttgeo.passive.bits import (
    DISORDER,
    OFF_EDGE_SHARE,
    RANDOM_TAKEN_FOR_COUNTER,
    RANDOM_TAKEN_FOR_SPIN,
    VEC,
)
from rttgeo.passive.one_way import OneWay
from rttgeo.passive.quic_header import SPIN
from rttgeo.passive.samples import CLIENT, FULL, SERVER, Log


class SpinTracker:
    """Samples of the spin bit and of the valid edge counter of one connection.

    Parameters
    ----------
    logs
        Logs for the samples, under the methods ``spin`` and ``vec``; `settle` removes them again if
        the bits turn out to be random.
    """

    __slots__ = (
        "_counted",
        "_edge",
        "_marks",
        "_misfits_run",
        "_off_edge",
        "_old",
        "_one_way",
        "_packets",
        "_pending",
        "_turned",
        "_value",
        "fits",
        "flips",
        "logs",
        "misfits",
        "unconfirmed", )  # fmt: skip

    def __init__(self, logs: dict[str, Log]) -> None:
        self.logs = logs
        self._value: list[int] = [-1, -1]
        self._edge = [0, 0]
        self._counted = [0, 0]
        self._old = (0, 0)
        self._turned = -1
        self._pending: list[tuple[str, int, int, int, int]] = []
        self._misfits_run = 0
        self._packets = self._off_edge = 0
        self._marks = [0, 0]
        self._one_way: OneWay | None = None
        self.fits, self.misfits = [0, 0], [0, 0]
        self.flips = self.unconfirmed = 0

    def packet(self, direction: int, time_ns: int, first: int, ended_by: int) -> None:
        """Process the first byte of a short header.

        Parameters
        ----------
        direction
            0 from the client, 1 from the server.
        time_ns
            When the packet was seen, ns since 1970.
        first
            The byte.
        ended_by
            Direction and TTL of the packet, ``direction << 8 | ttl``.
        """
        self._packets += 1
        spin, counter = first & SPIN, (first & VEC) >> 3
        value = self._value[direction]
        other = self._value[1 - direction]
        if value < 0 or other < 0:
            self._begin(direction, time_ns, (spin, counter), ended_by)
            return
        # The server may change to the client's value; the client may change away from the server's.
        may_turn = (value != other) if direction else (value == other)
        if spin == value:
            if counter:
                self._off_edge += 1
            if not may_turn:
                self.fits[direction] += 1
                if self._turned == direction:
                    self._misfits_run = 0
        elif may_turn:
            self._turn(direction, time_ns, (spin, counter), ended_by)
        else:
            self._misfit(direction)

    def _begin(self, direction: int, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        self._value[direction] = bits[0]
        if self._one_way is None:
            self._one_way = OneWay(direction)
        if self._one_way.direction == direction and self._value[1 - direction] < 0:
            self._one_way.packet(time_ns, bits, ended_by)

    def _turn(self, direction: int, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        """A change in turn: it confirms the one before, whose samples are accepted."""
        self._release()
        self.flips += 1
        spin, counter = bits
        back, same = self._edge[1 - direction], self._edge[direction]
        side = SERVER if direction else CLIENT
        if back > same or (back and not same):
            self._pending.append(("spin", time_ns, time_ns - back, side, ended_by))
            if same:
                self._pending.append(("spin", time_ns, time_ns - same, FULL, ended_by))
        self._count(direction, time_ns, counter, ended_by)
        self._old = (self._value[direction], self._edge[direction])
        self._value[direction] = spin
        self._edge[direction] = time_ns
        self._turned, self._misfits_run = direction, 0

    def _count(self, direction: int, time_ns: int, counter: int, ended_by: int) -> None:
        """Samples that the counter confirms: 2 and up for a half, 3 for the full path."""
        self._marks[0] += counter > 0
        self._marks[1] += counter == 3
        back, same = self._counted[1 - direction], self._counted[direction]
        if counter >= 2 and back > same:
            side = SERVER if direction else CLIENT
            self._pending.append(("vec", time_ns, time_ns - back, side, ended_by))
            if counter == 3 and same:
                self._pending.append(("vec", time_ns, time_ns - same, FULL, ended_by))
        self._counted[direction] = time_ns if counter else 0

    def _misfit(self, direction: int) -> None:
        """A value out of turn: a late packet, or a sign that the previous change was not one."""
        self.misfits[direction] += 1
        if self._turned != direction:
            return
        if self._pending:
            self.unconfirmed += 1
            self._pending.clear()
        self._misfits_run += 1
        if self._misfits_run == 2:
            # Two in a row: what looked like a change was a late packet with the previous value.
            self._value[direction], self._edge[direction] = self._old
            self._counted[direction] = 0
            self._turned = -1

    def _release(self) -> None:
        for method, time_ns, rtt_ns, side, ended_by in self._pending:
            if method not in self.logs:
                self.logs[method] = Log()
            self.logs[method].add(time_ns, rtt_ns, side, ended_by)
        self._pending.clear()

    def verdict(self) -> str:
        """Classify the spin bit.

        Only packets of an end whose turn it is not are counted: random bits are out of turn in half
        of them, late packets in a few.

        Returns
        -------
        str
            ``spinning``, ``constant``, ``random``, ``disordered``, ``undecided`` (too little to
            tell), or ``none`` (no packets).
        """
        if self._one_way is not None and min(self._value) < 0:
            return self._one_way.verdict()
        if not self.flips and not sum(self.misfits):
            return "constant" if self._packets else "none"
        locked = [fits + misfits for fits, misfits in zip(self.fits, self.misfits, strict=True)]
        out, late = sum(locked), sum(self.misfits)
        if bdtr(late, out, 0.5) > RANDOM_TAKEN_FOR_SPIN:
            return "random" if out >= 8 and 4 * late >= out else "undecided"
        for all_of_it, out_of_turn in zip(locked, self.misfits, strict=True):
            # Possibly only the other end spins.
            if 4 * out_of_turn >= all_of_it > 0:
                return "random"
        return "spinning" if late <= DISORDER * out else "disordered"

    def counts(self) -> bool:
        """Check whether the two further bits are a valid edge counter: zero except at changes.

        Returns
        -------
        bool
            False also if there is too little to tell.
        """
        if "vec" not in self.logs and not (self._one_way and self._one_way.counted):
            return False
        other, off, marked, full = self._packets - self.flips, self._off_edge, *self._marks
        if self._one_way is not None and min(self._value) < 0:
            other, off, marked, full = self._one_way.marks()
        # Without a single 3, it is a separate bit, such as the delay bit.
        few = full > 0 and off <= OFF_EDGE_SHARE * (marked + off)
        return bool(few and bdtr(off, other, 0.75) <= RANDOM_TAKEN_FOR_COUNTER)

    def settle(self, *, last: bool) -> dict[str, int]:
        """Remove the samples of bits that do not spin.

        Parameters
        ----------
        last
            Whether the connection is over: its last change counts if a packet confirmed it.

        Returns
        -------
        dict of str to int
            How many were removed, by reason.
        """
        if self._one_way is not None and min(self._value) < 0:
            self._one_way.give(self.logs)
        if last and self._turned >= 0 and not self._misfits_run:
            self._release()
        gone: dict[str, int] = {}
        verdict = self.verdict()
        if verdict != "spinning" and (log := self.logs.pop("spin", None)):
            gone[f"spin bit {verdict}"] = len(log)
        if "vec" in self.logs and (verdict != "spinning" or not self.counts()):
            # Protected bits are not a counter, and what they seemed to confirm are not samples.
            del self.logs["vec"]
        return {reason: count for reason, count in gone.items() if count}
