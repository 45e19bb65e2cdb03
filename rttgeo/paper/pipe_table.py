"""Tables in Markdown, as pandoc sets them on the page and in print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rttgeo.machine.columns import is_of_numbers
from rttgeo.machine.escaping import markdown as literal

WIDEST_COLUMN = 34
"""Letters: a longer cell wraps."""


class Markdown(str):
    """Text of ours that is Markdown already: in a table it stays as it is."""


def _halves(heading: str) -> list[str]:
    """A heading in two lines, broken where it is most even, so that numbers get the room."""
    words = heading.split() or [""]
    parted = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words) + 1)]
    return list(min(parted, key=lambda two: max(map(len, two))))


def pipe_table(
    columns: list[str],
    rows: list[list[Any]],
    caption: str,
    label: str,
    *,
    wide: bool = False,
    widths: Sequence[int] | None = None,
) -> str:
    """A Markdown table in a labelled block.

    Parameters
    ----------
    columns
        Names of the columns.
    rows
        Cells, row by row; None stays empty.
    caption
        Stands above the table.
    label
        What the text refers to it by.
    wide
        Over both columns of the PDF.
    widths
        Of the columns, in proportion; by default as long as what stands in them.

    Returns
    -------
    str
        Markdown.
    """
    forms = [_column_form([row[i] for row in rows]) for i in range(len(columns))]
    cells = [[_cell(cell, form) for cell, form in zip(row, forms, strict=True)] for row in rows]
    # Texts as they were given: what Markdown escapes is no number any more.
    read = [
        [raw if isinstance(raw, str) else cell for raw, cell in zip(given, made, strict=True)]
        for given, made in zip(rows, cells, strict=True)
    ]
    numeric = [is_of_numbers([row[i] for row in read]) for i in range(len(columns))]
    # Long tables fill the width in proportion to these dashes.
    widths = widths or [
        min(max(len(text) for text in [*_halves(name), *(row[i] for row in cells)]), WIDEST_COLUMN)
        for i, name in enumerate(columns)
    ]
    rule = [
        "-" * (width + 1) + ":" if right else ":" + "-" * (width + 1)
        for right, width in zip(numeric, widths, strict=True)
    ]
    lines = [columns, rule, *cells]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"::: {{#{label}{' .wide' if wide else ''}}}\n{body}\n\n: {caption}\n:::"


def _cell(cell: object, form: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell if isinstance(cell, Markdown) else literal(cell)
    return format(cell, form or usual_form(cell)).replace("-", "\N{MINUS SIGN}")


def _column_form(cells: list[Any]) -> str:
    """One form for the numbers of a column, so that their digits line up."""
    numbers = [one for one in cells if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if not numbers or any(isinstance(one, str) for one in cells):
        return ""
    most = max(abs(one) for one in numbers)
    if most >= 100 or all(float(one).is_integer() for one in numbers):
        return ",.0f"
    return f",.{1 if most >= 10 else 2 if most >= 1 else 3}f"


def usual_form(value: object) -> str:
    """Choose how a value is written: whole numbers with thousands marked, others to four digits or so.

    Parameters
    ----------
    value
        A number, or anything else, which stays as it is.

    Returns
    -------
    str
        A format as Python's ``format`` takes it.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if isinstance(value, int) or abs(value) >= 1000:
        return ",.0f"
    if value == 0:
        return ".0f"
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f".{digits}f"
