"""Finite places: probabilities against a slow sum, odd lists in words, scores in an evaluation."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior
from rttgeo.cli.main import main
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.candidate_files import read_candidates
from rttgeo.estimators.candidates import (
    AROUND_KM,
    ELSEWHERE,
    Candidates,
    choose,
    probabilities,
)
from rttgeo.estimators.estimate import Estimate
from rttgeo.evaluation import evaluate
from rttgeo.evaluation.choosing import choice
from rttgeo.sphere import distance_km

GRID = Grid(nside=256)
SITES = Candidates(
    ("Vienna", "Prague", "Munich", "Sydney"),
    np.array([16.37, 14.42, 11.58, 151.2]),
    np.array([48.21, 50.09, 48.14, -33.9]),
)


def posterior_at(lon: float, lat: float, km: float) -> Posterior:
    cells = GRID.cap(lon, lat, 4 * km).cells()
    held = np.exp(-0.5 * (distance_km(*GRID.lonlat(cells), lon, lat) / km) ** 2)
    return Posterior(GRID, cells, held / held.sum())


def estimate_at(lon: float, lat: float, km: float) -> Estimate:
    return Estimate("by hand", "x", lon, lat, posterior=posterior_at(lon, lat, km))


def test_probabilities_by_a_slow_sum():
    posterior = posterior_at(15.5, 49.0, 150.0)
    found = probabilities(posterior, SITES)
    held = []
    for lon, lat in zip(SITES.lon, SITES.lat, strict=True):
        far = distance_km(*GRID.lonlat(posterior.cells), lon, lat)
        held.append((np.exp(-0.5 * (far / AROUND_KM) ** 2) * posterior.probability).sum())
    expected = (1 - ELSEWHERE) * np.array(held) / sum(held) + ELSEWHERE / 4
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert found.sum() == pytest.approx(1.0)


def test_the_likeliest_comes_first_with_its_lead():
    found = choose(estimate_at(16.3, 48.3, 60.0), SITES)
    assert found.ranked[0].name == "Vienna"
    p = [one.p for one in found.ranked]
    assert p == sorted(p, reverse=True) and sum(p) == pytest.approx(1.0, abs=1e-3)
    assert found.margin == pytest.approx(p[0] - p[1], abs=1e-3)
    assert found.ranked[0].inside and not found.ranked[-1].inside and found.note == ""
    assert found.sentence(2).startswith("Of the candidates: Vienna 0.9")


def test_a_target_that_is_at_none_of_them_is_said():
    found = choose(estimate_at(-60.0, -10.0, 60.0), SITES)
    assert "None of the candidates is in the 95 % region" in found.note
    assert [one.p for one in found.ranked] == [0.25] * 4 and found.margin == 0.0
    nearest = min(found.ranked, key=lambda one: one.distance_km)
    assert f"The nearest is {nearest.name}, " in found.note and found.ranked[0] == nearest


def test_a_hard_region_has_those_inside_first_and_no_probabilities():
    region = GRID.cap(13.0, 49.5, 230.0)
    found = choose(Estimate("exclusion", "x", 13.0, 49.5, feasible=region), SITES)
    assert {one.name for one in found.ranked[:2]} == {"Prague", "Munich"}
    assert all(one.p is None for one in found.ranked) and found.margin is None
    place_only = choose(Estimate("shortest-ping", "x", 151.0, -33.0), SITES)
    assert place_only.ranked[0].name == "Sydney" and place_only.ranked[0].inside is None


def test_where_landmarks_contradict_each_other_no_probability_is_claimed():
    one = estimate_at(16.3, 48.3, 60.0)
    conflict = Estimate(
        one.method, one.target, one.lon, one.lat, posterior=one.posterior, conflict=("a", "b"),
        notes=(Note(NoteKind.CONFLICT, "they contradict each other"),),
    )  # fmt: skip
    found = choose(conflict, SITES)
    assert found.ranked[0].p is None and "contradict each other" in found.note


def test_odd_lists_are_said(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("name,lat,lon\na,48,16\nb,50,14\na,48,16\nc,50.001,14.001\nnone,0,0\n")
    found = read_candidates(path)
    assert found.name == ("a", "b", "c")
    said = " ".join(found.notes)
    assert "'a' is listed twice" in said and "'c' and 'b' are at the same place" in said
    assert "0°, 0°" in said
    for text, says in (
        ("name,lat,lon\na,48,16\n", "1 candidate, expected two or more"),
        ("name,lat,lon\na,48,16\na,10,16\n", "line 3"),
        ("name,lat,lon\na,98,16\nb,1,1\n", "line 2, column lat"),
        ("who,lat,lon\na,48,16\n", "column 'name' is missing"),
    ):
        path.write_text(text)
        with pytest.raises(BadInputError, match=says):
            read_candidates(path)


def test_scores_of_a_choice():
    one = choice(estimate_at(16.3, 48.3, 60.0), SITES, 16.4, 48.2)
    assert one["candidate_rank"] == 1.0 and one["candidate_region"] == 1.0
    assert one["candidate_log_p"] == pytest.approx(math.log(0.9625), abs=0.02)
    wrong = choice(estimate_at(16.3, 48.3, 60.0), SITES, 151.2, -33.9)
    assert wrong["candidate_rank"] == 4.0 and wrong["candidate_region"] == 0.0
    assert wrong["candidate_log_p"] == pytest.approx(math.log(ELSEWHERE / 4), abs=1e-2)
    nowhere = choice(estimate_at(16.3, 48.3, 60.0), SITES, 0.0, 10.0)
    assert all(math.isnan(value) for value in nowhere.values())


def test_of_two_at_one_place_either_is_right():
    sites = Candidates(
        ("b", "a", "far"), np.array([16.37, 16.37, 0.0]), np.array([48.21, 48.21, 0.0])
    )
    found = choice(estimate_at(16.3, 48.3, 60.0), sites, 16.37, 48.21)
    assert found["candidate_rank"] == 1.0 and found["candidate_region"] == 1.0
    assert found["candidate_log_p"] > math.log(0.95)


def test_an_evaluation_scores_every_method_beside_shortest_ping():
    mesh = rttgeo.open_dataset("azure-2026")
    lon, lat = mesh.target_lonlat
    # Every second region's place: half of the targets are at none of the candidates.
    sites = Candidates(tuple(mesh.targets.index[::2]), lon[::2], lat[::2])
    result = evaluate(mesh, "exclusion", candidates=sites)
    methods = result.to_dict()["meshes"][0]["methods"]
    assert [one["method"] for one in methods] == ["exclusion", "shortest-ping"]
    for one in methods:
        assert 25 <= one["candidate_targets"] < 50 and one["candidate_log_score"] is None
        assert 0 <= one["candidate_top1"] <= one["candidate_top3"] <= 1
    table = result.meshes[0].methods[0].targets
    away = [
        distance_km(row.lon, row.lat, sites.lon, sites.lat).argmin()
        == distance_km(row.true_lon, row.true_lat, sites.lon, sites.lat).argmin()
        for row in table[table["candidate_region"].notna()].itertuples()
    ]
    assert methods[0]["candidate_region"] == pytest.approx(np.mean(away), abs=0.05)
    assert "right region" in result.table()


def test_the_command_lists_as_many_as_asked_for(tmp_path, capsys):
    path = tmp_path / "sites.csv"
    path.write_text("name,lat,lon\nUK South,51.5,-0.1\nLima,-12.0,-77.0\nTokyo,35.7,139.7\n")
    asked = ["locate", "azure-2026", "-t", "UK West", "-m", "exclusion", "--candidates", str(path)]
    assert main([*asked, "--json", "--top", "2"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["estimates"]
    assert record["candidates"][0]["name"] == "UK South"
    assert len(record["candidates"]) == 2 and record["candidate_margin"] is None
    assert main(asked) == 0
    assert "Of the candidates: UK South" in capsys.readouterr().out
    assert main([*asked, "--format", "csv"]) == 0
    assert "UK South; " in capsys.readouterr().out
