"""The first sentence of an answer, for people."""

import re

import pytest

from rttgeo.cli.output import milliseconds
from rttgeo.report.headline import headline


def record(countries, places=(), *, lowest_rtt_ms=4.2, notes=()):
    return {
        "target": "server",
        "note_kinds": list(notes),
        "countries": [{"code": c[:2], "name": c, "p": p} for c, p in countries],
        "places": [{"name": n, "country": c, "p": p} for n, c, p in places],
        "lowest_rtt_ms": lowest_rtt_ms,
        "quickest_landmark": "vienna",
    }


def test_a_city_likelier_than_all_others_is_named():
    said = headline(record([("Austria", 0.76)], [("Vienna", "Au", 0.71)]))
    assert said.startswith("server is most likely in or around Vienna, Austria (0.71). ")
    assert said.endswith("The speed of light alone says only: within 630 km of vienna.")


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
            "server could be in many countries; the likeliest is Ghana (0.10).",
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
    assert "excludes no place on Earth" in headline(record([("Chile", 0.9)], lowest_rtt_ms=150))
    assert headline(record([("Chile", None)])) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.081, "0.081"), (4.2, "4.20"), (13.14, "13.1"), (131.4, "131"), (None, "–")],
)
def test_a_short_delay_is_not_rounded_away(value, shown):
    assert milliseconds(value) == shown
    assert re.fullmatch(r"[\d.]+|–", shown)
