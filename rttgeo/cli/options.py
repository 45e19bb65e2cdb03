"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rttgeo.machine.counting import number_of

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

PAIRS = "PAIRS"


def pairs_argument(command: Decorated) -> Decorated:
    """Make a command take one pairs table.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the argument ``pairs``.
    """
    return click.argument("pairs", metavar=PAIRS)(command)


def skip_bad_option(command: Decorated) -> Decorated:
    """Add ``--skip-bad``: whether bad rows are left out.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option.
    """
    return click.option(
        "--skip-bad", is_flag=True, help="Leave out bad rows, and count them on standard error."
    )(command)


def minimum_options(command: Decorated) -> Decorated:
    """Add ``--robust`` and ``--min-samples``: how the samples of a pair become its minimum.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the options.
    """
    command = click.option(
        "--min-samples",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Leave out pairs with fewer samples.",
    )(command)
    return click.option(
        "--robust",
        is_flag=True,
        help="Take as a pair's minimum the lowest sample with others close above it.",
    )(command)


def json_flag(command: Decorated) -> Decorated:
    """Add ``--json``: JSON instead of a table for people.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option, passed as ``as_json``.
    """
    return click.option("--json", "as_json", is_flag=True, help="JSON, for machines.")(command)


def format_options(*formats: str) -> Callable[[Decorated], Decorated]:
    """Add ``--format``, ``--json`` and ``--output``; the ending of the output decides by default.

    Parameters
    ----------
    *formats
        What ``--format`` accepts.

    Returns
    -------
    callable
        A decorator for the function of a click command.
    """

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
    """Decide which form the result takes.

    Parameters
    ----------
    form
        What ``--format`` says, or None.
    as_json
        Whether ``--json`` is given.
    output
        What ``--output`` says, or None for standard output.
    allowed
        Forms that the command can write.

    Returns
    -------
    str
        The form, such as ``table`` or ``json``.

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
    """Add ``--resolution-km``: the size of the grid's cells.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option, in km.
    """
    return click.option(
        "--resolution-km",
        type=click.FloatRange(min=0, min_open=True),
        metavar="KM",
        help="Size of the grid's cells; finer takes longer. Default: about 25.",
    )(command)


def candidates_option(command: Decorated) -> Decorated:
    """Add ``--candidates``: a list of places that targets may be at.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option.
    """
    return click.option(
        "--candidates",
        metavar="FILE",
        help="Places that targets may be at: name,lat,lon, or RIPE Atlas's JSON.",
    )(command)


def places_option(command: Decorated) -> Decorated:
    """Add ``--places``: where the landmarks are, for results that only name them.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option, passed as a tuple of names.
    """
    return click.option(
        "--places",
        multiple=True,
        metavar="FILE",
        help="Where the landmarks of PAIRS are, for results that only name them. Repeatable.",
    )(command)


def only_target(mesh: Mesh, target: str | None, how: str) -> str:
    """Take the target that is named, or the only one.

    Parameters
    ----------
    mesh
        The measurements.
    target
        What was named, or None.
    how
        How to name one, for the message.

    Returns
    -------
    str
        Id of the target.

    Raises
    ------
    click.UsageError
        When none is named and there are several.
    """
    if target is not None:
        return target
    names = list(map(str, mesh.targets.index[:6]))
    if len(mesh.targets) != 1:
        some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise click.UsageError(
            f"{number_of(len(mesh.targets), 'target')}: choose one {how}; there are {some}"
        )
    return names[0]


STANDARD_OUTPUT = ("-", "/dev/stdout")


def json_output_option(command: Decorated) -> Decorated:
    """Add ``--json [FILE]``: where the JSON goes; alone, to standard output instead of the table.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the option, passed as ``json_output``.
    """
    return click.option(
        "--json",
        "json_output",
        metavar="[FILE.json]",
        is_flag=False,
        flag_value="-",
        help="Write JSON there beside the table; without a FILE or with -, instead of the table.",
    )(command)


def sort_out_json(
    pairs: tuple[str, ...], json_output: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Tell ``--json OUT.json`` from ``--json PAIRS``, by the name alone.

    Only what is called ``.json``, a device, or ``-`` is written to: anything else that follows
    ``--json`` is a table to read, so that none is ever written over.

    Parameters
    ----------
    pairs
        Names of the pairs tables.
    json_output
        What ``--json`` says, or None.

    Returns
    -------
    tuple of (tuple of str, str or None)
        The pairs tables, and where the JSON goes: ``-`` for standard output, None for nowhere.

    Raises
    ------
    click.UsageError
        When no pairs table is left.
    """
    if json_output is not None and not is_json_output(json_output):
        pairs, json_output = (json_output, *pairs), "-"
    if not pairs:
        raise click.UsageError("Missing argument 'PAIRS...'.")
    return pairs, "-" if json_output in STANDARD_OUTPUT else json_output


def is_json_output(name: str) -> bool:
    """Check whether a name may be written to as JSON.

    Parameters
    ----------
    name
        What follows ``--json``.

    Returns
    -------
    bool
        True for ``-``, a device, and what ends in ``.json``.
    """
    return name in STANDARD_OUTPUT or name.startswith("/dev/") or name.lower().endswith(".json")


Named = TypeVar("Named", str, tuple[str, ...], None)


def list_methods(context: click.Context, _option: click.Parameter, given: Named) -> Named:
    """Answer ``--method help`` before anything is missed; for options of one name or several.

    Parameters
    ----------
    context
        Click's context, which ends after the list.
    _option
        The option.
    given
        What stands behind it.

    Returns
    -------
    str, tuple of str or None
        The same.
    """
    if given and "help" in ((given,) if isinstance(given, str) else given):
        from rttgeo.cli.output import say
        from rttgeo.estimators.registry import DEFAULT_METHOD, METHODS

        if not context.resilient_parsing:
            for known in METHODS:
                say(f"{known}{' (default)' if known == DEFAULT_METHOD else ''}")
            context.exit()
    return given
