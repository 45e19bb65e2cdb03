"""Rows of a table by target: where shards can begin, or files for a table in any other order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rttgeo.census.known import lots
from rttgeo.census.opened import BATCH_ROWS, opened_table
from rttgeo.machine.files import writing
from rttgeo.pairs.schema import OPTIONAL, REQUIRED
from rttgeo.typing import IntArray

MOST_RUNS = 20_000_000
"""Targets whose names are remembered to check that their rows are together: 160 MB."""
PART_ROWS = 1 << 15
"""Rows of a part to hold before writing them: a few hundred megabytes for a hundred parts."""


class Grouping:
    """Checks whether each target's rows are together, and finds where shards can begin.

    Parameters
    ----------
    shard_pairs
        Least number of pairs in a shard, but for the last one.
    """

    def __init__(self, shard_pairs: int) -> None:
        self.shard_pairs = shard_pairs
        self.cuts, self.at, self.n_runs = [0], 0, 0
        self.last: Any = None
        self.hashes: list[np.ndarray] = []

    def take(self, target: pa.Array) -> None:
        """Examine some rows.

        Parameters
        ----------
        target
            The names of their targets.
        """
        coded = target.indices if pa.types.is_dictionary(target.type) else target
        first = np.ones(len(target), dtype=bool)
        first[1:] = pc.not_equal(coded[1:], coded[:-1]).to_numpy(zero_copy_only=False)
        begins = np.flatnonzero(first)
        names = self._texts(target, begins)
        first[0] = self.last is None or self.last != names[0]
        self.last = names[-1]
        if not first[0]:
            begins, names = begins[1:], names[1:]
        self.n_runs += len(begins)
        if self.n_runs <= MOST_RUNS:
            self.hashes.append(pd.util.hash_array(names))
        for where in (self.at + begins).tolist():
            if where - self.cuts[-1] >= self.shard_pairs:
                self.cuts.append(where)
        self.at += len(target)

    @staticmethod
    def _texts(target: pa.Array, begins: IntArray) -> Any:
        """Names at some rows, as texts."""
        names = target.take(pa.array(begins)).cast(pa.string())
        texts = names.to_numpy(zero_copy_only=False)
        return texts.astype(str).astype(object) if names.null_count else texts

    def bounds(self) -> list[int]:
        """Return where shards begin.

        Returns
        -------
        list of int
            First rows of the shards, and the end; empty for a table that is not grouped.
        """
        if self.n_runs > MOST_RUNS or not self.at:
            return []
        hashes = np.concatenate(self.hashes)
        return [*self.cuts, self.at] if len(np.unique(hashes)) == len(hashes) else []


def batches(source: Path, start: int, stop: int, at_once: int) -> Iterator[pa.RecordBatch]:
    """Read rows ``start:stop`` of a table, from the row groups that hold them.

    Parameters
    ----------
    source
        The table.
    start, stop
        Number of the first row, and of the one after the last.
    at_once
        Row groups of at most so many rows together are read whole, which is faster.

    Yields
    ------
    pyarrow.RecordBatch
        The rows, with the columns of a pairs table.

    Raises
    ------
    BadInputError
        When the table is not readable as Parquet.
    """
    with opened_table(source) as opened:
        about = opened.metadata
        sizes = [about.row_group(i).num_rows for i in range(about.num_row_groups)]
        first = np.concatenate([[0], np.cumsum(sizes)])
        groups = [i for i in range(len(sizes)) if first[i] < stop and first[i + 1] > start]
        at = int(first[groups[0]]) if groups else 0
        wanted = [name for name in opened.schema_arrow.names if name in (*REQUIRED, *OPTIONAL)]
        # A whole row group is read in half the time of its batches, but there is no limit to its size.
        batches: Any = (
            opened.read_row_groups(groups, columns=wanted, use_threads=False).to_batches()
            if sum(sizes[i] for i in groups) <= at_once
            else opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=wanted)
        )
        for batch in batches:
            low, high = max(start - at, 0), min(stop - at, len(batch))
            at += len(batch)
            if low < high:
                yield batch.slice(low, high - low)


def partition(source: Path, folder: Path, parts: int) -> None:
    """Distribute the rows over several files, by a hash of the target's name.

    Parameters
    ----------
    source
        The table.
    folder
        Folder for the files, ``part-00000.parquet`` and so on.
    parts
        Number of files.
    """
    with contextlib.ExitStack() as stack, opened_table(source) as opened:
        schema = opened.schema_arrow
        files = [
            stack.enter_context(writing(folder / f"part-{part:05d}.parquet"))
            for part in range(parts)
        ]
        writers = [
            stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
            for file in files
        ]
        held: list[list[pa.RecordBatch]] = [[] for _ in range(parts)]
        rows = np.zeros(parts, np.int64)
        for batch in opened.iter_batches(BATCH_ROWS):
            part = lots(batch.column("target")) % parts
            order = np.argsort(part, kind="stable")
            cuts = np.searchsorted(part[order], np.arange(parts + 1))
            ordered = batch.take(pa.array(order))
            for one in np.flatnonzero(np.diff(cuts)).tolist():
                held[one].append(ordered.slice(cuts[one], cuts[one + 1] - cuts[one]))
                rows[one] += cuts[one + 1] - cuts[one]
                if rows[one] >= PART_ROWS:
                    writers[one].write_table(pa.Table.from_batches(held[one]))
                    held[one], rows[one] = [], 0
        for writer, batches in zip(writers, held, strict=True):
            if batches:
                writer.write_table(pa.Table.from_batches(batches))
