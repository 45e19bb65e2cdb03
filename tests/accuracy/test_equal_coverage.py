"""Areas at equal coverage: the distance is the least, the area that of the widened region."""

from __future__ import annotations

import numpy as np
import pytest
from accuracy_meshes import full_mesh

from rttgeo.cells.grid import Grid
from rttgeo.evaluation import evaluate
from rttgeo.evaluation.equal import equalised, missed_by_km, widened_area_km2

GRID = Grid(resolution_km=51.0)


@pytest.mark.parametrize(("lon", "lat"), [(5.0, 45.0), (179.5, -20.0), (0.0, 89.0)])
@pytest.mark.parametrize("km", [120.0, 900.0])
def test_the_widened_area_is_that_of_the_dilated_region(lon, lat, km):
    region = GRID.cap(lon, lat, 400.0) | GRID.cap(lon, lat - 15.0, 150.0)
    assert widened_area_km2(region, km) == pytest.approx(region.dilate(km).area_km2, rel=0.03)
    assert widened_area_km2(region, 0.0) == region.area_km2


def test_a_place_is_missed_by_what_the_region_must_be_widened():
    region = GRID.cap(10.0, 50.0, 300.0)
    missed = missed_by_km(region, 25.0, 50.0)
    assert region.dilate(missed + 1e-6).contains(25.0, 50.0)
    assert not region.dilate(missed - 30.0).contains(25.0, 50.0)
    assert missed_by_km(region, 10.0, 50.0) == 0
    assert missed_by_km(GRID.empty(), 10.0, 50.0) == np.inf


def test_as_many_are_inside_as_asked_and_no_more():
    east = np.array([0.0, 1.0, 2.0, 8.0, 20.0])
    regions = [GRID.cap(0.0, 0.0, 300.0)] * 5
    for level, inside in ((0.6, 3), (0.8, 4), (1.0, 5)):
        same = equalised(regions, east, np.zeros(5), level)
        wide = regions[0].dilate(same.widened_km + 1e-6)
        assert wide.contains(east, np.zeros(5)).sum() == inside
    assert equalised(regions, east, np.zeros(5), 0.6).widened_km == 0


def test_too_many_empty_regions_cannot_be_widened():
    regions = [GRID.cap(0.0, 0.0, 300.0)] * 3 + [GRID.empty()]
    same = equalised(regions, np.zeros(4), np.zeros(4), 0.95)
    assert same.widened_km == np.inf
    assert np.isnan(same.area_km2).all()
    some = equalised(regions, np.zeros(4), np.zeros(4), 0.75)
    assert np.isfinite(some.area_km2).sum() == 3


def test_a_method_that_covers_enough_keeps_its_area():
    (mesh,) = evaluate(full_mesh(), ["exclusion", "cbg++"]).to_dict()["meshes"]
    wide, narrow = mesh["methods"]
    assert wide["widened95_km"] == 0
    assert wide["median_equal_area95_km2"] == wide["median_area95_km2"]
    assert narrow["coverage95"] < 0.95
    assert narrow["median_equal_area95_km2"] > narrow["median_area95_km2"]
    assert narrow["cpu_seconds_per_target"] > 0
