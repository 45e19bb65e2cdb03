"""The explorer without a browser: its answers, the shapes it draws, what it says."""

import itertools

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
from rttgeo.report.backdrop import PER_DEGREE

view = pytest.importorskip("rttgeo.explore.view", reason="anywidget is not installed")
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


def outlines(rings):
    """What the script draws: rings of degrees."""
    return [np.cumsum(np.reshape(steps, (-1, 2)), axis=0) / PER_DEGREE for steps in rings]


@pytest.mark.parametrize("radius_km", [200, 3000, 12000])
@pytest.mark.parametrize("lon", [20.0, 179.5])
def test_outlines_of_regions_have_their_area(lon, radius_km):
    region = Grid(resolution_km=26).intersection([lon], [40.0], [float(radius_km)])
    (drawn,) = view.of_region(region).regions
    shape = shapely.Polygon()
    for ring in outlines(drawn["rings"]):
        shape = shapely.symmetric_difference(shape, shapely.make_valid(shapely.Polygon(ring)))
    assert rttgeo.data.coasts.spherical_area_km2(shape) == pytest.approx(region.area_km2, rel=0.03)


def test_an_empty_region_is_a_sentence_on_an_empty_world():
    shown = view.of_region(Grid(500).empty())
    assert shown.regions == () and "empty" in shown.said


def test_a_scene_on_the_map_is_the_scene(explorer):
    scene = explorer.ask(Question(TARGET, "exclusion", 10))
    shown = view.of_scene(scene)
    assert [row["name"] for row in shown.landmarks] == list(scene.names)
    assert [row["radius_km"] for row in shown.landmarks] == pytest.approx(scene.radius_km, abs=1e-3)
    assert [row["name"] for row in shown.landmarks if row["thick"]] == [
        name for name in scene.names if name in scene.matter
    ]
    assert (shown.truth["lon"], shown.truth["lat"]) == pytest.approx(scene.truth, abs=1e-4)
    middle = shown.view["lon"], shown.view["lat"]
    for lon, lat in (scene.truth, (scene.estimate.lon, scene.estimate.lat)):
        assert rttgeo.sphere.distance_km(*middle, lon, lat) <= shown.view["radius_km"] + 0.1
    vacuum = view.of_scene(explorer.ask(Question(TARGET, "exclusion-vacuum")))
    assert "light in fibre" in shown.rim and "light in vacuum" in vacuum.rim


@pytest.mark.parametrize("radius_km", [60.0, 333.0, 1990.0, 2010.0, 20000.0])
@pytest.mark.parametrize(("lon", "lat"), [(179.9, 10.0), (8.5, 47.4), (0.0, -89.0)])
def test_what_lies_under_a_map_reaches_as_far_as_its_view(lon, lat, radius_km):
    rough_lon, rough_lat, rough_km = view.rough(view.view_of(lon, lat, radius_km, ()))
    assert rttgeo.sphere.distance_km(lon, lat, rough_lon, rough_lat) + radius_km <= 3 * rough_km


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
    assert len(panel.map.targets[0]["landmarks"]) == 1
    assert "measured" in panel.facts.value
    panel.follow.value = False
    assert not panel.map.follow


@pytest.mark.slow
def test_every_method_in_the_panel(mesh):
    panel = rttgeo.explore.panel(mesh)
    panel.target.value = TARGET
    for method in METHODS:
        panel.method.value = method
        assert panel.scene.question.method == method
        assert panel.map.targets[0]["place"]


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
        assert shown.targets[0]["regions"] and shown.backdrop["cities"]


def test_without_the_widgets_it_says_what_to_install(mesh, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "anywidget", None)
    with pytest.raises(NotThereError, match=r"rttgeo\[explore\]"):
        mesh.explore()
