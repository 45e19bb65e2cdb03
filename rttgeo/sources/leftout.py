"""`LeftOut`: what yielded no sample, counted by reason, with the first example of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rttgeo.machine.counting import counted

SHOWN = 80
NOT_UNDERSTOOD = "line not understood"
NOT_FROM_TARGET = "not from the target"


class LeftOut(Counter[str]):
    """Number of lines, records and packets that yielded no sample, by reason.

    Attributes
    ----------
    first
        For some reasons, where the first example is and what it says.
    """

    def __init__(self, *counts: Mapping[str, int]) -> None:
        super().__init__()
        self.first: dict[str, str] = {}
        for some in counts:
            self.take(some)

    def add(self, reason: str, count: int = 1, *, where: str = "", text: str = "") -> None:
        """Count something; with a place and a text, keep the first to show.

        Parameters
        ----------
        reason
            Why it yielded no sample.
        count
            How many; nothing happens for 0 and below.
        where, text
            File and line, and the text found there.
        """
        if count > 0:
            self[reason] += count
            if where and reason not in self.first:
                short = " ".join(text.split())
                short = short if len(short) <= SHOWN else short[: SHOWN - 1] + "…"
                self.first[reason] = f"{where}: {short!r}"

    def take(self, other: Mapping[str, int]) -> None:
        """Add the counts of another; what was kept first stays first.

        Parameters
        ----------
        other
            Counts by reason; of another `LeftOut`, its first examples too.
        """
        for reason, count in other.items():
            self.add(reason, count)
        if isinstance(other, LeftOut):
            self.first = {**other.first, **self.first}

    def lines(self) -> list[str]:
        """Give a line for each reason, the most frequent first.

        Returns
        -------
        list of str
            The count, the reason, and the first example where one was kept.
        """
        ordered = sorted(self.items(), key=lambda item: (-item[1], item[0]))
        return [
            counted(count, reason)
            + (f" (the first: {self.first[reason]})" if reason in self.first else "")
            for reason, count in ordered
        ]
