"""One part of a data set, from the server to two temporary files, checked on the way."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import pyarrow.parquet as pq

from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.parse import BLOCK_BYTES
from rttgeo.atlas.parse_report import ParseReport
from rttgeo.atlas.plans import Part
from rttgeo.atlas.reader import Reader
from rttgeo.atlas.sample_table import SAMPLE_SCHEMA
from rttgeo.atlas.scanner.blocks import split_records
from rttgeo.atlas.session import TemporaryError
from rttgeo.machine.counting import number_of

FAULTS = ("not JSON", "JSON, but not an object")


class Got(NamedTuple):
    """A part as it came: what was in it, its hash, and why it might not be what it seems.

    Attributes
    ----------
    report
        What was in it, and what was left out.
    digest
        SHA-256 of the results as they came, unpacked.
    doubts
        Why it might not be what it seems; empty if nothing speaks against it.
    """

    report: ParseReport
    digest: str
    doubts: str


def stream_part(
    client: AtlasClient,
    part: Part,
    probes: tuple[int, ...],
    names: dict[int, str],
    raw: BinaryIO,
    samples: BinaryIO,
    update: Callable[[float], object],
) -> Got:
    """Bring one part to its two files.

    Parameters
    ----------
    client
        Connection to the API.
    part
        Which measurement and slice of time.
    probes
        Only these; none means all.
    names
        Name of the anchor that each measurement goes to.
    raw
        File for the results as they came, packed.
    samples
        File for the samples, as Parquet.
    update
        Called with the number of bytes of each piece that came.

    Returns
    -------
    Got
        What was in it, its hash and the doubts that remain.

    Raises
    ------
    TemporaryError
        When the answer is certainly broken, or breaks off.
    RefusedError
        When the server says no.
    """
    report, digest, foreign = ParseReport(), hashlib.sha256(), 0
    reader = Reader(names, (part.start, part.stop))
    with (
        client.results(part.measurement, part.start, part.stop, probes) as stream,
        # No file name and no time in the header: the same data give the same bytes.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=4) as file,
        pq.ParquetWriter(samples, SAMPLE_SCHEMA, compression="zstd") as columns,
    ):
        for block in split_records(_tee(stream, file, digest, update)):
            table, some, measurements = reader.read(block)
            foreign += int((measurements != part.measurement).sum())
            report = report + some
            if any(some.rejected.get(fault) for fault in FAULTS):
                raise TemporaryError("lines that are not results")
            if table.num_rows:
                columns.write_table(table)
    doubts = "" if stream.is_framed else "the server does not say where its answer ends"
    doubts = f"{number_of(foreign, 'record')} of something else" if foreign else doubts
    return Got(report, digest.hexdigest(), doubts)


def _tee(
    stream: Any, file: gzip.GzipFile, digest: Any, update: Callable[[float], object]
) -> Iterator[bytes]:
    """Pass a stream on, writing and hashing it on the way.

    In blocks of one size, however the network cut them: what is compressed and what makes a
    row group is then the same each time.
    """
    waiting = bytearray()
    for piece in stream:
        update(len(piece))
        waiting += piece
        while len(waiting) >= BLOCK_BYTES:
            yield _written(bytes(waiting[:BLOCK_BYTES]), file, digest)
            del waiting[:BLOCK_BYTES]
    if waiting:
        yield _written(bytes(waiting), file, digest)


def _written(text: bytes, file: gzip.GzipFile, digest: Any) -> bytes:
    file.write(text)
    digest.update(text)
    return text
