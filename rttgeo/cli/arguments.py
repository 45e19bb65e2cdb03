"""What was meant by arguments that a command does not take."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import click


def json_to_file(args: Sequence[str], command: click.Command | None) -> list[str]:
    """Read ``--json OUT.json`` as ``--json --output OUT.json``, for arguments with one name too many.

    Parameters
    ----------
    args
        Of the program.
    command
        The command that they are for.

    Returns
    -------
    list of str
        The arguments; the same where nothing of the kind is meant, or the command has no --output.
    """
    found = list(args)
    if command is None or not any("--output" in one.opts for one in command.params):
        return found
    for number, (flag, name) in enumerate(itertools.pairwise(found)):
        if flag == "--json" and name.lower().endswith(".json"):
            return [*found[: number + 1], "--output", *found[number + 1 :]]
    return found


def ping_hint(args: Sequence[str]) -> str:
    """Say what is wrong where several pings follow one ``--ping``.

    Parameters
    ----------
    args
        Of the program.

    Returns
    -------
    str
        A line; empty where nothing of the kind is meant.
    """
    for number, flag in enumerate(args[:-2]):
        follows = args[number + 2]
        if flag == "--ping" and not follows.startswith("-"):
            text = f"{args[number + 1]}={follows}"
            meant = f"--ping {follows}" if "=" in follows else f"as in --ping {text}"
            return f"{follows!r} was taken for a file: each ping needs its own --ping PLACE=MS, {meant}"
    return ""
