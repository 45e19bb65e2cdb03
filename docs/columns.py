"""Columns of numbers stand flush right on the site, as on every other page."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

from rttgeo.machine.columns import is_of_numbers

_TOGETHER = re.compile(r"\([^)]{,24}\)|\d (?=%|km|ms|MB)")


def set_right(_app: Sphinx, tree: nodes.document) -> None:
    """Mark the cells of columns that hold numbers only."""
    for table in tree.findall(nodes.table):
        for body in table.findall(nodes.tbody):
            of_body = _columns(body)
            heads = [_columns(head) for head in table.findall(nodes.thead)]
            for number, column in enumerate(of_body):
                if is_of_numbers([entry.astext() for entry in column]):
                    for entry in (*column, *(one for head in heads for one in head[number])):
                        entry["classes"].append("num")
                        _keep_together(entry)


def _columns(part: nodes.Element) -> list[tuple[nodes.entry, ...]]:
    """Cells by column; none where a cell spans several."""
    rows = [list(row.findall(nodes.entry)) for row in part.findall(nodes.row)]
    if len({len(row) for row in rows}) != 1:
        return []
    return list(zip(*rows, strict=True))


def _keep_together(entry: nodes.entry) -> None:
    """No line ends within brackets, or between a number and its unit."""
    for text in list(entry.findall(nodes.Text)):
        kept = _TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
        text.parent.replace(text, nodes.Text(kept))
