"""Recipes: which RIPE Atlas measurements make up a data set."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rttgeo.datafiles import data_path
from rttgeo.errors import BadInputError, NotThereError

MeasurementType = Literal["ping", "traceroute"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Which measurements, when, from whom to whom.

    Attributes
    ----------
    name
        Short, for folders: letters, digits, dot, hyphen and underscore.
    type
        ``ping`` or ``traceroute``.
    start, stop
        ISO 8601 times; the window holds ``start <= time < stop``.
    anchors
        Names such as ``nl-ams-as3333``; none means all.
    measurement_ids
        Measurements by number; none means: the anchoring measurements of the anchors.
    families
        4, 6 or both.
    protocol
        ``ICMP``, ``UDP`` or ``TCP``; empty for any.
    countries, asns, tags
        Only probes in one of these countries (two letters), in one of these autonomous
        systems, with all of these tags; none means all.
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

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadInputError(f"recipe name {self.name!r}: expected letters, digits, . _ -")
        if self.type not in ("ping", "traceroute"):
            raise BadInputError(
                f"recipe {self.name}: type {self.type!r}, expected ping, traceroute"
            )
        if not set(self.families) <= {4, 6} or not self.families:
            raise BadInputError(f"recipe {self.name}: families {self.families}, expected 4, 6")
        if self.start_s >= self.stop_s:
            raise BadInputError(f"recipe {self.name}: stop {self.stop} is not after {self.start}")

    @property
    def start_s(self) -> int:
        """First second of the window, since 1970."""
        return _seconds(self.start)

    @property
    def stop_s(self) -> int:
        """First second behind the window."""
        return _seconds(self.stop)

    @property
    def has_probe_filter(self) -> bool:
        """Whether it asks only for some probes."""
        return bool(self.countries or self.asns or self.tags)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "recipe") -> Recipe:
        """Check and take in what `to_dict` gave, or a person wrote.

        Raises
        ------
        BadInputError
            For a field that is unknown, missing, or not of its kind.
        """
        fields = {f.name: f for f in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise BadInputError(f"{where}: no field {unknown[0]!r}; there are {', '.join(fields)}")
        missing = sorted({"name", "type", "start", "stop"} - set(values))
        if missing:
            raise BadInputError(f"{where}: field {missing[0]!r} is missing")
        return cls(**{name: _checked(where, name, value) for name, value in values.items()})


_NUMBERS, _TEXTS = ("measurement_ids", "families", "asns"), ("anchors", "countries", "tags")


def _checked(where: str, name: str, value: object) -> Any:
    if name in _NUMBERS or name in _TEXTS:
        kind: type = int if name in _NUMBERS else str
        if name == "anchors" and value == "all":
            return ()
        if not isinstance(value, list) or not all(type(v) is kind for v in value):
            raise BadInputError(f"{where}: {name} must be a list of {kind.__name__}")
        return tuple(value)
    if not isinstance(value, str):
        raise BadInputError(f"{where}: {name} must be a text")
    return value


def _seconds(text: str) -> int:
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInputError(
            f"time {text!r}: expected ISO 8601 such as 2017-07-11T12:00Z"
        ) from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes that come with rttgeo."""
    return tuple(sorted(path.stem for path in data_path("recipes").glob("*.json")))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Look up a recipe by the name of one that comes with rttgeo, or by the path of a JSON file.

    Raises
    ------
    NotThereError
        When it is neither.
    BadInputError
        When the file is not a good recipe.
    """
    if str(name_or_path) in recipe_names():
        path = data_path(f"recipes/{name_or_path}.json")
    else:
        path = Path(name_or_path)
        if not path.is_file():
            raise NotThereError(
                f"no recipe {str(name_or_path)!r}; there are {', '.join(recipe_names())}, "
                "and any JSON file of yours"
            )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path} is not a recipe in JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadInputError(f"{path}: expected one JSON object")
    return Recipe.from_dict(values, str(path))
