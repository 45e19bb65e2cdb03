"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

PAIRS = "PAIRS"


def pairs_argument(command: Decorated) -> Decorated:
    """Take one pairs table."""
    return click.argument("pairs", metavar=PAIRS)(command)


def skip_bad_option(command: Decorated) -> Decorated:
    """Whether bad rows are left out."""
    return click.option(
        "--skip-bad", is_flag=True, help="Leave bad rows out, and count them on standard error."
    )(command)


def minimum_options(command: Decorated) -> Decorated:
    """``--robust`` and ``--min-samples``: how the samples of a pair become its minimum."""
    command = click.option(
        "--min-samples",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Leave pairs with fewer samples out.",
    )(command)
    return click.option(
        "--robust", is_flag=True, help="A pair's minimum counts when others are close above it."
    )(command)


def json_flag(command: Decorated) -> Decorated:
    """JSON instead of a table for people."""
    return click.option("--json", "as_json", is_flag=True, help="JSON, for machines.")(command)


def format_options(*formats: str) -> Callable[[Decorated], Decorated]:
    """``--format``, ``--json`` and ``--output``; the ending of the output decides by default."""

    def add(command: Decorated) -> Decorated:
        command = click.option(
            "--output", "-o", metavar="FILE", help="Write here instead of to standard output."
        )(command)
        command = click.option(
            "--json", "as_json", is_flag=True, help="The same as --format json."
        )(command)
        return click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            help="Default: by the ending of --output, else a table for people.",
        )(command)

    return add


def chosen_format(form: str | None, as_json: bool, output: str | None, allowed: set[str]) -> str:
    """Which form the result takes.

    Raises
    ------
    click.UsageError
        When the options contradict each other, or the ending says nothing.
    """
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other")
    if as_json or form:
        return form or "json"
    if output is None:
        return "table"
    ending = output.rpartition(".")[2].lower()
    by_ending = {"txt": "table", "pq": "parquet"}.get(ending, ending)
    if by_ending not in allowed:
        raise click.UsageError(
            f"--output {output}: the ending says none of {', '.join(sorted(allowed))}; give --format"
        )
    return by_ending


def resolution_option(command: Decorated) -> Decorated:
    """Size of the grid's cells."""
    return click.option(
        "--resolution-km",
        type=click.FloatRange(min=0, min_open=True),
        metavar="KM",
        help="Size of the grid's cells; finer takes longer. Default: about 25.",
    )(command)


STANDARD_OUTPUT = ("-", "/dev/stdout")


def json_output_option(command: Decorated) -> Decorated:
    """``--json [FILE]``: where the JSON goes; alone, to standard output instead of the table."""
    return click.option(
        "--json",
        "json_output",
        metavar="[FILE]",
        is_flag=False,
        flag_value="-",
        help="Write JSON there beside the table; without a FILE or with -, instead of the table.",
    )(command)


def sort_out_json(
    pairs: tuple[str, ...], json_output: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Tell ``--json OUT`` from ``--json PAIRS``: a table that is there is read, never written over.

    Raises
    ------
    click.UsageError
        When no pairs table is left.
    """
    if json_output is not None and _is_input(json_output):
        pairs, json_output = (json_output, *pairs), "-"
    if not pairs:
        raise click.UsageError("Missing argument 'PAIRS...'.")
    return pairs, "-" if json_output in STANDARD_OUTPUT else json_output


def _is_input(name: str) -> bool:
    from rttgeo.catalogue.datasets import DATASETS

    path = Path(name)
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(64).lstrip()
        return bool(start) and not start.startswith((b"{", b"["))
    return name in DATASETS
