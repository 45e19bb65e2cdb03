"""The explorer without a browser: its answers, the shapes it draws, what it says."""

import itertools
import json

import numpy as np
import pytest
import shapely

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators import METHODS
from rttgeo.explore.scene import ORDERS, TICKS_MS, Explorer, Question, at_most_ms
from rttgeo.mesh import Mesh, Provenance

layers = pytest.importorskip("rttgeo.explore.layers", reason="ipyleaflet is not installed")
TARGET = "Switzerland North"


@pytest.fixture(scope="module")
def mesh():
    return rttgeo.open_dataset("azure-2026")


@pytest.fixture(scope="module")
def explorer(mesh):
    return Explorer(mesh)


def test_answers_are_those_of_locate(mesh, explorer):
    for method in ("exclusion", "exclusion-vacuum", "cbg++", "shortest-ping"):
        scene = explorer.ask(Question(TARGET, method))
        straight = rttgeo.locate(mesh, target=TARGET, method=method)
        assert scene.estimate.region == straight.region
        assert (scene.estimate.lon, scene.estimate.lat) == (straight.lon, straight.lat)
        assert scene.estimate.bounding == straight.bounding
        assert explorer.knows(scene.question)


def test_coarser_clocks_and_fewer_points_never_make_a_sound_region_smaller(explorer):
    areas = [
        explorer.ask(Question(TARGET, "exclusion", tick_ms=tick)).estimate.area_km2
        for tick in TICKS_MS
    ]
    assert areas == sorted(areas) and areas[-1] > areas[0]
    for order in ORDERS:
        counts = (1, 3, 10, explorer.available(TARGET))
        scenes = [explorer.ask(Question(TARGET, "exclusion", n, order)) for n in counts]
        shrinking = [scene.estimate.area_km2 for scene in scenes]
        assert shrinking == sorted(shrinking, reverse=True)
        assert [len(scene.names) for scene in scenes] == list(counts)
        # More are the same ones and further ones.
        assert set(scenes[1].names) <= set(scenes[2].names)
        assert all(scene.inside for scene in scenes)


def test_a_scene_is_in_order_and_leaves_the_target_itself_out(explorer):
    scene = explorer.ask(Question(TARGET, "exclusion", tick_ms=5))
    assert TARGET not in scene.names
    assert (np.diff(scene.pairs.rtt_ms) >= 0).all() and (scene.pairs.rtt_ms % 5 == 0).all()
    assert scene.radius_km == pytest.approx(KM_PER_MS_RTT["fibre"] * scene.pairs.rtt_ms)
    assert scene.error_km > 0 and set(scene.matter) <= set(scene.names)


def test_next_tick():
    rtt = np.array([0.1, 4.9, 5.0, 12.0])
    assert at_most_ms(rtt, 0).tolist() == rtt.tolist()
    assert at_most_ms(rtt, 5).tolist() == [5, 5, 10, 15]
    for finer, coarser in itertools.pairwise(TICKS_MS[1:]):
        assert coarser % finer == 0


def test_bad_questions(mesh, explorer):
    for wrong in ({"vantage_points": 0}, {"tick_ms": -1.0}, {"tick_ms": float("nan")}):
        with pytest.raises(BadInputError):
            Question(TARGET, **wrong)
    with pytest.raises(NotThereError, match="at random"):
        Question(TARGET, order="best")
    with pytest.raises(NotThereError, match="no target"):
        explorer.ask(Question("Atlantis"))
    with pytest.raises(NotThereError, match="no method"):
        explorer.ask(Question(TARGET, "magic"))
    with pytest.raises(BadInputError, match="no target with"):
        Explorer(mesh.where(np.zeros(len(mesh), dtype=bool)))


@pytest.mark.parametrize(
    ("lon", "lat", "radius_km"),
    [
        (0, 0, 1000),
        (179, 10, 1500),
        (-179.9, -60, 900),
        (20, 85, 2000),
        (0, -90, 500),
        (5, 5, 15000),
    ],
)
def test_rims_lie_on_their_circles_and_never_jump(lon, lat, radius_km):
    (drawn,) = layers.rims_geojson([lon], [lat], [radius_km])["features"]
    for piece in drawn["geometry"]["coordinates"]:
        points = np.array(piece)
        assert (np.abs(points) <= [180, 90]).all()
        assert (np.abs(np.diff(points[:, 0])) <= 180).all()
        # Ends on ±180° are put in straight between two points of the rim.
        inner = points[np.abs(points[:, 0]) < 180]
        distance = rttgeo.sphere.distance_km(lon, lat, *inner.T)
        assert distance == pytest.approx(np.full(len(inner), radius_km), abs=2.0)


def test_circles_that_hold_the_globe_are_not_drawn():
    assert layers.rims_geojson([0.0], [0.0], [30000.0]) == layers.EMPTY


@pytest.mark.parametrize("radius_km", [200, 3000, 12000])
def test_shapes_of_regions_have_their_area(radius_km):
    region = Grid(resolution_km=26).intersection([170.0], [40.0], [float(radius_km)])
    shape = shapely.from_geojson(
        json.dumps(layers.region_geojson(region)["features"][0]["geometry"])
    )
    assert rttgeo.data.coasts.spherical_area_km2(shape) == pytest.approx(region.area_km2, rel=0.03)
    assert layers.region_geojson(region.grid.empty()) == layers.EMPTY


def test_panel_follows_its_controls(mesh):
    panel = mesh.explore()
    first = panel.scene.estimate.area_km2
    panel.target.value = TARGET
    assert panel.scene.question.target == TARGET
    assert panel.count.max == panel.explorer.available(TARGET) == panel.count.value
    areas = []
    for tick in TICKS_MS:
        panel.tick.value = tick
        areas.append(panel.scene.estimate.area_km2)
        assert f"{areas[-1]:,.0f} km²" in panel.facts.value
    assert areas == sorted(areas) and first > 0
    panel.count.value = 1
    assert len(panel.layers.rims.data["features"]) == 0
    assert "measured" in panel.facts.value
    zoom = panel.map.zoom
    panel.follow.value = False
    panel.tick.value, panel.count.value = 0.0, panel.count.max
    assert panel.map.zoom == zoom


@pytest.mark.slow
def test_every_method_in_the_panel(mesh):
    panel = rttgeo.explore.panel(mesh)
    panel.target.value = TARGET
    for method in METHODS:
        panel.method.value = method
        assert panel.scene.question.method == method
        assert panel.layers.place.data["features"]


def test_names_are_escaped_and_errors_said(mesh):
    nasty = "<img src=x onerror=alert(1)>"
    named = Mesh(
        mesh.landmarks.rename(index={name: name + nasty for name in mesh.landmarks.index}),
        mesh.targets.rename(index={name: name + nasty for name in mesh.targets.index}),
        mesh.pairs,
        Provenance(nasty, "measured"),
    )
    panel = named.explore()
    for shown in (panel.facts.value, panel.words.value):
        assert nasty not in shown and "&lt;img" in shown


def test_methods_where_geopandas_has_them(mesh):
    assert mesh.plot().figure.axes
    estimate = rttgeo.locate(mesh, target=TARGET, method="exclusion")
    for shown in (estimate.explore(), estimate.region.explore()):
        assert len(shown.layers) >= 2
        assert not [layer for layer in shown.layers if "Tile" in type(layer).__name__]


def test_without_the_widgets_it_says_what_to_install(mesh, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ipyleaflet", None)
    with pytest.raises(NotThereError, match=r"rttgeo\[explore\]"):
        mesh.explore()
