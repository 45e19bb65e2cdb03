"""How near the centres of cities the targets of a mesh are declared."""

import numpy as np
import pandas as pd
import pytest

from rttgeo import Mesh, open_dataset, sphere
from rttgeo.data.cities import cities
from rttgeo.papers.whitepaper import to_city_km


def test_it_is_the_distance_to_the_nearest_of_all_cities():
    mesh = open_dataset("azure-2026")
    known = cities()
    lon, lat = mesh.target_lonlat
    for x, y, found in zip(lon[:5], lat[:5], to_city_km(mesh), strict=False):
        expected = sphere.distance_km(x, y, known.lon, known.lat).min()
        assert found == pytest.approx(expected, abs=0.02)


def test_targets_of_unknown_place_are_left_out():
    table = {"landmark": ["a", "a"], "landmark_lon": [8.0, 8.0], "landmark_lat": [47.0, 47.0]}
    table |= {"target": ["b", "c"], "target_lon": [np.nan, 2.35], "target_lat": [np.nan, 48.85]}
    mesh = Mesh.from_frame(pd.DataFrame(table | {"rtt_ms": [1.0, 9.0]}))
    (paris,) = to_city_km(mesh)
    assert paris < 5
