"""What a command says: results on standard output or in a file, as text, JSON, a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

Item = TypeVar("Item")


def emit(content: str | bytes, output: str | None) -> None:
    """Write a result to a file in one move, or to standard output."""
    if output is None:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            click.echo(content, nl=not content.endswith("\n"))
        return
    from rttgeo.machine.files import write_atomically

    ended = content if isinstance(content, bytes) or content.endswith("\n") else content + "\n"
    write_atomically(output, ended)


def to_json(value: object) -> str:
    """JSON as every command writes it."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)


def clean(text: str) -> str:
    """Make a name from a file safe to show: without what would steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def complain(text: str) -> None:
    """Say something on standard error, whatever characters names in it hold."""
    click.echo(clean_lines(text), err=True)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    title: str = "",
    to_file: bool = False,
) -> str:
    """A table for people; with colours, and no wider than the window, on a terminal only."""
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    on_terminal = sys.stdout.isatty() and not to_file
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=not on_terminal,
        )
    for row in rows:
        made.add_row(*(Text(clean(cell)) for cell in row))
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=None if on_terminal else 10_000,
        force_terminal=on_terminal,
        highlight=False,
        soft_wrap=not on_terminal,
    )
    if title:
        console.print(Text(clean(title), style="bold"))
    console.print(made)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def tracked(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through items with a bar on standard error once that takes two seconds."""
    from tqdm import tqdm

    yield from tqdm(items, desc=what, delay=2, disable=not sys.stderr.isatty(), leave=False)


def number(value: Any, digits: int = 0) -> str:
    """A number for people, or a dash for none."""
    if value is None or value != value:
        return "–"
    return f"{value:,.{digits}f}"


def clean_lines(text: str) -> str:
    """The same as `clean`, for a text of several lines."""
    return "\n".join(clean(line) for line in text.splitlines())


def target(name: str | None) -> str | None:
    """Return the file of that name, None for ``-``: standard output."""
    return None if name == "-" else name


def file_names(names: Iterable[str]) -> list[str]:
    """Make names of data sets fit for files, and no two the same."""
    made: list[str] = []
    for name in names:
        safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in name).lstrip(".") or "mesh"
        again = sum(other == safe or other.startswith(f"{safe}~") for other in made)
        made.append(f"{safe}~{again + 1}" if again else safe)
    return made
