"""Tables as spreadsheets of half of Europe write them: semicolons or tabs, and commas in numbers.

What separates the columns is seen in the header alone: a comma unless only a semicolon or a tab gives
the columns that are wanted. Where it is one of these, ``8,2`` is 8.2, for nothing else can be meant by
a comma there. A table that has both ``8,2`` and ``8.215`` is refused, since a point may then part the
thousands.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

SEPARATORS: Final = (",", ";", "\t")
"""A comma counts first."""
_OTHERS: Final = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"))
_NUMBERS: Final = re.compile(
    r"(?:.*_)?(?:lat|lon|lng|long|latitude|longitude|ms|rtt|km)", re.IGNORECASE
)
"""Names of columns that hold numbers with decimals; a name such as 8,2 in another stays as it is."""
WITH_COMMA: Final = r"^(\s*[+-]?\d*),(\d+(?:[eE][+-]?\d+)?(?:\s*ms)?\s*)$"
"""A number with a decimal comma, and what to put it together of."""
WITH_POINT: Final = r"^\s*[+-]?\d*\.\d*(?:[eE][+-]?\d+)?(?:\s*ms)?\s*$"
_COMMA, _POINT = re.compile(WITH_COMMA), re.compile(WITH_POINT)
_APART: Final = re.compile(r"[\s()\[\]/_]+")
_SEP_LINE: Final = re.compile(r'\s*"?sep=.?"?\s*', re.IGNORECASE)


def cells_of(line: str, separator: str = ",") -> list[str]:
    """Split one line.

    Parameters
    ----------
    line
        A line of a table.
    separator
        What separates its columns.

    Returns
    -------
    list of str
        Its cells without spaces around them; none where it is no line of a table.
    """
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def separator_of(header: str, wanted: Callable[[list[str]], bool]) -> str:
    """See what separates the columns of a table.

    Parameters
    ----------
    header
        Its first line.
    wanted
        Whether these names are columns of such a table.

    Returns
    -------
    str
        The first of `SEPARATORS` by which they are, and a comma if none is.
    """
    return next((one for one in SEPARATORS if wanted(cells_of(header, one))), ",")


def is_number(column: str) -> bool:
    """Check whether a column holds numbers that may have decimals.

    Parameters
    ----------
    column
        Its name.

    Returns
    -------
    bool
        True for degrees, milliseconds and kilometres.
    """
    return _NUMBERS.fullmatch(in_small_letters(column)) is not None


def in_small_letters(column: str) -> str:
    """Write a column's name as programs do.

    >>> in_small_letters("RTT (ms)"), in_small_letters("Latency [ms]")
    ('rtt_ms', 'latency_ms')

    Parameters
    ----------
    column
        Its name.

    Returns
    -------
    str
        Small letters, with ``_`` in place of spaces and brackets.
    """
    return _APART.sub("_", column.strip().lower()).strip("_")


class Found(NamedTuple):
    """The columns of a header, and what separates them: "" for commas, else a word."""

    names: list[str]
    called: str

    def __str__(self) -> str:
        """Names as they were written, the first of many, in one line."""
        names = [name[:40] for name in self.names]
        shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        return shown + (f" (separated by {self.called})" if self.called else "")

    @property
    def has_number(self) -> bool:
        """Whether a cell is a number, which no column is called."""
        return any(_POINT.match(cell) or cell.strip().isdigit() for cell in self.names)


def found_columns(header: str) -> Found:
    """See which columns a header names, whatever separates them.

    >>> str(found_columns("Stadt;Ziel"))
    'Stadt, Ziel (separated by semicolons)'

    Parameters
    ----------
    header
        A first line.

    Returns
    -------
    Found
        Its columns.
    """
    for separator, called in _OTHERS:
        if "," not in header and separator in header.strip():
            return Found(cells_of(header, separator), called)
    return Found(cells_of(header), "")


def is_comment(header: str, line: int = 1) -> str:
    """Say that a first line is a comment.

    Parameters
    ----------
    header
        A first line in which columns are missing.
    line
        Its number.

    Returns
    -------
    str
        The end of a message, or "" if it is none.
    """
    if header.lstrip().startswith("#"):
        return f", line {line}: begins with #, but tables have no comments; take such lines out"
    return ""


def is_blank_line(line: str) -> bool:
    """Check whether a line above a header says nothing: empty, or Excel's ``sep=;``.

    Parameters
    ----------
    line
        Its text.

    Returns
    -------
    bool
        True if the header comes later.
    """
    return not line.strip() or _SEP_LINE.fullmatch(line) is not None


def _from_header(text: str) -> str:
    """A table whose line for spreadsheets, if it has one, is empty: the lines keep their numbers."""
    blank, rest = re.match(r"\s*", text), text.lstrip()
    first, end, below = rest.partition("\n")
    if not _SEP_LINE.fullmatch(first):
        return text
    return (blank[0] if blank else "") + end + below


class Decimals:
    """How the numbers of a table are written: with points or with commas, never with both.

    Parameters
    ----------
    path
        The table, for messages.
    separator
        What separates its columns.
    """

    def __init__(self, path: str | Path, separator: str) -> None:
        self.path, self.separator = path, separator
        self.comma: tuple[int, str] | None = None
        self.point: tuple[int, str] | None = None

    def saw(
        self, comma: tuple[int, str] | None = None, point: tuple[int, str] | None = None
    ) -> None:
        """Note numbers that were seen.

        Parameters
        ----------
        comma, point
            Line and text of one of either kind.

        Raises
        ------
        BadInputError
            When the table has both; the message names one of either.
        """
        self.comma, self.point = self.comma or comma, self.point or point
        if self.comma and self.point:
            (line, text), (other, seen) = self.comma, self.point
            raise BadInputError(
                f"{self.path}, line {line}: found {text.strip()[:40]!r} with a comma, and in line "
                f"{other} {seen.strip()[:40]!r} with a point; write all numbers with decimal points"
            )

    def note(self) -> str:
        """Say how commas were read.

        Returns
        -------
        str
            A sentence, or "" if there was none.
        """
        if self.comma is None:
            return ""
        text = self.comma[1].strip()
        called = dict(_OTHERS)[self.separator]
        return (
            f"{self.path}: columns separated by {called}, numbers with decimal commas: "
            f"{text} is read as {with_point(text)}"
        )


def with_point(cell: str) -> str:
    """Write a number with a decimal point.

    >>> with_point("8,2"), with_point("1.234,5"), with_point("Graz")
    ('8.2', '1.234,5', 'Graz')

    Parameters
    ----------
    cell
        Text of a cell.

    Returns
    -------
    str
        The number; anything else as it is.
    """
    return _COMMA.sub(r"\1.\2", cell)


class Plain(NamedTuple):
    """A table with commas between columns and points in numbers, line for line, and a note or ""."""

    text: str
    note: str


def with_commas(
    text: str,
    path: str | Path,
    wanted: Callable[[list[str]], bool],
    columns: Sequence[str] | None = None,
) -> Plain:
    """Write a table with commas between its columns and points in its numbers.

    Parameters
    ----------
    text
        The table, whatever separates its columns.
    path
        Where it comes from, for messages.
    wanted
        Whether these names, or cells of the first line, are those of such a table.
    columns
        Names of the columns where the first line need not have them.

    Returns
    -------
    Plain
        The table as it is if commas separate it.

    Raises
    ------
    BadInputError
        When it has numbers with commas and numbers with points, or is not readable as a table.
    """
    text = _from_header(text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = separator_of(first, wanted)
    if separator == ",":
        return Plain(text, "")
    names = list(columns or cells_of(first, separator))
    decimals, out = Decimals(path, separator), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    reader = csv.reader(text.splitlines(), delimiter=separator)
    done = 0
    try:
        for row in reader:
            if len(row) == 1 and row[0].startswith("#"):
                row = ["#"]  # A comment, which a comma in it would make a cell in quotes.
            writer.writerow(list(_pointed(row, names, decimals, reader.line_num)))
            # A cell of several lines is written in one: the lines below keep their numbers.
            out.write("\n" * (reader.line_num - done - 1))
            done = reader.line_num
    except csv.Error as error:
        raise BadInputError(f"{path}, line {reader.line_num}: {error}") from None
    return Plain(out.getvalue(), decimals.note())


def _pointed(row: list[str], names: list[str], decimals: Decimals, line: int) -> Iterator[str]:
    for number, cell in enumerate(row):
        if number < len(names) and is_number(names[number]):
            found = (line, cell)
            decimals.saw(
                found if _COMMA.match(cell) else None, found if _POINT.match(cell) else None
            )
            cell = with_point(cell)
        yield cell


def rows_under(table: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Refuse a table whose rows have more cells than its header, by which pandas shifts its columns.

    Parameters
    ----------
    table
        As pandas read it.
    path
        Where it comes from, for messages.

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    BadInputError
        When its rows have more cells.
    """
    if table.index.nlevels > 1 or not isinstance(table.index, pd.RangeIndex):
        columns = number_of(len(table.columns), "column")
        raise BadInputError(
            f"{path}, line 2: more cells than the {columns} of the header: a comma in a number? "
            "Numbers have decimal points"
        )
    return table
