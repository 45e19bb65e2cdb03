"""Regions equal the slow oracle cell for cell, compiled or not."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import engine_oracle
import healpix
import numpy as np
import pytest

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError


def test_hundreds_of_random_sets_of_circles():
    assert engine_oracle.mismatches(seed=1, sets=700) == 0


@pytest.mark.slow
def test_many_more_on_finer_grids():
    assert engine_oracle.mismatches(seed=2, sets=500, nsides=(1, 8, 64)) == 0


def test_without_the_compiler(tmp_path):
    """The same kernels as plain Python, in a child process."""
    script = Path(engine_oracle.__file__)
    done = subprocess.run(
        [sys.executable, str(script), "3", "36"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "0"


def test_the_oracle_itself_tells_right_from_wrong():
    grid = Grid(nside=8)
    each = engine_oracle.holds(grid, [10.0], [20.0], [3000.0])
    assert not np.array_equal(grid.cap(10, 20, 2600).cells(), np.flatnonzero(each[0]))


@pytest.mark.parametrize("nside", [1, 2, 8, 64])
def test_centres_are_those_of_the_reference_package(nside):
    grid = Grid(nside=nside)
    lon, lat = grid.centres()
    want_lon, want_lat = healpix.pix2ang(nside, np.arange(grid.n_cells), lonlat=True)
    assert np.max(sphere.distance_km(lon, lat, want_lon, want_lat)) < 1e-6
    assert lon.min() >= -180 and lon.max() < 180
    assert np.array_equal(grid.cell_of(lon, lat), np.arange(grid.n_cells))


@pytest.mark.parametrize(
    ("resolution_km", "nside"),
    [(1e9, 1), (102, 64), (101, 128), (51, 128), (26, 256), (25, 512), (13, 512), (1.6, 4096)],
)
def test_resolution_gives_the_coarsest_grid_that_is_fine_enough(resolution_km, nside):
    grid = Grid(resolution_km)
    assert grid.nside == nside
    assert grid.cell_size_km <= resolution_km
    assert grid.n_cells * grid.cell_area_km2 == pytest.approx(4 * np.pi * 6371.0**2)


@pytest.mark.parametrize("bad", [0, -1, np.nan, 0.1])
def test_bad_resolution(bad):
    with pytest.raises(BadInputError, match="resolution_km"):
        Grid(bad)


@pytest.mark.parametrize("bad", [0, 3, 16384])
def test_bad_nside(bad):
    with pytest.raises(BadInputError, match="power of two"):
        Grid(nside=bad)


@pytest.mark.parametrize(
    ("lon", "lat", "radius", "word"),
    [
        (np.nan, 0, 1, "longitude"),
        (0, np.nan, 1, "latitude"),
        (0, 0, np.nan, "radius"),
        (0, 0, -1, "radius"),
        (181, 0, 1, "longitude"),
        (0, 90.001, 1, "latitude"),
        ([0, 1], [0, 1, 2], 1, "shape"),
    ],
)
def test_bad_circles_are_named(lon, lat, radius, word):
    grid = Grid(nside=4)
    for method in (grid.intersection, grid.union, grid.votes):
        with pytest.raises(BadInputError, match=word):
            method(lon, lat, radius)


def test_radius_nought_holds_its_own_centre_only():
    grid = Grid(nside=64)
    for cell in (0, 3, 4, 1000, grid.n_cells // 2, grid.n_cells - 1):
        (lon,), (lat,) = grid.lonlat([cell])
        assert grid.cap(lon, lat, 0).cells().tolist() == [cell]
    assert not grid.cap(1.234, 5.678, 0)


def test_nothing_constrains_nothing_and_the_globe_is_the_globe():
    grid = Grid(nside=8)
    assert grid.intersection([], [], []) == grid.whole() == grid.cap(5, 5, np.inf)
    assert grid.cap(5, 5, np.pi * 6371.0) == grid.whole()
    assert grid.union([], [], []) == grid.empty()
    assert grid.votes([], [], []).tolist() == [0] * grid.n_cells


def test_antipodal_caps_share_the_great_circle_between_them():
    grid = Grid(nside=16)
    quarter = np.pi / 2 * 6371.0
    both = grid.intersection([0, 180], [0, 0], quarter)
    lon, _ = grid.lonlat(both.cells())
    # Centres exactly between the two are ties, and ties are inside: the same all around.
    assert len(both) > 0 and np.allclose(np.abs(lon), 90)
    assert not grid.intersection([0, 180], [0, 0], quarter - 1)


@pytest.mark.parametrize("nside", [1, 4, 32])
def test_conservative_never_loses_a_true_place(nside):
    grid, rng = Grid(nside=nside), np.random.default_rng(nside)
    for _ in range(200):
        lon, lat = rng.uniform(-180, 180), np.degrees(np.arcsin(rng.uniform(-1, 1)))
        n = int(rng.integers(1, 20))
        marks = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
        # The place is exactly on every circle: nothing is left to spare.
        radius = sphere.distance_km(lon, lat, *marks)
        kept = grid.intersection(*marks, radius, conservative=True)
        assert kept.contains(lon, lat)
        assert not grid.intersection(*marks, radius) - kept


@pytest.mark.parametrize("nside", [1, 2, 4, 16, 64])
def test_cell_radius_per_ring_is_the_farthest_corner(nside):
    healpy = pytest.importorskip("healpy")
    from rttgeo.cells.tiling import ring_tables

    grid = Grid(nside=nside)
    cells = np.arange(grid.n_cells)
    edge = healpy.boundaries(nside, cells, step=4)
    centre = sphere.unit_vectors(*grid.centres())[:, :, None]
    reach = 2 * np.arcsin(np.linalg.norm(edge - centre, axis=1) / 2).max(axis=1)
    ring = np.searchsorted(grid.rings.first, cells, side="right") - 1
    farthest = np.zeros(grid.n_rings)
    np.maximum.at(farthest, ring, reach)
    pad = ring_tables(nside, True).pad
    assert (pad >= farthest).all()
    assert pad == pytest.approx(farthest, rel=1e-9)
    assert grid.cell_radius_km == pytest.approx(healpy.max_pixrad(nside) * 6371.0)


def test_rings_of_votes_and_weights():
    grid, rng = Grid(nside=16), np.random.default_rng(5)
    n = 12
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    outer, inner = rng.uniform(0, 12000, n), rng.uniform(-500, 9000, n)
    weights = rng.uniform(0, 3, n)
    cell_lon, cell_lat = grid.centres()
    distance = sphere.distance_km(lon[:, None], lat[:, None], cell_lon, cell_lat)
    held = (distance <= outer[:, None]) & (distance >= inner[:, None])
    votes = grid.votes(lon, lat, outer, inner_km=inner)
    assert votes.dtype == np.int32
    assert np.array_equal(votes, held.sum(axis=0))
    assert np.allclose(grid.votes(lon, lat, outer, inner_km=inner, weights=weights), weights @ held)
    with pytest.raises(BadInputError, match="weight"):
        grid.votes(0, 0, 1, weights=np.nan)
    with pytest.raises(BadInputError, match="inner_km"):
        grid.votes(0, 0, 1, inner_km=np.nan)


def test_a_centre_on_the_inner_circle_is_in_the_ring():
    grid = Grid(nside=16)
    (lon,), (lat,) = grid.lonlat([777])
    radius = float(sphere.distance_km(12.0, 34.0, lon, lat))
    assert grid.votes(12, 34, radius, inner_km=radius)[777] == 1
    assert grid.votes(12, 34, radius, inner_km=radius).sum() == 1


def test_many_targets_are_as_one_by_one():
    grid, rng = Grid(nside=32), np.random.default_rng(6)
    counts = rng.integers(0, 12, 60)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    n = int(offsets[-1])
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    radius = rng.uniform(2000, 18000, n)
    for conservative in (False, True):
        many = grid.intersect_many(lon, lat, radius, offsets, conservative=conservative)
        for i, (low, high) in enumerate(itertools.pairwise(offsets)):
            rows = slice(low, high)
            one = grid.intersection(lon[rows], lat[rows], radius[rows], conservative=conservative)
            assert many.n_cells[i] == one.n_cells
            assert many.area_km2[i] == pytest.approx(one.area_km2)
            if one and one != grid.whole():
                place = (many.lon[i], many.lat[i])
                assert sphere.distance_km(*place, *one.centroid()) < 1e-6
            else:
                assert np.isnan(many.lon[i]) and np.isnan(many.lat[i])


@pytest.mark.parametrize("offsets", [[], [1, 2], [0, 1], [0, 2, 1, 2], [[0, 2]]])
def test_bad_offsets(offsets):
    with pytest.raises(BadInputError, match="offsets"):
        Grid(nside=4).intersect_many([0, 1], [0, 1], [1, 1], offsets)
