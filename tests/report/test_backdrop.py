"""What lies under an answer on its map: countries by the names that sentences use."""

import pytest

from rttgeo.data import coasts
from rttgeo.data.countries import all_countries
from rttgeo.report.backdrop import backdrop
from rttgeo.report.shown import view_of


def names(lon: float, lat: float, radius_km: float) -> set[str]:
    told = backdrop([{"lon": lon, "lat": lat, "radius_km": radius_km}])
    return {one["name"] for one in told["countries"]}


def test_countries_are_called_as_answers_call_them():
    there = names(20, 43, 400)
    assert {"North Macedonia", "Bosnia and Herzegovina", "Albania"} <= there
    # What has no number of its own keeps the name that the map gives it.
    assert {"Somaliland", "Ethiopia"} <= names(46, 9, 500)
    assert "Kosovo" in names(21, 42.6, 100)


def test_no_country_has_another_name_on_a_map_of_the_world():
    called = {country.name.strip() for country in all_countries() if country.number}
    table = coasts.countries("50m")
    own = {
        str(name)
        for number, name in zip(table["iso_number"], table["name"], strict=True)
        if not number
    }
    assert len(own) < 10
    assert names(0, 0, 20_000) <= called | own


def test_no_part_of_a_city_is_named_beside_it():
    told = backdrop([{"lon": 16.37, "lat": 48.21, "radius_km": 100.0}])
    towns = {one["name"] for one in told["cities"]}
    assert {"Vienna", "Bratislava"} <= towns and not {"Favoriten", "Donaustadt"} & towns


def test_sizes_of_countries_are_of_their_area():
    told = backdrop([{"lon": 9.5, "lat": 47.1, "radius_km": 900.0}])
    km = {one["name"]: one["km"] for one in told["countries"]}
    for name, area_km2 in {"Switzerland": 41_285, "Luxembourg": 2_586, "Austria": 83_879}.items():
        assert km[name] == pytest.approx(area_km2**0.5, rel=0.03)


def test_a_circle_that_holds_a_pole_is_looked_at_on_the_whole_earth():
    """On an equal-area map of the world a pole is an edge; near by, the far side would be cut off."""
    assert view_of(-21.0, 83.0, 1_300.0, ())["radius_km"] > 20_000
    assert view_of(10.0, -89.0, 200.0, ())["lat"] == 0.0
    near = view_of(15.0, 78.0, 600.0, ())
    assert (near["lat"], near["radius_km"]) == (78.0, 600.0)
