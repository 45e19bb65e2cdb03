"""RIPE Atlas result files to columns, in bounded memory.

A file is read in blocks; each block goes through the byte scanner, what that calls odd
through the slow reader, and comes out as an Arrow table of samples. Nothing disappears:
`ParseReport` counts every record and every packet under what became of it.
"""

from __future__ import annotations

import bz2
import gzip
import os
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.atlas.parse_report import ParseReport
from rttgeo.atlas.reader import Reader
from rttgeo.atlas.sample_table import SAMPLE_SCHEMA
from rttgeo.atlas.scanner.blocks import Block, split_records
from rttgeo.errors import BadInputError
from rttgeo.machine.files import writing

__all__ = ["ParseReport", "iter_samples", "read_samples", "write_samples"]

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
    target: str | Path,
    *,
    anchors: Mapping[int, str] | None = None,
    window: tuple[int, int] | None = None,
) -> ParseReport:
    """Turn a file of results into a Parquet file of samples, in bounded memory.

    The target appears whole or not at all. See `read_samples` for the parameters.
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
