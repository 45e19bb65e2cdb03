"""The page on privacy quotes what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rttgeo.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "privacy.md"


@pytest.mark.slow
def test_the_quoted_beginning_is_that_of_the_command(capsys):
    quoted = re.search(
        r"begins like this:\n\n```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert quoted and main(["privacy", "azure-2026"]) == 0
    words = quoted[1].split()  # lines are broken on the page as by a window
    assert capsys.readouterr().out.split()[: len(words)] == words
