"""`ParseReport`: what became of every record and packet of RIPE Atlas results."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.blocks import Block
from rttgeo.atlas.scanner.columns import RecordColumns
from rttgeo.atlas.scanner.scan import PADDING
from rttgeo.machine.counting import number_of


@dataclasses.dataclass(frozen=True)
class ParseReport:
    """What became of every record and packet.

    Attributes
    ----------
    bytes, records, used, samples
        Size of the text, records in it, records that gave a sample, samples.
    rejected
        Records that gave none, by reason; sums to ``records - used``.
    dropped
        Packets without a sample, by reason. Packets of hops before the last are not counted.
    slow
        Records that the byte scanner left to the slow reader: a matter of speed only.
    """

    bytes: int = 0
    records: int = 0
    used: int = 0
    samples: int = 0
    rejected: Mapping[str, int] = dataclasses.field(default_factory=dict)
    dropped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    slow: int = 0

    def __add__(self, other: ParseReport) -> ParseReport:
        """Add two up."""
        return ParseReport(
            self.bytes + other.bytes,
            self.records + other.records,
            self.used + other.used,
            self.samples + other.samples,
            dict(Counter(self.rejected) + Counter(other.rejected)),
            dict(Counter(self.dropped) + Counter(other.dropped)),
            self.slow + other.slow,
        )

    def __str__(self) -> str:
        """Tell it in lines for people."""
        lines = [
            f"{number_of(self.samples, 'sample')} from {self.used:,} of {number_of(self.records, 'record')}"
        ]
        for what, counts in (("record", self.rejected), ("packet", self.dropped)):
            for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                lines.append(f"  left out: {number_of(n, what)}: {reason}")
        return "\n".join(lines)


def report_of(
    block: Block, out: RecordColumns, counts: npt.NDArray[np.int64], slow: int
) -> ParseReport:
    """What became of the records and packets of a block, in words.

    Parameters
    ----------
    block
        The text and where its records are.
    out
        What became of each record.
    counts
        Number of packets by `rttgeo.atlas.scanner.codes.PACKET_WORDS`.
    slow
        How many records the slow reader had.

    Returns
    -------
    ParseReport
        The counts by reason, those of nothing left out.
    """
    by_status = np.bincount(out.status, minlength=len(codes.RECORD_WORDS))
    rejected = {
        word: int(n)
        for word, n in zip(codes.RECORD_WORDS, by_status, strict=True)
        if n and word != codes.RECORD_WORDS[codes.R_USED]
    }
    if block.too_long:
        rejected[codes.RECORD_WORDS[codes.R_TOO_LONG]] = block.too_long
    dropped = {
        word: int(n)
        for word, n in zip(codes.PACKET_WORDS, counts, strict=True)
        if n and word != codes.PACKET_WORDS[codes.P_SAMPLE]
    }
    return ParseReport(
        len(block.text) - len(PADDING),
        len(block.starts) + block.too_long,
        int(by_status[codes.R_USED]),
        int(counts[codes.P_SAMPLE]),
        rejected,
        dropped,
        slow,
    )
