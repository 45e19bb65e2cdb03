"""The page on a census of a billion addresses: its numbers against plain arithmetic."""

from __future__ import annotations

import re

import pytest

from benchmarks.census import KEPT, Run, power, runs_of, text_of
from benchmarks.census_page import Prices, core_hours, page


def runs(method: str, start: float, each: float) -> list[Run]:
    return [
        Run(method, n, 200, 1.0, start + each * n, 500.0, 1000 * n, 80 * n, 1 + n // 10_000, 2, 0.5)
        for n in (1_000, 10_000, 100_000)
    ]


def test_start_and_power_of_a_straight_line():
    start, exponent = power(runs("exclusion", 2.5, 2e-4))
    assert start == pytest.approx(2.5)
    assert exponent == pytest.approx(1.0)


def test_a_square_has_the_power_of_two():
    rows = [Run("cbg", n, 200, 1, 1e-6 * n * n, 1, 1, 1, 1, 2, 0) for n in (1_000, 10_000, 100_000)]
    assert power(rows)[1] == pytest.approx(2.0, abs=0.05)


def test_core_hours_are_of_a_billion_targets():
    # 0.2 ms a target are 200,000 s, which are 55.6 hours.
    assert core_hours(runs("exclusion", 2.5, 2e-4)[-1], 2.5) == pytest.approx(2e5 / 3600)


def test_the_page_says_what_follows_from_runs_and_prices():
    grouped = {"exclusion": runs("exclusion", 2.5, 2e-4), "cbg++": runs("cbg++", 3.0, 1e-3)}
    powers = {name: power(rows) for name, rows in grouped.items()}
    text = page(grouped, powers, Prices(core_hour=0.1, gb_month=0.02))
    assert "56 core-hours by exclusion ($5.60) and 280 by CBG++ ($28), at $0.1" in text
    # 1,000 bytes a target in and 80 out, a billion of them: 1,080 GB at 2 cents.
    assert "costs $22 at $0.02 a GB" in text
    # 3 billion packets at 10,000 a second are 3.47 days, at 84 bytes 252 GB.
    assert "250 GB and take 3.5 days" in text
    assert "| exclusion | 1.00 | 200 | 56 | 0.9 h | $5.60 |" in text
    assert "100,000 shards for the billion" in text


def test_the_page_in_the_documentation_is_that_of_the_record(root):
    written = (root / "docs" / "howto" / "billion.md").read_text(encoding="utf-8")
    assert written == text_of(KEPT, Prices())
    assert {one.landmarks for one in runs_of(KEPT)} == {200}
    assert len(re.findall(r"^\\| exclusion \\|", written, flags=re.MULTILINE)) >= 4
