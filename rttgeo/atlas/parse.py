"""RIPE Atlas result files to columns, in bounded memory.

A file is read in blocks; each block goes through the byte scanner, what that calls odd
through the slow reader, and comes out as an Arrow table of samples. Nothing disappears:
`ParseReport` counts every record and every packet under what became of it.
"""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import os
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.atlas import codes
from rttgeo.atlas.blocks import Block, split_records
from rttgeo.atlas.columns import RecordColumns
from rttgeo.atlas.fast import read_block
from rttgeo.atlas.hashes import hash_text
from rttgeo.atlas.members import N_WORK
from rttgeo.atlas.records import read_record
from rttgeo.atlas.scan import PADDING
from rttgeo.atlas.words import Slots, Text
from rttgeo.errors import BadInputError

BLOCK_BYTES = 2 << 20

SAMPLE_SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("probe", pa.int32(), nullable=False),
        pa.field("measurement", pa.int32(), nullable=False),
        pa.field("anchor", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("family", pa.uint8(), nullable=False),
        pa.field("protocol", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("hops", pa.uint8()),
        pa.field("rtt_us", pa.int32(), nullable=False),
        pa.field("summary", pa.bool_(), nullable=False),
    ]
)
"""One row a sample. ``anchor``: name of the measured anchor where it is known, else the address
that the record gives. ``hops``: number of the last hop of a traceroute, null where there is
none. ``summary``: the record only gave the minimum of its packets, and this is it."""


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
        Packets that are no sample, by reason. Packets of hops before the last are not counted.
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
        lines = [f"{self.samples:,} samples from {self.used:,} of {self.records:,} records"]
        for what, counts in (("records", self.rejected), ("packets", self.dropped)):
            for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                lines.append(f"  left out: {n:,} {what}: {reason}")
        return "\n".join(lines)


def read_samples(
    path: str | os.PathLike[str],
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
) -> tuple[pa.Table, ParseReport]:
    """Read all samples of one file of RIPE Atlas results into memory.

    Parameters
    ----------
    path
        ndjson (a record a line) or a JSON array; ``.gz`` and ``.bz2`` are unpacked.
    anchors
        Name of the anchor that each measurement goes to.
    window
        First and last second (since 1970) to keep.

    Raises
    ------
    BadInputError
        When the file cannot be read.
    """
    tables, report = [SAMPLE_SCHEMA.empty_table()], ParseReport()
    for table, part in iter_samples(path, anchors=anchors, window=window):
        tables.append(table)
        report = report + part
    return pa.concat_tables(tables).unify_dictionaries(), report


def write_samples(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
) -> ParseReport:
    """Turn a file of results into a Parquet file of samples, in bounded memory.

    The target appears whole or not at all. See `read_samples` for the parameters.
    """
    target, report = Path(target), ParseReport()
    temporary = target.with_name(target.name + ".part")
    try:
        with pq.ParquetWriter(temporary, SAMPLE_SCHEMA, compression="zstd") as writer:
            for table, part in iter_samples(source, anchors=anchors, window=window):
                report = report + part
                if table.num_rows:
                    writer.write_table(table)
        os.replace(temporary, target)
    except OSError as error:
        raise BadInputError(f"cannot write {target}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return report


def iter_samples(
    path: str | os.PathLike[str],
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
    workers: int | None = None,
) -> Iterator[tuple[pa.Table, ParseReport]]:
    """Read a file block by block: tables of `SAMPLE_SCHEMA` and what was left out of each.

    See `read_samples`. ``workers`` is the number of threads that read blocks (by default one a
    core, at most four); the tables come in the order of the file whatever it is.
    """
    reader = Reader(anchors, window)
    try:
        with _open(Path(path)) as file:
            blocks = split_records(iter(lambda: file.read(BLOCK_BYTES), b""))
            yield from _side_by_side(reader, blocks, workers or min(os.cpu_count() or 1, 4))
    except (OSError, EOFError, zlib.error) as error:
        raise BadInputError(f"cannot read {path}: {error}") from error


def _side_by_side(
    reader: Reader, blocks: Iterator[Block], workers: int
) -> Iterator[tuple[pa.Table, ParseReport]]:
    """Read some blocks at a time: the scanner needs no interpreter lock."""
    waiting: deque[Future[tuple[pa.Table, ParseReport, npt.NDArray[np.int64]]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for block in blocks:
            waiting.append(pool.submit(reader.read, block))
            if len(waiting) > workers:
                yield waiting.popleft().result()[:2]
        while waiting:
            yield waiting.popleft().result()[:2]


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if path.suffix == ".bz2":
        return bz2.open(path, "rb")
    return path.open("rb")


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
        """Samples of a block, what was left out, and the measurement of every record."""
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
        table = _table(out, rtt, record, self)
        return table, _report(block, out, counts, int((~fast).sum())), out.measurement


def _name_addresses(
    block: Block, out: RecordColumns, fast: npt.NDArray[np.bool_], addresses: dict[int, str]
) -> None:
    """Remember the text of every address, once, by its hash."""
    hashes, first, _ = _unique(out.dst_hash[fast])
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


def to_microseconds(rtt_ms: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Whole microseconds, rounded as ``round(rtt, 3)`` rounds: by the decimal value.

    A product with 1000 may fall on the other side of a half; those few are done one by one.
    """
    scaled = rtt_ms * 1000
    whole = np.rint(scaled)
    for i in np.flatnonzero(np.abs(np.abs(scaled - whole) - 0.5) < 1e-6):
        whole[i] = np.rint(round(float(rtt_ms[i]), 3) * 1000)
    return whole.astype(np.int32)


def _table(
    out: RecordColumns,
    rtt: npt.NDArray[np.float64],
    record: npt.NDArray[np.int64],
    reader: Reader,
) -> pa.Table:
    hops = out.hops[record]
    columns = [
        pa.array((out.time * 1000)[record]).cast(SAMPLE_SCHEMA.field("time").type),
        pa.array(out.probe.astype(np.int32)[record]),
        pa.array(out.measurement.astype(np.int32)[record]),
        _anchors(out, record, reader),
        pa.array(out.family[record]),
        pa.DictionaryArray.from_arrays(
            pa.array(out.protocol[record].astype(np.int32)), pa.array(codes.PROTOCOLS)
        ),
        pa.array(hops, mask=hops == codes.NO_HOPS),
        pa.array(to_microseconds(rtt)),
        pa.array(out.summary[record].astype(bool)),
    ]
    return pa.Table.from_arrays(columns, schema=SAMPLE_SCHEMA)


def _anchors(
    out: RecordColumns, record: npt.NDArray[np.int64], reader: Reader
) -> pa.DictionaryArray:
    """Name of the anchor of each sample."""
    # One number for (measurement, address): nearly always the same all through a file.
    key = out.dst_hash ^ (out.measurement << 31)
    unique, first, number = _unique(key)
    said = [
        reader.anchors.get(int(out.measurement[i]))
        or reader.addresses.get(int(out.dst_hash[i]), "")
        for i in first
    ]
    words = list(dict.fromkeys(said))
    place = np.array([words.index(word) for word in said], dtype=np.int32)
    index = np.zeros(len(record), np.int32) if len(unique) < 2 else place[number[record]]
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32)), pa.array(words, type=pa.string())
    )


def _unique(
    key: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    if len(key) and (key == key[0]).all():
        return key[:1], np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return np.unique(key, return_index=True, return_inverse=True)


def _report(
    block: Block, out: RecordColumns, counts: npt.NDArray[np.int64], slow: int
) -> ParseReport:
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
