"""The figures by which parts of the default method are judged, against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.parts import FLOOR_KM, Pair, change, compare, opened, summary
from benchmarks.parts_page import page


def table(scale: float, held: float) -> pd.DataFrame:
    """40 targets; without the part all errors are ``scale`` times as large, areas four times."""
    rng = np.random.default_rng(1)
    error, area = rng.uniform(50, 500, 40), rng.uniform(1e3, 1e5, 40)
    rows = [
        {
            "mesh": "m",
            "kind": "simulated",
            "part": part,
            "target": f"t{row}",
            "error_km": error[row] * (scale if part else 1),
            "covered": float(row >= (held * 40 if part else 2)),
            "area_km2": area[row] * (4 if part else 1),
        }
        for part in ("", "coasts")
        for row in range(40)
    ]
    return pd.DataFrame(rows)


def test_changes_are_of_the_same_targets():
    pair = Pair(np.array([[10.0, 20, 40], [20, 20, 80]]), np.ones((2, 3)), np.ones((2, 3)))
    found = change(pair, np.arange(3))
    assert np.exp(found["median"]) == pytest.approx(1.0)
    logs = [np.log((b + FLOOR_KM) / (a + FLOOR_KM)) for a, b in ((10, 20), (20, 20), (40, 80))]
    assert found["log_error"] == pytest.approx(np.mean(logs))


@pytest.mark.parametrize(("scale", "sure"), [(2.0, "worse"), (1.0, ""), (0.5, "better")])
def test_what_is_worse_without_a_part_is_said_and_its_interval_holds_it(scale, sure):
    found = compare(table(scale, 0.5), ["m"], "coasts")
    assert found["log_error"]["sure"] == sure
    assert np.exp(found["median"]["value"]) == pytest.approx(scale)
    assert found["area"]["value"] == pytest.approx(np.log(4))
    assert found["coverage"]["value"] == pytest.approx(2 / 40 - 0.5)
    assert found["coverage"]["sure"] == "worse"
    for one in found.values():
        assert one["low"] <= one["value"] <= one["high"]


def test_the_page_says_which_mesh_is_simulated_and_what_was_not_tried():
    rows = table(2.0, 0.5)
    other = rows[rows["part"] == ""].assign(mesh="n", kind="measured")
    both = pd.concat([rows, other])
    text = page(both, summary(both))
    assert "| m (simulated) | 40 |" in text and "| n (measured) | 40 |" in text
    assert "| coasts | 1 | **2.00**" in text


def test_a_mesh_is_made_from_its_name():
    mesh = opened("world-9")
    assert len(mesh.landmarks) == 9 and mesh.provenance.kind == "simulated"
