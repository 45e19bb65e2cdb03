"""Parts of countries: what is said of them where only countries and cities are known."""

import pytest
from typed import rttgeo

from rttgeo.data.cities import plain
from rttgeo.data.countries import code_of, country_named
from rttgeo.data.regions import _countries, country_of_part

PINGS = ("verify", "--ping", "vienna=4.2", "--ping", "prague=7.9", "--claim")


def test_parts_are_written_plainly_and_of_countries_that_are_known():
    for part, code in _countries().items():
        assert plain(part) == part and country_named(code).code == code
        assert not code_of(part) or part == "georgia", f"{part} is a country"


@pytest.mark.parametrize(
    ("claim", "code"),
    [("Texas", "US"), ("bavaria", "DE"), ("Niederösterreich", "AT"), ("England", "GB")],
)
def test_a_claim_of_a_part_of_a_country_is_told_what_can_be_claimed(claim, code):
    done = rttgeo(*PINGS, claim)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert f"only countries and cities can be claimed: {code}, or a city in it" in done.stderr
    assert "did you mean" not in done.stderr
    done = rttgeo("locate", "--ping", f"{claim}=5")
    assert done.returncode == 2 and "name a city in it" in done.stderr


@pytest.mark.parametrize(("claim", "part_of"), [("Ontario", "CA"), ("Tuscany", "IT")])
def test_a_city_that_is_called_like_a_part_of_another_country_is_said_to_be_the_city(
    claim, part_of
):
    done = rttgeo(*PINGS, claim)
    assert done.returncode < 2 and f"the city and not the part of {part_of}" in done.stdout
    assert "not the part of" not in rttgeo(*PINGS, f"{claim},us").stdout


def test_cities_and_countries_are_no_parts():
    assert not any(
        map(country_of_part, ("Vienna", "Hamburg", "Berlin", "Quebec", "Mexico", "Atlantis"))
    )
