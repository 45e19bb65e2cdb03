"""Where to measure from next: the places, and their map."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from accuracy_meshes import full_mesh

import rttgeo
from rttgeo import sphere
from rttgeo.data import coasts as maps
from rttgeo.errors import BadInputError
from rttgeo.explanation.explain import NextLandmark, where_next
from rttgeo.figures.next_landmark import _area_left, next_landmark_map


def test_a_place_needs_both_its_coordinates():
    estimate = rttgeo.locate(full_mesh(["paris", "london", "madrid", "rome"]), "paris")
    with pytest.raises(BadInputError, match="both"):
        where_next(estimate, [16.0])


def test_the_next_landmark_is_on_land_and_the_best_places_lie_apart():
    following = where_next(rttgeo.locate(full_mesh(), "vienna"), resolution_km=300.0)
    lands = maps.land("50m").geometry.union_all()
    assert shapely.contains_xy(lands.buffer(1e-6), following.lon, following.lat).all()
    best = following.places(4, apart_km=1500.0)
    assert best["area_left"].is_monotonic_increasing
    assert (best.loc[0, "lon"], best.loc[0, "lat"]) == following.best()
    apart = sphere.distance_km(
        best["lon"].to_numpy()[:, None], best["lat"].to_numpy()[:, None], best["lon"], best["lat"]
    )
    assert (apart[~np.eye(len(best), dtype=bool)] > 1500.0).all()


def test_the_map_of_the_next_landmark_shades_what_it_was_told():
    lon, lat = np.meshgrid(np.arange(-10.0, 30, 2), np.arange(36.0, 60, 2))
    gain = np.exp(-np.hypot(lon - 2.0, lat - 48.0) / 5)
    following = NextLandmark(lon.ravel(), lat.ravel(), gain.ravel())
    drawn = next_landmark_map(following)
    assert (drawn.facts["best_lon"], drawn.facts["best_lat"]) == (2.0, 48.0)
    assert drawn.facts["best_area_left"] == pytest.approx(np.exp(-1))
    assert "leave 37% of the area" in drawn.alt
    left = _area_left(following)
    assert left(np.array([2.0]), np.array([48.0])) == pytest.approx(100 * np.exp(-1))
    with pytest.raises(BadInputError, match="no place"):
        next_landmark_map(NextLandmark(*np.empty((3, 0))))
