"""The cities that come with rttgeo, by place and by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import rttgeo.data.cities as cities_module
from rttgeo import sphere
from rttgeo.data.cities import ALSO_CALLED, DENSE_PER_KM2, RIVAL, cities, plain, wholes
from rttgeo.data.spots import spot_of
from rttgeo.errors import BadInputError, NotThereError
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
    assert "taken for Springfield, US" in spot_of("Springfield").note


@pytest.mark.parametrize(
    "plain_enough", ["Wien", "Vienna", "Paris", "New York", "Hong Kong", "Rome", "Alexandria"]
)
def test_a_city_a_twentieth_as_large_is_no_rival(plain_enough):
    known = cities()
    assert not spot_of(plain_enough).note
    first, *others = known.named(plain_enough)
    assert not len(known.rivals(plain_enough))
    for row in others:
        small = known.population[row] < RIVAL * known.population[first]
        part = known.whole[row] == first
        assert small or part or plain(known.name[row]) != plain(plain_enough)


def test_rivals_are_among_those_of_the_name_and_none_of_none():
    known = cities()
    for name in ("Springfield", "Dublin", "Portland", "Frankfurt"):
        others = known.named(name)[1:]
        rivals = known.rivals(name)
        assert len(rivals) and set(rivals) <= set(others)
    assert not len(known.rivals("nosuchcity"))


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


def test_names_written_plainly_all_at_once_are_those_of_one_by_one():
    known = cities()
    assert known.plain_name.tolist() == [plain(name) for name in known.name]
    odd = np.array(["St.-Denis", "L’Aquila", "x  /y", "", "İ", "ﬁ…", "ǆ\u0301"], dtype=object)
    some = dataclasses.replace(known, name=odd)
    assert some.plain_name.tolist() == [plain(name) for name in odd]
    assert plain(" St.-Denis\n ") == "st denis" and plain("ﬁ…") == "fi..."


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


# Well-known parts of a city, and towns of their own beside a larger one; from general knowledge.
TAKEN_IN, LEFT = 0.94, 0.7
PARTS = {
    "US": "Brooklyn|Queens|The Bronx|Staten Island|Harlem|Hollywood|Van Nuys",
    "HU": "Pest|Buda|Kőbánya|Újpest|Zugló",
    "AT": "Favoriten|Donaustadt|Floridsdorf|Ottakring",
    "GB": "Brent|Islington|Croydon|Wembley|Enfield Town|Harrow",
    "HK": "Kowloon|Sha Tin",
    "DE": "Neukölln|Kreuzberg|Spandau|Altona|Pankow|Charlottenburg|Bergedorf|Köpenick",
    "JP": "Setagaya|Shinjuku|Toshima",
    "FI": "Kallio|Vuosaari",
    "AU": "Parramatta|Bankstown|Randwick",
    "FR": "Paris 15 Vaugirard|Marseille 13",
    "IN": "Rohini|Borivli",
    "RU": "Kupchino|Brateyevo|Chertanovo Yuzhnoye|Yasenevo",
    "TR": "Üsküdar|Çankaya",
    "BR": "Copacabana|Itaquera",
    "CA": "Etobicoke|Verdun",
}
BESIDE = {
    "DE": (
        "Offenbach|Fürth|Mannheim|Ludwigshafen am Rhein|Hanau am "
        "Main|Neuss|Solingen|Potsdam|Bochum|Herne|Erlangen|Esslingen|Ratingen|Norderstedt|Wiesbaden"
    ),
    "US": (
        "Oakland|Newark|Cambridge|Arlington|Saint Paul|Fort Worth|Tacoma|Santa Ana|Long "
        "Beach|Jersey City|Gary|Mesa|Aurora|Bellevue|Everett"
    ),
    "NL": "Haarlem|Almere Stad|Delft|Dordrecht|Schiedam|Zaanstad|Amstelveen",
    "JP": "Kawasaki|Saitama|Sakai|Nishinomiya|Ōtsu",
    "GB": "Salford|Wolverhampton|Gateshead|Bradford|Stockport",
    "FI": "Espoo|Vantaa",
    "GR": "Piraeus",
    "FR": "Versailles|Villeurbanne",
    "PL": "Gdynia|Sopot|Sosnowiec|Pruszków",
    "SE": "Malmö|Lund|Södertälje",
    "BE": "Mechelen|Vilvoorde|Leuven",
    "AT": "Baden|Mödling",
    "IN": "Noida|Ghāziābād|Thāne",
    "CA": "Gatineau|Laval|Mississauga|Longueuil",
    "BR": "Niterói|Guarulhos|Osasco|Santo André",
    "CH": "Winterthur|Uster",
}


def rows_of(names: dict[str, str]) -> list[int]:
    return [
        int(cities().named(name, country)[0])
        for country, joined in names.items()
        for name in joined.split("|")
    ]


def test_parts_are_told_from_towns_beside_as_often_as_the_rule_says():
    whole = cities().whole
    taken_in = np.mean([whole[row] != row for row in rows_of(PARTS)])
    left = np.mean([whole[row] == row for row in rows_of(BESIDE)])
    assert (round(float(taken_in), 2), round(float(left), 2)) == (TAKEN_IN, LEFT)
    text = Path(cities_module.__file__).read_text()
    assert f"assigns {TAKEN_IN} to their city" in text.replace("\n", " ")
    assert f"leaves {LEFT} of {len(rows_of(BESIDE))} towns" in text.replace("\n", " ")
    assert f"Of {len(rows_of(PARTS))} well-known parts" in text.replace("\n", " ")


def test_a_whole_is_no_part_and_is_larger_and_near():
    known = cities()
    part = np.flatnonzero(known.whole != np.arange(len(known)))
    whole = known.whole[part]
    assert (known.whole[whole] == whole).all()
    assert (known.population[whole] > known.population[part]).all()
    assert (known.country[whole] == known.country[part]).all()
    away = sphere.distance_km(known.lon[part], known.lat[part], known.lon[whole], known.lat[whole])
    # A disc's area is its people divided by the density.
    assert (np.pi * away**2 * DENSE_PER_KM2 <= known.population[whole] * 1.001).all()
    for name, country, of in (("Brooklyn", "US", "New York City"), ("Pest", "HU", "Budapest")):
        assert known.name[known.whole[known.named(name, country)[0]]] == of


def test_the_shipped_wholes_are_those_of_the_rule():
    known = cities()
    assert np.array_equal(
        wholes(known.country, known.lon, known.lat, known.population), known.whole
    )
