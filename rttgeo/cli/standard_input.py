"""Standard input, as a pairs table comes from it."""

from __future__ import annotations

import sys
from typing import BinaryIO

from rttgeo.cli import output

STDIN = "-"


def refuse_other_forms() -> None:
    """Refuse whatever else stands on standard input than a pairs table, which alone is read from it.

    Raises
    ------
    BadInputError
        When it begins as a file of another form; the message says which.
    """
    from rttgeo.errors import BadInputError
    from rttgeo.sources.recognise import WORDS, form_of_head

    if sys.stdin.isatty() or not hasattr(sys.stdin.buffer, "peek"):
        return
    form = form_of_head(sys.stdin.buffer.peek(1).decode("utf-8", errors="replace"))
    if form:
        raise BadInputError(
            f"standard input: {WORDS[form]}, but only pairs tables are read from there; give it as a file"
        )


def standard_input() -> BinaryIO:
    """Open standard input, with a hint if it is a terminal.

    Returns
    -------
    BinaryIO
        It as bytes.
    """
    if sys.stdin.isatty():
        output.complain("rttgeo: reading a pairs table from the terminal; Ctrl-D ends it")
    return sys.stdin.buffer
