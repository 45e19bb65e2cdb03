"""Octant's hulls and heights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.heights import fit_heights, solve_heights, target_height
from rttgeo.delay.octant import FAR_MS, Octant, fit_hull
from rttgeo.errors import BadInputError
from rttgeo.kernels.sorting import quickselect
from rttgeo.mesh import Mesh, Provenance, nodes


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 60))
def test_every_point_below_the_cut_is_between_the_bounds(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    rtt = np.sort(np.round(rng.uniform(1, 200, n), 1))
    distance = rtt * rng.uniform(5, 100, n)
    order = np.lexsort((distance, rtt))
    rtt, distance = rtt[order], distance[order]
    hull = fit_hull(rtt, distance, 100.0)
    assert hull is not None
    assert (np.interp(rtt, hull.outer_ms, hull.outer_km) >= distance - 1e-6).all()
    assert (np.interp(rtt, hull.inner_ms, hull.inner_km, left=0) <= distance + 1e-6).all()
    for bound in (hull.outer_km, hull.inner_km):
        assert (np.diff(bound) >= 0).all()
    assert hull.outer_km[-1] == HALF_CIRCUMFERENCE_KM


def test_hull_by_hand() -> None:
    rtt = np.array([10.0, 20, 20, 30, 40])
    distance = np.array([500.0, 400, 1500, 1000, 2000])
    hull = fit_hull(rtt, distance, 100.0)
    assert hull is not None
    np.testing.assert_allclose(hull.outer_ms, [10, 20, 40, FAR_MS])
    np.testing.assert_allclose(hull.outer_km[:3], [500, 1500, 2000])
    np.testing.assert_allclose(hull.inner_ms, [10, 20, 30, 40])
    # The lower side falls from 500 to 400 first: what is sure at 10 ms is 400 only.
    np.testing.assert_allclose(hull.inner_km, [400, 400, 1000, 2000])


def test_points_beyond_the_cut_do_not_shape_the_hull() -> None:
    rtt = np.arange(1.0, 11.0)
    hull = fit_hull(rtt, np.append(50 * rtt[:9], 19000.0), 80.0)
    assert hull is not None
    assert hull.outer_km[-2] == 50 * 8


def test_too_few_points_have_no_hull() -> None:
    assert fit_hull(np.array([1.0, 2.0]), np.array([10.0, 20.0]), 100.0) is None
    assert fit_hull(np.empty(0), np.empty(0), 100.0) is None


def test_a_fraction_is_not_a_percentile() -> None:
    with pytest.raises(BadInputError, match="expected 1 to 100"):
        Octant(cut_percentile=0.8)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.data())
def test_quickselect_is_sorting(values: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(values) - 1))
    assert quickselect(np.array(values), len(values), k) == sorted(values)[k]


def full_mesh(height: np.ndarray, seed: int = 2) -> Mesh:
    """Nodes all over the globe, RTT = straight fibre + the heights of both ends."""
    n = len(height)
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    table = nodes([f"n{i}" for i in range(n)], lon, lat)
    a, b = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n)))
    a, b = a[a != b], b[a != b]
    distance = sphere.distance_km(lon[a], lat[a], lon[b], lat[b])
    rtt = distance / KM_PER_MS_RTT["fibre"] + height[a] + height[b]
    pairs = pd.DataFrame({"target": a, "landmark": b, "rtt_ms": rtt})
    return Mesh.build(table, table, pairs, Provenance("heights", "simulated"))


def test_heights_that_made_the_data_are_found_again() -> None:
    true = np.random.default_rng(4).uniform(0, 20, 30)
    found = fit_heights(full_mesh(true))
    np.testing.assert_allclose(found.landmark_ms, true, atol=0.5)
    # The same id is the same node.
    np.testing.assert_array_equal(found.landmark_ms, found.target_ms)


def test_nodes_with_few_pairs_have_no_height() -> None:
    assert solve_heights(np.array([0]), np.array([1]), np.array([30.0]), 2).tolist() == [0, 0]


def test_target_height_leaves_some_of_the_rtt_for_distance() -> None:
    lon, lat = np.linspace(-60, 60, 10), np.zeros(10)
    left = np.full(10, 30.0)
    assert 0 <= target_height(lon, lat, left) <= 15
    assert target_height(lon[:1], lat[:1], np.array([-1.0])) == 0


def test_rings_hold_the_truth_when_heights_explain_all() -> None:
    mesh = full_mesh(np.random.default_rng(9).uniform(0, 20, 40))
    model = Octant(cut_percentile=100).fit(mesh)
    for target in range(0, 40, 7):
        pairs = mesh.of_target(target)
        height = float(model.heights.target_ms[target])
        one = dataclasses.replace(model, target_height_ms=height)
        inner, outer = one.bounds_km(pairs.rtt_ms, pairs.landmark)
        rows = slice(mesh.offsets[target], mesh.offsets[target + 1])
        distance = mesh.distance_km[rows]
        assert (inner <= distance + 1e-6).all()
        assert (outer >= distance - 1e-6).all()


def test_fall_back_is_fibre_and_is_named() -> None:
    mesh = full_mesh(np.ones(4))
    model = Octant().fit(mesh)
    rtt, landmark = np.array([10.0, 20.0]), np.array([0, 1], np.int32)
    inner, outer = model.bounds_km(rtt, landmark)
    np.testing.assert_allclose(outer, KM_PER_MS_RTT["fibre"] * rtt)
    assert not inner.any()
    assert "fibre instead of a hull for 2 landmarks" in model.notes(landmark)[0].text
