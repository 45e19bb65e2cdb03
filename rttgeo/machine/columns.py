"""Which columns of a table hold numbers: these stand flush right on every page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

NOTHING: Final = ("", "–", "anywhere", "none", "none left", "all", "any")
"""What stands in a column of numbers where there is none."""
_NUMBER: Final = re.compile(r"[<≥≤≈~+−±×-]{0,2}\d[\d,]*(\.\d+)?%?")
_BESIDE: Final = frozenset(
    ("<", "≥", "≤", "~", "−", "-", "–", "×", "±", "%", "km", "km²", "ms", "µs", "s", "h", "MB", "GB",
     "bit", "bits", "to", "of", "few")
)  # fmt: skip
"""Signs, units and words that may stand beside numbers."""
_MARKS: Final = re.compile(r"[()*;]|,(?=\s|$)|(?<=\d)[–−](?=\d)")
"""Brackets, emphasis in Markdown, what separates two numbers, and the dash of a range."""


def is_of_numbers(cells: Sequence[str]) -> bool:
    """Check whether a column holds numbers only, with or without units and ranges.

    Parameters
    ----------
    cells
        Its cells, such as ``1,200 km``, ``0.84 (0.39 to 2.54)``, ``5 of 17`` or ``–``.

    Returns
    -------
    bool
        True if all are numbers or `NOTHING`, and one at least is a number.
    """
    filled = [one.strip() for one in cells if one.strip() not in NOTHING]
    return bool(filled) and all(_is_number(one) for one in filled)


def _is_number(cell: str) -> bool:
    """Whether numbers come first in a cell, and nothing but numbers and units after them."""
    words = [word for word in _MARKS.sub(" ", cell).split() if word not in _BESIDE]
    first = _MARKS.sub("", cell.split()[0])
    return bool(words) and all(_NUMBER.fullmatch(word) for word in words) and not first.isalpha()
