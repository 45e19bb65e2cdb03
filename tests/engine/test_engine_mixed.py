"""Cells in nested order and posteriors over cells of several sizes, against slower ways."""

from __future__ import annotations

import os
import subprocess
import sys

import healpix
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.cells import mixed as posterior_mixed
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.cells.region import Region
from rttgeo.errors import BadInputError
from rttgeo.kernels.nested import every_second_bit, mark_listed, nested_centres, runs_of_blocks

GRID = Grid(nside=32)


@given(st.sampled_from([1, 2, 8, 64, 2048, 2**20]), st.lists(st.integers(0, 2**63 - 1)))
def test_centres_are_those_of_the_library(nside, numbers):
    count = 12 * nside**2
    nested = np.array([0, count - 1, count // 2, *(n % count for n in numbers)])
    out = np.empty((len(nested), 3))
    nested_centres(nside, nested, out)
    np.testing.assert_allclose(out.T, healpix.pix2vec(nside, nested, nest=True), atol=3e-15)


@given(st.integers(0, 2**62))
def test_every_second_bit_is_kept(number):
    assert every_second_bit(number) == int(bin(number)[:1:-1][::2][::-1] or "0", 2)


@given(st.sets(st.integers(0, 50)), st.lists(st.tuples(*[st.integers(0, 60)] * 3)))
def test_marks_are_what_is_listed(cells, rows):
    cells = np.array(sorted(cells), dtype=np.int64)
    listed = np.array(rows, dtype=np.int64).reshape(-1, 3)
    out = np.zeros(len(cells), dtype=bool)
    mark_listed(cells, listed, out)
    np.testing.assert_array_equal(out, np.isin(cells, listed))


@pytest.mark.parametrize("nside", [1, 2, 4, 16])
def test_blocks_of_cells_are_their_runs(nside):
    """Every block of every size, alone: those that the meridian of 0° cuts and at the poles too."""
    grid = Grid(nside=nside)
    for wide in (1, 2, 4, 8, 16):
        if wide > nside:
            continue
        for start in range(0, grid.n_cells, wide * wide):
            block = np.array([start]), np.array([wide * wide])
            runs = runs_of_blocks(nside, *block, grid.rings.first)
            cells = healpix.nest2ring(nside, np.arange(start, start + wide * wide))
            assert Region.from_intervals(grid, *runs) == Region.from_cells(grid, cells)
            assert (runs[1] - runs[0]).sum() == wide * wide


def mixed(seed=0):
    """Pieces of 1, 4, 16 and 64 parts, some of the globe left out."""
    rng, start, size, at = np.random.default_rng(seed), [], [], 0
    while at < GRID.n_cells:
        sizes = [s for s in (1, 4, 16, 64) if at % s == 0]
        one = int(rng.choice(sizes))
        if rng.random() < 0.7:
            start.append(at)
            size.append(one)
        at += one
    held = rng.exponential(size=len(start)) ** 3
    return MixedPosterior(GRID, np.array(start), np.array(size), held / held.sum())


def test_it_says_what_the_same_posterior_over_equal_cells_says():
    some = mixed()
    plain = some.plain
    assert plain.probability.sum() == pytest.approx(1)
    assert len(plain.cells) == some.size.sum() == len(np.unique(plain.cells))
    np.testing.assert_array_equal(some.cells, plain.cells)
    for level in (0.1, 0.5, 0.95):
        # A piece is in or out as a whole; the plain one may stop within a piece.
        found, other = some.credible_region(level), plain.credible_region(level)
        assert not other - found
        assert found.area_km2 <= other.area_km2 + 64 * GRID.cell_area_km2
        assert some.area_km2(level) == found.area_km2
        assert plain.probability_of(found) >= level - 1e-12
        assert some.probability_of(found) == plain.probability_of(found)
    assert some.credible_region(1.0) == some.support == plain.support
    assert (
        some.resample(Grid(nside=8)).cells.tolist() == plain.resample(Grid(nside=8)).cells.tolist()
    )
    with pytest.raises(BadInputError, match="level"):
        some.credible_region(0)


def test_levels_of_points_are_those_whose_regions_hold_them():
    some, rng = mixed(1), np.random.default_rng(4)
    lon, lat = rng.uniform(-180, 180, 60), np.degrees(np.arcsin(rng.uniform(-1, 1, 60)))
    rows, levels = some.row_of(lon, lat), some.level_of(lon, lat)
    for one_lon, one_lat, row, level in zip(lon, lat, rows, levels, strict=True):
        if np.isinf(level):
            assert not some.support.contains(one_lon, one_lat)
            continue
        if some.held[row] < 1e-9:
            continue  # Rounding alone tells it from its neighbours.
        assert some.credible_region(min(level + 1e-9, 1)).contains(one_lon, one_lat)
        assert not some.credible_region(level - 1.001 * some.held[row]).contains(one_lon, one_lat)


def test_places_follow_from_the_pieces():
    some = mixed(2)
    lon, lat, held = some.pieces()
    for at in (0, 5, len(held) - 1):
        own = Grid(nside=32 // int(np.sqrt(some.size[at])))
        cell = healpix.nest2ring(own.nside, some.start[at] // some.size[at])
        assert (lon[at], lat[at]) == pytest.approx([float(x[0]) for x in own.lonlat([cell])])
    best = int(np.argmax(held / some.size))
    assert some.mode() == pytest.approx((lon[best], lat[best]))
    assert some.expected_distance_km(0.0, 0.0) == pytest.approx(
        some.plain.expected_distance_km(0.0, 0.0), rel=0.01
    )
    assert some.median_place() == pytest.approx(some.plain.median_place(), abs=2.0)


@pytest.mark.parametrize(("most", "nside"), [(10_000, 32), (3000, 8), (5, 1)])
def test_large_regions_come_on_a_coarser_grid_that_loses_nothing(monkeypatch, most, nside):
    some = mixed(3)
    whole = some.plain.credible_region(0.9)
    monkeypatch.setattr(posterior_mixed, "MAX_PARTS", most)
    coarse = some.credible_region(0.9)
    assert coarse.grid == some.support.grid == Grid(nside=nside)
    assert not whole - coarse.resample(GRID)
    assert not coarse - some.support


def test_without_the_compiler():
    """The kernels as plain Python, in a child process, through the tests above."""
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", __file__,
         "-k", "blocks or centres or marks or bit"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
    )  # fmt: skip
