"""The likeliest cities and countries of an estimate, against a slow count cell by cell."""

from __future__ import annotations

import pickle

import healpix
import numpy as np
import pandas as pd
import pytest

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.cells.posterior import Posterior
from rttgeo.data.countries import all_countries, country_rows, rows_of_nested
from rttgeo.data.shipped import data_path
from rttgeo.estimators.estimate import Estimate
from rttgeo.report.places import CORE_KM, REACH_KM, LikelyPlaces, likely_places, place_of
from rttgeo.report.tables import estimate_record, joined, places_of_record
from rttgeo.sphere import distance_km

GRID = Grid(nside=512)


def estimate_at(lon: float, lat: float, radius_km: float) -> Estimate:
    """A posterior that falls off evenly from a place."""
    cells = GRID.cap(lon, lat, radius_km).cells()
    apart = distance_km(*GRID.lonlat(cells), lon, lat)
    held = np.exp(-apart / radius_km)
    return Estimate("by hand", "x", lon, lat, posterior=Posterior(GRID, cells, held / held.sum()))


@pytest.mark.parametrize("place", [(16.37, 48.21), (178.4, -18.1), (4.9, 52.4), (-0.1, 51.5)])
def test_cities_and_countries_by_a_slow_count(place):
    estimate = estimate_at(*place, 80.0)
    cities = pd.read_parquet(data_path("cities/cities.parquet"))
    by_city: dict[str, float] = {}
    by_country: dict[str, float] = {}
    for lon, lat, held in zip(*estimate.posterior.pieces(), strict=True):
        apart = distance_km(lon, lat, cities["lon"].to_numpy(), cities["lat"].to_numpy())
        pull = np.where(apart <= REACH_KM, cities["population"] / (apart + CORE_KM) ** 2, 0.0)
        row = int(country_rows(lon, lat))
        country = all_countries()[row].code if row >= 0 else ""
        if pull.any():
            best = cities.iloc[cities["whole"].iloc[int(pull.argmax())]]
            by_city[best["name"]] = by_city.get(best["name"], 0.0) + held
            country = best["country"]
        by_country[country] = by_country.get(country, 0.0) + held
    found = likely_places(estimate, most=3)
    # The heaviest cells are asked only, to be quick: together they hold 0.98.
    for city in found.cities:
        assert by_city[city.name] - 0.02 <= city.p <= by_city[city.name] + 1e-4
    assert found.cities[0].name == max(by_city, key=by_city.__getitem__)
    for country in found.countries:
        assert country.p == pytest.approx(by_country[country.code], abs=0.02)


def test_cells_of_several_sizes_fall_into_the_countries_of_their_centres():
    grid = Grid(nside=1024)
    rng = np.random.default_rng(5)
    size = 4 ** rng.integers(0, 5, 400)
    start = rng.integers(0, grid.n_cells // size) * size
    posterior = MixedPosterior(grid, start, size, np.full(400, 1 / 400))
    lon, lat, _ = posterior.pieces()
    here = rows_of_nested()[posterior.nested_cells(512)]
    small = size <= 4  # Others have their centre on the corner of four cells.
    assert (here[small] == country_rows(lon, lat)[small]).all()
    near = distance_km(
        lon, lat, *Grid(nside=512).lonlat(healpix.nest2ring(512, posterior.nested_cells(512)))
    )
    assert near.max() < Grid(nside=512).cell_radius_km


def test_a_hard_region_has_shares_and_no_probabilities():
    region = GRID.cap(8.2, 46.8, 400.0)
    found = likely_places(Estimate("exclusion", "x", 8.2, 46.8, feasible=region))
    assert [city.p for city in found.cities] == [None] * 5
    assert all(country.p is None for country in found.countries)
    areas = [country.share for country in found.countries]
    assert areas == sorted(areas, reverse=True) and 0.9 < sum(areas) <= 1.0
    assert all(region.contains(city.lon, city.lat) for city in found.cities)
    assert found.sentence().startswith("Shares of the region's area:")


@pytest.mark.parametrize(
    ("place", "whole", "parts"),
    [
        ((-73.95, 40.65), "New York City", {"Brooklyn", "Queens", "Manhattan"}),
        ((19.09, 47.49), "Budapest", {"Pest", "Buda"}),
    ],
)
def test_parts_of_a_city_are_named_as_the_city(place, whole, parts):
    likely = likely_places(estimate_at(*place, 10.0), most=50).cities
    hard = likely_places(Estimate("exclusion", "x", *place, feasible=GRID.cap(*place, 30.0)))
    for named in (likely, hard.cities):
        names = [city.name for city in named]
        assert names[0] == whole and not parts & set(names) and len(set(named)) == len(named)
    assert likely[0].p > 0.9


def test_nothing_is_said_where_there_is_nothing():
    assert likely_places(Estimate("shortest-ping", "x", 1.0, 2.0)) == LikelyPlaces()
    assert likely_places(Estimate("exclusion", "x", feasible=GRID.empty())) == LikelyPlaces()
    assert LikelyPlaces().sentence() == ""


def test_a_place_far_from_any_city_is_at_sea_or_in_its_country():
    sea = likely_places(estimate_at(-30.0, 30.0, 60.0))
    assert sea.cities == () and [country.name for country in sea.countries] == ["at sea"]
    ice = likely_places(estimate_at(30.0, -80.0, 60.0))
    assert [country.code for country in ice.countries] == ["AQ"]


def test_probabilities_of_countries_do_not_exceed_one_in_every_answer():
    mesh = rttgeo.open_dataset("azure-2026")
    for target in ("UK South", "Japan East", "Brazil South"):
        estimate = rttgeo.locate(mesh, target)
        found = likely_places(estimate, most=300)
        assert sum(country.p for country in found.countries) <= 1.0 + 1e-3
        assert sum(city.p for city in found.cities) <= 1.0 + 1e-3


def test_a_record_carries_them_and_a_table_shows_them_as_text():
    mesh = rttgeo.open_dataset("azure-2026")
    record = estimate_record(mesh, rttgeo.locate(mesh, "Japan East"))
    assert record["countries"][0]["code"] == "JP"
    assert places_of_record(record).to_dict() == {
        "places": record["places"],
        "countries": record["countries"],
    }
    row = joined(record)
    assert row["countries"].startswith("Japan ") and row["places"].startswith("Tokyo JP 0.")
    assert record["area50_km2"] <= record["area_km2"] and record["parts"] >= 1


def test_a_batch_and_a_card_name_them_too():
    found = rttgeo.locate_many(rttgeo.open_dataset("azure-2026"), ["UK South"], method="exclusion")
    table, card = found.to_geodataframe(), found[0]._repr_html_()
    assert "United Kingdom 0." in table["countries"][0] and "London GB" in table["places"][0]
    assert "London GB" in card and "United Kingdom 0." in card


def test_a_table_and_a_card_say_the_parts_both_regions_and_the_nearest_landmark():
    mesh = rttgeo.open_dataset("azure-2026")
    found = rttgeo.locate_many(mesh, ["UK South"])
    record, (row,) = estimate_record(mesh, found[0]), found.to_geodataframe().itertuples()
    assert row.spread == record["spread"].strip() and row.spread.startswith("The region is ")
    for name in ("area50_km2", "nearest_landmark", "nearest_landmark_km"):
        assert getattr(row, name) == record[name], name
    card = found[0]._repr_html_()
    assert row.spread in card and f"50 % within {row.area50_km2:,.0f} km²" in card
    assert f"{row.nearest_landmark}, {row.nearest_landmark_km:,.0f} km away" in card
    half = found.to_geodataframe(level=0.5)
    assert half["spread"][0] == estimate_record(mesh, found[0], level=0.5)["spread"]


def test_the_nearest_landmark_outlives_a_trip_to_another_process_and_fits_a_model():
    mesh = rttgeo.open_dataset("azure-2026")
    one = rttgeo.locate(mesh, "UK South", method="exclusion")
    sent = pickle.dumps(one)
    assert pickle.loads(sent).nearest_landmark == one.nearest_landmark is not None
    assert len(sent) < len(pickle.dumps(mesh)), "the measurements stay at home"
    model = rttgeo.fit(mesh, method="exclusion")
    known = model.locate({"UK West": 5.0, "Japan East": 230.0}, "new")
    assert known.nearest_landmark is not None and known.nearest_landmark.name == "UK West"
    assert Estimate("m", "x", 1.0, 2.0).nearest_landmark is None


def test_the_place_of_a_point_is_named_by_the_same_law():
    city, code = place_of(16.3, 48.2)
    assert code == "AT" and distance_km(*city, 16.37, 48.21) < 5
    assert place_of(-30.0, 30.0) == (None, "")


@pytest.mark.parametrize("target", ["UK South", "Japan East", "Brazil South", "West Europe"])
def test_the_point_is_in_the_50_percent_region_or_about_a_city_that_is_named(target):
    estimate = rttgeo.locate(rttgeo.open_dataset("azure-2026"), target)
    cities = likely_places(estimate, most=20).cities
    near = min(distance_km(estimate.lon, estimate.lat, city.lon, city.lat) for city in cities)
    assert estimate.covers(estimate.lon, estimate.lat, 0.5) or near < REACH_KM
