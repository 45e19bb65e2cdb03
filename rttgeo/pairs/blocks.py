"""A pairs table as a stream of blocks of raw columns: the only part that knows file formats."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from rttgeo.errors import BadInputError
from rttgeo.pairs.problems import Problem, ReadReport
from rttgeo.pairs.schema import NAME_COLUMNS, OPTIONAL_COLUMNS, REQUIRED

BLOCK_BYTES = 4 << 20
BLOCK_ROWS = 1 << 17
_OPTIONAL = tuple(column.name for column in OPTIONAL_COLUMNS)


class _Utf8:
    """A binary file whose reader is told at which line it stops being UTF-8 text."""

    closed = False

    def __init__(self, handle: BinaryIO, file: str, line: int) -> None:
        self.handle, self.file, self.line = handle, file, line
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, count: int = -1) -> bytes:
        """Read on.

        Raises
        ------
        BadInputError
            Where the bytes are not UTF-8.
        """
        data = self.handle.read(count)
        try:
            self.decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self.line + data[: error.start].count(b"\n")
            raise BadInputError(
                f"{self.file}, line {line}: not UTF-8 text (byte 0x{error.object[error.start]:02x})"
            ) from None
        self.line += data.count(b"\n")
        return data

    def close(self) -> None:
        """Leave the file to whoever opened it."""


class Block(NamedTuple):
    """Some rows: their line numbers in the file and their columns, not yet checked."""

    line: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]


def blocks(source: Path | BinaryIO, report: ReadReport) -> Iterator[Block]:
    """Stream a CSV or Parquet pairs table.

    Rows with too few or too many columns are entered in the report and left out.

    Raises
    ------
    BadInputError
        When the file cannot be opened, is empty, is not text, or lacks a column.
    """
    if isinstance(source, Path):
        if source.is_dir() or not source.exists():
            what = "is a folder" if source.is_dir() else "there is no such file"
            raise BadInputError(f"{report.file}: {what}, expected a pairs table (CSV or Parquet)")
        with source.open("rb") as handle:
            if handle.read(4) == b"PAR1":
                yield from _parquet_blocks(source, report)
                return
            handle.seek(0)
            yield from _csv_blocks(handle, report)
    else:
        yield from _csv_blocks(source, report)


def _csv_blocks(handle: BinaryIO, report: ReadReport) -> Iterator[Block]:
    header = handle.readline()
    names = _header(header, report.file)
    odd_lines: list[int] = []

    def on_odd(row: pa.csv.InvalidRow) -> str:
        # Rows are counted from the first line after the header, which was taken off above.
        odd_lines.append(row.number + 1)
        expected = f"{row.expected_columns} columns"
        found = "1 column" if row.actual_columns == 1 else f"{row.actual_columns} columns"
        report.add(Problem(row.number + 1, "", found, expected))
        report.rows += 1
        return "skip"

    wanted = [name for name in names if name in REQUIRED or name in _OPTIONAL]
    encoded = pa.dictionary(pa.int32(), pa.string())
    # One thread: with more, pyarrow does not number the odd rows.
    try:
        reader = pa.csv.open_csv(
            pa.PythonFile(_Utf8(handle, report.file, 2), mode="r"),
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=names
            ),
            parse_options=pa.csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=on_odd),
            convert_options=pa.csv.ConvertOptions(
                column_types={n: pa.string() if n == "rtt_ms" else encoded for n in wanted},
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
        seen = 0
        for batch in reader:
            line = _line_numbers(seen, len(batch), odd_lines)
            seen += len(batch)
            yield Block(line, dict(zip(batch.schema.names, batch.columns, strict=True)))
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise BadInputError(f"{report.file}: no rows below the header") from None
        raise BadInputError(f"{report.file}: not readable as CSV: {error}") from None


def _line_numbers(seen: int, count: int, odd_lines: list[int]) -> npt.NDArray[np.int64]:
    """Line in the file of good rows number ``seen`` to ``seen + count``, past the odd ones."""
    number = np.arange(seen, seen + count, dtype=np.int64)
    odd = np.sort(np.asarray(odd_lines, dtype=np.int64))
    good_before_odd = odd - 2 - np.arange(len(odd))
    return number + 2 + np.searchsorted(good_before_odd, number, side="right")


def _header(line: bytes, file: str) -> list[str]:
    """Column names from the first line; says what is wrong with it where something is."""
    try:
        text = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise BadInputError(f"{file}, line 1: not UTF-8 text, expected a header line") from None
    if not text.strip():
        raise BadInputError(f"{file}: empty, expected a header line {','.join(REQUIRED)}")
    names = [name.strip().strip('"') for name in text.split(",")]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in text and len(text.split(separator)) >= len(REQUIRED):
                raise BadInputError(
                    f"{file}, line 1: columns separated by {called}, expected commas"
                )
        raise BadInputError(
            f"{file}, line 1: no column {', '.join(map(repr, missing))}; "
            f"expected the header {','.join(REQUIRED)}"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadInputError(f"{file}, line 1: column {twice[0]!r} stands twice")
    return names


def _parquet_blocks(path: Path, report: ReadReport) -> Iterator[Block]:
    try:
        file = pa.parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInputError(f"{report.file}: not a readable Parquet file: {error}") from None
    names = file.schema_arrow.names
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadInputError(f"{report.file}: no column {', '.join(map(repr, missing))}")
    wanted = [*REQUIRED, *(name for name in _OPTIONAL if name in names)]
    seen = 0
    for batch in file.iter_batches(BLOCK_ROWS, columns=wanted):
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in NAME_COLUMNS:
            if not pa.types.is_dictionary(columns[name].type):
                columns[name] = columns[name].cast(pa.string()).dictionary_encode()
        yield Block(np.arange(seen, seen + len(batch), dtype=np.int64) + 1, columns)
        seen += len(batch)
