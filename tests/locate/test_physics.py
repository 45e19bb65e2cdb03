"""No method goes beyond light, names a place outside of its own region, or blurs a small circle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locate_meshes import full_mesh, mesh_of

from rttgeo import sphere
from rttgeo.cells.following import COARSE, FINE, FollowingGrid, chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.cells.tiling import MAX_NSIDE
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.delay.statements import NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators import METHODS, Estimate, locate, locate_many
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.training import keep_pairs, usable_pairs
from rttgeo.mesh import Mesh, TargetPairs

QUICK = [name for name in METHODS if not name.startswith("calibrated")]
DEFAULTS = [name for name in METHODS if name.startswith("calibrated")]
LEFT_KM, WIDEST = Settings().vacuum_tolerance_km, Grid(nside=1024)


def cap_km2(radius_km: float) -> float:
    return float(2 * np.pi * EARTH_RADIUS_KM**2 * (1 - np.cos(radius_km / EARTH_RADIUS_KM)))


def check_physics(mesh: Mesh, estimate: Estimate) -> None:
    """The place lies in the region, and the region within every landmark's circle of vacuum."""
    region = estimate.region
    if not region.n_cells:
        assert estimate.conflict
        return
    assert region.contains(estimate.lon, estimate.lat), "the place is outside of the region"
    if estimate.conflict:
        return
    pairs = usable_pairs(mesh, estimate.target)
    if estimate.method == "shortest-ping":  # by its definition it knows of one circle only
        pairs = keep_pairs(pairs, mesh.landmarks.index[pairs.landmark] == estimate.bounding[0])
    if estimate.method in DEFAULTS:
        # Of a landmark that a note says may be wrong, the declared place is no bound.
        said = " ".join(note.text for note in estimate.notes if note.kind is NoteKind.DOUBT)
        sure = [f"{name} is p" not in said for name in mesh.landmarks.index[pairs.landmark]]
        check_support(keep_pairs(pairs, np.array(sure)), estimate)
        return
    lon, lat = region.grid.lonlat(region.cells())
    # Cells that a circle touches anywhere count: their centres lie at most a cell's radius outside.
    limit = KM_PER_MS_RTT["vacuum"] * pairs.rtt_ms + region.grid.cell_radius_km + 1e-6
    apart = sphere.distance_km(pairs.lon[:, None], pairs.lat[:, None], lon, lat)
    assert (apart <= limit[:, None]).all(), "the region is beyond light"


def check_support(pairs: TargetPairs, estimate: Estimate) -> None:
    """All that is not ruled out, in cells of several sizes, is within light and what is stated."""
    posterior = estimate.posterior
    assert isinstance(posterior, MixedPosterior)
    lon, lat, _ = posterior.pieces()
    wide = (posterior.grid.nside / np.sqrt(posterior.size)).astype(int)
    radius = {int(nside): Grid(nside=int(nside)).cell_radius_km for nside in np.unique(wide)}
    left_km = np.maximum(LEFT_KM, [radius[int(nside)] for nside in wide]) + 1e-6
    apart = sphere.distance_km(pairs.lon[:, None], pairs.lat[:, None], lon, lat)
    limit = KM_PER_MS_RTT["vacuum"] * pairs.rtt_ms[:, None] + left_km
    assert (apart <= limit).all(), "the support is beyond light"


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 14), st.floats(0, 3))
@pytest.mark.parametrize("name", QUICK)
def test_regions_and_places_keep_to_physics(name: str, seed: int, n: int, spread: float) -> None:
    mesh = full_mesh(seed, n, spread)
    for estimate in locate_many(mesh, [0, 1], method=name, grid=Grid(nside=64), audit=False):
        check_physics(mesh, estimate)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 11), st.floats(0, 3))
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_default_keeps_to_physics_too(name: str, seed: int, n: int, spread: float) -> None:
    """With the tolerance that it states; on a few meshes, since it learns from each."""
    mesh = full_mesh(seed, n, spread)
    for estimate in locate_many(mesh, [0, 1], method=name, audit=False):
        check_physics(mesh, estimate)


@pytest.mark.parametrize("name", [*QUICK, *DEFAULTS])
@pytest.mark.parametrize("rtt_ms", [0.1, 0.5, 1.3])
@pytest.mark.parametrize("place", [(4.9, 52.4), (180.0, -17.0), (30.0, 89.5)])
def test_a_small_circle_stays_small(name: str, rtt_ms: float, place: tuple[float, float]) -> None:
    """A landmark next door; the others know of it only that it is not on their side."""
    near = full_mesh(3, 14)
    landmarks = {
        "next": place,
        **dict(zip("abc", [(0.0, 0.0), (60.0, 20.0), (-80.0, 40.0)], strict=True)),
    }
    lon, lat = near.target_lonlat
    targets = {"t": place, **{f"k{i}": (float(lon[i]), float(lat[i])) for i in range(12)}}
    rtts = {
        (target, landmark): float(sphere.distance_km(*targets[target], *landmarks[landmark])) / 70
        + 1
        for target in targets
        for landmark in landmarks
    }
    mesh = mesh_of(landmarks, targets, {**rtts, ("t", "next"): rtt_ms})
    estimate = locate(mesh, "t", method=name, audit=False)
    check_physics(mesh, estimate)
    own_km = LEFT_KM + WIDEST.cell_radius_km if name in DEFAULTS else 0.0
    widest_km = KM_PER_MS_RTT["vacuum"] * rtt_ms + 2 * Grid(nside=MAX_NSIDE).cell_size_km + own_km
    if not any(note.kind is NoteKind.DOUBT for note in estimate.notes):
        assert estimate.area_km2 <= 1.1 * cap_km2(widest_km)


@pytest.mark.parametrize("name", DEFAULTS)
def test_five_pings_and_nobody_known_stay_within_light(name: str) -> None:
    places = {
        "next": (16.37, 48.21), "a": (14.44, 50.08), "b": (8.54, 47.38), "c": (19.04, 47.5),
        "d": (8.68, 50.11),
    }  # fmt: skip
    rtts = {("t", one): 4.0 + far for one, far in zip(places, (0, 4, 6, 4, 8), strict=True)}
    mesh = mesh_of(places, {"t": (float("nan"), float("nan"))}, {**rtts, ("t", "next"): 0.081})
    estimate = locate(mesh, "t", method=name)
    assert not any(note.kind is NoteKind.DOUBT for note in estimate.notes)
    check_physics(mesh, estimate)
    assert estimate.area_km2 < 1_500


@pytest.mark.parametrize("rtt_ms", [0.4, 1.0, 1.6])
def test_a_small_region_is_right_to_a_few_percent(rtt_ms: float) -> None:
    mesh = mesh_of({"a": (8.5, 47.4)}, {"t": (8.5, 47.4)}, {("t", "a"): rtt_ms})
    for name, medium in (("exclusion", "fibre"), ("exclusion-vacuum", "vacuum")):
        truth = cap_km2(KM_PER_MS_RTT[medium] * rtt_ms)
        assert truth <= locate(mesh, "t", method=name).area_km2 <= 1.06 * truth


def test_a_resolution_that_was_asked_for_is_kept_and_said_when_it_is_coarse() -> None:
    mesh = mesh_of({"a": (8.5, 47.4)}, {"t": (8.5, 47.4)}, {("t", "a"): 0.1})
    coarse = locate(mesh, "t", method="exclusion", resolution_km=30)
    assert coarse.region.grid == Grid(resolution_km=30)
    (note,) = coarse.notes
    assert note.kind is NoteKind.CELLS and "coarser than the smallest circle" in note.text
    assert not coarse.fell_back
    fine = locate(mesh, "t", method="exclusion", resolution_km=1)
    assert fine.region.grid == Grid(resolution_km=1) and not fine.notes


@given(st.floats(0, 30_000))
def test_cells_follow_the_circle_and_never_get_coarser(radius_km: float) -> None:
    grid = FollowingGrid()
    found = grid.for_radius(radius_km)
    assert found.nside >= grid.nside
    if grid.cell_size_km <= COARSE * radius_km:
        assert found == grid
    else:
        assert found.nside == MAX_NSIDE or found.cell_size_km <= FINE * radius_km * (1 + 1e-9)


def test_the_grid_that_follows_equals_that_of_the_same_cells() -> None:
    grid, same = FollowingGrid(), Grid(resolution_km=26)
    assert grid == same and same == grid and hash(grid) == hash(same)
    assert grid.whole() == same.whole()
    assert chosen_grid(None, 26.0).for_radius(1.0) == same
    with pytest.raises(BadInputError, match="not both"):
        chosen_grid(same, 26.0)


@pytest.mark.parametrize("method", ["exclusion", "exclusion-vacuum"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=15)
def test_a_further_ping_never_makes_a_region_of_light_larger(method, seed):
    """In whatever order they come; but for the cells, which are finer where a circle is smaller."""
    mesh = full_mesh(seed % 50, n=12)
    order = np.random.default_rng(seed).permutation(11) + 1
    target, before = 0, np.inf
    of_target = mesh.pairs["target"].to_numpy() == target
    for count in range(1, 12):
        some = np.isin(mesh.pairs["landmark"].to_numpy(), order[:count])
        found = locate(mesh.where(of_target & some), target="n0", method=method)
        assert not found.conflict
        edge_km2 = 0.0 if np.isinf(before) else found.region.grid.cell_area_km2
        assert found.region.area_km2 <= before + edge_km2
        before = found.region.area_km2
