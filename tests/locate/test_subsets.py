"""The largest consistent group against trying every subset."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo.cells.grid import Grid
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.subsets import largest_subset

GRID = Grid(nside=16)


def discs_of(seed: int, n: int) -> Discs:
    rng = np.random.default_rng(seed)
    names = np.array([f"l{i}" for i in range(n)], dtype=object)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    return Discs(names, rng.uniform(-180, 180, n), lat, rng.uniform(500, 7000, n))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7), st.booleans())
def test_no_subset_that_meets_is_larger(seed: int, n: int, within: bool) -> None:
    discs = discs_of(seed, n)
    radius = discs.radius_km + GRID.cell_radius_km
    region = GRID.cap(10.0, 20.0, 6000.0) if within else GRID.whole()
    found = largest_subset(GRID, discs, region if within else None)
    sizes, cells = [0], set()
    for size in range(1, n + 1):
        for group in itertools.combinations(range(n), size):
            chosen = list(group)
            common = GRID.intersection(discs.lon[chosen], discs.lat[chosen], radius[chosen])
            if (common & region).n_cells:
                sizes.append(size)
    best = max(sizes)
    assert found.votes == best
    for group in itertools.combinations(range(n), best):
        chosen = list(group)
        common = GRID.intersection(discs.lon[chosen], discs.lat[chosen], radius[chosen]) & region
        cells |= set(common.cells().tolist())
        if common.n_cells:
            assert found.kept[chosen].all()
    assert set(found.region.cells().tolist()) == cells


def test_all_that_agree_are_kept() -> None:
    names = np.array(["a", "b", "c"], dtype=object)
    discs = Discs(names, np.array([0.0, 5.0, 120.0]), np.zeros(3), np.array([800.0, 800, 800]))
    found = largest_subset(GRID, discs)
    assert found.kept.tolist() == [True, True, False]
    assert found.region.contains(2.5, 0.0)


def test_nothing_within_an_empty_region() -> None:
    found = largest_subset(GRID, discs_of(1, 3), GRID.empty())
    assert (found.votes, found.region.n_cells, found.kept.any()) == (0, 0, False)
