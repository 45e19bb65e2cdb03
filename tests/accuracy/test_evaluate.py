"""The protocol hides what it says, and the numbers are those of a slow count."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh, moved
from hypothesis import given
from hypothesis import strategies as st

import rttgeo
from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.data import coasts as maps
from rttgeo.data.continents import CONTINENTS, continents
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.evaluation import evaluate, write_json
from rttgeo.evaluation.alone import Drawn, alone, drawn_pairs
from rttgeo.evaluation.bootstrap import paired_median_difference
from rttgeo.evaluation.protocol import run_method
from rttgeo.evaluation.report import json_schema
from rttgeo.evaluation.text import sentence
from rttgeo.figures.evaluation import calibration_plot, error_map, strata_plot


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
    # Six tables and their titles, each within a terminal of 80 columns below the sentences.
    assert max(map(len, text[text.index("Errors:") :].splitlines())) <= 80
    for shown in (evaluation, evaluation.meshes[0], evaluation.meshes[0].methods[0]):
        assert len(repr(shown)) < 200 and "\n" not in repr(shown)
    assert "Errors: km" in evaluation._repr_html_()
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


def test_strata_are_those_of_a_slow_count(evaluation):
    table = evaluation.meshes[0].methods[1].targets
    found = evaluation.strata().query("method == 'calibrated'").set_index(["by", "stratum"])
    near = [row for _, row in table.iterrows() if 5 <= row["lowest_rtt_ms"] < 15]
    one = found.loc[("lowest RTT", "5 to 15 ms")]
    assert one["targets"] == len(near)
    assert one["median_km"] == pytest.approx(np.median([row["error_km"] for row in near]))
    assert one["coverage95"] == pytest.approx(np.mean([row["covered_95"] for row in near]))
    assert one["few"] == (len(near) < 30)
    for _, part in found.groupby(level="by"):
        assert part["targets"].sum() == len(table)
    assert set(table["continent"]) == {"Asia", "Europe"}  # Istanbul is of a country in Asia
    drawn = strata_plot(evaluation.meshes[0].methods[1])
    assert drawn.facts["coverage95 5 to 15 ms"] == one["coverage95"]
    with pytest.raises(NotThereError, match="kind of stratum"):
        strata_plot(evaluation.meshes[0].methods[1], "weather")


def test_all_targets_stand_beside_those_left():
    lied = evaluate(moved(full_mesh(), "zurich", 139.7, 35.7), ["shortest-ping"])
    (mesh,) = lied.to_dict()["meshes"]
    (figures,) = mesh["methods"]
    assert mesh["contradicted"] == ["zurich"]
    assert (figures["targets"], figures["all_targets"]["targets"]) == (31, 32)
    assert figures["all_targets"]["mean_km"] > figures["mean_km"] + 200
    assert "all 32 targets" in lied.table()
    jsonschema.validate(lied.to_dict(), json_schema())


def test_alone_depends_on_nobody_else():
    """Other targets, their places, their number: no bit changes. The landmarks drawn are few."""
    mesh = full_mesh()
    few = mesh.where(np.isin(mesh.pairs["target"], [0, 3, 7]))
    elsewhere = moved(mesh, "oslo", 10.0, 59.0)
    tables = [
        evaluate(one, "exclusion", alone=True, landmarks=5, resolution_km=100.0)
        .per_target()
        .set_index("target")
        for one in (mesh, few)
    ]
    columns = ["lon", "lat", "area_95", "lowest_rtt_ms", "baseline_km", "n_landmarks"]
    assert tables[0].loc[tables[1].index, columns].equals(tables[1][columns])
    assert (tables[0]["n_landmarks"] == 5).all()
    number = mesh.target_number("vienna")
    drawn = Drawn(5, 1.0, 0)
    pairs = drawn_pairs(mesh, number, drawn)
    assert np.array_equal(pairs.landmark, drawn_pairs(elsewhere, number, drawn).landmark)
    assert not np.array_equal(pairs.landmark, drawn_pairs(mesh, number, Drawn(5, 1.0, 1)).landmark)
    one = alone(mesh, number, pairs)
    assert not one.has_truth
    assert (len(one.landmarks), len(one.targets)) == (5, 1)
    with pytest.raises(BadInputError, match="alone"):
        evaluate(mesh, "exclusion", landmarks=5)


@pytest.mark.parametrize("method", ["shortest-ping", "exclusion", "cbg++"])
def test_who_else_is_scored_changes_nothing(method):
    mesh, grid = full_mesh(), Grid(resolution_km=100.0)
    all_targets = np.arange(len(mesh.targets))
    every, some = (
        run_method(mesh, method, rows, grid, exclude_km=1.0).targets.set_index("target")
        for rows in (all_targets, all_targets[[9, 2, 20]])
    )
    columns = [c for c in every.columns if not c.startswith("equal_area")]
    assert every.loc[some.index, columns].equals(some[columns])


def test_every_country_shape_with_a_code_is_on_one_continent():
    codes = [code for codes in CONTINENTS.values() for code in codes.split()]
    assert len(codes) == len(set(codes))
    named = {
        c for c in maps.countries("50m")["iso_number"].astype(str) if c.isdigit() and int(c) > 0
    }
    assert {code.zfill(3) for code in named} <= set(codes)
    places = {"Europe": (2.35, 48.86), "South America": (-46.6, -23.5), "Africa": (36.8, -1.3),
              "Asia": (103.85, 1.29), "North America": (-99.1, 19.4), "Oceania": (174.8, -36.9),
              "at sea": (-30.0, -30.0)}  # fmt: skip
    lon, lat = np.array(list(places.values())).T
    assert continents(lon, lat).tolist() == list(places)


def test_an_evaluation_begins_with_a_sentence_that_its_table_bears_out():
    mesh = rttgeo.open_dataset("azure-2026")
    found = rttgeo.evaluate(mesh, ["shortest-ping", "exclusion"])
    for result in found.meshes[0].methods:
        errors = result.targets["error_km"]
        said = sentence(result, found.seed)
        assert f"{errors.quantile(0.5):,.0f} km for half of the {len(errors)} targets" in said
        assert f"{errors.quantile(0.9):,.0f} km for nine in ten" in said
        assert f"hold {int(result.targets['covered_95'].sum())} of {len(errors)}." in said
        assert ("shortest ping:" in said) == (result.method != "shortest-ping")
        assert "Its regions, to which it gives no probability, hold" in said
        half = result.targets.assign(area_50=result.targets["area_50"] / 2)
        assert "Its 95 % regions hold" in sentence(
            dataclasses.replace(result, targets=half), found.seed
        )
    assert found.table().startswith(sentence(found.meshes[0].methods[0], found.seed))
