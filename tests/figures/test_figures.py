"""Every figure: it draws any mesh it applies to, says what it shows, and its bytes repeat."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pandas as pd
import pytest
import shapely

from rttgeo import figures, sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.data import coasts as maps
from rttgeo.data.shipped import data_path
from rttgeo.delay.linear import LinearFit, LinearModel, fit_linear
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.figures import canvas, circles, ecdf, projecting, shading, style, views
from rttgeo.figures.labels import overlapping
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.pairs import read_mesh

SIMULATED = Provenance("toy", kind="simulated")


def make_mesh(
    landmarks: list[tuple[float, float]],
    targets: list[tuple[float, float]],
    rtt_ms: list[list[float]],
) -> Mesh:
    """Make a full mesh: one row of RTTs for each target."""
    n, m = len(landmarks), len(targets)
    pairs = pd.DataFrame(
        {
            "target": np.repeat(np.arange(m), n),
            "landmark": np.tile(np.arange(n), m),
            "rtt_ms": np.ravel(rtt_ms),
        }
    )
    return Mesh.build(
        nodes([f"l{i}" for i in range(n)], *np.transpose(landmarks)),
        nodes([f"t{i}" for i in range(m)], *np.transpose(targets)),
        pairs,
        SIMULATED,
    )


@pytest.fixture(scope="module")
def tiny() -> Mesh:
    """Two landmarks and one target: the least that a user may bring."""
    return make_mesh([(4.9, 52.4), (8.5, 47.4)], [(8.7, 50.1)], [[8.0, 6.0]])


@pytest.fixture(scope="module")
def no_truth() -> Mesh:
    return make_mesh([(4.9, 52.4), (8.5, 47.4)], [(np.nan, np.nan)], [[8.0, 6.0]])


@pytest.fixture(scope="module")
def cloud() -> Mesh:
    """The measured mesh that comes with rttgeo."""
    return read_mesh(data_path("azure-regions/pairs.csv"))


@pytest.fixture(scope="module")
def fit(cloud) -> LinearFit:
    return LinearModel().fit(cloud)


def check(drawn: figures.Drawn, folder) -> None:
    """What holds for every figure."""
    assert overlapping(drawn.figure) == []
    assert drawn.data in drawn.alt
    assert any(drawn.data in text.get_text() for text in drawn.figure.texts)
    assert all(isinstance(value, float) for value in drawn.facts.values())
    width_mm = drawn.figure.get_figwidth() * 25.4
    assert min(abs(width_mm - one) for one in style.WIDTH_MM.values()) < 1e-6
    paths = figures.save(drawn, folder / "a")
    assert [path.suffix for path in paths] == [".svg", ".png"]
    first = [path.read_bytes() for path in paths]
    assert [p.read_bytes() for p in figures.save(drawn, folder / "a")] == first
    text = first[0].decode()
    ET.fromstring(text)
    assert not re.search(r"<dc:date>|matplotlib v|https?://matplotlib", text)
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "a.svg"]


SERIES = {
    "IPv4": (np.arange(200.0), 20 + np.arange(200) % 7),
    "IPv6": (np.arange(200.0), 18 + np.arange(200) % 5),
}
LOAD = [figures.Period(10.0, 50.0, "full"), figures.Period(50.0, 150.0, "idle")]
DRAW = {
    "world": lambda mesh, fit: figures.probe_map(mesh),
    "europe": lambda mesh, fit: figures.probe_map(mesh, extent="europe", width="column"),
    "scatter": figures.rtt_over_distance,
    "relative": figures.relative_error_ecdf,
    "fibre": lambda mesh, fit: figures.exclusion_radius_ecdf(mesh),
    "vacuum": lambda mesh, fit: figures.exclusion_radius_ecdf(mesh, "vacuum", width="full"),
    "circles": lambda mesh, fit: figures.exclusion_map(mesh, 0, others={"IP": (8.0, 50.0)}),
    "closer": lambda mesh, fit: figures.exclusion_map(
        mesh, 0, extent="intersection", width="column"
    ),
    "errors": lambda mesh, fit: figures.error_ecdf(
        {"all": [1, 20, 300], "near": [2, 3, 4]}, provenance=mesh.provenance
    ),
    "series": lambda mesh, fit: figures.rtt_series(
        SERIES, provenance=mesh.provenance, about="l0 to t0"
    ),
    "load": lambda mesh, fit: figures.load_series(
        SERIES, LOAD, detected={"IPv4": LOAD[:1]}, provenance=[mesh.provenance]
    ),
    "region": lambda mesh, fit: figures.region_map(
        {"95 %": Grid(200).cap(10, 50, 900), "50 %": Grid(200).cap(10, 50, 300)},
        truth=(9.0, 50.0),
        estimate=(10.0, 50.0),
        landmarks=mesh.landmarks,
        provenance=mesh.provenance,
    ),
}


@pytest.mark.parametrize("name", DRAW)
def test_tiny_mesh(name, tiny, tmp_path):
    drawn = DRAW[name](tiny, LinearFit(0.02, 2.0, 0.9, 2))
    assert "toy (simulated)" in drawn.alt
    check(drawn, tmp_path)


@pytest.mark.parametrize("name", ["world", "europe", "scatter", "relative", "fibre", "circles"])
def test_measured_mesh(name, cloud, fit, tmp_path):
    drawn = DRAW[name](cloud, fit)
    assert "azure-2026 (measured)" in drawn.alt
    check(drawn, tmp_path)


def test_two_drawings_of_the_same_are_the_same_bytes(cloud, fit):
    for form in ("svg", "png", "pdf"):
        one, two = (style.render(DRAW["scatter"](cloud, fit), form) for _ in range(2))
        assert one == two


def test_the_users_own_settings_change_nothing(tiny):
    before = style.render(figures.exclusion_radius_ecdf(tiny), "svg")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None}):
        assert style.render(figures.exclusion_radius_ecdf(tiny), "svg") == before


@pytest.mark.parametrize("name", ["scatter", "relative"])
def test_without_truth_it_says_what_does_not_apply(name, no_truth):
    with pytest.raises(BadInputError, match=r"toy: .* does not apply"):
        DRAW[name](no_truth, LinearFit(0.02, 2.0, 0.9, 2))


@pytest.mark.parametrize("name", ["world", "europe", "fibre", "circles"])
def test_without_truth_the_rest_is_drawn(name, no_truth):
    drawn = DRAW[name](no_truth, LinearFit(0.02, 2.0, 0.9, 2))
    assert "true place" not in drawn.alt


def test_a_map_with_nothing_on_it_is_refused():
    mesh = make_mesh([(-60, -30), (-70, -33)], [(-58, -34)], [[8.0, 6.0]])
    with pytest.raises(BadInputError, match="europe does not apply"):
        figures.probe_map(mesh, extent="europe")
    assert figures.probe_map(mesh).facts == {"landmarks_on_map": 2.0, "targets_on_map": 1.0}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda m: figures.probe_map(m, extent="mars"), "mars"),
        (lambda m: figures.exclusion_radius_ecdf(m, "warp"), "warp"),
        (lambda m: figures.exclusion_radius_ecdf(m, width="huge"), "huge"),
        (lambda m: figures.exclusion_map(m, 0, extent="moon"), "moon"),
        (lambda m: figures.exclusion_map(m, 0, medium="warp"), "warp"),
        (lambda m: figures.exclusion_map(m, 0, max_rtt_ms=1.0), "below 1 ms"),
        (lambda m: figures.error_ecdf({}), "none given"),
        (lambda m: figures.error_ecdf({"x": [1.0]}, unit="miles"), "miles"),
        (lambda m: figures.rtt_series({}), "no RTT series"),
        (lambda m: figures.rtt_series({"v4": ([1, 2], [1.0])}), "2 times but 1 RTT"),
        (lambda m: figures.rtt_series({"v4": ([1], [np.nan])}), "'v4' has no sample"),
        (lambda m: figures.region_map({}), "0 regions"),
        (lambda m: figures.region_map(Grid(500).empty()), "empty"),
        (lambda m: figures.save(figures.probe_map(m), "x", formats=["gif"]), "gif"),
    ],
)
def test_bad_requests_are_named(call, says, tiny):
    with pytest.raises(BadInputError, match=says):
        call(tiny)


def test_names_are_not_read_as_mathematics(tiny):
    told = dataclasses.replace(tiny, provenance=Provenance("$x_1$ & <y>", kind="measured"))
    drawn = figures.rtt_over_distance(told, LinearFit(0.02, 2.0, 0.9, 2))
    assert "$x_1$ & <y> (measured)" in drawn.alt
    assert all(not text.get_parse_math() for text in drawn.figure.texts)
    ET.fromstring(style.render(drawn, "svg"))


def test_unknown_names_are_not_there(tiny):
    with pytest.raises(NotThereError, match="nobody"):
        figures.exclusion_map(tiny, "nobody")
    with pytest.raises(NotThereError, match="nobody"):
        figures.exclusion_map(tiny, 0, landmarks=["nobody"])


def test_saving_where_one_cannot(tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInputError, match="cannot write"):
        figures.save(figures.exclusion_radius_ecdf(tiny), tmp_path / "file" / "a")


@pytest.mark.parametrize("n", [1, 7, 399, 400, 401, 5000])
def test_ecdf_against_counting(n):
    values = np.random.default_rng(n).lognormal(size=n).round(2)
    x, share = ecdf.ecdf(values, max_steps=400)
    assert len(x) == min(n, 400)
    for edge in (0, len(x) // 2, -1):
        # At a tie the curve is somewhere on the riser.
        assert np.mean(values < x[edge]) < share[edge] <= np.mean(values <= x[edge]) + 1e-12
    assert share[-1] == 1


def test_ecdf_of_the_odd():
    assert [len(one) for one in ecdf.ecdf([])] == [0, 0]
    x, share = ecdf.ecdf([np.nan, np.inf, 1.0])
    assert x.tolist() == [1.0, np.inf]
    assert share.tolist() == [0.5, 1.0]


def test_facts_of_the_scatter(cloud, fit):
    facts = figures.rtt_over_distance(cloud, fit).facts
    assert facts["pairs"] == len(cloud)
    assert facts["r"] == fit.r
    beats = cloud.distance_km > KM_PER_MS_RTT["fibre"] * cloud.pairs["rtt_ms"]
    assert facts["share_faster_than_fibre"] == pytest.approx(beats.mean())


def test_facts_of_the_ecdfs(cloud, fit):
    frame = cloud.pairs.assign(
        radius=KM_PER_MS_RTT["fibre"] * cloud.pairs["rtt_ms"], distance=cloud.distance_km
    )
    facts = figures.exclusion_radius_ecdf(cloud).facts
    medians = frame.groupby("target")["radius"].median()
    assert facts["median_radius_km"] == pytest.approx(frame["radius"].median())
    assert facts["median_radius_km_best_target"] == pytest.approx(medians.min())
    assert (
        facts["targets_whose_median_pair_excludes_nothing"]
        == (medians >= HALF_CIRCUMFERENCE_KM).sum()
    )
    apart = frame[frame["distance"] >= 0.5]
    error = (fit.distance_km(apart["rtt_ms"]) - apart["distance"]).abs() / apart["distance"]
    facts = figures.relative_error_ecdf(cloud, fit).facts
    assert facts["pairs"] == len(apart)
    assert facts["median_relative_error"] == pytest.approx(error.median())


def test_common_shape_is_the_grids_intersection(cloud):
    drawn = circles.circles_of(cloud, "West Europe", max_rtt_ms=25)
    grid = Grid(25)
    exact = grid.intersection(drawn.lon, drawn.lat, drawn.radius_km)
    shape = circles.common_shape(drawn)
    lon, lat = grid.centres()
    inside = shapely.contains_xy(shape, lon, lat)
    # The grid keeps every cell that a cap touches, so its region is larger by the rim.
    assert set(np.flatnonzero(inside)) <= set(exact.cells())
    assert inside.sum() > 0.9 * exact.n_cells


def test_circles_that_contradict_each_other(tmp_path):
    mesh = make_mesh([(0, 0), (90, 0)], [(45, 0)], [[1.0, 1.0]])
    drawn = figures.exclusion_map(mesh, 0)
    assert drawn.facts["common_area_km2"] == 0
    assert "no point in common" in drawn.alt
    check(drawn, tmp_path)


@pytest.mark.parametrize(
    ("place", "rtt_ms"),
    [((179.9, -17), 5), ((0, 89.9), 20), ((10, -90), 30), ((-180, 60), 150), ((5, 50), 500)],
)
def test_circles_across_seam_and_pole(place, rtt_ms, tmp_path):
    mesh = make_mesh([place, (place[0], 0.9 * place[1])], [place], [[rtt_ms, rtt_ms + 20]])
    drawn = figures.exclusion_map(mesh, 0, width="column")
    check(drawn, tmp_path)
    if rtt_ms < 200:
        assert drawn.facts["target_inside"] == 1
        assert "inside" in drawn.alt
    else:
        assert "excludes nothing" in drawn.alt


def test_filled_places_are_the_region():
    """Ink where the region is: pixels of the map, carried back to the globe."""
    region = Grid(100).cap(178, -17, 2500)
    _figure, axes = canvas.new_map(views.WORLD)
    asked = []

    def inside(lon, lat):
        asked.append((lon, lat))
        return region.contains(lon, lat)

    shading.fill_where(axes, inside, style.SKY)
    lon, lat = asked[0]
    assert np.abs(lon).max() <= 180 and np.abs(lat).max() <= 90
    # Robinson is not equal-area, so compare the share within a narrow band of latitude.
    band = np.abs(lat + 17) < 1
    half_width = np.degrees(2500 / 6371 / np.cos(np.radians(17)))
    assert np.mean(region.contains(lon[band], lat[band])) == pytest.approx(
        half_width / 180, rel=0.03
    )


@pytest.mark.parametrize(
    ("lon", "world", "middle"),
    [([10, 20], False, 15), ([0, 120, -120], True, 0), ([150, -150, -100], True, -155)],
)
def test_view_around(lon, world, middle):
    view = views.view_around(lon, np.zeros(len(lon)))
    assert view.world is world
    assert view.lon == pytest.approx(middle, abs=1)


def test_density_and_many_targets():
    """Enough landmarks for hexagons, more targets than lines are drawn for."""
    rng = np.random.default_rng(3)
    place = lambda n: list(zip(rng.uniform(-179, 179, n), rng.uniform(-60, 70, n), strict=True))  # noqa: E731
    mesh = make_mesh(place(400), place(200), rng.uniform(5, 400, (200, 400)))
    drawn = figures.exclusion_radius_ecdf(mesh)
    axes = drawn.figure.axes[0]
    assert len(axes.get_lines()) < 160
    assert "150 of 200" in axes.get_legend().get_texts()[0].get_text()
    assert "as a density" in figures.probe_map(mesh).alt
    line = fit_linear(mesh.distance_km, mesh.pairs["rtt_ms"])
    steep = dataclasses.replace(line, slope_ms_per_km=0.02)
    assert figures.rtt_over_distance(mesh, steep).facts["pairs"] == 80_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["world-cities-2020", "aws-regions", "server-sites-2015"])
def test_real_meshes(name, shared, tmp_path):
    mesh = read_mesh(shared / "data" / name / "pairs.csv")
    line = LinearModel().fit(mesh)
    for number, draw in enumerate(("world", "scatter", "relative", "fibre", "circles")):
        (tmp_path / str(number)).mkdir()
        check(DRAW[draw](mesh, line), tmp_path / str(number))


def test_the_cloud_table_is_the_real_one(shared, cloud):
    theirs = pd.read_csv(shared / "data" / "azure-regions" / "pairs.csv")
    ours = pd.read_csv(data_path("azure-regions/pairs.csv"))
    key = ["landmark", "target"]
    pd.testing.assert_frame_equal(
        ours.sort_values(key, ignore_index=True),
        theirs.sort_values(key, ignore_index=True),
        check_dtype=False,
    )
    assert cloud.provenance.kind == "measured"
    assert cloud.provenance.licence.startswith("MIT")


@pytest.mark.parametrize("lon", [0.0, 90.0, 179.99, -180.0])
@pytest.mark.parametrize("lat", [-90.0, -89.5, -60.0, 0.0, 80.0, 90.0])
def test_a_local_map_keeps_areas(lon, lat):
    """Lambert's map is equal-area: a circle put on it has the area of the cap, seam or pole."""
    view = views.View(lon, lat, 3000.0)
    _figure, axes = canvas.new_map(view)
    for radius_km in (500.0, 2900.0):
        shape = projecting.project(axes, figures.circle(lon, lat, radius_km))
        cap = 4 * np.pi * 6371.0**2 * np.sin(radius_km / 6371.0 / 2) ** 2
        assert shape.area / 1e6 == pytest.approx(cap, rel=0.01)
        # Within a metre: at a pole the middle is a point of the outline, where the cut begins.
        assert shape.distance(shapely.Point(0, 0)) < 1


def test_the_south_pole_is_on_land():
    for view in (views.View(0.0, -90.0, 4000.0), views.View(175.0, -80.0, 3000.0)):
        _figure, axes = canvas.new_map(view)
        pole = axes.projection.transform_point(0, -90, views.LONLAT)
        land = projecting.project(axes, maps.land("50m").geometry.iloc[0])
        assert land.distance(shapely.Point(pole)) < 1
        # No seam left along ±180°: the land around the pole is one piece.
        middle = shapely.Point(axes.projection.transform_point(180, -87, views.LONLAT))
        assert land.buffer(2000).contains(middle)


def test_a_region_too_small_for_the_world_is_still_seen():
    grid = Grid(25)
    spot = figures.region_map(grid.cap(10, 50, 20), zoom=False)
    blank = figures.region_map(grid.empty(), zoom=False)
    assert "empty" in blank.alt
    ink = [len(one.figure.axes[0].collections) for one in (spot, blank)]
    assert ink[0] > ink[1]


def test_a_rim_past_the_antipode_does_not_cross_the_map():
    _figure, axes = canvas.new_map(views.View(36.8, -1.3, 300.0))
    for lon, lat in ((36.8, 60.0), (-20.0, -1.3), (100.0, 40.0)):
        to_antipode = float(sphere.distance_km(lon, lat, 36.8 - 180, 1.3))
        for off in (-5.0, 0.0, 5.0):
            rim = projecting.outline(figures.circle(lon, lat, to_antipode + off))
            assert projecting.project(axes, rim).is_empty
