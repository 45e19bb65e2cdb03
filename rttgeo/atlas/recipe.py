"""Recipes: which RIPE Atlas measurements make up a data set."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError, unknown_name
from rttgeo.machine.counting import number_of

MeasurementType = Literal["ping", "traceroute"]
ANCHOR_DOMAIN = ".anchors.atlas.ripe.net"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


EARLIEST_S = 1_262_304_000
"""Start of 2010: RIPE Atlas has nothing older."""
LATEST_S = 4_102_444_800
"""Start of 2100."""
LONGEST_S = 3_660 * 86_400
"""Ten years: a longer window is probably a mistake, and would take millions of requests."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Which measurements, when, from which probes to which targets.

    Attributes
    ----------
    name
        Short name, used for folders: letters, digits, dot, hyphen and underscore.
    type
        ``ping`` or ``traceroute``.
    start, stop
        ISO 8601 times; the window holds ``start <= time < stop``.
    anchors
        Names such as ``nl-ams-as3333``; none means all.
    measurement_ids
        Measurements by number; none means the anchoring measurements of the anchors. 1 and 2
        are the built-in pings of each probe to its first and second hop.
    families
        4, 6 or both.
    protocol
        ``ICMP``, ``UDP`` or ``TCP``; empty for any.
    countries, asns, tags
        Only probes in one of these countries (two letters), in one of these autonomous
        systems, with all of these tags; none means all.
    probes
        Only probes with these numbers; none means all.
    about
        Where the data set comes from.
    """

    name: str
    type: MeasurementType
    start: str
    stop: str
    anchors: tuple[str, ...] = ()
    measurement_ids: tuple[int, ...] = ()
    families: tuple[int, ...] = (4, 6)
    protocol: str = ""
    countries: tuple[str, ...] = ()
    asns: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    about: str = ""
    probes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        short = tuple(name.removesuffix(ANCHOR_DOMAIN) for name in self.anchors)
        object.__setattr__(self, "anchors", short)
        object.__setattr__(self, "countries", tuple(code.upper() for code in self.countries))
        object.__setattr__(self, "protocol", self.protocol.upper())
        self._check()

    def _check(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadInputError(f"recipe name {self.name!r}: expected letters, digits, . _ -")
        if self.type not in ("ping", "traceroute"):
            raise BadInputError(
                f"recipe {self.name}: type {self.type!r}, expected ping, traceroute"
            )
        if not set(self.families) <= {4, 6} or not self.families:
            raise BadInputError(f"recipe {self.name}: families {self.families}, expected 4, 6")
        if self.protocol not in ("", "ICMP", "UDP", "TCP"):
            raise BadInputError(
                f"recipe {self.name}: protocol {self.protocol!r}, expected ICMP, UDP, TCP"
            )
        for code in self.countries:
            if not re.fullmatch("[A-Z]{2}", code):
                raise BadInputError(f"recipe {self.name}: country {code!r}, expected two letters")
        if min((*self.measurement_ids, *self.asns, *self.probes), default=1) < 1:
            raise BadInputError(
                f"recipe {self.name}: numbers of measurements, probes and ASes must be above 0"
            )
        if self.start_s >= self.stop_s:
            raise BadInputError(f"recipe {self.name}: stop {self.stop} is not after {self.start}")
        if self.start_s < EARLIEST_S or self.stop_s > LATEST_S:
            raise BadInputError(
                f"recipe {self.name}: {self.start} to {self.stop}, expected times from 2010, when "
                "RIPE Atlas began, to 2100"
            )
        if self.stop_s - self.start_s > LONGEST_S:
            raise BadInputError(
                f"recipe {self.name}: a window of "
                f"{number_of((self.stop_s - self.start_s) // 86400, 'day')}, "
                f"expected at most {LONGEST_S // 86400:,}; split it into several recipes"
            )

    @property
    def start_s(self) -> int:
        """First second of the window, since 1970."""
        return _seconds(self.start)

    @property
    def stop_s(self) -> int:
        """First second after the window, since 1970."""
        return _seconds(self.stop)

    @property
    def has_probe_filter(self) -> bool:
        """Whether it selects only some probes."""
        return bool(self.countries or self.asns or self.tags or self.probes)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values.

        Returns
        -------
        dict
            Fields by name; `Recipe.from_dict` takes it.
        """
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}

    @classmethod
    def for_date(cls, name: str, date: str, type: MeasurementType = "ping", **more: Any) -> Recipe:
        """Make the recipe of one day, from midnight to midnight UTC.

        Parameters
        ----------
        name
            Short name, for folders.
        date
            The day, such as ``2017-07-11``.
        type
            Kind of measurement.
        **more
            Other fields of the recipe.

        Returns
        -------
        Recipe
            A recipe whose window is that day.

        Raises
        ------
        BadInputError
            When the date is invalid, or another field has the wrong type.

        Examples
        --------
        >>> Recipe.for_date("mine", "2020-09-08", anchors=("nl-ams-as3333",)).stop
        '2020-09-09'
        """
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            raise BadInputError(f"date {date!r}: expected one such as 2017-07-11")
        _seconds(date)
        if date > "2099":
            raise BadInputError(f"date {date!r}: expected one before 2099")
        after = (datetime.fromisoformat(date) + timedelta(days=1)).date().isoformat()
        lists = {k: list(v) if isinstance(v, tuple) else v for k, v in more.items()}
        return cls.from_dict({"name": name, "type": type, "start": date, "stop": after} | lists)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "recipe") -> Recipe:
        """Make a recipe from the output of `to_dict`, or from a file that a person wrote.

        Parameters
        ----------
        values
            Fields by name.
        where
            Its name in messages, such as a file name.

        Returns
        -------
        Recipe
            The recipe, checked.

        Raises
        ------
        BadInputError
            When a field is unknown, missing, or has the wrong type.
        """
        fields = {f.name: f for f in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise BadInputError(f"{where}: no field {unknown[0]!r}; there are {', '.join(fields)}")
        missing = sorted({"name", "type", "start", "stop"} - set(values))
        if missing:
            raise BadInputError(f"{where}: field {missing[0]!r} is missing")
        return cls(**{name: _checked(where, name, value) for name, value in values.items()})


_NUMBERS = ("measurement_ids", "families", "asns", "probes")
_TEXTS = ("anchors", "countries", "tags")


def _checked(where: str, name: str, value: object) -> Any:
    if name in _NUMBERS or name in _TEXTS:
        kind: type = int if name in _NUMBERS else str
        if name == "anchors" and value == "all":
            return ()
        if not isinstance(value, list) or not all(type(v) is kind for v in value):
            words = {int: "whole numbers", str: "texts"}[kind]
            raise BadInputError(f"{where}: {name} must be a list of {words}")
        return tuple(value)
    if not isinstance(value, str):
        raise BadInputError(f"{where}: {name} must be text")
    return value


def _seconds(text: str) -> int:
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise BadInputError(
            f"time {text[:40]!r}: expected ISO 8601 such as 2017-07-11T12:00Z"
        ) from error


def recipe_names() -> tuple[str, ...]:
    """List the names of the recipes shipped with rttgeo.

    Returns
    -------
    tuple of str
        Sorted.
    """
    return tuple(sorted(path.stem for path in data_path("recipes").glob("*.json")))


def is_name(name: str) -> bool:
    """Check whether this can be the name of a recipe, and so of a folder.

    Parameters
    ----------
    name
        The name to check.

    Returns
    -------
    bool
        True for at most 100 letters, digits, dots, hyphens and underscores, the first a letter or
        digit.
    """
    return bool(_NAME.fullmatch(name))


def default_folder(name: str) -> Path:
    """Return where a data set is kept: below ``$RTTGEO_DOWNLOADS``, or else below ``downloads``.

    Parameters
    ----------
    name
        Name of the recipe.

    Returns
    -------
    Path
        The folder, which may not exist.
    """
    return Path(os.environ.get("RTTGEO_DOWNLOADS", "downloads")) / name


def fetched_names() -> tuple[str, ...]:
    """List the names of the data sets that have something below the default folder.

    Returns
    -------
    tuple of str
        Sorted.
    """
    found = default_folder("").glob("*/recipe.json")
    return tuple(sorted(path.parent.name for path in found if is_name(path.parent.name)))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Look up a recipe: one shipped with rttgeo, a JSON file, or one fetched before.

    Parameters
    ----------
    name_or_path
        Name of a recipe, or path of its file.

    Returns
    -------
    Recipe
        The recipe, checked.

    Raises
    ------
    NotThereError
        When it is none of these.
    BadInputError
        When the file is not a valid recipe.
    """
    path = _recipe_file(str(name_or_path))
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{path} is not a recipe in JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadInputError(f"{path}: expected one JSON object")
    return Recipe.from_dict(values, str(path))


def _recipe_file(name: str) -> Path:
    if name in recipe_names():
        return data_path(f"recipes/{name}.json")
    if Path(name).is_file():
        return Path(name)
    if is_name(name) and (default_folder(name) / "recipe.json").is_file():
        return default_folder(name) / "recipe.json"
    raise NotThereError(
        f"{unknown_name('recipe', name, recipe_names())}, or give a JSON file of your own"
    )
