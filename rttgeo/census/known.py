"""Pairs of known targets in a table of any size, or of a share of them if there are too many.

Methods learn from these targets only, and audits and evaluations use only these. A hash of its name
decides whether a target is in the share, whatever else is in the table and in whatever order.

So below a share of 1, and only there, answers depend on what targets are called: with other names,
others are learnt from. What was measured cannot decide: a row must be kept or dropped as it is read,
when the target's other rows, which may come much later, are not known. Nor can the declared place, which
is in each row: all targets of one data centre would be learnt from together or not at all.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.census.landmarks import read_landmarks
from rttgeo.census.opened import BATCH_ROWS, check_columns, opened_table
from rttgeo.errors import BadInputError
from rttgeo.typing import IntArray


class KnownPairs:
    """Collects the pairs of known targets, or of a share of the targets if there are too many.

    Parameters
    ----------
    most
        Largest number of pairs to hold.

    Attributes
    ----------
    share
        Share of the targets that is kept: 1, halved as often as needed.
    seen
        Number of pairs of known targets seen so far.
    """

    def __init__(self, most: int) -> None:
        self.most, self.share, self.seen, self.held = most, 1.0, 0, 0
        self.tables: list[pa.Table] = []

    def take(self, batch: pa.RecordBatch, landmarks: pa.Array) -> None:
        """Add rows, keeping those that are in the share.

        Parameters
        ----------
        batch
            Rows of a pairs table.
        landmarks
            Names of landmarks, as texts: a target with such a name is at the landmark's place.
        """
        known = batch.filter(known_rows(batch, landmarks))
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
        """Return all pairs held.

        Returns
        -------
        pyarrow.Table
            The pairs, in the order of the rows.
        """
        return pa.concat_tables(self.tables)


def read_known(source: Path, most: int) -> KnownPairs:
    """Read the pairs of the known targets in a table of any size.

    Parameters
    ----------
    source
        A pairs table as Parquet.
    most
        Largest number of pairs to hold.

    Returns
    -------
    KnownPairs
        The pairs, or those of a share of the targets.

    Raises
    ------
    BadInputError
        When this is not a pairs table, or no target has a known place.
    """
    found = KnownPairs(most)
    with opened_table(source) as opened:
        check_columns(opened, source)
        landmarks = pa.array(sorted(read_landmarks(source).names()), pa.string())
        for batch in opened.iter_batches(BATCH_ROWS):
            found.take(batch, landmarks)
    if not found.tables:
        raise BadInputError(f"{source}: no target has a known place, but this needs some")
    return found


def lots(names: Any) -> IntArray:
    """Hash each name to a number from 0 to 2^32, independent of all other names.

    Parameters
    ----------
    names
        Texts, as an Arrow array.

    Returns
    -------
    numpy.ndarray
        Numbers, one per name; equal names have equal numbers.
    """
    coded = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    coded = coded.cast(pa.string()).dictionary_encode()
    drawn = [zlib.crc32(str(name).encode()) for name in coded.dictionary.to_pylist()]
    found: IntArray = np.array([*drawn, 0], dtype=np.int64)[
        coded.indices.fill_null(len(drawn)).to_numpy(False)
    ]
    return found


def known_rows(batch: pa.RecordBatch, landmarks: pa.Array) -> pa.Array:
    """Mark the rows of targets whose place is known.

    Parameters
    ----------
    batch
        Rows of a pairs table.
    landmarks
        Names of landmarks, as texts without spaces around them.

    Returns
    -------
    pyarrow.Array
        True where the row states a place, or the target has the name of a landmark.
    """
    stated = pc.is_valid(_floats(batch, "target_lat"))
    target = batch.column("target")
    coded = target if pa.types.is_dictionary(target.type) else target.dictionary_encode()
    names = pc.utf8_trim_whitespace(coded.dictionary.cast(pa.string()))
    also = pc.is_in(names, landmarks)
    if not pc.any(also).as_py():
        return stated
    return pc.or_(stated, also.take(coded.indices).fill_null(False))


def _floats(table: Any, name: str) -> Any:
    """A column of degrees, null where a cell is empty or not a number."""
    column = table.column(name)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), None, text)


def _by_lot(table: pa.Table, share: float) -> pa.Table:
    if share >= 1:
        return table
    return table.filter(pa.array(lots(table["target"]) < share * 2**32))
