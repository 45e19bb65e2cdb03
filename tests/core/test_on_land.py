"""What is on land, near it, and on which continent: a tree of places, against shape after shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rttgeo import sphere
from rttgeo.auditing.mistakes import SEA_DEG, TOWN_KM, at_sea
from rttgeo.data import coasts
from rttgeo.data.cities import cities
from rttgeo.data.continents import AT_SEA, REACH_DEG, _shapes, continents
from rttgeo.explanation.explain import _on_land


@pytest.fixture(scope="module")
def places() -> tuple[np.ndarray, np.ndarray]:
    """Anywhere, in cities, and at the poles and ±180°."""
    rng, known = np.random.default_rng(4), cities()
    some = rng.integers(len(known.lon), size=60)
    lon = np.concatenate([rng.uniform(-180, 180, 120), known.lon[some], [0, 0, 180, -180, 180]])
    lat = np.concatenate([rng.uniform(-90, 90, 120), known.lat[some], [90, -90, 0, 66, 66]])
    return lon, lat


def apart(lon: np.ndarray, lat: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Degrees from each place to each shape."""
    points = shapely.points(lon, lat)
    return np.array([shapely.distance(shape, points) for shape in shapes]).T


def test_the_places_on_land_are_those_that_a_shape_holds(places):
    lon, lat = places
    dry = (apart(lon, lat, coasts.land("50m").geometry.to_numpy()) == 0).any(axis=1)
    assert 30 < dry.sum() < len(lon)
    found = np.column_stack(_on_land(lon, lat))
    assert np.array_equal(found, np.column_stack([lon[dry], lat[dry]]))


def test_at_sea_is_what_is_near_neither_shape_nor_town(places):
    lon, lat = places
    dry = (apart(lon, lat, coasts.countries("50m").geometry.to_numpy()) <= SEA_DEG).any(axis=1)
    known = cities()
    town = sphere.distance_km(lon[:, None], lat[:, None], known.lon, known.lat).min(axis=1)
    expected = ~dry & (town > TOWN_KM)
    assert 30 < expected.sum() < len(lon)
    assert np.array_equal(at_sea(lon, lat), expected)
    assert at_sea(np.empty(0), np.empty(0)).shape == (0,)


def test_a_continent_is_that_of_the_nearest_country(places):
    lon, lat = places
    shapes, names = _shapes()
    away = apart(lon, lat, shapes)
    nearest = away.min(axis=1)
    for row, found in enumerate(continents(lon, lat)):
        if nearest[row] > REACH_DEG:
            assert found == AT_SEA
        else:
            assert found in set(names[away[row] == nearest[row]])
