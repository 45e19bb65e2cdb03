"""Columns of numbers stand flush right on every page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rttgeo.machine.columns import is_of_numbers
from rttgeo.report.html_table import html_table
from rttgeo.report.page import PAGE


@pytest.mark.parametrize(
    ("cells", "so"),
    [
        (["8.20 ms", "1,234 km"], True), (["99 %", "–"], True), (["3", ""], True), (["−5", "0.1"], True),
        (["anywhere"], False), (["48.2° N, 16.4° E"], False), (["8.20 ms", "no"], False), ([], False),
        (["1.2.3"], False), (["192.0.2.1"], False), (["12 cities"], False), (["2017-07-11"], False),
        (["0.84 (0.39 to 2.54)", "–"], True), (["5 of 17"], True), (["72 %, 31 %"], True),
        (["470 (388–563)\u00a0km"], True), (["0, 1 of 3"], True), (["**1.25** (1.02 to 1.55)"], True),
        (["-3.1 (-8.4 to +1.4)"], True), (["5", "all"], True), (["all"], False), (["20 (few)"], True),
        (["under 2 ms"], False), (["2.14 s", "2.17 s: 25,000 results"], False), (["CH (0.69)"], False),
        (["of 17"], False), (["+12.7\u00a0ms", "none left"], True), (["1e3 km"], False),
    ],
)  # fmt: skip
def test_what_is_a_column_of_numbers(cells: list[str], so: bool):
    assert is_of_numbers(cells) == so


def test_head_and_cells_of_such_a_column_are_marked():
    page = html_table(["name", "km"], [("<a>", "1,200 km"), ("b", "anywhere")], "and 3 more")
    assert page.count(" class=num") == 3 and "<th scope=col class=num>km" in page
    assert "&lt;a&gt;" in page and 'colspan="2">and 3 more' in page
    assert re.search(r"\.num \{\{ text-align: right", PAGE)


def test_no_page_writes_a_table_of_its_own(root: Path):
    """But those of facts, a row each: names on the left and texts on the right."""
    for path in sorted((root / "rttgeo" / "report").glob("*.py")):
        texts = [
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert path.name == "html_table.py" or not any("<th scope=col" in one for one in texts), (
            path
        )
