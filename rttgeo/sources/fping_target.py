"""`FpingTarget`: what fping has said about one target so far, in lines or in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rttgeo.sources.leftout import NOT_FROM_TARGET, LeftOut
from rttgeo.sources.series import MAX_RTT_MS, RttSeries, Sample, number, series_frame

QUIET_NOTE = (
    "fping -q does not say who answered: without -q, replies from another address are marked [<- …]"
)


class FpingTarget:
    """What is known about one target of fping so far."""

    def __init__(self) -> None:
        self.rows: list[Sample] = []
        self.sent = 0
        self.listed = False
        self.quiet = True
        self.by_interval = False
        self.dropped = LeftOut()

    def add(self, rtt: str | None, time: str | None = None, seq: int | None = None) -> None:
        """Process one packet; its RTT is None or ``-`` if it was lost."""
        if rtt is None or rtt == "-":
            self.dropped.add("no answer")
            return
        value = number(rtt.replace(",", "."))
        if 0 < value <= MAX_RTT_MS:
            # Three digits: from 100 ms on whole milliseconds, rounded.
            coarse = 0.5 if rtt.isdigit() and value >= 100 else 0.0
            self.rows.append(Sample(value, number(time), seq, resolution_ms=coarse))
        else:
            self.dropped.add("time not plausible")

    def stray(self, sender: str | None) -> bool:
        """Count a reply from another host."""
        self.quiet = False
        if sender:
            self.dropped.add(NOT_FROM_TARGET)
        return bool(sender)

    def list(self, times: Sequence[str | None]) -> None:
        """Take the list of ``-C``: packets that stood above it count once, with its digits.

        Parameters
        ----------
        times
            A packet each; None or ``-`` where it was lost.
        """
        if self.sent and not self.listed:
            if self.dropped[NOT_FROM_TARGET]:
                return  # The list does not tell strangers' replies apart; the lines above did.
            self.rows.clear()
            self.dropped.pop("no answer", None)
            self.sent = 0
        self.listed = True
        self.sent += len(times)
        for seq, rtt in enumerate(times):
            self.add(rtt, None, seq)

    def summary(self, sent: int, got: int, least: str | None, time: str | None) -> None:
        """Use a summary only where the packets themselves were not printed.

        Parameters
        ----------
        sent, got
            Packets sent and answered.
        least
            The minimum, ms.
        time
            Seconds since 1970.
        """
        if not self.quiet or self.listed:
            return
        self.sent += sent
        self.dropped.add("no answer", sent - got)
        # More came back than was sent: duplicates, which the summary counts as answers.
        self.dropped.add("duplicate", got - sent)
        if got and least:
            self.add(least, time)
            self.dropped.add("only in the summary", min(got, sent) - 1)


def series_of_targets(
    targets: Mapping[str, FpingTarget], source: str, unclaimed: LeftOut, note: str
) -> list[RttSeries]:
    """Make a series of each target.

    Parameters
    ----------
    targets
        At least one, by name.
    source
        Name of the place that fping ran at.
    unclaimed
        Counts that belong to no target; the first target takes them.
    note
        What the form cannot tell, for targets with samples in it.

    Returns
    -------
    list of RttSeries
        Sorted by name; RTTs in ms.
    """
    targets[min(targets)].dropped.take(unclaimed)
    return [
        RttSeries(
            source,
            name,
            series_frame(one.rows),
            one.sent,
            one.dropped,
            (note,) if one.quiet and one.rows else (),
        )
        for name, one in sorted(targets.items())
    ]
