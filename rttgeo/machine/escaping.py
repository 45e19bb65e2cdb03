"""Text from outside, made safe for where it goes: one function for each medium.

Names come from files and servers and may hold anything: what steers a terminal, what a browser
runs, what a spreadsheet computes. Whatever is shown or written goes through here.
"""

from __future__ import annotations

import html as _html
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a cell begins that a spreadsheet takes for a formula, or that was escaped already."""
_SPECIAL = frozenset(r"\`*_{}[]()<>#+-.!|~^$@\"'")
"""Characters that mean something in Markdown, as pandoc reads it."""


def printable(text: str) -> str:
    """Text of one line without what would steer a terminal or turn the direction of writing.

    Control characters, marks of direction and half surrogates become �; spaces of any width stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_plain(c) else REPLACEMENT for c in text)


def _is_plain(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def is_blank(text: str) -> bool:
    """Whether a text shows nothing at all: spaces, or characters without a shape."""
    return not any(c.isprintable() and not c.isspace() for c in text)


def lines(text: str) -> str:
    """The same as `printable`, for a text of several lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def html(text: object) -> str:
    """Text for an HTML page or one of its attributes."""
    return _html.escape(lines(str(text)), quote=True)


def markdown(text: str) -> str:
    """Text that Markdown shows as it is: one line."""
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in printable(text))


def csv_cell(text: str) -> str:
    """Text for a cell of a CSV file: an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_csv_cell(text: str) -> str:
    """Take off the apostrophe of `csv_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts went through `csv_cell`; its numbers are as they were."""
    import pandas as pd

    def escaped(cell: Any) -> Any:
        return csv_cell(cell) if isinstance(cell, str) else cell

    made = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            made[name] = column.cat.rename_categories([escaped(c) for c in column.cat.categories])
        elif column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            made[name] = column.map(escaped, na_action="ignore")
        else:
            made[name] = column
    return pd.DataFrame(made, index=frame.index)


def to_csv(frame: pd.DataFrame) -> str:
    """A table as the text of a CSV file, without its index."""
    return str(csv_frame(frame).to_csv(index=False, lineterminator="\n"))
