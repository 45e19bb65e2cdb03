"""What a command says: results on standard output or in a file, as text, JSON, a table."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rttgeo.cli.wrapping import to_window
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import lines, printable

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh

_NOT_ASCII = re.compile("[^\x00-\x7e]")


def emit(content: str | bytes, output: str | None, *, data: bool = False) -> None:
    """Write a result to a file atomically, or to standard output.

    Parameters
    ----------
    content
        Text, or bytes.
    output
        File to write, None for standard output.
    data
        Whether names stand in it as they are, as in CSV: they are cleaned for a terminal, and
        nothing else.
    """
    if output is None:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
            return
        if data:
            content = lines(content) if sys.stdout.isatty() else content
        else:
            content = to_window(content, sys.stdout)
        click.echo(content, nl=not content.endswith("\n"))
        return
    from rttgeo.machine.files import write_atomically

    ended = content if isinstance(content, bytes) or content.endswith("\n") else content + "\n"
    write_atomically(output, ended)
    written(output)


def written(path: str) -> None:
    """Say on standard error that a file was written; of a device nothing is said.

    Parameters
    ----------
    path
        The file.
    """
    if not path.startswith("/dev/"):
        complain(f"Written: {path}")


@contextmanager
def opened(output: str | None) -> Iterator[Any]:
    """Open where a result of many parts goes: a file, whole or not at all, or standard output.

    Parameters
    ----------
    output
        File to write, None for standard output; on a terminal, what would steer it is taken out.

    Yields
    ------
    BinaryIO
        To be written to.
    """
    if output is not None:
        from rttgeo.machine.files import writing

        with writing(output) as file:
            yield file
        written(output)
    elif sys.stdout.isatty():
        yield _Terminal()
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


class _Terminal:
    """Standard output for lines of text that hold names from outside."""

    def write(self, part: bytes) -> None:
        """Show whole lines."""
        click.echo(lines(part.decode()), nl=False)


def to_json(value: object, indent: int | None = 1) -> str:
    """Write JSON as every command does; what would steer a terminal is written as its number.

    Parameters
    ----------
    value
        Plain values, as `json.dumps` takes them; NaN is an error.
    indent
        Spaces for each level; None for a single line.

    Returns
    -------
    str
        The JSON, without a line end.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    return _NOT_ASCII.sub(
        lambda one: one[0] if one[0].isprintable() else json.dumps(one[0])[1:-1], text
    )


def say(text: str) -> None:
    """Say something on standard output, whatever characters names in it hold.

    Parameters
    ----------
    text
        One line or more.
    """
    click.echo(to_window(lines(text), sys.stdout))


def complain(text: str) -> None:
    """Say something on standard error, whatever characters names in it hold.

    Parameters
    ----------
    text
        One line or more.
    """
    click.echo(to_window(lines(text), sys.stderr), err=True)


WIDEST_RULE = 100
"""Longest line under headings, in characters: a long cell at the end of a row may exceed it."""
COLUMN_GAP = 3
"""Characters between two columns of a table."""


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    title: str = "",
    to_file: bool = False,
) -> str:
    """Make a table for people; with colours, and no wider than the window, on a terminal only.

    Lines break between words only: in a window too narrow for that, each row becomes lines of
    heading and cell.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells as texts, as many in each row as there are headings.
    right
        Headings of the columns that are set flush right.
    title
        A line above the table.
    to_file
        Whether it goes to a file, though standard output may be a terminal.

    Returns
    -------
    str
        The lines, without a line end behind the last.
    """
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [[printable(cell) for cell in row] for row in rows]
    on_terminal = sys.stdout.isatty() and not to_file
    words = [_longest_word(column) for column in zip(columns, *rows, strict=True)]
    if on_terminal and sum(words) + COLUMN_GAP * (len(words) - 1) > Console().width:
        return "\n\n".join([*([title] if title else []), *(_stacked(columns, row) for row in rows)])
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column, width in zip(columns, words, strict=True):
        made.add_column(
            column,
            min_width=width,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=not on_terminal,
        )
    for row in rows:
        made.add_row(*map(Text, row))
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=None if on_terminal else 10_000,
        force_terminal=on_terminal,
        highlight=False,
        soft_wrap=not on_terminal,
    )
    if title:
        console.print(Text(printable(title), style="bold"))
    console.print(made)
    return "\n".join(_short_rule(line.rstrip()) for line in buffer.getvalue().splitlines())


def _longest_word(cells: Iterable[str]) -> int:
    """Width below which a column would break a word."""
    from rich.cells import cell_len

    return max((cell_len(word) for cell in cells for word in cell.split()), default=0)


def _stacked(columns: Sequence[str], row: Sequence[str]) -> str:
    """One row as lines of heading and cell, for a window too narrow for the table."""
    wide = max(map(len, columns))
    return "\n".join(f"{name:<{wide}}  {cell}" for name, cell in zip(columns, row, strict=True))


def _short_rule(line: str) -> str:
    """A line under headings that is no longer than a window, though a cell below may be."""
    return line[:WIDEST_RULE] if set(line) == {"─"} else line


def number(value: Any, digits: int = 0) -> str:
    """Write a number for people, or a dash for none.

    Parameters
    ----------
    value
        A number, NaN or None.
    digits
        Digits behind the decimal point.

    Returns
    -------
    str
        With commas between thousands.
    """
    if value is None or value != value:
        return "–"
    return f"{value:,.{digits}f}"


def pairs(mesh: Mesh) -> str:
    """Say how much is in a mesh, in words.

    Parameters
    ----------
    mesh
        The mesh.

    Returns
    -------
    str
        Such as ``2 pairs of 2 landmarks and 1 target``.
    """
    parts = [
        number_of(count, what)
        for count, what in (
            (len(mesh), "pair"), (len(mesh.landmarks), "landmark"), (len(mesh.targets), "target")
        )
    ]  # fmt: skip
    return f"{parts[0]} of {parts[1]} and {parts[2]}"


def milliseconds(value: Any) -> str:
    """Write a round-trip time for people: three digits that count, never more than whole µs.

    Parameters
    ----------
    value
        Milliseconds, NaN or None.

    Returns
    -------
    str
        As in ``0.081``, ``4.20`` or ``131``.
    """
    if value is None or value != value:
        return "–"
    return number(value, 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0)


def target(name: str | None) -> str | None:
    """Tell which file an option names, if any.

    Parameters
    ----------
    name
        A path, ``-`` or None.

    Returns
    -------
    str or None
        The path; None for standard output.
    """
    return None if name == "-" else name


def file_names(names: Iterable[str]) -> list[str]:
    """Make names of data sets fit for files, and no two the same.

    Parameters
    ----------
    names
        Names of data sets.

    Returns
    -------
    list of str
        One for each, in the same order, without an ending.
    """
    made: list[str] = []
    for name in names:
        safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in name).lstrip(".") or "mesh"
        again = sum(other == safe or other.startswith(f"{safe}~") for other in made)
        made.append(f"{safe}~{again + 1}" if again else safe)
    return made
