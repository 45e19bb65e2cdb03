"""The cities that come with rttgeo, by place and by name."""

from __future__ import annotations

import numpy as np
import pytest

from rttgeo import sphere
from rttgeo.data.cities import ALSO_CALLED, cities, plain
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.sources.typed import spot_of
from rttgeo.verification.claims import _named


@pytest.mark.parametrize("name", ["Zürich", "zurich", "ZÜRICH", "  zürich "])
def test_a_city_is_found_however_its_name_is_written(name):
    (row, *_) = cities().named(name)
    assert cities().country[row] == "CH"
    assert sphere.distance_km(8.54, 47.38, cities().lon[row], cities().lat[row]) < 10


def test_of_several_the_most_populous_comes_first_and_own_names_count_most():
    known = cities()
    rows = known.named("Paris")
    own = known.plain_name[rows] == "paris"
    weight = np.where(own, 1.0, ALSO_CALLED) * known.population[rows]
    assert own.any() and not own.all() and (np.diff(weight) <= 0).all()
    american = known.named("paris", "us")
    assert len(american) and set(known.country[american]) == {"US"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("New York", ("New York City", "US")),
        ("Frankfurt", ("Frankfurt am Main", "DE")),
        ("München", ("Munich", "DE")),
        ("Muenchen", ("Munich", "DE")),
        ("Wien", ("Vienna", "AT")),
        ("Den Haag", ("The Hague", "NL")),
        ("St. Petersburg", ("Saint Petersburg", "RU")),
        ("Odessa", ("Odesa", "UA")),
        ("Washington, D.C.", ("Washington", "US")),
        ("東京", ("Tokyo", "JP")),
        ("MUC", ("Munich", "DE")),
        ("Monaco", ("Monaco", "MC")),
        ("St Louis", ("St. Louis", "US")),
    ],
)
def test_a_city_is_found_by_its_names_in_other_languages(written, meant):
    row = cities().named(written.replace(",", ""))[0]
    assert (cities().name[row], cities().country[row]) == meant


def test_each_large_city_is_among_those_found_by_its_own_name():
    known = cities()
    for row in np.flatnonzero(known.population > 1_000_000):
        assert row in known.named(known.name[row])


def test_who_typed_an_ambiguous_name_is_told_whom_else_it_fits():
    note = spot_of("St. Petersburg").note
    assert "taken for Saint Petersburg, RU" in note and "US (257,083)" in note
    assert "write St. Petersburg,us or latitude and longitude" in note
    assert spot_of("St. Petersburg,us").lon < -80
    assert not spot_of("Wien").note


def test_a_name_that_is_none_finds_none_but_what_may_be_meant():
    assert not len(cities().named("amsterdm"))
    assert "amsterdam" in cities().nearly_named("amsterdm")


def test_within_is_by_great_circle():
    inside = cities().within(8.54, 47.38, 30.0)
    away = sphere.distance_km(8.54, 47.38, cities().lon, cities().lat)
    assert inside.tolist() == np.flatnonzero(away <= 30.0).tolist()
    assert len(cities().within(0.0, 0.0, 1e9)) == len(cities())


def test_what_is_typed_and_what_is_claimed_are_one_city():
    spot = spot_of("zurich,ch")
    _, area = _named("zurich", "CH", "here")
    assert area.least_km(np.array([spot.lon]), np.array([spot.lat])) == 0
    with pytest.raises(NotThereError, match="amsterdam"):
        spot_of("amsterdm")
    with pytest.raises(BadInputError, match="amsterdm"):
        _named("amsterdm", "", "here")


@pytest.mark.parametrize(("name", "written"), [("São  Paulo", "sao paulo"), ("Łódź", "łodz")])
def test_plain_leaves_out_accents_and_case(name, written):
    assert plain(name) == written


def test_chords_and_distances_are_inverse():
    for distance_km in (0.0, 1e-3, 30.0, 9_000.0, 20_015.0):
        chord = sphere.chord_of_km(distance_km)
        assert sphere.km_of_chord(chord) == pytest.approx(distance_km, rel=1e-9, abs=1e-9)
        a, b = (
            sphere.unit_vectors(0.0, 0.0),
            sphere.unit_vectors(*sphere.destination(0, 0, 40, distance_km)),
        )
        assert np.linalg.norm(a - b) == pytest.approx(chord, abs=1e-12)
    assert sphere.chord_of_km(1e6) == 2.0
