"""The landmarks of a table of any size, so that each piece of the table has the same ones.

A method must know every landmark when it learns, whichever rows it learns from, and a piece of the
table must give the landmarks the same numbers. So each place of each landmark is collected once, as
a row of a pairs table (`witness_rows`), and these rows are read together with those of each piece.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.census.opened import BATCH_ROWS, opened_table
from rttgeo.kernels.tabulating import one_place_each
from rttgeo.pairs.schema import NUMBER_COLUMNS

COLUMNS = ("landmark", "landmark_lat", "landmark_lon")
WITNESS = "landmarks of the whole table"
"""Name of the target that `witness_rows` makes up; with a star if a table has such a target."""
WITNESS_MS = 1.0
"""Its round-trip times: any that a pairs table may hold, since no one uses them."""


class Landmarks:
    """Collects each landmark with each of its places, in the order of the rows.

    Attributes
    ----------
    columns
        The columns that it needs.
    rows
        Tables of these columns as they are in the source, one row per name and place.
    """

    columns = COLUMNS

    def __init__(self) -> None:
        self.rows: list[pa.Table] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._names: pa.Array | None = None
        self._places = np.empty(0), np.empty(0)

    def take(self, batch: pa.RecordBatch) -> None:
        """Examine some rows.

        Parameters
        ----------
        batch
            Rows of a pairs table with at least `COLUMNS`.
        """
        name = batch.column("landmark")
        coded = name if pa.types.is_dictionary(name.type) else name.dictionary_encode()
        if not self._all_seen(coded, batch):
            frame = pd.DataFrame(
                {"code": coded.indices.to_pandas()}
                | {one: batch.column(one).to_pandas() for one in COLUMNS[1:]}
            )
            first = np.flatnonzero(~frame.duplicated().to_numpy())
            self._add(batch.select(COLUMNS).take(pa.array(first)))

    def names(self) -> set[str]:
        """Names of the landmarks, without spaces around them.

        Returns
        -------
        set of str
            The names.
        """
        return {name for name, _, _ in self._seen}

    def table(self) -> pa.Table | None:
        """Return the rows with a possible place.

        Returns
        -------
        pyarrow.Table or None
            The rows, in the order of the source; None if there are none.
        """
        return pa.concat_tables(self.rows) if self.rows else None

    def _all_seen(self, coded: pa.DictionaryArray, batch: pa.RecordBatch) -> bool:
        """Whether each row names a landmark that has been seen before, at its one place."""
        lat, lon = (batch.column(one) for one in COLUMNS[1:])
        floats = all(pa.types.is_float64(one.type) and not one.null_count for one in (lat, lon))
        if coded.indices.null_count or not floats:
            return False
        if self._names is None or not coded.dictionary.equals(self._names):
            self._names = coded.dictionary
            self._places = np.full(len(self._names), np.nan), np.full(len(self._names), np.nan)
        before = np.isfinite(self._places[0]).sum()
        code = coded.indices.cast(pa.int32()).to_numpy()
        fine = one_place_each(code, lon.to_numpy(), lat.to_numpy(), False, *self._places)
        if not fine:
            self._names = None
        return bool(fine) and bool(np.isfinite(self._places[0]).sum() == before)

    def _add(self, rows: pa.RecordBatch) -> None:
        texts = [rows.column(one).cast(pa.string()).to_pylist() for one in COLUMNS]
        keys = [
            (str(name).strip(), str(lat), str(lon)) for name, lat, lon in zip(*texts, strict=True)
        ]
        new = [
            i
            for i, key in enumerate(keys)
            if key not in self._seen and texts[0][i] is not None and key[0] and _possible(*key[1:])
        ]
        self._seen.update(keys[i] for i in new)
        if new:
            self.rows.append(pa.Table.from_batches([rows.take(pa.array(new))]))


def read_landmarks(source: Path) -> Landmarks:
    """Collect the landmarks of a table.

    Parameters
    ----------
    source
        A pairs table as Parquet.

    Returns
    -------
    Landmarks
        Every landmark that a row names.

    Raises
    ------
    BadInputError
        When this is not readable as Parquet.
    """
    found = Landmarks()
    with opened_table(source) as opened:
        for batch in opened.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
            if len(batch):
                found.take(batch)
    return found


def witness_name(pairs: pa.Table) -> str:
    """Choose a name for the target that `witness_rows` makes up.

    Parameters
    ----------
    pairs
        Rows of a pairs table.

    Returns
    -------
    str
        `WITNESS`, or a longer name if a target or landmark of these rows is called that.
    """
    name = WITNESS
    while any(_holds(pairs[column], name) for column in ("landmark", "target")):
        name += "*"
    return name


def _holds(names: pa.ChunkedArray, name: str) -> bool:
    distinct = (
        [chunk.dictionary for chunk in names.chunks]
        if pa.types.is_dictionary(names.type)
        else [pc.unique(names)]
    )
    return any(pc.any(pc.equal(one.cast(pa.string()), name)).as_py() for one in distinct)


def witness_rows(landmarks: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """Make rows of a pairs table that name every landmark at each of its places.

    Parameters
    ----------
    landmarks
        The table of `Landmarks`.
    schema
        Columns of the pairs table that the rows are to be read with.
    name
        Name to give the one target of these rows, whose place is unknown.

    Returns
    -------
    pyarrow.Table
        With these columns, one row for each of ``landmarks``.
    """
    n = len(landmarks)
    filled: dict[str, Any] = {"target": [name] * n, "rtt_ms": [WITNESS_MS] * n}
    columns = []
    for field in schema:
        if field.name in COLUMNS:
            column = landmarks[field.name].cast(_plain(field.type))
        elif field.name in filled:
            column = pa.array(filled[field.name]).cast(_plain(field.type))
        else:
            column = pa.nulls(n, _plain(field.type))
        columns.append(column.cast(field.type) if column.type != field.type else column)
    return pa.table(columns, schema=schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of what a dictionary holds."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _possible(lat: str, lon: str) -> bool:
    """Whether this is a place; rows that state none are named where they stand."""
    for text, column in zip((lat, lon), NUMBER_COLUMNS[:2], strict=True):
        try:
            value = float(text)
        except ValueError:
            return False
        if not (math.isfinite(value) and column.low <= value <= column.high):
            return False
    return True
