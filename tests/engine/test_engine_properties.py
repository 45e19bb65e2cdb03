"""What must hold of any circles: found, and kept, by hypothesis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region

# Compiling takes longer than any deadline; and two runs of the tests are the same.
checked = settings(deadline=None, derandomize=True, max_examples=60)
GRID = Grid(nside=8)
circle = st.tuples(
    st.floats(-180, 180), st.floats(-90, 90), st.one_of(st.floats(0, 20100), st.just(np.inf))
)
circles = st.lists(circle, min_size=1, max_size=8)
cells = st.sets(st.integers(0, GRID.n_cells - 1), max_size=120)


def region_of(rows, grid=GRID):
    return grid.intersection(*np.array(rows).T)


@checked
@given(circles, circle)
def test_one_more_circle_never_enlarges(rows, one):
    assert not region_of([*rows, one]) - region_of(rows)


@checked
@given(circles, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert region_of(mixed) == region_of(rows)


@checked
@given(circles, st.integers(1, 3))
def test_quarter_turns_turn_the_region(rows, quarters):
    turned = [(float(sphere.wrap_lon(lon + 90 * quarters)), lat, r) for lon, lat, r in rows]
    # Adding 90° may cost the longitude its last digit, which only a tie could notice: there are
    # none at random, and those at round numbers are ties on both sides.
    ring = np.searchsorted(GRID.rings.first, np.arange(GRID.n_cells), side="right") - 1
    base, n = GRID.rings.first[ring], np.diff(GRID.rings.first)[ring]
    moved = base + (np.arange(GRID.n_cells) - base + quarters * n // 4) % n
    assert Region.from_cells(GRID, moved[region_of(rows).cells()]) == region_of(turned)


@checked
@given(circles)
def test_mirroring_in_the_equator_mirrors_the_region(rows):
    lon, lat = GRID.centres()
    mirror = GRID.cell_of(lon, -lat)
    mirrored = [(a, -b, r) for a, b, r in rows]
    assert Region.from_cells(GRID, mirror[region_of(rows).cells()]) == region_of(mirrored)


@checked
@given(circle)
def test_a_cap_and_the_cap_about_the_antipode_make_the_globe(one):
    lon, lat, radius = one
    rest = max(np.pi * 6371.0 - radius, 0)
    other = GRID.cap(float(sphere.wrap_lon(lon + 180)), -lat, rest)
    assert GRID.cap(*one) | other == GRID.whole()


@checked
@given(circles)
def test_votes_regions_and_unions_tell_the_same(rows):
    columns = np.array(rows).T
    votes = GRID.votes(*columns)
    assert np.array_equal(np.flatnonzero(votes == len(rows)), GRID.intersection(*columns).cells())
    assert np.array_equal(np.flatnonzero(votes > 0), GRID.union(*columns).cells())


@checked
@given(circles)
def test_conservative_holds_the_plain_region(rows):
    columns = np.array(rows).T
    assert not GRID.intersection(*columns) - GRID.intersection(*columns, conservative=True)


@checked
@given(cells, cells)
def test_algebra_of_regions_is_that_of_sets(a, b):
    one, two = Region.from_cells(GRID, sorted(a)), Region.from_cells(GRID, sorted(b))
    assert set(one.cells()) == a
    assert set((one & two).cells()) == a & b
    assert set((one | two).cells()) == a | b
    assert set((one - two).cells()) == a - b
    assert set((~one).cells()) == set(range(GRID.n_cells)) - a
    for made in (one & two, one | two, one - two, ~one):
        start, stop = made.runs
        assert (stop > start).all() and (start[1:] > stop[:-1]).all()
    assert (one == two) == (a == b)


@checked
@given(cells)
def test_finer_and_back(a):
    one = Region.from_cells(GRID, sorted(a))
    fine = one.refine(4)
    assert fine.area_km2 == pytest.approx(one.area_km2)
    assert fine.resample(GRID) == one
    lon, lat = fine.grid.lonlat(fine.cells())
    assert np.all(one.contains(lon, lat))
    assert set(one.resample(Grid(nside=4)).cells()) == {
        int(c) for c in Grid(nside=4).cell_of(*GRID.lonlat(sorted(a)))
    }


@checked
@given(cells)
def test_parts_make_the_whole_and_do_not_touch(a):
    one = Region.from_cells(GRID, sorted(a))
    parts = one.components()
    assert sum(part.n_cells for part in parts) == one.n_cells
    assert len(parts) == one.n_components
    together = GRID.empty()
    for part in parts:
        together = together | part
        assert len(part.components()) == 1
    assert together == one
    assert [p.n_cells for p in parts] == sorted((p.n_cells for p in parts), reverse=True)


@checked
@given(circles)
def test_bounding_cap_bounds(rows):
    region = region_of(rows)
    if not region:
        return
    lon, lat, radius = region.bounding_cap()
    fine_lon, fine_lat = region.refine(4).grid.lonlat(region.refine(4).cells())
    assert sphere.distance_km(lon, lat, fine_lon, fine_lat).max() <= radius + 1e-6
