"""A Parquet file as blocks of raw columns: checked before it is read, and while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError
from rttgeo.pairs.problems import ReadReport
from rttgeo.pairs.schema import NAME_COLUMNS, OPTIONAL, REQUIRED, check_distinct
from rttgeo.pairs.stated import METADATA_KEY

MAGIC = b"PAR1"
BLOCK_ROWS = 1 << 17
FREE_ROWS = 1_000_000
"""So many rows may be there before it is asked how small they are packed."""
ROWS_PER_BYTE = 8
"""Round-trip times differ from pair to pair: even in whole milliseconds each takes bits of a byte. A
file with more rows holds one pair over and over."""
MAX_RATIO = 400
FREE_BYTES = 64 << 20
"""As `rttgeo.machine.opening` has it for what is packed otherwise."""


class Block(NamedTuple):
    """Some rows: their line numbers in the file and their columns, not yet checked.

    Names are codes of distinct texts; other columns texts, codes of texts, or float64.
    """

    line: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]


@contextmanager
def one_line(file: str) -> Iterator[None]:
    """Turn what pyarrow says of a damaged file into one line.

    Raises
    ------
    BadInputError
        For all of pyarrow's errors but a lack of memory.
    """
    try:
        yield
    except BadInputError:
        raise
    except pa.ArrowMemoryError:
        raise
    except (
        pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError, OverflowError
    ) as error:  # fmt: skip
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadInputError(f"{file}: not a readable Parquet file: {said[:200]}") from None


def open_parquet(handle: BinaryIO, file: str) -> pq.ParquetFile:
    """Open a Parquet file and refuse one that would unpack to far more than it can hold.

    Parameters
    ----------
    handle
        The file; it can be sought in.
    file
        How messages call it.

    Raises
    ------
    BadInputError
        When it is damaged, or a bomb.
    """
    with one_line(file):
        size = handle.seek(0, os.SEEK_END)
        handle.seek(0)
        opened = pq.ParquetFile(handle)
        about = opened.metadata
        unpacked = sum(
            max(about.row_group(i).total_byte_size, 0) for i in range(about.num_row_groups)
        )
    if about.num_rows > max(FREE_ROWS, size * ROWS_PER_BYTE) or (
        unpacked > max(FREE_BYTES, size * MAX_RATIO)
    ):
        raise BadInputError(
            f"{file}: {size:,} bytes that unpack to {about.num_rows:,} rows "
            f"({unpacked:,} bytes); no measurements do"
        )
    return opened


def parquet_blocks(handle: BinaryIO, report: ReadReport) -> Iterator[Block]:
    """Stream a Parquet pairs table; notes in the report what it says of itself.

    Raises
    ------
    BadInputError
        When it is damaged, lacks a column, has one twice, or one of a kind that cannot be read.
    """
    opened = open_parquet(handle, report.file)
    with one_line(report.file):
        schema = opened.schema_arrow
    report.stated = (schema.metadata or {}).get(METADATA_KEY)
    wanted = _wanted(schema, report.file)
    yield from _blocks(opened.iter_batches(BLOCK_ROWS, columns=wanted), wanted, report)


def table_blocks(table: pa.Table, report: ReadReport) -> Iterator[Block]:
    """Stream a pairs table that is in memory; rows are counted from 1.

    Raises
    ------
    BadInputError
        When it lacks a column, has one twice, or one of a kind that cannot be read.
    """
    wanted = _wanted(table.schema, report.file)
    yield from _blocks(iter(table.select(wanted).to_batches(BLOCK_ROWS)), wanted, report)


def _blocks(
    batches: Iterator[pa.RecordBatch], wanted: list[str], report: ReadReport
) -> Iterator[Block]:
    seen = 0
    while True:
        with one_line(report.file):
            batch = next(batches, None)
            if batch is None:
                return
            # Parquet takes a file's word that its texts are UTF-8 and its codes in range.
            batch.validate(full=True)
            columns = {name: _plain(name, batch.column(name)) for name in wanted}
        yield Block(np.arange(seen, seen + len(batch), dtype=np.int64) + 1, columns)
        seen += len(batch)


def _wanted(schema: pa.Schema, file: str) -> list[str]:
    """Columns to read: all that a pairs table must have, once, of kinds that can be read."""
    missing = [name for name in REQUIRED if name not in schema.names]
    if missing:
        raise BadInputError(f"{file}: no column {', '.join(map(repr, missing))}")
    check_distinct(schema.names, file)
    wanted = [*REQUIRED, *(name for name in OPTIONAL if name in schema.names)]
    for name in wanted:
        kind, expected = schema.field(name).type, "numbers"
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        fits = _is_text(kind) or pa.types.is_null(kind)
        if name in NAME_COLUMNS:
            fits, expected = fits or pa.types.is_integer(kind), "texts"
        else:
            fits |= any(
                test(kind) for test in (pa.types.is_integer, pa.types.is_floating, _is_decimal)
            )
        if not fits:
            raise BadInputError(f"{file}, column {name}: found {kind}, expected {expected}")
    return wanted


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def _plain(name: str, array: pa.Array) -> pa.Array:
    """A column in one of the forms that the reader knows."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if name in NAME_COLUMNS:
        return array.cast(pa.string()).dictionary_encode()
    if _is_text(array.type):
        return array.cast(pa.string())
    # Whole numbers above 2**53 lose digits that no measurement has.
    return array.cast(pa.float64(), safe=False)
