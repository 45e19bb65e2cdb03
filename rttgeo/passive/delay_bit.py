"""The delay bit of QUIC (RFC 9506, section 2.2): one marked packet that both ends send back.

There are no edges to distinguish from late packets, so reordering does not mislead it.
"""

from __future__ import annotations

from scipy.special import bdtr

from rttgeo.passive.bits import DELAY_MASKS, DELAY_MAX_NS, RANDOM_TAKEN_FOR_COUNTER, VEC
from rttgeo.passive.samples import CLIENT, FULL, SERVER, Log


class DelayTracker:
    """Samples of the delay bit (RFC 9506): one marked packet that both ends send back.

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
        """Take in the first byte of a short header.

        Parameters
        ----------
        direction
            0 from the client, 1 from the server.
        time_ns
            When the packet was seen, ns since 1970.
        first
            First byte of its header.
        ended_by
            Direction and TTL of the packet, ``direction << 8 | ttl``.
        """
        self._seen[direction] += 1
        if not first & VEC or self._settled:
            return
        for mask in DELAY_MASKS:
            if first & mask:
                self._mark(mask, direction, time_ns, ended_by)
        if sum(self._seen) == 1000 and all(
            4 * marks > sum(self._seen) for marks in self._marks.values()
        ):
            # Protected, hence random: no need to examine the remaining packets.
            self._settled = True
            self._logs = {mask: Log() for mask in DELAY_MASKS}

    def _mark(self, mask: int, direction: int, time_ns: int, ended_by: int) -> None:
        self._marks[mask] += 1
        marked, log = self._marked[mask], self._logs[mask]
        same, back = marked[direction], marked[1 - direction]
        if back > same and time_ns - back <= DELAY_MAX_NS:
            log.add(time_ns, time_ns - back, SERVER if direction else CLIENT, ended_by)
        # In turn; if the other direction is not seen at all, the marked packet alone must suffice.
        in_turn = back > same or not self._seen[1 - direction]
        if same and in_turn and time_ns - same <= DELAY_MAX_NS:
            log.add(time_ns, time_ns - same, FULL, ended_by)
        marked[direction] = time_ns

    def settle(self, logs: dict[str, Log], *, counter: bool) -> dict[str, int]:
        """Move the samples of the actual delay bit, if there is one, to the logs.

        Parameters
        ----------
        logs
            Logs to move them to, under the method ``delay-bit``.
        counter
            Whether these bits are a valid edge counter.

        Returns
        -------
        dict of str to int
            Always empty: samples that other bits seemed to give do not count as left out.
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
