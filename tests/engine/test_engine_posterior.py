"""Posteriors: against a plain sum over all cells, and against what must hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior, area_log_density, knots_km
from rttgeo.errors import BadInputError
from rttgeo.kernels import posterior as kernels

PLACE = (-179.9, -17.0)


def gaussian_tables(rng, n, spread_km, knots=2048):
    """Landmarks all over, each with a Gaussian about its distance to the place."""
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    true = sphere.distance_km(lon, lat, *PLACE)
    mean = true + rng.normal(size=n) * spread_km
    axis = knots_km(knots)
    table = -0.5 * ((axis - mean[:, None]) / spread_km) ** 2
    return lon, lat, mean, area_log_density(table, axis)


def slow_log_density(grid, lon, lat, tables):
    cell_lon, cell_lat = grid.centres()
    axis = knots_km(tables.shape[1])
    chord = 2 * np.sin(axis / 2 / 6371.0)
    total = np.zeros(grid.n_cells)
    for i in range(len(lon)):
        distance = sphere.distance_km(lon[i], lat[i], cell_lon, cell_lat)
        total += np.interp(2 * np.sin(distance / 2 / 6371.0), chord, tables[i])
    return total


def tolerance_nats(tables):
    """What 2 m make at most, by the slopes of all tables, and the rounding of what is added."""
    knot_km = np.pi * 6371.0 / tables.shape[1]
    return 0.002 * np.abs(np.diff(tables, axis=1)).max(axis=1).sum() / knot_km + 1e-5


@pytest.mark.parametrize(("n", "spread_km"), [(1, 500.0), (8, 800.0), (60, 300.0)])
@pytest.mark.parametrize("nside", [4, 64])
def test_equals_the_plain_sum(nside, n, spread_km):
    grid, rng = Grid(nside=nside), np.random.default_rng(n)
    lon, lat, _, tables = gaussian_tables(rng, n, spread_km)
    want = slow_log_density(grid, lon, lat, tables)
    want -= want.max()
    want -= np.log(np.exp(want).sum())
    likely = np.flatnonzero(want > want.max() - 29.9)
    for drop in (30.0, np.inf):
        got = Posterior.from_tables(grid, lon, lat, tables, drop_nats=drop)
        full = np.zeros(grid.n_cells)
        full[got.cells] = got.probability
        off = np.abs(np.log(full[likely]) - want[likely]).max()
        assert off < min(tolerance_nats(tables), 1e-3)
        assert full[want <= want.max() - 30.1].sum() < 1e-6
        assert got.probability.sum() == pytest.approx(1)
    assert got.mode() == tuple(float(v[0]) for v in grid.lonlat([np.argmax(want)]))


@pytest.mark.parametrize("nside", [1, 16, 512])
def test_distances_are_right_to_two_metres(nside):
    """A table that is the chord itself, in km, looked up at, near and far from landmarks."""
    grid = Grid(nside=nside)
    table = np.linspace(0.0, 2 * 6371.0, 2048)[None, :]
    cells = np.arange(0, grid.n_cells, max(grid.n_cells // 50_000, 1))
    cells = np.union1d(cells, np.arange(min(5000, grid.n_cells)))
    points = sphere.unit_vectors(*grid.lonlat(cells))
    places = [grid.lonlat(cells[[len(cells) // 3]]), ([179.99], [-17.3]), ([0.0], [90.0])]
    for place in places:
        mark = sphere.unit_vectors(*place)
        found = np.empty(len(cells))
        kernels.sum_tables(grid.rings, cells, mark, table, np.array([0]), found)
        chord_km = 6371.0 * np.linalg.norm(points - mark, axis=1)
        assert np.abs(found - chord_km).max() < 0.002


def test_without_the_compiler(tmp_path):
    """The same kernels as plain Python, in a child process: the same to a tenth of a percent."""
    code = (
        "import numpy as np, sys; from test_engine_posterior import gaussian_tables;"
        "from rttgeo.cells.grid import Grid; from rttgeo.cells.posterior import Posterior;"
        "lon, lat, _, t = gaussian_tables(np.random.default_rng(4), 5, 900.0, knots=256);"
        "p = Posterior.from_tables(Grid(nside=8), lon, lat, t);"
        "np.savez(sys.argv[1], cells=p.cells, p=p.probability)"
    )
    for name, off in (("compiled", "0"), ("plain", "1")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)],
            env={**os.environ, "NUMBA_DISABLE_JIT": off, "PYTHONPATH": str(Path(__file__).parent)},
            check=True,
        )
    one, other = (np.load(tmp_path / f"{name}.npz") for name in ("compiled", "plain"))
    assert np.array_equal(one["cells"], other["cells"])
    assert np.abs(np.log(one["p"]) - np.log(other["p"])).max() < 1e-3


def test_as_many_threads_as_one_likes_give_the_same_bytes():
    grid, rng = Grid(nside=256), np.random.default_rng(12)
    lon, lat, _, tables = gaussian_tables(rng, 9, 200.0)
    found, before = [], numba.get_num_threads()
    try:
        for threads in {1, before}:
            numba.set_num_threads(threads)
            found.append(Posterior.from_tables(grid, lon, lat, tables).probability.tobytes())
    finally:
        numba.set_num_threads(before)
    assert len(set(found)) == 1


def test_coarse_to_fine_leaves_nothing_out():
    """On a grid fine enough for three coarse levels, among narrow and ragged densities."""
    grid, rng = Grid(nside=256), np.random.default_rng(9)
    for n, spread in ((3, 60.0), (25, 150.0)):
        lon, lat, _, tables = gaussian_tables(rng, n, spread)
        tables += rng.normal(size=tables.shape)
        lean = Posterior.from_tables(grid, lon, lat, tables)
        full = Posterior.from_tables(grid, lon, lat, tables, drop_nats=np.inf)
        likely = full.cells[full.probability >= full.probability.max() * np.exp(-29.9)]
        assert np.isin(likely, lean.cells).all()
        assert len(lean.cells) < grid.n_cells / 10


def test_region_and_prior_restrict():
    grid, rng = Grid(nside=128), np.random.default_rng(2)
    lon, lat, _, tables = gaussian_tables(rng, 6, 700.0)
    for region in (grid.cap(175, -20, 900), ~grid.cap(*PLACE, 4000)):
        got = Posterior.from_tables(grid, lon, lat, tables, region=region)
        assert region.has_cells(got.cells).all()
        log_prior = np.full(grid.n_cells, -np.inf)
        log_prior[region.cells()] = 1.25
        same = Posterior.from_tables(grid, lon, lat, tables, log_prior=log_prior)
        assert np.array_equal(same.cells, got.cells)
        assert np.allclose(same.probability, got.probability, rtol=1e-3, atol=0)
        assert same.log_evidence == pytest.approx(got.log_evidence + 1.25, abs=1e-3)


def test_rows_of_tables_may_be_shared():
    grid, rng = Grid(nside=16), np.random.default_rng(3)
    lon, lat, _, tables = gaussian_tables(rng, 4, 900.0)
    which = np.array([0, 2, 2, 1])
    a = Posterior.from_tables(grid, lon, lat, tables, which=which)
    b = Posterior.from_tables(grid, lon, lat, tables[which])
    assert np.array_equal(a.probability, b.probability)


def test_one_flat_landmark_is_even_and_an_area_density_integrates_to_one():
    grid = Grid(nside=64)
    flat = Posterior.from_tables(grid, 0, 0, np.zeros((1, 64)))
    assert len(flat.cells) == grid.n_cells
    assert np.allclose(flat.probability, 1 / grid.n_cells)
    # A Gaussian on distance, turned into one on area, keeps its mass: the Jacobian is right.
    axis = knots_km()
    density = -0.5 * ((axis - 4000) / 700) ** 2 - np.log(700 * np.sqrt(2 * np.pi))
    got = Posterior.from_tables(grid, 20, 30, area_log_density(density, axis))
    assert got.log_evidence == pytest.approx(0, abs=2e-3)
    lon, lat = grid.lonlat(got.cells)
    distance = sphere.distance_km(20, 30, lon, lat)
    assert got.probability @ distance == pytest.approx(4000, rel=2e-3)


def test_credible_regions_are_nested_and_hold_their_level():
    grid, rng = Grid(nside=64), np.random.default_rng(4)
    lon, lat, _, tables = gaussian_tables(rng, 5, 800.0)
    post = Posterior.from_tables(grid, lon, lat, tables)
    before = grid.empty()
    for level in (0.1, 0.5, 0.9, 0.99, 1.0):
        region = post.credible_region(level)
        held = post.probability_of(region)
        assert held >= level - 1e-9
        assert held - post.probability.max() < level
        assert not before - region
        before = region
    assert post.area_km2(0.5) == post.credible_region(0.5).area_km2
    inside = post.level_of(*PLACE)
    assert post.credible_region(float(inside)).contains(*PLACE)
    assert post.level_of(-PLACE[0], 80) == np.inf
    with pytest.raises(BadInputError, match="level"):
        post.credible_region(0)


def test_median_is_where_expected_distance_is_least():
    grid, rng = Grid(nside=8), np.random.default_rng(5)
    for n in (2, 3, 6):
        lon, lat, _, tables = gaussian_tables(rng, n, 1500.0)
        post = Posterior.from_tables(grid, lon, lat, tables)
        found = post.expected_distance_km(*post.median_place())
        every = [post.expected_distance_km(*place) for place in zip(*grid.centres(), strict=True)]
        assert found <= min(every) * 1.02


def test_coarser_and_finer():
    grid, rng = Grid(nside=32), np.random.default_rng(6)
    lon, lat, _, tables = gaussian_tables(rng, 3, 900.0)
    post = Posterior.from_tables(grid, lon, lat, tables)
    fine = post.resample(Grid(nside=128))
    assert fine.probability.sum() == pytest.approx(1)
    back = fine.resample(grid)
    assert np.array_equal(back.cells, post.cells)
    assert np.allclose(back.probability, post.probability)
    assert post.resample(Grid(nside=1)).probability.sum() == pytest.approx(1)


def test_minus_infinity_is_an_exclusion():
    grid, axis = Grid(nside=64), knots_km()
    ring = np.where((axis > 2000) & (axis < 4000), 0.0, -np.inf)
    post = Posterior.from_tables(grid, [0, 10], [0, 10], np.stack([ring, ring]))
    for place in ((0, 0), (10, 10)):
        distance = sphere.distance_km(*place, *grid.lonlat(post.cells))
        assert distance.min() > 1990 and distance.max() < 4010


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"tables": np.full((1, 8), np.nan)}, "NaN"),
        ({"tables": np.full((1, 8), np.inf)}, "infinity"),
        ({"tables": np.zeros((1, 1))}, "knots"),
        ({"which": [1]}, "table 1"),
        ({"lon": np.nan}, "longitude"),
        ({"log_prior": np.zeros(3)}, "log_prior"),
        ({"region": Grid(nside=2).whole()}, "same grid"),
        ({"region": Grid(nside=4).empty()}, "empty"),
        ({"tables": np.full((1, 8), -np.inf)}, "possible"),
    ],
)
def test_bad_input(change, word):
    given = {"lon": 0.0, "lat": 0.0, "tables": np.zeros((1, 8)), **change}
    lon, lat, tables = given.pop("lon"), given.pop("lat"), given.pop("tables")
    with pytest.raises(BadInputError, match=word):
        Posterior.from_tables(Grid(nside=4), lon, lat, tables, **given)
