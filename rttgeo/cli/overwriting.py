"""No command writes over a file that it reads: the original may be all there is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from rttgeo.errors import BadInputError

WRITTEN = {
    "--output", "--map", "--json", "--clean", "--nodes", "--html", "--samples", "--planted", "--state",
}  # fmt: skip
"""Options that name a file to be written; ``--pairs`` is one where it takes a FILE, not a table."""


def guarded(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command refuse to write over a file that it is to read.

    Parameters
    ----------
    callback
        Function of a click command.

    Returns
    -------
    callable
        The same function, which looks at the files before it runs.
    """
    if getattr(callback, "is_guarded", False):
        return callback

    @functools.wraps(callback)
    def run(*args: Any, **values: Any) -> Any:
        refuse_overwriting(click.get_current_context())
        return callback(*args, **values)

    run.is_guarded = True  # type: ignore[attr-defined]
    return run


def refuse_overwriting(context: click.Context) -> None:
    """Look for a file that is to be read and to be written.

    Parameters
    ----------
    context
        Click's context, with all parameters.

    Raises
    ------
    BadInputError
        When a file to be written is the same as one to be read.
    """
    named = list(_files(context))
    for option, path in named:
        if not is_written(option):
            continue
        for other, read in named:
            if not is_written(other) and path.samefile(read):
                raise BadInputError(
                    f"{path}: {option.opts[0]} names the same file as {other.human_readable_name}, "
                    "and nothing is written over what is read; choose another name"
                )


def is_written(param: click.Parameter) -> bool:
    """Say whether a parameter names a file to be written.

    Parameters
    ----------
    param
        Of a command.

    Returns
    -------
    bool
        False for what is read, and for what names no file.
    """
    name = param.opts[0] if isinstance(param, click.Option) else ""
    return name in WRITTEN or (name, param.metavar) == ("--pairs", "FILE")


def _files(context: click.Context) -> Iterator[tuple[click.Parameter, Path]]:
    """Every parameter that names an existing file, also behind ``PLACE=``."""
    for param in context.command.params:
        value = context.params.get(param.name or "")
        for text in value if isinstance(value, tuple) else (value,):
            if not isinstance(text, str | Path):
                continue
            for one in {str(text), str(text).partition("=")[2]}:
                if one and Path(one).is_file():
                    yield param, Path(one)
