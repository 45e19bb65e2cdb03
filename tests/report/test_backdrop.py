"""What lies under an answer on its map: countries by the names that sentences use."""

from rttgeo.data import coasts
from rttgeo.data.countries import all_countries
from rttgeo.report.backdrop import backdrop


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
