"""Which country a place is in, against places that everybody knows, and against the city table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.data.cities import plain
from rttgeo.data.countries import (
    ALSO_CALLED,
    AT_SEA,
    NSIDE,
    all_countries,
    cells_of_country,
    code_of,
    country_named,
    country_rows,
)
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError

KNOWN = {
    "AT": (16.37, 48.21),
    "SK": (17.11, 48.14),
    "NA": (17.08, -22.56),
    "SG": (103.82, 1.35),
    "MV": (73.51, 4.17),  # an atoll that the map leaves out
    "FJ": (178.44, -18.14),  # beside ±180°
    "RU": (-172.0, 66.0),  # beyond ±180°
    "AQ": (0.0, -90.0),
    "XK": (21.16, 42.66),
}


@pytest.mark.parametrize(("code", "place"), KNOWN.items(), ids=KNOWN)
def test_known_places(code, place):
    assert all_countries()[int(country_rows(*place))].code == code


def test_nobody_owns_the_middle_of_an_ocean_but_everybody_the_waters_at_the_coast():
    assert int(country_rows(-30.0, 30.0)) == AT_SEA
    assert all_countries()[int(country_rows(-9.7, 38.7))].code == "PT"  # 20 km west of Lisbon


def test_cities_lie_in_their_countries():
    cities = pd.read_parquet(data_path("cities/cities.parquet"))
    codes = np.array([country.code for country in all_countries()])
    found = codes[country_rows(cities["lon"], cities["lat"])]
    assert (found == cities["country"]).mean() > 0.99


def test_cells_of_a_country_are_those_that_say_so():
    grid = Grid(nside=NSIDE)
    region = Region(grid, *cells_of_country("CH"))
    rows = country_rows(*grid.lonlat(region.cells()))
    assert {all_countries()[row].code for row in rows} == {"CH"}
    assert region.area_km2 == pytest.approx(41_285, rel=0.03)  # Switzerland's own figure


def test_codes_are_unique_and_sorted_and_found_in_either_case():
    codes = [country.code for country in all_countries()]
    assert codes == sorted(set(codes)) and all(len(code) == 2 for code in codes)
    assert country_named("na").name == "Namibia"


@pytest.mark.parametrize("code", ["ZZ", "", "Atlantis", "A\x1bT"])
def test_a_code_of_no_country_is_refused(code):
    with pytest.raises(BadInputError, match="no country has the code"):
        country_named(code)


def test_a_country_is_found_by_the_names_that_people_write():
    assert {name: country_named(name).code for name in ALSO_CALLED} == ALSO_CALLED
    assert all(plain(name) == name and len(code) == 2 for name, code in ALSO_CALLED.items())
    assert [code_of(name) for name in ("Türkiye", "USA", "the Netherlands")] == ["TR", "US", "NL"]


def test_a_country_is_found_by_its_name_in_any_case():
    assert all(code_of(one.name.upper()) == one.code for one in all_countries())
    assert code_of("Atlantis") == ""


def test_a_name_in_place_of_a_code_is_understood():
    assert country_named("Austria").code == "AT"
    with pytest.raises(BadInputError, match="did you mean AT"):
        country_named("Austira")
