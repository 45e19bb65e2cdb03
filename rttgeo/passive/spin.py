"""The spin bit, the valid edge counter and the delay bit of QUIC's short headers.

The client sends the opposite of what it received last, the server sends what it received last
(RFC 9000, section 17.4): in each round trip each of them changes the bit once, and in turn. That
turn is what tells a change that is one from a late packet with the old value, and a connection that
spins from one whose bit is random.
"""

from __future__ import annotations

from typing import Final

from scipy.special import bdtr

from rttgeo.passive.quic_header import SPIN
from rttgeo.passive.samples import CLIENT, FULL, SERVER, Log

RANDOM_TAKEN_FOR_SPIN: Final = 1e-3
"""At most so many connections with random bits may pass as spinning (exact binomial test)."""
RANDOM_TAKEN_FOR_COUNTER: Final = 1e-6
"""The same for the two further bits, which are random in every connection that protects them."""
CONFIRMED: Final = 3
"""Where one direction only is seen, a change counts once so many packets have the new value."""
DELAY_MAX_NS: Final = 1_000_000_000
"""T_Max of RFC 9506, section 2.2: a delay sample that stays away for so long was lost."""
DELAY_MASKS: Final = (0x10, 0x08)
"""Where the delay bit may be: the reserved bits of the first byte (RFC 9000, section 17.3.1)."""
VEC: Final = 0x18
"""Where the valid edge counter is: both reserved bits, the upper one worth two."""
LOST_SHARE: Final = 0.05
"""So many marked packets of a counter may be no change of the spin bit (late ones)."""


class SpinTracker:
    """Samples of the spin bit and of the valid edge counter of one connection.

    Parameters
    ----------
    logs
        Where samples go, methods ``spin`` and ``vec``; `settle` takes them out again where the bits
        turn out to be random.
    """

    __slots__ = (
        "_counted", "_edge", "_misfits_run", "_off_edge", "_old", "_one_way", "_packets",
        "_pending", "_turned", "_value", "fits", "flips", "logs", "misfits", "unconfirmed",
    )  # fmt: skip

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
        self._one_way: _OneWay | None = None
        self.fits = self.misfits = self.flips = self.unconfirmed = 0

    def packet(self, direction: int, time_ns: int, first: int, ended_by: int) -> None:
        """Take in the first byte of a short header; direction 0 is from the client."""
        self._packets += 1
        spin, counter = first & SPIN, (first & VEC) >> 3
        value = self._value[direction]
        other = self._value[1 - direction]
        if value < 0 or other < 0:
            self._begin(direction, time_ns, (spin, counter), ended_by)
            return
        # The server may turn to what the client has; the client away from what the server has.
        may_turn = (value != other) if direction else (value == other)
        if spin == value:
            if counter:
                self._off_edge += 1
            if not may_turn:
                self.fits += 1
                if self._turned == direction:
                    self._misfits_run = 0
        elif may_turn:
            self._turn(direction, time_ns, (spin, counter), ended_by)
        else:
            self._misfit(direction)

    def _begin(self, direction: int, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        self._value[direction] = bits[0]
        if self._one_way is None:
            self._one_way = _OneWay(direction)
        if self._one_way.direction == direction and self._value[1 - direction] < 0:
            self._one_way.packet(time_ns, bits, ended_by)

    def _turn(self, direction: int, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        """A change in its turn: the one before is thereby confirmed, its samples stand."""
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
        """Samples that the counter vouches for: 2 and up for a half, 3 for the whole way."""
        back, same = self._counted[1 - direction], self._counted[direction]
        if counter >= 2 and back > same:
            side = SERVER if direction else CLIENT
            self._pending.append(("vec", time_ns, time_ns - back, side, ended_by))
            if counter == 3 and same:
                self._pending.append(("vec", time_ns, time_ns - same, FULL, ended_by))
        self._counted[direction] = time_ns if counter else 0

    def _misfit(self, direction: int) -> None:
        """A value out of turn: a late packet, or a change just before that was none."""
        self.misfits += 1
        if self._turned != direction:
            return
        if self._pending:
            self.unconfirmed += 1
            self._pending.clear()
        self._misfits_run += 1
        if self._misfits_run == 2:
            # Two in a row: what looked like a change was a late packet with the value of before.
            self._value[direction], self._edge[direction] = self._old
            self._counted[direction] = 0
            self.misfits -= 2
            self._turned = -1

    def _release(self) -> None:
        for method, time_ns, rtt_ns, side, ended_by in self._pending:
            if method not in self.logs:
                self.logs[method] = Log()
            self.logs[method].add(time_ns, rtt_ns, side, ended_by)
        self._pending.clear()

    def verdict(self) -> str:
        """``spinning``, ``constant``, ``random``, or ``undecided``: too little to tell."""
        if self._one_way is not None and min(self._value) < 0:
            return self._one_way.verdict()
        if not self.flips and not self.misfits:
            return "constant" if self._packets else "none"
        out_of_turn = self.fits + self.misfits
        if bdtr(self.misfits, out_of_turn, 0.5) <= RANDOM_TAKEN_FOR_SPIN:
            return "spinning"
        return "random" if out_of_turn >= 8 and 4 * self.misfits >= out_of_turn else "undecided"

    def counts(self) -> bool:
        """Whether the two further bits are a valid edge counter: zero but for changes."""
        if "vec" not in self.logs and not (self._one_way and self._one_way.counted):
            return False
        other = self._packets - self.flips
        if self._one_way is not None and min(self._value) < 0:
            other, self._off_edge = self._one_way.off_edge()
        few = self._off_edge <= LOST_SHARE * other
        return few and bdtr(self._off_edge, other, 0.75) <= RANDOM_TAKEN_FOR_COUNTER

    def settle(self, *, last: bool) -> dict[str, int]:
        """Take out samples of bits that do not spin; returns how many, by reason.

        Parameters
        ----------
        last
            Whether the connection is over: its last change counts if a packet confirmed it.
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
            # Bits that are protected are no counter, and what they seemed to vouch for no samples.
            del self.logs["vec"]
        return {reason: count for reason, count in gone.items() if count}


class _OneWay:
    """What one direction alone tells, where the other does not come past the observer."""

    __slots__ = ("_candidate", "_edges", "_last", "_off", "_pairs", "_run", "_spin", "changes",
                 "counted", "direction")  # fmt: skip

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self._spin = self._last = -1
        self._run = self._pairs = self._off = 0
        self._candidate = (0, 0, 0)
        self._edges: list[tuple[int, int, int]] = []
        self.changes = 0
        self.counted = False

    def packet(self, time_ns: int, bits: tuple[int, int], ended_by: int) -> None:
        spin, counter = bits
        if self._last >= 0:
            self._pairs += 1
            self.changes += spin != self._last
        if spin == self._last and counter:
            self._off += 1
        self._last = spin
        if self._spin < 0:
            self._spin = spin
        if spin == self._spin:
            self._run = 0
            return
        if not self._run:
            self._candidate = (time_ns, counter, ended_by)
        self._run += 1
        if self._run == CONFIRMED:
            self._spin, self._run = spin, 0
            self._edges.append(self._candidate)

    def give(self, logs: dict[str, Log]) -> None:
        """Samples between changes that stand; the last one begins the next."""
        for (start_ns, began, _), (time_ns, counter, by) in zip(
            self._edges, self._edges[1:], strict=False
        ):
            logs.setdefault("spin", Log()).add(time_ns, time_ns - start_ns, FULL, by)
            if counter == 3 and began:
                logs.setdefault("vec", Log()).add(time_ns, time_ns - start_ns, FULL, by)
                self.counted = True
        del self._edges[:-1]

    def off_edge(self) -> tuple[int, int]:
        """Packets that are no change, and how many of them are marked."""
        return self._pairs - self.changes, self._off

    def verdict(self) -> str:
        if not self.changes:
            return "constant" if self._pairs else "none"
        if bdtr(self.changes, self._pairs, 0.5) <= RANDOM_TAKEN_FOR_SPIN:
            return "spinning"
        return "random" if self._pairs >= 8 else "undecided"


class DelayTracker:
    """Samples of the delay bit (RFC 9506): one marked packet that both ends hand back.

    It may be either reserved bit, so both are followed, and `settle` decides.
    """

    __slots__ = ("_logs", "_marked", "_marks", "_seen", "_settled")

    def __init__(self) -> None:
        self._seen = [0, 0]
        self._marks = {mask: 0 for mask in DELAY_MASKS}
        self._marked: dict[int, list[int]] = {mask: [0, 0] for mask in DELAY_MASKS}
        self._logs = {mask: Log() for mask in DELAY_MASKS}
        self._settled = False

    def packet(self, direction: int, time_ns: int, first: int, ended_by: int) -> None:
        """Take in the first byte of a short header."""
        self._seen[direction] += 1
        if not first & VEC or self._settled:
            return
        for mask in DELAY_MASKS:
            if first & mask:
                self._mark(mask, direction, time_ns, ended_by)
        if sum(self._seen) == 1000 and all(
            4 * marks > sum(self._seen) for marks in self._marks.values()
        ):
            # Protected, hence random: no need to look at each packet of the rest.
            self._settled = True
            self._logs = {mask: Log() for mask in DELAY_MASKS}

    def _mark(self, mask: int, direction: int, time_ns: int, ended_by: int) -> None:
        self._marks[mask] += 1
        marked, log = self._marked[mask], self._logs[mask]
        same, back = marked[direction], marked[1 - direction]
        if back > same and time_ns - back <= DELAY_MAX_NS:
            log.add(time_ns, time_ns - back, SERVER if direction else CLIENT, ended_by)
        # In turn; where the other direction is not seen at all, the marked packet alone must do.
        in_turn = back > same or not self._seen[1 - direction]
        if same and in_turn and time_ns - same <= DELAY_MAX_NS:
            log.add(time_ns, time_ns - same, FULL, ended_by)
        marked[direction] = time_ns

    def settle(self, logs: dict[str, Log], *, counter: bool) -> dict[str, int]:
        """Hand over the samples of the bit that is a delay bit, if one is; count the others.

        Parameters
        ----------
        logs
            Where they go, method ``delay-bit``.
        counter
            Whether these bits are a valid edge counter.
        """
        packets = sum(self._seen)
        for mask in DELAY_MASKS:
            log, marks = self._logs[mask], self._marks[mask]
            self._logs[mask] = Log()
            random = bdtr(marks, packets, 0.5) > RANDOM_TAKEN_FOR_COUNTER
            if not counter and not random and 4 * marks <= packets and len(log):
                logs["delay-bit"] = log
                return {}
        return {}
