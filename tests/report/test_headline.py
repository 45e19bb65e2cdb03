"""The first sentence of an answer, for people."""

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

import rttgeo
from rttgeo.cli.output import milliseconds
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.statements import Bound, BoundKind
from rttgeo.mesh import Mesh
from rttgeo.report.headline import UNNAMED, called, headline, overview
from rttgeo.report.light import light_record
from rttgeo.report.tables import estimate_record, places_of_record
from rttgeo.report.webmap import answer_map
from rttgeo.sources.typed import TARGET
from rttgeo.sphere import destination, distance_km

VIENNA = (16.37, 48.21)
KEEPING = Bound(BoundKind.FITTED, "", None, 50.0, 5.0)


def record(countries, places=(), *, lowest_rtt_ms=4.2, notes=(), place=VIENNA):
    quickest = {
        "lowest_rtt_ms": lowest_rtt_ms, "quickest_landmark": "vienna",
        "quickest_lon": VIENNA[0], "quickest_lat": VIENNA[1],
    }  # fmt: skip
    return {
        "target": "server",
        "empty": False,
        "area_km2": 1234.5,
        "n_landmarks": 3,
        "n_landmarks_unused": 0,
        "note_kinds": list(notes),
        "countries": [{"code": c[:2], "name": c, "p": p} for c, p in countries],
        "places": [
            {"name": n, "country": c, "p": p, "lon": place[0], "lat": place[1]}
            for n, c, p in places
        ],
        **quickest,
        **light_record(quickest, KEEPING, place),
    }


def test_a_city_likelier_than_all_others_is_named():
    said = headline(record([("Austria", 0.76)], [("Vienna", "Au", 0.71)]))
    assert said.startswith("server is most likely in or around Vienna, Austria (0.71). ")
    assert said.endswith(
        "Light in vacuum proves only that it is within 630 km of vienna; light in fibre, the usual "
        "bound, reaches 429 km."
    )


def test_what_is_left_to_declared_places_is_said_where_it_counts():
    near = tuple(map(float, destination(*VIENNA, 90.0, 16.0)))
    said = headline(
        record([("Austria", 0.9)], [("Fischamend", "Au", 0.9)], lowest_rtt_ms=0.081, place=near)
    )
    assert "in or around Fischamend" in said
    assert said.endswith(
        "Light in vacuum proves only that it is within 17 km of vienna: 12 km for light and 5 km for "
        "how exactly places are declared."
    )


def test_a_city_beyond_the_limit_is_near_and_a_place_beyond_it_is_a_contradiction():
    far = tuple(map(float, destination(*VIENNA, 90.0, 30.0)))
    answer = record([("Austria", 0.9)], [("Hainburg", "Au", 0.9)], lowest_rtt_ms=0.081, place=far)
    assert "Even light in vacuum reaches only 12 km from vienna" in headline(answer)
    answer["beyond_vacuum"] = False
    assert "is most likely near Hainburg" in headline(answer)


def small_meshes():
    """Ten landmarks in a random country, targets near one of them, RTTs from 0.05 ms."""
    rng = np.random.default_rng(7)
    cities = [(4.9, 52.37), (8.54, 47.38), (-74.0, 40.71), (139.7, 35.7), (24.94, 60.17)]
    for lon, lat in cities:
        place = destination(lon, lat, rng.uniform(0, 360, 10), rng.uniform(0, 400, 10))
        rtt = rng.uniform(0.05, 1.5) + distance_km(*place, lon, lat) / 90
        rows = pd.DataFrame(
            {
                "landmark": [f"l{i}" for i in range(10)],
                "landmark_lon": place[0], "landmark_lat": place[1],
                "target": "x", "target_lon": math.nan, "target_lat": math.nan, "rtt_ms": rtt,
            }
        )  # fmt: skip
        yield Mesh.from_frame(rows)


@pytest.mark.parametrize("method", ["calibrated", "spotter", "exclusion-vacuum"])
def test_the_place_named_lies_within_the_radius_stated(method):
    own = ((mesh, "x") for mesh in small_meshes())
    azure = rttgeo.open_dataset("azure-2026")
    for mesh, target in itertools.chain(own, ((azure, name) for name in azure.targets.index[:6])):
        estimate = rttgeo.locate(mesh, target, method=method)
        answer = estimate_record(mesh, estimate)
        said = headline(answer)
        stated = re.search(r"within ([\d,]+) km of", said)
        if not stated:
            continue
        radius_km = float(stated[1].replace(",", "")) + 0.5
        landmark = answer["quickest_lon"], answer["quickest_lat"]
        assert distance_km(estimate.lon, estimate.lat, *landmark) <= radius_km
        if "in or around" in said:
            city = answer["places"][0]
            assert distance_km(city["lon"], city["lat"], *landmark) <= radius_km
        lowest_km = KM_PER_MS_RTT["vacuum"] * answer["lowest_rtt_ms"]
        assert radius_km >= lowest_km - 0.5
        assert f'"radius_km":{round(lowest_km + answer["vacuum_left_km"], 3)}' in (
            answer_map(mesh, [estimate]).html
        )


@pytest.mark.parametrize(
    ("countries", "said"),
    [
        ([("The Netherlands", 0.9)], "server is most likely in the Netherlands (0.90)."),
        (
            [("United States", 0.4), ("Canada", 0.3)],
            "server is most likely in the United States or in Canada (0.70).",
        ),
        (
            [("Chile", 0.3), ("at sea", 0.2), ("Peru", 0.2)],
            "server is most likely in Chile, at sea or in Peru (0.70).",
        ),
        (
            [("Ghana", 0.1), ("Togo", 0.1), ("Benin", 0.1), ("Niger", 0.1)],
            "server could be in many countries; the most likely is Ghana (0.10).",
        ),
    ],
)
def test_countries_are_named_until_they_are_likelier_than_not(countries, said):
    assert headline(record(countries)).startswith(said)


def test_a_contradiction_names_no_place():
    said = headline(record([("Austria", 0.9)], notes=["conflict"]))
    assert "contradict" in said and "Austria" not in said


def test_a_target_that_answers_from_several_places_is_sent_to_their_command():
    said = headline(record([], notes=["conflict", "anycast"]))
    assert said.startswith("server answers from several places") and "`rttgeo anycast`" in said


def test_a_long_delay_and_a_method_without_probabilities_claim_nothing():
    said = headline(record([("Chile", 0.9)], lowest_rtt_ms=150))
    assert said.endswith("Light in vacuum excludes no place on Earth.")
    said = headline(record([("Chile", None)]))
    assert said.startswith("server can be anywhere in a region of 1,234 km², if the bounds of")
    assert "likely" not in said and said.endswith("the usual bound, reaches 429 km.")
    assert headline(record([("Chile", None)]) | {"empty": True}) == (
        "No place can be given for server: none satisfies all bounds, so a landmark, a round-trip "
        "time or a bound must be wrong."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.081, "0.081"), (4.2, "4.20"), (13.14, "13.1"), (131.4, "131"), (None, "–")],
)
def test_a_short_delay_is_not_rounded_away(value, shown):
    assert milliseconds(value) == shown
    assert re.fullmatch(r"[\d.]+|–", shown)


def test_many_targets_are_summed_up_in_a_sentence():
    answers = [
        record([("Austria", 0.9)], [("Vienna", "Au", share)]) | {"lon": 16.4, "area_km2": area}
        for share, area in ((0.9, 100.0), (0.6, 300.0), (0.2, 1200.0))
    ]
    assert overview(answers) == (
        "All 3 targets were located: their regions have 100, 300 and 1,200 km²; 2 are most "
        "likely in or around one city."
    )
    assert overview(answers[1:]).startswith("Both targets were located: their regions have 300 and")
    four = [*answers, answers[2] | {"area_km2": 9e6}]
    assert ": half of their regions have at most 300 km²; " in overview(four)
    lost = record([]) | {"lon": None, "area_km2": 0.0}
    assert overview([*answers[2:], lost]).startswith(
        "1 of 2 targets was located: the region has 1,200 km²"
    )
    assert overview([*answers[2:], lost]).endswith("none is most likely in or around one city.")
    hard = [one | {"countries": [], "places": []} for one in answers]
    assert (
        overview(hard) == "All 3 targets were located: their regions have 100, 300 and 1,200 km²."
    )


def test_a_target_that_nobody_has_named_is_the_target():
    assert UNNAMED == TARGET
    assert called("target") == "the target"
    assert called("server") == "server"


def test_nothing_is_said_twice_in_one_answer():
    answer = record([("Austria", 0.9)], [("Vienna", "Au", 0.71), ("Graz", "Au", 0.05)])
    answer["places"] = [one | {"country": "AT"} for one in answer["places"]]
    countries = [one | {"share": None} for one in answer["countries"]]
    said = f"{headline(answer)} {places_of_record(answer | {'countries': countries}).sentence()}"
    assert said.count("Vienna") == 2, "in the sentence, and in the list"
    words = re.findall(r"[a-z]+", said.lower())
    runs = [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]
    assert len(runs) == len(set(runs)), [one for one in runs if runs.count(one) > 1]
