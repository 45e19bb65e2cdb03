"""Counts in words."""

from __future__ import annotations

import pytest

from rttgeo.machine.counting import number_of


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1000, "1,000 records")],
)
def test_one_is_no_plural(count, said):
    assert number_of(count, "record") == said
