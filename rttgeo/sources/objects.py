"""All objects of a JSON text, whatever they are wrapped in: arrays, pages, lines, several texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

_SPACE = re.compile(r"[\s,]*")
PAGES = ("results", "objects")
"""Under which the API of RIPE Atlas, and its daily dump of probes, keep what they list."""


def objects(text: str, inside: Sequence[str] = PAGES) -> Iterator[dict[str, Any]]:
    """Go through the objects of a JSON text, one after the other.

    Parameters
    ----------
    text
        One JSON value, or several one after the other.
    inside
        Names of members that hold a list of the objects meant.

    Yields
    ------
    dict
        One JSON object, in the order of the text.

    Raises
    ------
    ValueError
        Where the text is no JSON.
    """
    decoder, start = json.JSONDecoder(), 0
    while (start := _SPACE.match(text, start).end()) < len(text):  # type: ignore[union-attr]
        value, start = decoder.raw_decode(text, start)
        yield from _unwrapped(value, inside)


def _unwrapped(value: Any, inside: Sequence[str]) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _unwrapped(one, inside)
    elif isinstance(value, dict):
        lists = [value[key] for key in inside if isinstance(value.get(key), list)]
        if lists:
            yield from _unwrapped(lists[0], inside)
        else:
            yield value
