"""Which discs bound and which conflict: exact geometry against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs

Discs = tuple[np.ndarray, np.ndarray, np.ndarray]


def random_discs(seed: int, n: int, low: float, high: float) -> Discs:
    rng = np.random.default_rng(seed)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    return rng.uniform(-180, 180, n), lat, rng.uniform(low, high, n)


def sample_of_globe(n: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


def inside(discs: Discs, lon: np.ndarray, lat: np.ndarray, slack: float = 0.0) -> np.ndarray:
    """Shape (discs, points)."""
    apart = sphere.distance_km(discs[0][:, None], discs[1][:, None], lon, lat)
    return apart <= discs[2][:, None] + slack


def nearest_to_common(discs: Discs) -> float:
    """How far (km) the best place found is outside the worst of its discs; <= 0: inside all."""
    lon, lat = sample_of_globe(20_000)
    over = sphere.distance_km(discs[0][:, None], discs[1][:, None], lon, lat) - discs[2][:, None]
    worst = over.max(axis=0)
    best = int(np.argmin(worst))
    here, step = (lon[best], lat[best]), 400.0
    value = float(worst[best])
    while step > 0.001:
        tries = sphere.destination(*here, np.arange(0, 360, 15.0), step)
        over = (
            sphere.distance_km(discs[0][:, None], discs[1][:, None], *tries) - discs[2][:, None]
        ).max(axis=0)
        if over.min() < value:
            value = float(over.min())
            here = tuple(axis[np.argmin(over)] for axis in tries)
        else:
            step /= 2
    return value


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([2000.0, 4500.0, 7100.0]))
def test_bounding_discs_are_those_whose_removal_enlarges(seed: int, n: int, low: float) -> None:
    discs = random_discs(seed, n, low, low * 1.4)
    bounding = bounding_discs(*discs)
    held = inside(discs, *sample_of_globe())
    if held.all(axis=0).any():
        for i in range(n):
            others = np.delete(held, i, axis=0).all(axis=0)
            if (others & ~held[i]).any():  # a sample shows that its removal enlarges
                assert bounding[i]
    # The discs that bound are enough: with them alone the region is the same.
    if bounding.any():
        np.testing.assert_array_equal(held[bounding].all(axis=0), held.all(axis=0))


def test_bounding_by_hand() -> None:
    # A small disc in the middle of a large one, and one that cuts across it.
    lon, lat = np.array([0.0, 1.0, 12.0]), np.zeros(3)
    assert bounding_discs(lon, lat, np.array([500.0, 5000, 1000])).tolist() == [True, False, True]
    assert bounding_discs(lon, lat, np.array([500.0, 5000, 3000])).tolist() == [True, False, False]
    assert not bounding_discs(lon, lat, np.array([100.0, 5000, 100])).any()


def test_discs_as_large_as_the_globe_bound_nothing() -> None:
    lon, lat = np.array([0.0, 90.0]), np.array([0.0, 45.0])
    assert not bounding_discs(lon, lat, np.full(2, 3e5)).any()
    assert not len(conflicting_discs(lon, lat, np.full(2, 3e5)))


def test_no_discs_at_all() -> None:
    none = np.empty(0)
    assert not len(bounding_discs(none, none, none))
    assert not len(conflicting_discs(none, none, none))


@pytest.mark.parametrize("lat", [0.0, 89.9, -90.0])
def test_a_point_bounds(lat: float) -> None:
    mask = bounding_discs(np.array([179.9, -179.0]), np.array([lat, lat]), np.array([0.0, 2000]))
    assert mask.tolist() == [True, False]


def test_equal_discs_count_once() -> None:
    assert bounding_discs(np.zeros(3), np.zeros(3), np.full(3, 100.0)).sum() == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.sampled_from([1000.0, 3000.0, 6000.0]))
def test_conflict_is_smallest_and_real(seed: int, n: int, high: float) -> None:
    discs = random_discs(seed, n, 0.5 * high, high)
    group = conflicting_discs(*discs)

    def outside(numbers: tuple[int, ...]) -> float:
        chosen = list(numbers)
        return nearest_to_common((discs[0][chosen], discs[1][chosen], discs[2][chosen]))

    if not len(group):
        assert outside(tuple(range(n))) <= 0.01
        return
    assert outside(tuple(group.tolist())) > 0
    for size in range(2, len(group)):
        for fewer in itertools.combinations(range(n), size):
            assert outside(fewer) <= 0.01


def test_three_that_meet_two_by_two() -> None:
    lon, lat = np.array([0.0, 20.0, 10.0]), np.array([0.0, 0.0, 17.0])
    assert conflicting_discs(lon, lat, np.full(3, 1150.0)).tolist() == [0, 1, 2]
    assert not len(conflicting_discs(lon, lat, np.full(3, 1300.0)))


def test_widest_gap_is_named_among_many() -> None:
    lon, lat = np.array([0.0, 10.0, 90.0, 5.0]), np.zeros(4)
    group = conflicting_discs(lon, lat, np.array([100.0, 100, 100, 9000]))
    assert group.tolist() == [0, 2]


def test_four_discs_beyond_a_hemisphere_can_conflict() -> None:
    # The globe without a cap at each corner of a tetrahedron; three of them always leave a corner.
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    lon = np.degrees(np.arctan2(corners[:, 1], corners[:, 0]))
    lat = np.degrees(np.arcsin(corners[:, 2]))
    # Farthest point of the globe from the nearest corner: 70.5°, its antipode's own corner.
    radius = np.full(4, HALF_CIRCUMFERENCE_KM * (1 - 71 / 180))
    assert conflicting_discs(lon, lat, radius).tolist() == [0, 1, 2, 3]
    assert not len(conflicting_discs(lon, lat, radius + 111.2 * 1.0))
