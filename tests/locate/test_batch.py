"""Many estimates as one table, estimates and regions for other programs, maps of one's own."""

from __future__ import annotations

import io
import json

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from locate_meshes import full_mesh

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.errors import NotThereError, unknown_name
from rttgeo.estimators import Estimate, Estimates
from rttgeo.mesh import Mesh
from rttgeo.report.tables import geoparquet

GRID = Grid(nside=32)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return full_mesh(3, 16)


@pytest.fixture(scope="module")
def found(mesh: Mesh) -> Estimates:
    return rttgeo.locate_many(mesh, ["n3", "n1", "n7"], method="exclusion", grid=GRID)


def test_a_batch_is_a_list_and_a_table(found: Estimates) -> None:
    assert isinstance(found, list) and [one.target for one in found] == ["n3", "n1", "n7"]
    assert isinstance(found[:2], Estimates) and len(found[:2]) == 2
    table = found.to_geodataframe()
    assert table.crs == "EPSG:4326" and table["target"].tolist() == ["n3", "n1", "n7"]
    for one, row in zip(found, table.itertuples(), strict=True):
        assert row.area_km2 == one.region.area_km2
        assert row.geometry.equals(one.region.to_shape())
        assert row.bounding == "; ".join(one.bounding)
    assert repr(found) == "<Estimates of 3 targets by exclusion>"
    assert len(Estimates().to_geodataframe()) == 0 and "none" in repr(Estimates())


def test_levels_of_a_batch(mesh: Mesh) -> None:
    soft = rttgeo.locate_many(mesh, ["n3"], method="spotter", grid=GRID)
    half, whole = soft.to_geodataframe(level=0.5), soft.to_geodataframe()
    assert half["area_km2"][0] == soft[0].credible_region(0.5).area_km2 < whole["area_km2"][0]
    assert (half["level"][0], whole["level"][0]) == (0.5, 0.95)
    with pytest.raises(rttgeo.BadInputError, match="credible level"):
        soft.to_geodataframe(level=95)


def test_a_place_without_a_region_is_a_point() -> None:
    table = Estimates([Estimate("m", "a", 1.0, 2.0), Estimate("m", "b")]).to_geodataframe()
    assert table.geometry[0].equals(shapely.Point(1, 2)) and table.geometry[1].is_empty
    assert Estimate("m", "b").__geo_interface__["geometry"] is None


def test_other_programs_take_them_as_they_are(found: Estimates) -> None:
    read = gpd.GeoDataFrame.from_features(found, crs="EPSG:4326")
    assert read["target"].tolist() == ["n3", "n1", "n7"]
    assert read.geometry[0].equals(found[0].region.to_shape())
    assert shapely.geometry.shape(found[0].region).equals(found[0].region.to_shape())
    assert json.loads(json.dumps(found[0].__geo_interface__))["type"] == "Feature"


def test_geoparquet_has_covering_boxes(found: Estimates) -> None:
    content = geoparquet(found.to_geodataframe())
    about = json.loads(pq.read_schema(io.BytesIO(content)).metadata[b"geo"])
    assert about["version"] == "1.1.0"
    assert about["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    boxes = pq.read_table(io.BytesIO(content))["bbox"].to_pylist()
    for one, box in zip(found, boxes, strict=True):
        assert tuple(box.values()) == one.region.to_shape().bounds
    back = gpd.read_parquet(io.BytesIO(content))
    assert "bbox" not in back.columns and back["target"].tolist() == ["n3", "n1", "n7"]


def test_on_a_map_of_ones_own(mesh: Mesh) -> None:
    import cartopy.crs as ccrs
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    for method, labels in (
        ("spotter", ["95 % region", "50 % region", "estimate"]),
        ("exclusion", ["region", "estimate"]),
    ):
        estimate = rttgeo.locate(mesh, "n3", method=method, grid=GRID)
        figure = plt.figure()
        axes = figure.add_subplot(projection=ccrs.Robinson())
        axes.set_global()
        view = axes.get_extent()
        assert estimate.plot(ax=axes) is axes
        assert axes.get_extent() == view
        assert axes.get_legend_handles_labels()[1] == labels
        # Somewhere in the region the picture has changed from what it was.
        empty = plt.figure()
        empty.add_subplot(projection=ccrs.Robinson()).set_global()
        for one in (figure, empty):
            one.canvas.draw()
        changed = np.asarray(figure.canvas.buffer_rgba()) != np.asarray(empty.canvas.buffer_rgba())
        assert changed.any()
        plt.close(figure)
        plt.close(empty)
    with pytest.raises(NotThereError, match="only a place"):
        Estimate("m", "t", 1.0, 2.0).plot(ax=axes)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("west europ", "did you mean 'West Europe'"),
        ("Unlike Anything", "no target 'Unlike Anything' in azure-2026; there are "),
    ],
)
def test_the_nearest_name_is_named(name: str, said: str) -> None:
    azure = rttgeo.open_dataset("azure-2026")
    with pytest.raises(NotThereError) as caught:
        azure.target_number(name)
    assert said in str(caught.value) and "(50 in all)" in str(caught.value)


def test_names_of_methods_and_data_sets() -> None:
    azure = rttgeo.open_dataset("azure-2026")
    with pytest.raises(NotThereError, match="did you mean 'exclusion'"):
        rttgeo.locate(azure, 0, method="exklusion")
    with pytest.raises(NotThereError, match="did you mean 'azure-2026'"):
        rttgeo.open_dataset("azure-2025")
    with pytest.raises(NotThereError, match="no thing 'x'; there is none at all"):
        raise unknown_name("thing", "x", [])
