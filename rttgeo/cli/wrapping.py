"""Sentences broken between words where they meet the edge of a terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TextIO

LEAST_COLUMNS = 20
"""In a narrower window nothing is broken: every second word would begin a line."""

_LAID_OUT = re.compile(r"\x1b|\S {2,}\S|[─│]|^\s*(?:\$ |rttgeo )")
"""Lines of tables, and commands to copy: they stay as they are."""


def to_window(text: str, stream: TextIO) -> str:
    """Break the sentences of a text for the window that it goes to; other texts stay as they are.

    Parameters
    ----------
    text
        Sentences, tables, or JSON, which no line may be broken of.
    stream
        Where it is written: a terminal, a file or a pipe.

    Returns
    -------
    str
        For a terminal, no line of a sentence is wider than its window; the lines that it goes on in
        are indented as its first one.
    """
    if not stream.isatty() or text[:1] in ("{", "["):
        return text
    return wrapped(text, shutil.get_terminal_size().columns)


def wrapped(text: str, columns: int) -> str:
    """Break sentences between words, and leave tables and commands alone.

    >>> print(wrapped("  note: one two three four", 20))
      note: one two
      three four

    Parameters
    ----------
    text
        Lines.
    columns
        Width of the window.

    Returns
    -------
    str
        The lines, the long ones broken. A word wider than the window stays whole.
    """
    if columns < LEAST_COLUMNS:
        return text
    return "\n".join(_broken(line, columns) for line in text.split("\n"))


def _broken(line: str, columns: int) -> str:
    if len(line) <= columns or _LAID_OUT.search(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), columns, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
