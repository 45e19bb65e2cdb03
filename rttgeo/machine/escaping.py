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
FORMULA = r"^'*[=+\-@\t\r]"
"""Beginnings of cells that a spreadsheet takes for formulas, or that were escaped already."""
_FORMULA = re.compile(FORMULA)
_COMMAND = re.compile("`([^`]+)`")
_SPECIAL = frozenset(r"\`*_{}[]()<>#+-.!|~^$@\"'")
"""Characters that mean something in Markdown, as pandoc reads it."""


def printable(text: str) -> str:
    """Make text safe for one line of a terminal.

    Control characters, marks of direction (which turn the direction of writing) and half surrogates
    become �; spaces of any width stay.

    Parameters
    ----------
    text
        From outside: a name, a cell of a file, a message.

    Returns
    -------
    str
        Of the same length.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_plain(c) else REPLACEMENT for c in text)


def _is_plain(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def whole_characters(text: str) -> str:
    """Replace half surrogates, which JSON can spell and no file can hold.

    Parameters
    ----------
    text
        From JSON of others.

    Returns
    -------
    str
        The text, each half of a pair as �.
    """
    if text.isascii():
        return text
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)


def is_blank(text: str) -> bool:
    """Check whether a text shows nothing at all: spaces, or characters without a shape.

    Parameters
    ----------
    text
        From outside: a name, a cell of a file, a message.

    Returns
    -------
    bool
        True also for the empty text.
    """
    if text.isascii() and text.isprintable():
        return not text.strip()
    return not any(c.isprintable() and not c.isspace() for c in text)


def lines(text: str) -> str:
    """Make text of several lines safe for a terminal, as `printable` does for one.

    Parameters
    ----------
    text
        From outside: a name, a cell of a file, a message.

    Returns
    -------
    str
        The line feeds stay.
    """
    return "\n".join(printable(line) for line in text.split("\n"))


def html(text: object) -> str:
    """Make text safe for an HTML page or one of its attributes.

    Parameters
    ----------
    text
        Whatever it is, it is turned into text first.

    Returns
    -------
    str
        Escaped, without what `printable` takes out.
    """
    return _html.escape(lines(str(text)), quote=True)


def html_prose(text: object) -> str:
    """Escape a sentence for HTML, with what stands between backticks set as code.

    Parameters
    ----------
    text
        As a terminal shows it, where commands stand between backticks.

    Returns
    -------
    str
        HTML.
    """
    return _COMMAND.sub(r"<code>\1</code>", html(text))


def markdown(text: str) -> str:
    """Make text that Markdown shows as it is, in one line.

    Parameters
    ----------
    text
        From outside: a name, a cell of a file, a message.

    Returns
    -------
    str
        Its special characters behind a backslash.
    """
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in printable(text))


def csv_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute, for a cell of a CSV file.

    Parameters
    ----------
    text
        From outside: a name, a cell of a file, a message.

    Returns
    -------
    str
        `from_csv_cell` gives the text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def from_csv_cell(text: str) -> str:
    """Take off the apostrophe of `csv_cell`.

    Parameters
    ----------
    text
        A cell as it stands in the file.

    Returns
    -------
    str
        The text as it was.
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the texts of a table through `csv_cell`; its numbers stay as they are.

    Parameters
    ----------
    frame
        The table, which is not changed.

    Returns
    -------
    pandas.DataFrame
        A new table with the same index.
    """
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
    """Write a table as the text of a CSV file, without its index.

    Parameters
    ----------
    frame
        The table.

    Returns
    -------
    str
        Rows end in a line feed.
    """
    return str(csv_frame(frame).to_csv(index=False, lineterminator="\n"))
