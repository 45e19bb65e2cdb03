"""Counts of work, the same on every machine: none may grow by a fifth unseen."""

from __future__ import annotations

import json

import pytest

from benchmarks import counts


@pytest.mark.slow
def test_no_count_has_grown_by_a_fifth():
    kept = json.loads(counts.KEPT.read_text(encoding="utf-8"))
    said = counts.grown(counts.counted(), kept)
    assert not said, "\n".join([*said, "meant? python -m benchmarks.counts --write"])


def test_what_has_grown_is_named():
    before = {"a": 100, "b": 100, "c": 100, "gone": 1}
    said = counts.grown({"a": 120, "b": 121, "c": 50, "new": 3}, before)
    assert said == [
        "b: 100 before, 121 now (1.21 times)",
        "new: 3, of which nothing is kept",
        "gone: kept, but no longer counted",
    ]


def test_calls_are_counted_in_all_threads_and_only_those_of_rttgeo():
    from rttgeo.machine.escaping import printable
    from rttgeo.machine.side_by_side import side_by_side

    found = counts.calls_of(lambda: list(side_by_side(printable, ["a"] * 17)))
    assert found["machine.escaping.printable"] == 17
    assert all(name.split(".")[0] == "machine" for name in found)


def test_the_peak_is_of_what_is_held_at_once():
    import numpy as np

    def work():
        for _ in range(3):
            np.ones(1_000_000)
        return "done"

    held, result = counts.peak(work)
    assert result == "done"
    assert 8_000_000 <= held < 8_100_000
