"""Tables of HTML pages: columns of numbers stand flush right, by the class ``num``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rttgeo.machine import escaping
from rttgeo.machine.columns import is_of_numbers


def html_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    more: str = "",
    *,
    cell: Callable[[object], str] = escaping.html,
) -> str:
    """Write a table as HTML.

    Parameters
    ----------
    columns
        Names of its columns.
    rows
        Their cells, as texts or numbers.
    more
        A last line, such as how many rows are not shown.
    cell
        Writes a cell as HTML.

    Returns
    -------
    str
        The table.
    """
    lines = [list(row) for row in rows]
    kinds = [
        " class=num" if is_of_numbers([str(line[number]) for line in lines]) else ""
        for number in range(len(columns))
    ]
    head = "".join(
        f"<th scope=col{kind}>{escaping.html(name)}</th>"
        for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell(one)}</td>" for one, kind in zip(line, kinds, strict=True))
        + "</tr>"
        for line in lines
    )
    if more:
        body += f'<tr><td colspan="{len(columns)}">{escaping.html(more)}</td></tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
