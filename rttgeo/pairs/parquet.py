"""A Parquet file as blocks of raw columns: checked before it is read, and while."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rttgeo.errors import BadInputError
from rttgeo.machine.parquet import one_line, open_parquet
from rttgeo.pairs.problems import ReadReport
from rttgeo.pairs.schema import (
    MAY_BE_ABSENT,
    NAME_COLUMNS,
    OPTIONAL,
    REQUIRED,
    check_distinct,
    missing_columns,
)
from rttgeo.pairs.stated import METADATA_KEY

BLOCK_ROWS = 1 << 17


class Block(NamedTuple):
    """Some rows: their line numbers in the file and their columns, not yet checked.

    Names are codes of distinct texts; other columns texts, codes of texts, or float64.
    """

    line: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]


def parquet_blocks(handle: BinaryIO, report: ReadReport) -> Iterator[Block]:
    """Stream a Parquet pairs table; notes in the report what it says of itself.

    Parameters
    ----------
    handle
        The open file, which must be seekable.
    report
        Its ``file`` names the source in messages; takes what the file says of itself.

    Yields
    ------
    Block
        Some rows in the order of the file, not yet checked.

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

    Parameters
    ----------
    table
        The pairs table.
    report
        Its ``file`` names the table in messages.

    Yields
    ------
    Block
        Some rows in the order of the table, not yet checked.

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
        line = np.arange(seen, seen + len(batch), dtype=np.int64) + 1
        yield Block(line, with_places(columns, len(batch)))
        seen += len(batch)


def with_places(columns: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
    """Add empty coordinates of targets where a table has no columns for them.

    Parameters
    ----------
    columns
        Columns of a block.
    rows
        How many rows it has.

    Returns
    -------
    dict of str to pyarrow.Array
        With both of `MAY_BE_ABSENT`.
    """
    absent = {name: pa.nulls(rows, pa.float64()) for name in MAY_BE_ABSENT if name not in columns}
    return columns | absent


def _wanted(schema: pa.Schema, file: str) -> list[str]:
    """Columns to read: all that a pairs table must have, once, of kinds that can be read."""
    missing = missing_columns(schema.names)
    if missing:
        raise BadInputError(f"{file}: no column {', '.join(map(repr, missing))}")
    check_distinct(schema.names, file)
    wanted = [name for name in (*REQUIRED, *OPTIONAL) if name in schema.names]
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
