"""From a pairs table to a `Mesh`: check each row, give each node one place, each pair one row."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import is_blank, printable
from rttgeo.mesh import OPTIONAL_PAIR_COLUMNS, Mesh, Provenance, nodes
from rttgeo.pairs.blocks import blocks
from rttgeo.pairs.cells import blank_rows, floats, is_null
from rttgeo.pairs.frames import Frame, arrow_table, is_frame
from rttgeo.pairs.hints import unit_hint
from rttgeo.pairs.parquet import Block
from rttgeo.pairs.places import NodeNumbers
from rttgeo.pairs.problems import BadRowsWarning, DoubtWarning, Problem, ReadReport
from rttgeo.pairs.schema import (
    MAY_BE_ABSENT,
    NAME_EXPECTED,
    NUMBER_COLUMNS,
    OPTIONAL_COLUMNS,
    REQUIRED,
    Column,
)
from rttgeo.pairs.stated import stated_provenance

MOST_UNUSED = 100_000
"""Pairs that are left out and kept by name: of a larger table it is enough to count its rows."""
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d+\s*")


def read_mesh(
    path: str | Path | BinaryIO | Frame,
    *,
    skip_bad: bool = False,
    provenance: Provenance | None = None,
) -> Mesh:
    """Read a pairs table into a `Mesh`: CSV, Parquet, or a table in memory.

    Parameters
    ----------
    path
        A file, an open binary file such as ``sys.stdin.buffer``, or a table from pandas, polars or
        any library that exports Arrow columns, with the columns of `rttgeo.pairs.schema`. Rows of a
        table in memory are counted from 1.
    skip_bad
        Skip bad rows, with a warning that counts them by reason, instead of raising an error.
    provenance
        Where the measurements come from; by default what the file states, or else its name.

    Returns
    -------
    Mesh
        A mesh whose nodes are sorted by name, whatever the order of the rows.

    Raises
    ------
    BadInputError
        When a row is bad: one line that names file, line and column, what was found, and what was
        expected.

    Warns
    -----
    BadRowsWarning
        When rows were left out.
    DoubtWarning
        When the round-trip times seem to be in another unit, a node's place differs slightly from
        row to row, or the metadata file beside the table describes another table.
    """
    mesh, report = read_mesh_report(path, skip_bad=skip_bad, provenance=provenance)
    if report.skipped:
        warnings.warn(report.text(), BadRowsWarning, stacklevel=2)
    for line in report.doubts():
        warnings.warn(line, DoubtWarning, stacklevel=2)
    return mesh


def read_mesh_report(
    path: str | Path | BinaryIO | Frame,
    *,
    skip_bad: bool = False,
    provenance: Provenance | None = None,
    progress: bool = False,
) -> tuple[Mesh, ReadReport]:
    """Read a mesh like `read_mesh`, but return a `ReadReport` with it instead of warning.

    Parameters
    ----------
    path
        A file, an open binary file, or a table in memory.
    skip_bad
        Skip bad rows and count them in the report, instead of raising an error.
    provenance
        Where the measurements come from; by default what the table states.
    progress
        Whether to show a progress bar on standard error once reading takes two seconds.

    Returns
    -------
    tuple of (Mesh, ReadReport)
        The mesh, and what was left out.

    Raises
    ------
    BadInputError
        When a row is bad (the message names file, line and column of the first), or no pair can be
        used.
    """
    source, file = _source(path)
    report = ReadReport(file)
    reader = _Reader(report)
    with tqdm(
        unit=" rows",
        unit_scale=True,
        desc=printable(f"Reading {file}"),
        delay=2,
        disable=not progress,
    ) as bar:
        for block in blocks(source, report):
            reader.take(block)
            bar.update(len(block.line))
            if not skip_bad:
                report.raise_first()
    if not skip_bad:
        report.raise_first()
    told = provenance
    if told is None:
        told, report.not_its_own = stated_provenance(source, file, report.stated)
    mesh = reader.mesh(told)
    if not skip_bad:
        report.raise_first()
    report.hint = unit_hint(mesh)
    if not len(mesh):
        raise BadInputError(
            f"{file}: no usable pair in {number_of(report.rows, 'row')}"
            + (f" ({report.text()})" if report.skipped else "")
        )
    return mesh, report


def _source(path: str | Path | BinaryIO | Frame) -> tuple[Path | BinaryIO | pa.Table, str]:
    """What to read from, and how to call it in messages."""
    if isinstance(path, (str, Path)):
        return Path(path), str(path)
    if is_frame(path):
        must = tuple(name for name in REQUIRED if name not in MAY_BE_ABSENT)
        return arrow_table(path, must, (*MAY_BE_ABSENT, *OPTIONAL_PAIR_COLUMNS)), "table"
    if not hasattr(path, "read"):
        raise BadInputError(
            f"a pairs table is a file, its path, or a table in memory, not a {type(path).__name__}"
        )
    return cast("BinaryIO", path), str(getattr(path, "name", "<input>"))


class _Rows(NamedTuple):
    """Checked rows: numbers of the nodes, their lines in the file, the measured columns."""

    line: npt.NDArray[np.int64]
    landmark: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    measured: dict[str, npt.NDArray[np.float64]]


class _Reader:
    """Takes blocks, gives a mesh. Holds one compact row a pair: the text is gone by then."""

    def __init__(self, report: ReadReport) -> None:
        self.report = report
        self.nodes = NodeNumbers()
        self.taken: list[_Rows] = []
        self.unused: set[tuple[int, ...]] = set()

    def take(self, block: Block) -> None:
        """Check a block's rows and keep the good ones."""
        self.report.rows += len(block.line)
        good = ~blank_rows(block)
        self.report.rows -= int((~good).sum())
        names, meant = {}, good.copy()
        for column in ("landmark", "target"):
            names[column] = self._names(block, column, good)
        values = {c.name: self._numbers(block, c, good) for c in NUMBER_COLUMNS}
        for optional in OPTIONAL_COLUMNS:
            if optional.name in block.columns:
                values[optional.name] = self._numbers(block, optional, good)
        if "resolution_ms" in values:
            # A mesh holds what an RTT can be at most: only that makes a bound.
            values["rtt_ms"] = values["rtt_ms"] + np.nan_to_num(values["resolution_ms"])
        for role in ("landmark", "target"):
            names[role] = self._places(block.line, names[role], values, role, good)
        myself = good & (names["landmark"] == names["target"])
        self.report.self_pairs += int(myself.sum())
        good &= ~myself
        self._keep_unused(names, meant & ~good & ~myself)
        measured = {c: values[c][good] for c in ("rtt_ms", *OPTIONAL_PAIR_COLUMNS) if c in values}
        self.taken.append(
            _Rows(block.line[good], names["landmark"][good], names["target"][good], measured)
        )

    def _keep_unused(
        self, names: dict[str, npt.NDArray[np.int32]], lost: npt.NDArray[np.bool_]
    ) -> None:
        """Keep who measured whom in rows that are left out, as far as they say so."""
        rows = np.flatnonzero(lost & (names["landmark"] >= 0) & (names["target"] >= 0))
        if rows.size and len(self.unused) < MOST_UNUSED:
            ends = np.stack([names["target"][rows], names["landmark"][rows]], axis=1)
            self.unused |= set(map(tuple, np.unique(ends, axis=0).tolist()))

    def mesh(self, provenance: Provenance) -> Mesh:
        """Put the blocks together; duplicate pairs are bad rows, of which the lowest RTT stays."""
        line = _joined([rows.line for rows in self.taken], np.int64)
        landmark = _joined([rows.landmark for rows in self.taken], np.int32)
        target = _joined([rows.target for rows in self.taken], np.int32)
        columns = self.taken[0].measured.keys() if self.taken else ["rtt_ms"]
        measured = {c: _joined([r.measured[c] for r in self.taken], np.float64) for c in columns}
        self.taken.clear()
        names = np.array(self.nodes.labels(), dtype=object)
        self._tell(names)
        # Nodes are sorted by name: the order of a file's rows means nothing.
        by_name = np.argsort(names, kind="stable")
        tables, row = {}, {}
        for role, codes in (("landmark", landmark), ("target", target)):
            used = np.zeros(len(names), dtype=bool)
            used[codes] = True
            present = by_name[used[by_name]]
            number = np.empty(len(names), dtype=np.int32)
            number[present] = np.arange(len(present), dtype=np.int32)
            row[role] = number[codes]
            tables[role] = nodes(names[present], *self.nodes.lonlat[present].T)
        known = [str(name) for name in tables["landmark"].index]
        marked = [name for name in known if name.startswith("#")]
        self.report.marked = marked if len(marked) < len(known) else []
        order = self._distinct(row["target"], row["landmark"], measured["rtt_ms"], line)
        ordered = row | measured
        if order is not None:
            ordered = {name: values[order] for name, values in ordered.items()}
        self.report.kept = len(ordered["rtt_ms"])
        frame = pd.DataFrame(ordered, copy=False)
        made = Mesh.build(tables["landmark"], tables["target"], frame, provenance)
        return made.without_use_of((names[to], names[one]) for to, one in self.unused)

    def _distinct(
        self,
        target: npt.NDArray[np.int32],
        landmark: npt.NDArray[np.int32],
        rtt_ms: npt.NDArray[np.float64],
        line: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64] | None:
        """Rows in the order of a mesh's pairs, each pair once: the one with the lowest RTT.

        None for rows that are all of them in that order already.
        """
        key = target.astype(np.int64) * (1 + int(landmark.max(initial=0))) + landmark
        if (key[1:] > key[:-1]).all():
            return None
        order = np.argsort(key, kind="stable")
        again = np.zeros(len(order), dtype=bool)
        again[1:] = key[order][1:] == key[order][:-1]
        if not again.any():
            return order
        order = np.lexsort((line, rtt_ms, key))
        self._report_duplicates(line, order, again)
        return order[~again]

    def _report_duplicates(
        self,
        line: npt.NDArray[np.int64],
        order: npt.NDArray[np.int64],
        again: npt.NDArray[np.bool_],
    ) -> None:
        where = np.flatnonzero(again)
        if not where.size:
            return
        lines = np.sort(np.stack([line[order[where]], line[order[where - 1]]]), axis=0)
        first = int(np.argmin(lines[1]))
        found = f"the pair of line {lines[0, first]} again"
        problem = Problem(int(lines[1, first]), "", found, "each pair of landmark and target once")
        self.report.add(problem, len(where))

    def _names(
        self, block: Block, column: str, good: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int32]:
        """Numbers of the nodes named in a column; an empty name is a bad row."""
        array = block.columns[column]
        texts = [(text or "").strip() for text in array.dictionary.to_pylist()]
        codes = self.nodes.numbers("" if is_blank(text) else text for text in texts or [""])
        position = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
        found = np.where(is_null(array), -1, codes[position])
        self._bad(block.line, good & (found < 0), good, column, NAME_EXPECTED, lambda _: "")
        return found

    def _numbers(
        self, block: Block, column: Column, good: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float64]:
        """A numeric column as floats; what is not a number in range is a bad row."""
        array = block.columns[column.name]
        values, empty = floats(array)
        right = (values >= column.low) & (values <= column.high)
        if column.whole:
            right &= values == np.round(values)
        if column.may_be_empty:
            right |= empty
        bad = good & ~right
        self._bad(
            block.line,
            bad,
            good,
            column.name,
            column.expected,
            lambda i: str(array[int(i)].as_py()),
        )
        return values

    def _places(
        self,
        line: npt.NDArray[np.int64],
        code: npt.NDArray[np.int32],
        values: dict[str, npt.NDArray[np.float64]],
        role: str,
        good: npt.NDArray[np.bool_],
    ) -> npt.NDArray[np.int32]:
        """Numbers of the nodes once each has one place: the first that a row states for it.

        A probe that moved is two vantage points: a name's second place is a node of its own.
        """
        lon, lat = values[f"{role}_lon"], values[f"{role}_lat"]
        known, also = ~np.isnan(lon), ~np.isnan(lat)
        half = good & (known != also)
        self._bad(
            line, half, good, f"{role}_lon", "both coordinates or neither", lambda i: "one of them"
        )
        stated = good & known & also
        if stated.all():
            return self.nodes.place(code, lon, lat)
        placed = code.copy()
        placed[stated] = self.nodes.place(code[stated], lon[stated], lat[stated])
        return placed

    def _tell(self, labels: npt.NDArray[np.object_]) -> None:
        """Enter in the report which names stood at more than one place."""
        self.report.moved = [str(labels[number]) for number in self.nodes.split]
        self.report.nudged_km = {
            str(labels[number]): away for number, away in self.nodes.nudged_km.items()
        }

    def _bad(self, line, bad, good, column, expected, found) -> None:  # type: ignore[no-untyped-def]
        """Enter bad rows in the report and take them out of the good ones."""
        rows = np.flatnonzero(bad)
        if rows.size:
            first = rows[0]
            text = found(first)
            point = " with a decimal point, not a comma" if _DECIMAL_COMMA.fullmatch(text) else ""
            problem = Problem(int(line[first]), column, text, expected + point)
            self.report.add(problem, len(rows))
            good[rows] = False


def _joined(parts: list[npt.NDArray[Any]], dtype: type) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)
