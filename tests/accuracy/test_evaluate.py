"""The protocol hides what it says, and the numbers are those of a slow count."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh, moved
from hypothesis import given
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.evaluation import evaluate, write_json
from rttgeo.evaluation.bootstrap import paired_median_difference
from rttgeo.evaluation.report import json_schema
from rttgeo.figures.evaluation import calibration_plot, error_map


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(full_mesh(), ["shortest-ping", "calibrated"])


def test_shortest_ping_is_the_quickest_landmark_of_all(evaluation):
    mesh = full_mesh()
    expected = []
    for number in range(len(mesh.targets)):
        pairs = mesh.of_target(number)
        first = pairs.rtt_ms.argmin()
        lon, lat = (axis[number] for axis in mesh.target_lonlat)
        expected.append(float(sphere.distance_km(pairs.lon[first], pairs.lat[first], lon, lat)))
    table = evaluation.meshes[0].methods[0].targets
    np.testing.assert_allclose(table["error_km"], expected)
    np.testing.assert_allclose(table["baseline_km"], expected)
    figures = evaluation.to_dict()["meshes"][0]["methods"][0]
    assert figures["median_km"] == pytest.approx(np.median(expected))
    assert figures["p90_km"] == pytest.approx(np.quantile(expected, 0.9))
    assert figures["median_ratio"] == 1
    assert figures["difference_km"] == {"median": 0, "low": 0, "high": 0}


def test_the_json_follows_its_schema(evaluation, tmp_path):
    write_json(evaluation, tmp_path / "out.json")
    read = json.loads((tmp_path / "out.json").read_text())
    jsonschema.validate(read, json_schema())
    assert [m["default"] for m in read["meshes"][0]["methods"]] == [False, True]
    assert read["meshes"][0]["targets"] == len(CITIES)


def test_landmarks_near_the_target_do_not_serve():
    far = evaluate(full_mesh(), "shortest-ping", exclude_km=400.0)
    assert far.meshes[0].methods[0].targets["error_km"].min() > 400


@pytest.mark.slow
def test_a_target_is_not_seen_by_its_own_calibration():
    """The declared place of a target must not change its estimate, only its error."""
    mesh = full_mesh()
    lied = moved(mesh, "vienna", 16.30, 48.20)
    first, second = (
        evaluate(one, "calibrated").per_target().set_index("target") for one in (mesh, lied)
    )
    assert first.loc["vienna", "lon"] == pytest.approx(second.loc["vienna", "lon"], abs=1e-9)
    assert first.loc["vienna", "area_95"] == pytest.approx(second.loc["vienna", "area_95"])
    assert first.loc["vienna", "error_km"] != second.loc["vienna", "error_km"]


@pytest.mark.slow
def test_two_runs_give_the_same(evaluation):
    again = evaluate(full_mesh(), ["shortest-ping", "calibrated"])
    columns = ["lon", "lat", "covered_95", "area_95"]
    assert again.per_target()[columns].equals(evaluation.per_target()[columns])


def test_the_default_beats_shortest_ping_and_covers(evaluation):
    figures = evaluation.to_dict()["meshes"][0]["methods"][1]
    assert figures["median_ratio"] < 0.8
    assert figures["coverage95"] >= 0.85
    assert figures["coverage50"] < figures["coverage95"]


def test_text_and_figures_name_methods_and_kind(evaluation):
    text = evaluation.table()
    assert "calibrated *" in text
    assert "cities (simulated)" in text
    drawn = calibration_plot(evaluation.meshes[0])
    assert 0 <= drawn.facts["coverage95 calibrated"] <= 1
    assert "calibrated" in error_map(evaluation.meshes[0].methods[1]).alt
    with pytest.raises(BadInputError, match="no method has regions"):
        mesh = evaluation.meshes[0]
        calibration_plot(type(mesh)("x", "simulated", 1, 1, 1, ()))


def test_bad_requests_are_named():
    mesh = full_mesh()
    with pytest.raises(BadInputError, match="exclude_km"):
        evaluate(mesh, "calibrated", exclude_km=-1)
    with pytest.raises(NotThereError, match="no method 'guess'"):
        evaluate(mesh, "guess")
    with pytest.raises(BadInputError, match="nothing to evaluate"):
        evaluate(mesh, "shortest-ping", exclude_km=15_000)


@given(st.lists(st.floats(1, 5000), min_size=2, max_size=30), st.floats(0.1, 0.9))
def test_a_method_better_everywhere_is_seen_as_better(baseline, factor):
    baseline = np.array(baseline)
    interval = paired_median_difference(factor * baseline, baseline, resamples=200)
    assert interval.low <= interval.high < 0
    assert interval.value == pytest.approx((factor - 1) * np.median(baseline))
