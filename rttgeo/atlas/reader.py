"""One block of RIPE Atlas records to a table of samples: the byte scanner, then the slow reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rttgeo.atlas.parse_report import ParseReport, report_of
from rttgeo.atlas.sample_table import distinct, sample_table
from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.blocks import Block
from rttgeo.atlas.scanner.columns import RecordColumns
from rttgeo.atlas.scanner.fast import read_block
from rttgeo.atlas.scanner.hashes import hash_text
from rttgeo.atlas.scanner.members import N_WORK
from rttgeo.atlas.scanner.records import read_record
from rttgeo.atlas.scanner.words import Slots, Text


class Batch(NamedTuple):
    """What is in a block.

    Attributes
    ----------
    table, report
        Samples, and what was left out.
    measurement
        Of every record.
    record
        Of every sample, the number of its record.
    key
        Of every record, a number that two records share when they are one: the same measurement,
        probe, time and target.
    silent
        Probes and hashes of the targets' addresses, of records whose packets gave no sample; each pair
        once, shape (n, 2).
    """

    table: pa.Table
    report: ParseReport
    measurement: npt.NDArray[np.int64]
    record: npt.NDArray[np.int64]
    key: npt.NDArray[np.uint64]
    silent: npt.NDArray[np.int64]


class Reader:
    """Reads the blocks of one file.

    Parameters
    ----------
    anchors
        Name of the anchor that each measurement goes to.
    window
        First and last second (since 1970) to keep.
    """

    def __init__(
        self, anchors: Mapping[int, str] | None = None, window: tuple[int, int] | None = None
    ):
        self.anchors, self.window = anchors or {}, window
        self.addresses: dict[int, str] = {}

    def read(self, block: Block) -> tuple[pa.Table, ParseReport, npt.NDArray[np.int64]]:
        """Samples of a block, what was left out, and the measurement of every record.

        Parameters
        ----------
        block
            Text of whole records, and where each is.

        Returns
        -------
        tuple
            Table (`rttgeo.atlas.sample_table.SAMPLE_SCHEMA`), report, and measurement numbers, one
            a record.
        """
        return self.read_batch(block)[:3]

    def read_batch(self, block: Block) -> Batch:
        """Read the samples of a block, and say which records are one.

        Parameters
        ----------
        block
            Text of whole records, and where each is.

        Returns
        -------
        Batch
            Samples, report, and of each record its measurement and key.
        """
        n = len(block.starts)
        text = Text.of(block.text)
        # The shortest packet with an RTT, {"rtt":1}, and the comma behind it take ten bytes.
        room = len(block.text) // 10 + n + 1
        out, counts = RecordColumns.empty(n), np.zeros(codes.N_PACKET_CODES, dtype=np.int64)
        rtt, record = np.empty(room), np.empty(room, dtype=np.int64)
        work = np.zeros(N_WORK, dtype=np.int64)
        used = read_block(text, block.starts, block.stops, out, rtt, record, counts, Slots.of(work))
        fast = out.status != codes.ODD_STATUS
        _name_addresses(block, out, fast, self.addresses)
        rtt, record = _read_odd(block, out, rtt[:used], record[:used], counts, self.addresses)
        if self.window is not None:
            inside = (out.time >= self.window[0]) & (out.time <= self.window[1])
            out.status[(out.status == codes.R_USED) & ~inside] = codes.R_OUTSIDE
            kept = out.status[record] == codes.R_USED
            counts[codes.P_SAMPLE] = kept.sum()
            rtt, record = rtt[kept], record[kept]
        table = sample_table(out, rtt, record, self.anchors, self.addresses)
        report = report_of(block, out, counts, int((~fast).sum()))
        return Batch(table, report, out.measurement, record, _keys(out), _silent(out))


def _silent(out: RecordColumns) -> npt.NDArray[np.int64]:
    """Probes and targets of whole records that gave no sample, each pair once."""
    without = (out.status >= codes.R_NO_REPLY) & (out.status <= codes.R_EMPTY)
    rows = np.flatnonzero(without & (out.dst_hash != 0))
    return np.unique(np.column_stack([out.probe[rows], out.dst_hash[rows]]), axis=0)


def _keys(out: RecordColumns) -> npt.NDArray[np.uint64]:
    """Mix what tells records apart into one number each (splitmix64, Steele et al. 2014)."""
    key = np.zeros(len(out.time), dtype=np.uint64)
    for column in (out.measurement, out.probe, out.time, out.dst_hash):
        key += column.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
        key ^= key >> np.uint64(31)
    return key


def _name_addresses(
    block: Block, out: RecordColumns, fast: npt.NDArray[np.bool_], addresses: dict[int, str]
) -> None:
    """Remember the text of every address, once, by its hash."""
    hashes, first, _ = distinct(out.dst_hash[fast])
    rows = np.flatnonzero(fast)[first]
    for value, row in zip(hashes.tolist(), rows, strict=True):
        if value not in addresses:
            addresses[value] = block.text[out.dst_start[row] : out.dst_stop[row]].decode()


def _read_odd(
    block: Block,
    out: RecordColumns,
    rtt: npt.NDArray[np.float64],
    record: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    addresses: dict[int, str],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Let the slow reader have what the scanner left, and put its samples in their places."""
    odd = np.flatnonzero(out.status == codes.ODD_STATUS)
    if not len(odd):
        return rtt, record
    more_rtt: list[float] = []
    more_record: list[int] = []
    for i in odd:
        found = read_record(block.text[block.starts[i] : block.stops[i]])
        out.status[i], out.time[i], out.probe[i] = found.status, found.time, found.probe
        out.measurement[i], out.family[i] = found.measurement, found.family
        out.protocol[i], out.hops[i], out.summary[i] = found.protocol, found.hops, found.summary
        out.dst_hash[i] = hash_text(found.destination)
        addresses.setdefault(int(out.dst_hash[i]), found.destination)
        counts += found.packets
        more_rtt += found.rtt_ms
        more_record += [int(i)] * len(found.rtt_ms)
    rtt, record = np.concatenate([rtt, more_rtt]), np.concatenate([record, more_record])
    order = np.argsort(record, kind="stable")
    return rtt[order], record[order].astype(np.int64)
