"""Options of `rttgeo fetch` that make a recipe of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rttgeo.atlas.recipe import Recipe

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--date", metavar="DAY", help="One day (UTC), such as 2020-09-08."),
    click.option("--start", metavar="TIME", help="Start, instead of a day: 2020-09-08T12:00Z."),
    click.option("--stop", metavar="TIME", help="End, itself not included; with --start."),
    click.option("--anchors", metavar="LIST", help="Names of anchors, such as nl-ams-as3333, or all."),
    click.option("--measurements", metavar="LIST", help="Measurements by number; 2: second-hop pings."),
    click.option("--type", "kind", type=click.Choice(("ping", "traceroute")), help="Default: ping."),
    click.option("--ip", type=click.Choice(("4", "6", "both")), help="Default: both."),
    click.option("--protocol", type=click.Choice(("ICMP", "UDP", "TCP"), case_sensitive=False)),
    click.option("--countries", metavar="LIST", help="Only probes in one of these: NL,DE."),
    click.option("--asns", metavar="LIST", help="Only probes in one of these networks: 3333,1103."),
    click.option("--tags", metavar="LIST", help="Only probes with all of these tags."),
    click.option("--probes", metavar="LIST", help="Only probes with these numbers."),
)  # fmt: skip
_LISTS = {"anchors": str, "countries": str, "tags": str, "asns": int, "probes": int}


def recipe_options(command: Decorated) -> Decorated:
    """Add every option that makes a recipe, each under its own name.

    Parameters
    ----------
    command
        Function of a click command.

    Returns
    -------
    callable
        The same, with the options.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def apart(names: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Tell the data set's name from numbers that stand behind ``--measurement`` without a comma.

    Parameters
    ----------
    names
        What stands on the command line without an option.
    numbers
        What stands behind each ``--measurement``.

    Returns
    -------
    tuple of (str or None, tuple of str)
        The data set's name, and all lists of numbers.

    Raises
    ------
    click.UsageError
        When more than one name is left.
    """
    more = tuple(name for name in names if name.isdecimal()) if numbers else ()
    left = [name for name in names if name not in more]
    if len(left) > 1:
        raise click.UsageError(f"{left[1]!r} is one name too many; fetch data sets one by one")
    return (left[0] if left else None), numbers + more


def numbers_given(numbers: tuple[str, ...], given: dict[str, str | None]) -> tuple[int, ...]:
    """Read which measurements are asked for by number.

    Parameters
    ----------
    numbers
        Lists of numbers, with commas.
    given
        All options of a recipe by name; changed in place.

    Returns
    -------
    tuple of int
        The numbers.

    Raises
    ------
    click.UsageError
        When ``--measurements`` is given too, or a number is none.
    """
    if given.get("measurements"):
        raise click.UsageError("give --measurement or --measurements, one of the two")
    wanted = tuple(_listed("measurement", ",".join(numbers), int))
    given["measurements"] = ",".join(map(str, wanted))
    return wanted


def has_time(given: Mapping[str, str | None]) -> bool:
    """Whether the options say of when.

    Parameters
    ----------
    given
        All options of a recipe by name.

    Returns
    -------
    bool
        True with ``--date``, ``--start`` or ``--stop``.
    """
    return any(given.get(key) for key in ("date", "start", "stop"))


def name_of_numbers(
    dataset: str | None, wanted: tuple[int, ...], given: Mapping[str, str | None]
) -> str:
    """Name the data set of some measurements, by their numbers and the day if it has none.

    Parameters
    ----------
    dataset
        The data set's name, or None.
    wanted
        The measurements' numbers.
    given
        All options of a recipe by name.

    Returns
    -------
    str
        Such as ``measurement-1001-2020-09-08``.
    """
    if dataset:
        return dataset
    when = given.get("date") or (given.get("start") or "")[:10]
    return "-".join(["measurement", *map(str, wanted[:4]), when])


def own_recipe(dataset: str, given: dict[str, str | None]) -> Recipe | None:
    """Make the recipe that the options describe.

    Parameters
    ----------
    dataset
        The data set's name.
    given
        All options of a recipe by name; None where not given.

    Returns
    -------
    Recipe or None
        None where no option was given.

    Raises
    ------
    click.UsageError
        When what was given does not make one.
    BadInputError
        When one of its fields is not good.
    """
    said = {name: text for name, text in given.items() if text is not None}
    if not said:
        return None
    from rttgeo.atlas.recipe import Recipe, recipe_names

    if dataset in recipe_names() or dataset.endswith(".json"):
        raise click.UsageError(f"{dataset} is already a recipe; choose another name")
    if not {"anchors", "measurements"} & said.keys():
        raise click.UsageError("--anchors or --measurements is missing: give one of them")
    if ("date" in said) == bool({"start", "stop"} & said.keys()):
        raise click.UsageError("give --date, or both --start and --stop")
    if "date" not in said and not {"start", "stop"} <= said.keys():
        raise click.UsageError("--start and --stop must be given together")
    fields: dict[str, Any] = {key: said[key] for key in ("protocol",) if key in said}
    if said.get("ip", "both") != "both":
        fields["families"] = [int(said["ip"])]
    if "measurements" in said:
        fields["measurement_ids"] = _listed("measurements", said["measurements"], int)
    for name in _LISTS.keys() & said.keys():
        text = said[name]
        fields[name] = (
            "all" if (name, text) == ("anchors", "all") else _listed(name, text, _LISTS[name])
        )
    kind = said.get("kind", "ping")
    if "date" in said:
        return Recipe.for_date(dataset, said["date"], kind, **fields)  # type: ignore[arg-type]
    when = {"start": said["start"], "stop": said["stop"]}
    return Recipe.from_dict({"name": dataset, "type": kind} | when | fields)


def _listed(name: str, text: str, kind: type) -> list[Any]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise click.UsageError(f"--{name} {text!r}: the list is empty")
    if kind is str:
        return words
    numbers = [word.upper().removeprefix("AS") if name == "asns" else word for word in words]
    for number in numbers:
        if not (number.isascii() and number.isdigit()):
            raise click.UsageError(f"--{name} {text!r}: {number!r} is not a whole number")
    return [int(number) for number in numbers]
