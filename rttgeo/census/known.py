"""Pairs of the targets of known place in a table that need not fit in memory; of too many, a share.

What a method learns from, what an audit asks and what an evaluation tries are only these. Which targets
are in a share is decided by a lot over their names, whatever else is in the table and in whatever order.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError
from rttgeo.machine.parquet import one_line, open_parquet
from rttgeo.pairs.schema import REQUIRED
from rttgeo.typing import IntArray

BATCH_ROWS = 1 << 17


@contextlib.contextmanager
def opened_table(source: Path) -> Iterator[pq.ParquetFile]:
    """Open a table as Parquet, to be read piece by piece.

    Parameters
    ----------
    source
        The file.

    Yields
    ------
    pyarrow.parquet.ParquetFile
        Open.

    Raises
    ------
    BadInputError
        When there is no such file, or it is no readable Parquet; also from within the block.
    """
    if not source.is_file():
        raise BadInputError(f"{source}: no such file, expected a pairs table as Parquet")
    with source.open("rb") as handle, one_line(str(source)):
        yield open_parquet(handle, str(source))


def check_columns(opened: pq.ParquetFile, source: Path) -> None:
    """Refuse a table without a column that every pairs table has.

    Parameters
    ----------
    opened
        The table.
    source
        How to call it.

    Raises
    ------
    BadInputError
        Naming the columns that are missing.
    """
    names = opened.schema_arrow.names
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadInputError(f"{source}: no column {', '.join(map(repr, missing))}")


class KnownPairs:
    """Pairs of targets of known place; of too many, those of a share of the targets.

    Parameters
    ----------
    most
        Pairs that are held at most.

    Attributes
    ----------
    share
        Of the targets: 1, or as often halved as was needed.
    seen
        Pairs of known targets that were looked at.
    """

    def __init__(self, most: int) -> None:
        self.most, self.share, self.seen, self.held = most, 1.0, 0, 0
        self.tables: list[pa.Table] = []

    def take(self, batch: pa.RecordBatch) -> None:
        """Keep what some rows hold.

        Parameters
        ----------
        batch
            Rows of a pairs table.
        """
        known = batch.filter(pc.is_valid(_floats(batch, "target_lat")))
        if not len(known):
            return
        self.seen += len(known)
        self.tables.append(_by_lot(pa.Table.from_batches([known]), self.share))
        self.held += len(self.tables[-1])
        while self.held > self.most:
            self.share /= 2
            self.tables = [_by_lot(pa.concat_tables(self.tables), self.share)]
            self.held = len(self.tables[0])

    def table(self) -> pa.Table:
        """All that is held.

        Returns
        -------
        pyarrow.Table
            In the order of the rows.
        """
        return pa.concat_tables(self.tables)


def read_known(source: Path, most: int) -> KnownPairs:
    """Read the pairs of the targets of known place of a table of any size.

    Parameters
    ----------
    source
        A pairs table as Parquet.
    most
        Pairs that are held at most.

    Returns
    -------
    KnownPairs
        They, or a share.

    Raises
    ------
    BadInputError
        When it is no pairs table, or no target has a known place.
    """
    found = KnownPairs(most)
    with opened_table(source) as opened:
        check_columns(opened, source)
        for batch in opened.iter_batches(BATCH_ROWS):
            found.take(batch)
    if not found.tables:
        raise BadInputError(f"{source}: no target has a known place, which is what this asks about")
    return found


def lots(names: Any) -> IntArray:
    """A number from 0 to 2^32 by each name alone, whoever else is there.

    Parameters
    ----------
    names
        Texts, as an Arrow array.

    Returns
    -------
    numpy.ndarray
        Of the same length; the same name has the same number.
    """
    coded = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    coded = coded.cast(pa.string()).dictionary_encode()
    drawn = [zlib.crc32(str(name).encode()) for name in coded.dictionary.to_pylist()]
    found: IntArray = np.array([*drawn, 0], dtype=np.int64)[
        coded.indices.fill_null(len(drawn)).to_numpy(False)
    ]
    return found


def _floats(table: Any, name: str) -> Any:
    """A column of degrees, nothing where it is empty or no number."""
    column = table.column(name)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), None, text)


def _by_lot(table: pa.Table, share: float) -> pa.Table:
    if share >= 1:
        return table
    return table.filter(pa.array(lots(table["target"]) < share * 2**32))
