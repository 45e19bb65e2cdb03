"""Distances and places on the sphere, against known values and a slow oracle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.errors import BadInputError

lons, lats = st.floats(-180, 180), st.floats(-90, 90)


def oracle_km(lon_a, lat_a, lon_b, lat_b):
    """The law of cosines with fifty digits: nothing in common with the code under test."""
    with mp.workdps(50):
        a, b, c, d = (mp.radians(mp.mpf(x)) for x in (lon_a, lat_a, lon_b, lat_b))
        cosine = mp.sin(b) * mp.sin(d) + mp.cos(b) * mp.cos(d) * mp.cos(a - c)
        return float(mp.acos(max(-1, min(1, cosine))) * EARTH_RADIUS_KM)


@given(lons, lats, lons, lats)
def test_distance_equals_the_oracle(lon_a, lat_a, lon_b, lat_b):
    found = float(sphere.distance_km(lon_a, lat_a, lon_b, lat_b))
    assert found == pytest.approx(oracle_km(lon_a, lat_a, lon_b, lat_b), abs=1e-8)


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 90), (123, 90), 0),
        ((180, 10), (-180, 10), 0),
        ((0, 0), (180, 0), HALF_CIRCUMFERENCE_KM),
        ((10, 90), (20, -90), HALF_CIRCUMFERENCE_KM),
        ((0, 0), (90, 0), HALF_CIRCUMFERENCE_KM / 2),
        ((179.5, 0), (-179.5, 0), HALF_CIRCUMFERENCE_KM / 180),
        # Land's End to John o' Groats, as printed in textbooks of navigation (R = 6371 km).
        ((-5.71472, 50.06639), (-3.07, 58.64389), 968.9),
    ],
)
def test_known_distances(a, b, km):
    assert float(sphere.distance_km(*a, *b)) == pytest.approx(km, rel=1e-3, abs=1e-6)


def test_unknown_places_give_nan_and_shapes_broadcast():
    assert np.isnan(sphere.distance_km(np.nan, 1, 2, 3))
    assert sphere.distance_km([[0], [1]], [[0], [1]], [1, 2, 3], [1, 2, 3]).shape == (2, 3)


@given(lons, lats, st.floats(0, 360), st.floats(0, HALF_CIRCUMFERENCE_KM))
def test_destination_is_as_far_as_it_says(lon, lat, bearing, km):
    there = sphere.destination(lon, lat, bearing, km)
    assert -180 <= there[0] < 180 and -90 <= there[1] <= 90
    # At the antipode a rounding of the last digit is metres of arc.
    assert float(sphere.distance_km(lon, lat, *there)) == pytest.approx(km, abs=1e-3)


@given(lons, lats)
def test_unit_vectors_are_unit_and_one_place_is_its_own_mean(lon, lat):
    assert np.linalg.norm(sphere.unit_vectors(lon, lat)) == pytest.approx(1)
    mean = sphere.mean_place([lon, lon], [lat, lat])
    assert float(sphere.distance_km(*mean, lon, lat)) < 1e-4


def test_mean_place_across_the_antimeridian_and_at_a_pole():
    assert sphere.mean_place([179, -179], [0, 0])[0] == pytest.approx(-180)
    assert sphere.mean_place([0, 90, 180, 270], [80, 80, 80, 80])[1] == pytest.approx(90)


def test_mean_place_of_nothing_or_antipodes_is_refused():
    with pytest.raises(BadInputError, match="no places"):
        sphere.mean_place([], [])
    with pytest.raises(BadInputError, match="cancel out"):
        sphere.mean_place([0, 180], [0, 0])


@given(st.floats(-1e6, 1e6))
def test_wrapped_longitudes(lon):
    wrapped = float(sphere.wrap_lon(lon))
    assert -180 <= wrapped < 180
    assert math.cos(math.radians(wrapped)) == pytest.approx(math.cos(math.radians(lon)), abs=1e-6)


def test_bad_coordinates_are_named():
    with pytest.raises(BadInputError, match="latitude number 1 is 91"):
        sphere.check_lonlat([0, 0], [0, 91])
    with pytest.raises(BadInputError, match="longitude number 0 is nan"):
        sphere.check_lonlat([np.nan], [0])
    with pytest.raises(BadInputError, match="longitudes: 2, but latitudes: 1"):
        sphere.check_lonlat([0, 1], [0])


def test_nowhere_is_the_crossing_of_equator_and_first_meridian_alone():
    lon = [0.0, -0.0, 1e-4, 0.0, 0.01, np.nan, 180.0]
    lat = [0.0, 0.0, -1e-4, 0.01, 0.0, 0.0, 0.0]
    assert sphere.is_nowhere(lon, lat).tolist() == [True, True, True, False, False, False, False]
