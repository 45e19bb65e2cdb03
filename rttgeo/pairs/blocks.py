"""A pairs table as a stream of blocks of raw columns, whatever form it has: decided by content."""

from __future__ import annotations

import codecs
import csv
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import from_csv_cell
from rttgeo.machine.opening import opened
from rttgeo.machine.parquet import MAGIC
from rttgeo.machine.separators import Decimals, in_small_letters, is_blank_line, separator_of
from rttgeo.pairs.decimals import with_points
from rttgeo.pairs.headers import EXPECTED, NEEDED, wrong_header
from rttgeo.pairs.parquet import Block, parquet_blocks, table_blocks, with_places
from rttgeo.pairs.problems import Problem, ReadReport
from rttgeo.pairs.schema import NAME_COLUMNS, OPTIONAL, REQUIRED, check_distinct, missing_columns

BLOCK_BYTES = 4 << 20


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
                f"{self.file}, line {line}: not UTF-8 text (byte 0x{error.object[error.start]:02x}); "
                "save it as UTF-8"
            ) from None
        self.line += data.count(b"\n")
        return data

    def close(self) -> None:
        """Leave the file to whoever opened it."""


def blocks(source: Path | BinaryIO | pa.Table, report: ReadReport) -> Iterator[Block]:
    """Stream a CSV or Parquet pairs table; its first bytes say which it is, never its name.

    Rows with too few or too many columns are entered in the report and left out.

    Parameters
    ----------
    source
        A file, an open binary file, or a table in memory.
    report
        Its ``file`` names the source in messages; takes the bad rows.

    Yields
    ------
    Block
        Some rows in the order of the table, not yet checked.

    Raises
    ------
    BadInputError
        When the file cannot be opened, is empty, is not text, or lacks a column.
    """
    if isinstance(source, pa.Table):
        yield from table_blocks(source, report)
        return
    if isinstance(source, Path) and source.is_dir():
        raise BadInputError(f"{report.file}: is a folder, {EXPECTED}")
    if isinstance(source, Path) and not source.exists():
        raise BadInputError(f"{report.file}: there is no such file, {EXPECTED}")
    if _is_parquet(source):
        with _seekable(source) as handle:
            yield from parquet_blocks(handle, report)
        return
    with opened(source, name=report.file) as text:
        if text.peek(4)[:4] == MAGIC:  # type: ignore[attr-defined]
            raise BadInputError(f"{report.file}: a packed Parquet file; unpack it first")
        yield from _csv_blocks(text, report)


def _is_parquet(source: Path | BinaryIO) -> bool:
    if isinstance(source, Path):
        if not source.is_file():
            return False
        try:
            with source.open("rb") as handle:
                return handle.read(len(MAGIC)) == MAGIC
        except OSError:
            # The opener of texts says what is wrong.
            return False
    if hasattr(source, "peek"):
        return bool(source.peek(len(MAGIC))[: len(MAGIC)] == MAGIC)
    if not source.seekable():
        return False
    here = source.tell()
    head = source.read(len(MAGIC))
    source.seek(here)
    return head == MAGIC


def _seekable(source: Path | BinaryIO) -> BinaryIO:
    """Parquet is read from its end: what only streams goes into a file without a name."""
    if isinstance(source, Path):
        return source.open("rb")
    spooled = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the caller
    shutil.copyfileobj(source, spooled, 1 << 20)
    spooled.seek(0)
    return spooled


def _csv_blocks(handle: BinaryIO, report: ReadReport) -> Iterator[Block]:
    above, line = 0, handle.readline()
    while line and is_blank_line(line.decode("utf-8", errors="replace")):
        above, line = above + 1, handle.readline()
    separator, names = _header(line, report.file, above + 1)
    decimals = Decimals(report.file, separator)
    odd_lines: list[int] = []

    def on_odd(row: pa.csv.InvalidRow) -> str:
        # Rows are counted from the first line after the header, which was taken off above.
        odd_lines.append(row.number + 1 + above)
        expected = number_of(row.expected_columns, "column")
        found = number_of(row.actual_columns, "column")
        report.add(Problem(row.number + 1 + above, "", found, expected))
        report.rows += 1
        return "skip"

    # One thread: with more, pyarrow does not number the odd rows.
    try:
        reader = pa.csv.open_csv(
            pa.PythonFile(_Utf8(handle, report.file, 2 + above), mode="r"),
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=names
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=separator, ignore_empty_lines=False, invalid_row_handler=on_odd
            ),
            convert_options=_conversion(names),
        )
        seen = 0
        for batch in reader:
            rows = _line_numbers(seen, len(batch), odd_lines, 2 + above)
            seen += len(batch)
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            if separator != ",":
                columns = {
                    name: column if name in NAME_COLUMNS else with_points(column, rows, decimals)
                    for name, column in columns.items()
                }
            columns |= {name: _unescaped(columns[name]) for name in NAME_COLUMNS}
            yield Block(rows, with_places(columns, len(batch)))
        report.decimals = decimals.note()
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise BadInputError(f"{report.file}: no rows below the header") from None
        reason = str(error).strip().splitlines()[0]
        raise BadInputError(f"{report.file}: not readable as CSV: {reason}") from None


def _unescaped(names: pa.DictionaryArray) -> pa.DictionaryArray:
    """Names without the apostrophe that kept a spreadsheet from computing them."""
    texts = names.dictionary.to_pylist()
    plain = [from_csv_cell(text) for text in texts]
    if plain == texts:
        return names
    return pa.DictionaryArray.from_arrays(names.indices, pa.array(plain, pa.string()))


def _conversion(names: list[str]) -> pa.csv.ConvertOptions:
    """Names as codes of distinct texts, round-trip times as text, nothing else."""
    wanted = [name for name in names if name in REQUIRED or name in OPTIONAL]
    encoded = pa.dictionary(pa.int32(), pa.string())
    return pa.csv.ConvertOptions(
        column_types={n: pa.string() if n == "rtt_ms" else encoded for n in wanted},
        include_columns=wanted,
        strings_can_be_null=False,
    )


def _line_numbers(seen: int, count: int, odd_lines: list[int], first: int) -> npt.NDArray[np.int64]:
    """Line in the file of good rows number ``seen`` to ``seen + count``, past the odd ones.

    The first row stands in line ``first``.
    """
    number = np.arange(seen, seen + count, dtype=np.int64)
    odd = np.sort(np.asarray(odd_lines, dtype=np.int64))
    good_before_odd = odd - first - np.arange(len(odd))
    return number + first + np.searchsorted(good_before_odd, number, side="right")


def _usual(name: str, names: list[str]) -> str:
    """A column's name in small letters, where that is a column of pairs tables and none is called so."""
    small = in_small_letters(name)
    known = small in REQUIRED or small in OPTIONAL
    return small if known and small not in names else name


def _all_usual(names: list[str]) -> list[str]:
    return [_usual(name, names) for name in names]


def _header(line: bytes, file: str, number: int) -> tuple[str, list[str]]:
    """What separates columns, and their names, from the first line; says what is wrong with it."""
    is_utf8, text = True, line.decode("cp1252", errors="replace").strip("\n")
    try:
        text = line.decode("utf-8").strip("\n")
    except UnicodeDecodeError:
        is_utf8 = False
    if not is_utf8 and not text.isprintable():
        raise BadInputError(f"{file}, line {number}: not UTF-8 text, expected a header line")
    if not text.strip():
        raise BadInputError(
            f"{file}: empty, expected a header line {NEEDED}, or {','.join(REQUIRED)}"
        )
    separator = separator_of(text, lambda names: not missing_columns(_all_usual(names)))
    try:
        names = [name.strip() for name in next(csv.reader([text], delimiter=separator))]
    except csv.Error as error:
        raise BadInputError(f"{file}, line {number}: no header line ({error})") from None
    names = _all_usual(names)
    missing = missing_columns(names)
    if missing:
        raise BadInputError(f"{file}{wrong_header(text, names, missing, number)}")
    if not is_utf8:
        raise BadInputError(f"{file}, line {number}: not UTF-8 text; save it as UTF-8")
    check_distinct(names, f"{file}, line {number}")
    return separator, names
