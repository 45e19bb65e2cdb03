"""What a command reads: pairs tables from files, standard input, or a data set's name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from rttgeo.cli import output

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh

STDIN = "-"


def read_pairs(name: str, *, skip_bad: bool) -> Mesh:
    """Read a pairs table: a file, ``-``, or a data set; what a reader should know goes to stderr.

    Raises
    ------
    BadInputError
        When the table is not good, in one line.
    NotThereError
        When it is neither a file nor a known name.
    """
    if name == STDIN:
        return _told(_standard_input(), skip_bad)
    if Path(name).exists():
        return _told(Path(name), skip_bad)
    from rttgeo.catalogue.datasets import open_dataset

    return open_dataset(name, skip_bad=skip_bad)


def read_all(names: tuple[str, ...], *, skip_bad: bool) -> list[Mesh]:
    """Read several tables; standard input at most once.

    Raises
    ------
    click.UsageError
        For standard input twice.
    """
    if names.count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read once only")
    return [read_pairs(name, skip_bad=skip_bad) for name in names]


def _told(source: Path | BinaryIO, skip_bad: bool) -> Mesh:
    from rttgeo.errors import BadInputError
    from rttgeo.pairs.reading import read_mesh_report

    try:
        mesh, report = read_mesh_report(source, skip_bad=skip_bad, progress=sys.stderr.isatty())
    except BadInputError as error:
        # The library names its argument; on a command line it is an option.
        raise BadInputError(
            str(error).replace("; skip_bad leaves", "; --skip-bad leaves")
        ) from None
    for line in [*report.notes(), *([report.text()] if report.skipped else [])]:
        output.complain(line)
    return mesh


def _standard_input() -> BinaryIO:
    """Standard input, with a word to whoever sits before it."""
    if sys.stdin.isatty():
        output.complain("rttgeo: reading a pairs table from the terminal; Ctrl-D ends it")
    return sys.stdin.buffer
