"""A pairs table as Parquet, opened to be read piece by piece."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from rttgeo.errors import BadInputError
from rttgeo.machine.parquet import one_line, open_parquet
from rttgeo.pairs.hints import range_hint
from rttgeo.pairs.schema import REQUIRED

BATCH_ROWS = 1 << 17


@contextlib.contextmanager
def opened_table(source: Path) -> Iterator[pq.ParquetFile]:
    """Open a table as Parquet, to read it piece by piece.

    Parameters
    ----------
    source
        The file.

    Yields
    ------
    pyarrow.parquet.ParquetFile
        The open file.

    Raises
    ------
    BadInputError
        When there is no such file, or it is not readable as Parquet; also for errors within the
        ``with`` block.
    """
    if not source.is_file():
        raise BadInputError(f"{source}: there is no such file, expected a pairs table as Parquet")
    with source.open("rb") as handle, one_line(str(source)):
        yield open_parquet(handle, str(source))


def check_columns(opened: pq.ParquetFile, source: Path) -> None:
    """Check that a table has every column that a pairs table needs.

    Parameters
    ----------
    opened
        The table.
    source
        Name of the table, for the message.

    Raises
    ------
    BadInputError
        When columns are missing; the message names them.
    """
    names = opened.schema_arrow.names
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadInputError(f"{source}: no column {', '.join(map(repr, missing))}")


def doubts(opened: pq.ParquetFile) -> str:
    """Ask about the unit of a table's round-trip times, by what its row groups state about them.

    Parameters
    ----------
    opened
        The table, with the columns of a pairs table.

    Returns
    -------
    str
        A sentence, or "" when nothing is wrong, or nothing is stated.
    """
    about = opened.metadata
    names = [about.schema.column(i).path for i in range(about.num_columns)]
    column = names.index("rtt_ms")
    stated = [about.row_group(i).column(column).statistics for i in range(about.num_row_groups)]
    ranges = [
        (float(one.min), float(one.max))
        for one in stated
        if one is not None and one.has_min_max and isinstance(one.max, (int, float))
    ]
    if not ranges or len(ranges) < len(stated):
        return ""
    return range_hint(min(low for low, _ in ranges), max(high for _, high in ranges))
