"""Every estimator: what it promises, on meshes where the answer is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locate_meshes import full_mesh, mesh_of

import rttgeo
from rttgeo import sphere
from rttgeo.auditing.in_order import in_order
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators import DEFAULT_METHOD, METHODS, BatchEstimator, Estimate, locate, locate_many
from rttgeo.estimators.training import training_mesh, usable_pairs
from rttgeo.mesh import Mesh

PUBLISHED = (
    "shortest-ping",
    "exclusion",
    "exclusion-vacuum",
    "cbg",
    "cbg++",
    "octant",
    "spotter",
    "wls",
    "geoping",
)
COARSE = Grid(nside=32)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return full_mesh(7, 24)


def truth(mesh: Mesh, target: str) -> tuple[float, float]:
    lon, lat = mesh.target_lonlat
    number = mesh.target_number(target)
    return float(lon[number]), float(lat[number])


def test_all_methods_are_there() -> None:
    assert set(PUBLISHED) <= set(METHODS)
    assert DEFAULT_METHOD in METHODS
    assert all(METHODS[name].name == name for name in METHODS)


def test_the_package_can_be_called(mesh: Mesh) -> None:
    called = rttgeo.locate(mesh, target="n3", method="exclusion", grid=COARSE)
    assert called.to_dict() == locate(mesh, "n3", method="exclusion", grid=COARSE).to_dict()


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_estimate_is_whole(mesh: Mesh, name: str) -> None:
    estimate = locate(mesh, "n5", method=name, grid=COARSE)
    assert (estimate.method, estimate.target) == (name, "n5")
    assert estimate.n_landmarks == 23
    assert estimate.bound.text
    assert estimate.has_region
    assert estimate.area_km2 > 0
    sphere.check_lonlat(estimate.lon, estimate.lat)
    assert json.loads(json.dumps(estimate.to_dict()))["target"] == "n5"
    assert set(estimate.bounding) <= set(mesh.landmarks.index)
    assert "n5" not in estimate.bounding
    narrow, wide = (estimate.credible_region(level) for level in (0.5, 0.99))
    assert not (narrow - wide).n_cells


@pytest.mark.parametrize("name", PUBLISHED)
def test_two_runs_agree(mesh: Mesh, name: str) -> None:
    first, second = (locate(mesh, "n2", method=name, grid=COARSE) for _ in range(2))
    assert first.to_dict() == second.to_dict()


@pytest.mark.parametrize("name", [n for n in PUBLISHED if isinstance(METHODS[n], BatchEstimator)])
@pytest.mark.parametrize("exclude_km", [None, 500.0])
def test_batch_is_the_same_as_one_by_one(mesh: Mesh, name: str, exclude_km: float | None) -> None:
    many = locate_many(mesh, method=name, grid=COARSE, exclude_km=exclude_km)
    assert len(many) == 24
    # The last digits of sums follow from the order of the terms, here that of places.
    mesh = in_order(mesh).mesh
    for estimate in many[::3]:
        pairs = usable_pairs(mesh, estimate.target, exclude_km)
        fitted = METHODS[name].fit(training_mesh(mesh, estimate.target), COARSE)
        alone = fitted.locate(pairs, estimate.target)
        assert alone.to_dict() == estimate.to_dict()
        assert alone.region == estimate.region


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.floats(0, 3))
def test_exclusion_is_sound(seed: int, n: int, spread: float) -> None:
    """Whatever the cells: delays that respect fibre never exclude the truth."""
    mesh = full_mesh(seed, n, spread)
    for estimate in locate_many(mesh, method="exclusion", grid=Grid(nside=8)):
        assert estimate.covers(*truth(mesh, estimate.target))
        assert not estimate.conflict


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_one_landmark_more_never_enlarges_exclusion(seed: int) -> None:
    mesh = full_mesh(seed, 8)
    fitted = METHODS["exclusion"].fit(mesh, COARSE)
    pairs = usable_pairs(mesh, 0)
    areas = []
    for count in range(1, len(pairs.rtt_ms) + 1):
        some = type(pairs)(*(column[:count] for column in pairs))
        areas.append(fitted.locate(some, "n0").area_km2)
    assert (np.diff(areas) <= 0).all()


def test_bounding_landmarks_alone_give_the_same_region(mesh: Mesh) -> None:
    fitted = METHODS["exclusion"].fit(mesh, Grid(nside=128))
    for target in range(24):
        pairs = usable_pairs(mesh, target)
        whole = fitted.locate(pairs, "t")
        names = mesh.landmarks.index.to_numpy()[pairs.landmark]
        keep = np.isin(names, whole.bounding)
        some = type(pairs)(*(column[keep] for column in pairs))
        assert fitted.locate(some, "t").area_km2 == pytest.approx(whole.area_km2, rel=0.05)


def square(rtt: float = 12.0) -> Mesh:
    """Four landmarks around a target at (0, 0), and four targets to learn from."""
    corners = {"ne": (8.0, 8.0), "nw": (-8.0, 8.0), "se": (8.0, -8.0), "sw": (-8.0, -8.0)}
    known = {"a": (3.0, 1.0), "b": (-20.0, 6.0), "c": (1.0, -9.0), "d": (30.0, 20.0)}
    targets = {"here": (0.0, 0.0), **known}
    rtts = {("here", corner): rtt for corner in corners}
    for name, place in known.items():
        for corner, other in corners.items():
            distance = float(sphere.distance_km(*place, *other))
            rtts[name, corner] = distance / 80 + 1
    return mesh_of(corners, targets, rtts)


@pytest.mark.parametrize("name", ["exclusion", "cbg", "cbg++", "octant", "spotter", "wls"])
def test_symmetric_rtts_put_the_target_in_the_middle(name: str) -> None:
    rtt = float(sphere.distance_km(0, 0, 8, 8)) / 80 + 1
    estimate = locate(square(rtt), "here", method=name, resolution_km=26)
    assert estimate.error_km(0, 0) < 60
    assert estimate.covers(0, 0)


def test_conflict_is_named_and_no_place_is_given() -> None:
    mesh = mesh_of(
        {"a": (0.0, 0.0), "b": (90.0, 0.0), "c": (10.0, 0.0)},
        {"t": (5.0, 0.0)},
        {("t", "a"): 9.0, ("t", "b"): 8.0, ("t", "c"): 10.0},
    )
    estimate = locate(mesh, "t", method="exclusion", grid=COARSE)
    assert estimate.empty
    assert estimate.conflict == ("a", "b")
    assert np.isnan([estimate.lon, estimate.lat]).all() and estimate.guess == (90, 0)
    assert any("quickest landmark" in note.text for note in estimate.notes)
    assert estimate.area_km2 == 0
    better = locate(mesh, "t", method="cbg++", grid=COARSE)
    assert not better.empty
    assert better.covers(5, 0)
    assert any("left out as inconsistent: b" in note.text for note in better.notes)


@pytest.mark.parametrize("name", PUBLISHED)
def test_fall_backs_are_said(name: str) -> None:
    mesh = mesh_of(
        {"a": (179.0, 60.0), "b": (-179.0, 62.0)},
        {"t": (180.0, 61.0)},
        {("t", "a"): 3.0, ("t", "b"): 4.0},
    )
    estimate = locate(mesh, "t", method=name, grid=COARSE)
    assert estimate.error_km(180, 61) < 400
    assert estimate.covers(180, 61)
    learns = name not in ("shortest-ping", "exclusion", "exclusion-vacuum")
    assert bool(estimate.notes) == estimate.fell_back == learns


def test_shortest_ping_is_the_lowest_rtt(mesh: Mesh) -> None:
    pairs = usable_pairs(mesh, 4)
    best = int(np.argmin(pairs.rtt_ms))
    estimate = locate(mesh, 4, method="shortest-ping", grid=COARSE)
    assert (estimate.lon, estimate.lat) == (pairs.lon[best], pairs.lat[best])
    lon, lat = COARSE.centres()
    apart = sphere.distance_km(estimate.lon, estimate.lat, lon, lat)
    near = apart <= KM_PER_MS_RTT["fibre"] * pairs.rtt_ms[best]
    assert set(np.flatnonzero(near)) <= set(estimate.region.cells())


def test_wls_finds_the_least_sum_of_squares(mesh: Mesh) -> None:
    estimate = locate(mesh, 9, method="wls", grid=COARSE)
    pairs = usable_pairs(mesh, 9)
    train = training_mesh(mesh, 9)
    far = train.distance_km >= 0.5
    speed = np.mean(train.distance_km[far] / train.pairs["rtt_ms"][far])

    def misfit(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        apart = sphere.distance_km(pairs.lon[:, None], pairs.lat[:, None], lon, lat)
        return (((apart - speed * pairs.rtt_ms[:, None]) / pairs.rtt_ms[:, None] ** 2) ** 2).sum(0)

    grid = Grid(nside=64)
    found = misfit(np.array([estimate.lon]), np.array([estimate.lat]))[0]
    assert found <= misfit(*grid.centres()).min() * 1.0001


def test_spotter_is_the_product_of_densities_on_area(mesh: Mesh) -> None:
    grid = Grid(nside=16)
    estimate = locate(mesh, 11, method="spotter", grid=grid)
    assert estimate.posterior is not None
    from rttgeo.delay.spotter import Spotter

    model = Spotter().fit(training_mesh(mesh, 11))
    pairs = usable_pairs(mesh, 11)
    cells = estimate.posterior.cells
    total = np.zeros(len(cells))
    for lon, lat, rtt in zip(pairs.lon, pairs.lat, pairs.rtt_ms, strict=True):
        apart = sphere.distance_km(lon, lat, *grid.lonlat(cells))
        density = model.log_density(apart, rtt, np.array([0]))
        total += density - np.log(np.sin(apart / 6371))
    oracle = np.exp(total - total.max())
    np.testing.assert_allclose(estimate.posterior.probability, oracle / oracle.sum(), atol=0.02)


def test_geoping_takes_the_twin() -> None:
    mesh = square()
    pairs = mesh.pairs.copy()
    here, twin = mesh.target_number("here"), mesh.target_number("d")
    pairs.loc[pairs["target"] == here, "rtt_ms"] = (
        pairs.loc[pairs["target"] == twin, "rtt_ms"].to_numpy() + 0.1
    )
    twins = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    estimate = locate(twins, "here", method="geoping", grid=COARSE)
    assert (estimate.lon, estimate.lat) == pytest.approx((30, 20))


def test_names_in_html_are_escaped() -> None:
    page = Estimate(
        "<b>", "<script>", 1.0, 2.0, notes=(Note(NoteKind.SEARCH, "a & b"),)
    )._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &amp; b" in page


def test_no_place_is_nan_and_none() -> None:
    nowhere = Estimate("m", "t")
    assert np.isnan(nowhere.error_km(0, 0))
    assert nowhere.to_dict()["lon"] is None
    assert not nowhere.empty
    with pytest.raises(NotThereError, match="only a place"):
        nowhere.credible_region(0.5)
    for level in (0.0, 1.5, float("nan")):
        with pytest.raises(BadInputError, match="credible level"):
            nowhere.credible_region(level)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_region_around_its_credible_ones(mesh: Mesh, name: str) -> None:
    estimate = locate(mesh, "n5", method=name, grid=COARSE)
    assert estimate.has_region and not estimate.empty
    assert estimate.region.n_cells > 0
    assert (estimate.region & estimate.support) == estimate.region
    assert len(repr(estimate.posterior)) < 120


@pytest.mark.parametrize("name", METHODS)
def test_the_region_is_the_one_that_is_printed(mesh: Mesh, name: str) -> None:
    estimate = locate(mesh, "n5", method=name, grid=COARSE)
    assert estimate.region is estimate.region  # Worked out once.
    assert estimate.region == estimate.credible_region(0.95) == estimate.credible_region()
    assert estimate.area_km2 == estimate.region.area_km2
    assert f"{estimate.region.area_km2:,.0f} km²" in repr(estimate)
    if estimate.posterior is None:
        assert estimate.region == estimate.support == estimate.feasible
    else:
        assert estimate.region == estimate.posterior.credible_region(0.95)
        assert estimate.support == estimate.posterior.support != estimate.region
    assert estimate.of(None).region == estimate.region


def test_a_place_only_has_no_region_and_says_so() -> None:
    nowhere = Estimate("m", "t", 1.0, 2.0)
    assert not nowhere.has_region and np.isnan(nowhere.area_km2)
    for ask in (lambda: nowhere.region, lambda: nowhere.support):
        with pytest.raises(NotThereError, match="'m' gives only a place"):
            ask()


def test_plot_draws(mesh: Mesh) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    for method in ("exclusion", "calibrated"):
        drawn = locate(mesh, 1, method=method, grid=COARSE).plot()
        assert drawn.figure.axes and "region of" in drawn.alt
    with pytest.raises(NotThereError, match="only a place"):
        Estimate("nowhere", "t", lon=1.0, lat=2.0).plot()
    nothing = Estimate("exclusion", "$x$", feasible=COARSE.empty())
    assert nothing.plot().figure.axes


def test_shown_in_words(mesh: Mesh) -> None:
    estimate = locate(mesh, 1, method="exclusion", grid=COARSE)
    assert f"{estimate.area_km2:,.0f} km²" in repr(estimate) and len(repr(estimate)) < 120
    assert f"{estimate.area_km2:,.0f} km²" in estimate._repr_html_()
    posterior = locate(mesh, 1, method="calibrated", grid=COARSE)
    assert "95 %" in repr(posterior) and "95 %" in posterior._repr_html_()
    nothing = Estimate("exclusion", "<b>", feasible=COARSE.empty(), conflict=("<i>", "y"))
    assert "no place" in repr(nothing)
    assert "&lt;b&gt;" in nothing._repr_html_() and "&lt;i&gt;, y" in nothing._repr_html_()
    assert repr(mesh).startswith("<Mesh ") and f"{len(mesh):,} pairs" in repr(mesh)
