"""Regions: places, shapes, files, maps, and the land."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from cell_polygons import cell_polygons

from rttgeo import sphere
from rttgeo.cells.grid import Grid, read_region
from rttgeo.cells.region import Region
from rttgeo.data import coasts as maps
from rttgeo.data.land import land
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError

PLACES = {
    "Fiji": (179.0, -17.0, 900.0),
    "Svalbard": (15.0, 78.0, 700.0),
    "Ushuaia": (-68.3, -54.8, 800.0),
    "South Pole": (0.0, -90.0, 1500.0),
    "North Pole, off centre": (20.0, 89.0, 400.0),
    "beyond a hemisphere": (120.0, 40.0, 12000.0),
}


@pytest.mark.parametrize("name", PLACES)
def test_polygons_are_valid_and_of_the_right_area(name):
    grid = Grid(nside=64)
    lon, lat, radius = PLACES[name]
    for region in (
        grid.cap(lon, lat, radius),
        grid.cap(lon, lat, radius) - grid.cap(lon, lat, 300),
    ):
        shape = region.to_shape()
        assert shape.is_valid
        assert shape.bounds[0] >= -180 and shape.bounds[2] <= 180
        assert shape.bounds[1] >= -90 and shape.bounds[3] <= 90
        # Sides of cells are drawn straight in longitude and latitude: coarse beside the pole.
        assert maps.spherical_area_km2(shape) == pytest.approx(region.area_km2, rel=0.03)
        cell_lon, cell_lat = grid.centres()
        # A centre on ±180° is on the cut, which belongs to neither side.
        inside = shapely.contains_xy(shape, cell_lon, cell_lat) | shapely.intersects_xy(
            shape, cell_lon, cell_lat
        )
        assert np.array_equal(np.flatnonzero(inside), region.cells())
        assert all(ring.exterior.is_ccw for ring in shape.geoms)


@pytest.mark.parametrize("nside", [1, 2, 8])
def test_cells_tile_the_plane(nside):
    grid = Grid(nside=nside)
    cells = cell_polygons(grid.rings, np.arange(grid.n_cells))
    assert shapely.area(cells).sum() == pytest.approx(360 * 180)
    assert grid.whole().to_shape().area == pytest.approx(360 * 180)
    assert grid.empty().to_shape().is_empty


def test_shape_to_region_and_back():
    grid = Grid(nside=32)
    for lon, lat, radius in PLACES.values():
        region = grid.cap(lon, lat, radius + 500)
        assert Region.from_shape(grid, region.to_shape()) == region
    box = shapely.box(-20.531, -30.531, 40.531, 50.531)
    lon, lat = grid.centres()
    inside = Region.from_shape(grid, box)
    assert np.array_equal(inside.cells(), np.flatnonzero(shapely.contains_xy(box, lon, lat)))
    assert not inside - Region.from_shape(grid, box, touching=True)
    assert Region.from_shape(grid, shapely.Point(3, 4), touching=True).contains(3, 4)
    with pytest.raises(BadInputError, match="outside"):
        Region.from_shape(grid, shapely.box(170, 0, 190, 10))


def test_centroid_at_the_antimeridian_and_the_pole():
    grid = Grid(nside=64)
    for lon, lat, radius in list(PLACES.values())[:5]:
        found = grid.cap(lon, lat, radius).centroid()
        assert sphere.distance_km(lon, lat, *found) < 2 * grid.cell_size_km
        assert (
            sphere.distance_km(
                *found, *sphere.mean_place(*grid.lonlat(grid.cap(lon, lat, radius).cells()))
            )
            < 1e-6
        )
    for region in (grid.empty(), grid.whole()):
        with pytest.raises(BadInputError, match="centroid"):
            region.centroid()
    with pytest.raises(BadInputError, match="bounding cap"):
        grid.empty().bounding_cap()
    assert grid.whole().bounding_cap()[2] == pytest.approx(np.pi * 6371.0)


def test_contains_scalars_and_arrays():
    region = Grid(nside=64).cap(179, -17, 900)
    assert region.contains(-179.5, -17) is True
    assert region.contains(0, 0) is False
    assert region.contains([179, 0], [-17, 0]).tolist() == [True, False]
    assert not Grid(nside=64).empty().contains(0, 0)
    with pytest.raises(BadInputError, match="latitude"):
        region.contains(0, 91)


def test_dilate_reaches_as_far_as_it_says():
    rng = np.random.default_rng(8)
    grid = Grid(nside=16)
    lon, lat = grid.centres()
    for km in (0, 300, 1500, 9000):
        region = Region.from_cells(grid, rng.integers(0, grid.n_cells, 4))
        near = np.zeros(grid.n_cells, dtype=bool)
        for cell in region.cells():
            near |= sphere.distance_km(lon[cell], lat[cell], lon, lat) <= km + 1e-9
        wider = region.dilate(km)
        assert wider.has_cells(np.flatnonzero(near)).all()
        extra = np.setdiff1d(wider.cells(), np.flatnonzero(near))
        reach = [
            sphere.distance_km(lon[c], lat[c], lon[region.cells()], lat[region.cells()]).min()
            for c in extra
        ]
        assert all(r <= km + grid.cell_size_km for r in reach)
    assert grid.empty().dilate(100) == grid.empty()
    with pytest.raises(BadInputError, match="dilate"):
        region.dilate(-1)


def test_files_come_back_as_they_went(tmp_path):
    grid = Grid(nside=128)
    for region in (grid.cap(179, -17, 900), grid.empty(), grid.whole()):
        path = region.to_parquet(tmp_path / "region.parquet")
        assert read_region(path) == region
    with pytest.raises(NotThereError):
        read_region(tmp_path / "nothing.parquet")
    (tmp_path / "text.parquet").write_text("not Parquet")
    with pytest.raises(BadInputError, match="Parquet"):
        read_region(tmp_path / "text.parquet")
    pd.DataFrame({"start": [1], "stop": [2]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(BadInputError, match="region"):
        read_region(tmp_path / "other.parquet")


def test_tables_and_geojson():
    grid = Grid(nside=64)
    region = grid.cap(179, -17, 900) | grid.cap(10, 50, 300)
    frame = region.to_geodataframe()
    assert frame.crs == "EPSG:4326" and len(frame) == 1
    assert frame["area_km2"][0] == region.area_km2
    parts = region.to_geodataframe(parts=True)
    assert parts["n_cells"].tolist() == [p.n_cells for p in region.components()]
    assert len(parts) == 2
    collection = json.loads(region.to_geojson())
    assert collection["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert "km²" in region._repr_html_()


def test_regions_of_two_grids_do_not_mix():
    with pytest.raises(BadInputError, match="resample"):
        Grid(nside=4).whole() & Grid(nside=8).whole()
    assert Grid(nside=4).whole() != Grid(nside=8).whole()
    with pytest.raises(BadInputError, match="no cell"):
        Region.from_cells(Grid(nside=1), [12])
    with pytest.raises(BadInputError, match="integers"):
        Region.from_cells(Grid(nside=1), [0.5])


def test_land_loses_no_town():
    cities = pd.read_parquet(data_path("cities/cities.parquet"))
    for resolution_km in (60, 30):
        mask = land(Grid(resolution_km))
        assert mask.contains(cities["lon"], cities["lat"]).all()
        # Nor a shore: every point of every coastline, and 20 km off it, is in.
        coast = shapely.get_coordinates(maps.land("50m").geometry.values)[::20]
        assert mask.contains(*coast.T).all()
        lon, lat = sphere.destination(*coast.T, np.arange(len(coast)) * 37.0, 20.0)
        assert mask.contains(lon, lat).all()
        for lon, lat in ((-30, 30), (-140, 0), (80, -30), (0, 85)):
            assert not mask.contains(lon, lat)
    assert not land(Grid(60), 0) - land(Grid(60), 25)
    with pytest.raises(BadInputError, match="margin"):
        land(Grid(60), -1)


@pytest.mark.slow
def test_maps_are_drawn_on_any_axes():
    plt = pytest.importorskip("matplotlib.pyplot")
    import cartopy.crs as ccrs

    grid = Grid(nside=64)
    for lon, lat, radius in list(PLACES.values())[:2]:
        axes = grid.cap(lon, lat, radius).plot()
        axes.figure.canvas.draw()
        plt.close(axes.figure)
    axes = plt.figure().add_subplot(projection=ccrs.PlateCarree())
    assert grid.cap(0, 0, 900).plot(axes, facecolor="C2") is axes
    grid.empty().plot(axes)
    axes.figure.canvas.draw()
    plt.close(axes.figure)
