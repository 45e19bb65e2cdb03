"""RIPE Atlas result files to columns, in bounded memory.

A file is read in blocks; each block goes through the byte scanner, what that calls odd
through the slow reader, and comes out as an Arrow table of samples. Nothing disappears:
`ParseReport` counts every record and every packet under what became of it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.atlas.parse_report import ParseReport
from rttgeo.atlas.reader import Batch, Reader
from rttgeo.atlas.sample_table import SAMPLE_SCHEMA
from rttgeo.atlas.scanner.blocks import Block, split_records
from rttgeo.errors import BadInputError
from rttgeo.machine.files import writing
from rttgeo.machine.opening import opened

__all__ = ["ParseReport", "iter_samples", "read_distinct", "read_samples", "write_samples"]

BLOCK_BYTES = 2 << 20


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
        ndjson (one record per line) or a JSON array; packed ones are unpacked, by their content.
    anchors
        Name of the anchor that each measurement goes to.
    window
        First and last second (since 1970) to keep.

    Returns
    -------
    tuple
        Samples, one per row (`rttgeo.atlas.sample_table.SAMPLE_SCHEMA`), and what was left out.

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
    target: str | Path,
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
) -> ParseReport:
    """Turn a file of results into a Parquet file of samples, in bounded memory.

    The target appears whole or not at all.

    Parameters
    ----------
    source
        File of results, as for `read_samples`.
    target
        Parquet file to write.
    anchors
        Name of the anchor that each measurement goes to.
    window
        First and last second (since 1970) to keep.

    Returns
    -------
    ParseReport
        What was left out.

    Raises
    ------
    BadInputError
        When the source cannot be read or the target not be written.
    """
    report = ParseReport()
    try:
        with (
            writing(target) as file,
            pq.ParquetWriter(file, SAMPLE_SCHEMA, compression="zstd") as writer,
        ):
            for table, part in iter_samples(source, anchors=anchors, window=window):
                report = report + part
                if table.num_rows:
                    writer.write_table(table)
    except OSError as error:
        raise BadInputError(f"cannot write {target}: {error.strerror or error}") from error
    return report


def iter_samples(
    path: str | os.PathLike[str],
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
    workers: int | None = None,
) -> Iterator[tuple[pa.Table, ParseReport]]:
    """Read a file block by block: tables of `SAMPLE_SCHEMA` and what was left out of each.

    Parameters
    ----------
    path
        File of results, as for `read_samples`.
    anchors
        Name of the anchor that each measurement goes to.
    window
        First and last second (since 1970) to keep.
    workers
        Threads that read blocks, by default one per core and at most four. The tables come in the
        order of the file whatever it is.

    Yields
    ------
    tuple
        Samples of one block, and what was left out of it.

    Raises
    ------
    BadInputError
        When the file cannot be read.
    """
    for batch in iter_batches(Reader(anchors, window), path, workers):
        yield batch.table, batch.report


def iter_batches(
    reader: Reader, path: str | os.PathLike[str], workers: int | None = None
) -> Iterator[Batch]:
    """Read a file block by block with a reader.

    Parameters
    ----------
    reader
        Reads the blocks; it keeps what it learns of one for the next.
    path
        File of results, as for `read_samples`.
    workers
        Threads that read blocks, as for `iter_samples`.

    Yields
    ------
    Batch
        What is in one block, in the order of the file.

    Raises
    ------
    BadInputError
        When the file cannot be read.
    """
    try:
        with opened(Path(path)) as file:
            blocks = split_records(iter(lambda: file.read(BLOCK_BYTES), b""))
            yield from _side_by_side(reader, blocks, workers or min(os.cpu_count() or 1, 4))
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error}") from error


def _side_by_side(reader: Reader, blocks: Iterator[Block], workers: int) -> Iterator[Batch]:
    """Read some blocks at a time: the scanner needs no interpreter lock."""
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for block in blocks:
            waiting.append(pool.submit(reader.read_batch, block))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Distinct(NamedTuple):
    """What is in several files, each record once.

    Attributes
    ----------
    table, report
        Samples (see `read_samples`), and what was left out.
    again
        How many records came again.
    silent
        Number of the probe and address of the target, of records whose packets gave no sample.
    """

    table: pa.Table
    report: ParseReport
    again: int
    silent: list[tuple[int, str]]


def read_distinct(paths: Iterable[str | os.PathLike[str]]) -> Distinct:
    """Read all samples of several files, each record once, however often it was downloaded.

    Two records are one when they agree in measurement, probe, time and target.

    Parameters
    ----------
    paths
        Files of results, as for `read_samples`.

    Returns
    -------
    Distinct
        Samples, what was left out, how many records came again, and who heard nothing.

    Raises
    ------
    BadInputError
        When a file cannot be read.
    """
    tables, report = [SAMPLE_SCHEMA.empty_table()], ParseReport()
    # Of each sample its record, of each record that has samples its key.
    record, keys, count = [np.empty(0, np.int64)], [np.empty(0, np.uint64)], 0
    reader, silent = Reader(), [np.empty((0, 2), np.int64)]
    for path in paths:
        for batch in iter_batches(reader, path):
            used, number = np.unique(batch.record, return_inverse=True)
            tables.append(batch.table)
            report = report + batch.report
            record.append(number + count)
            keys.append(batch.key[used])
            count += len(used)
            silent.append(batch.silent)
    table = pa.concat_tables(tables).unify_dictionaries()
    _, first = np.unique(np.concatenate(keys), return_index=True)
    mute = [
        (int(probe), reader.addresses.get(int(name), ""))
        for probe, name in np.unique(np.concatenate(silent), axis=0)
    ]
    if len(first) == count:
        return Distinct(table, report, 0, mute)
    once = np.zeros(count, dtype=bool)
    once[first] = True
    table = table.filter(pa.array(once[np.concatenate(record)]))
    return Distinct(table, report, count - len(first), mute)
