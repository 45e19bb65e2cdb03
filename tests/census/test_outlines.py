"""Outlines walked along edges are the union of the cells' polygons, point for point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from cell_polygons import cell_polygons

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region


def united(region: Region) -> shapely.MultiPolygon:
    """The slow way: one polygon a cell, and all of them united."""
    shape = shapely.coverage_union_all(cell_polygons(region.grid.rings, region.cells()))
    parts = [part for part in shapely.get_parts(shape) if part.area > 0]
    return shapely.orient_polygons(shapely.MultiPolygon(parts))


def regions(nside: int):
    grid, rng = Grid(nside=nside), np.random.default_rng(nside)
    for _ in range(6):
        share = rng.uniform(0.02, 0.98)
        yield Region.from_cells(grid, np.flatnonzero(rng.random(grid.n_cells) < share))
        lon = rng.choice([180.0, -180.0, 0.0, 90.0, rng.uniform(-180, 180)])
        lat = rng.choice([90.0, -90.0, 0.0, 41.8, rng.uniform(-90, 90)])
        yield grid.cap(lon, lat, rng.uniform(10, 9000))
        yield grid.whole() - grid.cap(lon, lat, rng.uniform(10, 9000))
        yield grid.cap(180, lat, 5000) - grid.cap(180, lat, 2000)
    yield grid.whole()


@pytest.mark.parametrize("nside", [1, 2, 4, 8, 16])
def test_the_outline_is_the_union_of_the_cells(nside):
    for region in filter(None, regions(nside)):
        ours, slow = region.to_shape(), united(region)
        assert ours.is_valid, shapely.is_valid_reason(ours)
        assert shapely.equals_exact(shapely.normalize(ours), shapely.normalize(slow))
        assert all(part.exterior.is_ccw for part in ours.geoms)
        assert not any(hole.is_ccw for part in ours.geoms for hole in part.interiors)


def test_an_empty_region_has_an_empty_outline():
    assert Grid(nside=8).empty().to_shape().is_empty
