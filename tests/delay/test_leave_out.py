"""Bestlines with nodes left out: cheap, and the same as fitting anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.delay.bestline import Bestline
from rttgeo.delay.leave_out import LeaveOutBestlines
from rttgeo.estimators.training import nodes_at, training_mesh
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.pairs import read_mesh


def random_mesh(seed: int, n_landmarks: int, n_targets: int) -> Mesh:
    """Landmarks and targets of which some share an id, a place, or have no place; holes."""
    rng = np.random.default_rng(seed)
    n = n_landmarks + n_targets
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    lon[n_landmarks], lat[n_landmarks] = lon[0], lat[0]
    ids = [f"t{i}" for i in range(n_targets)]
    if n_targets > 1:
        ids[1] = "l1"
        lon[n_landmarks + 1], lat[n_landmarks + 1] = lon[1], lat[1]
    landmarks = nodes([f"l{i}" for i in range(n_landmarks)], lon[:n_landmarks], lat[:n_landmarks])
    t_lon, t_lat = lon[n_landmarks:].copy(), lat[n_landmarks:].copy()
    if n_targets > 3:
        t_lon[3] = np.nan
    targets = nodes(ids, t_lon, t_lat)
    target, landmark = (
        axis.ravel() for axis in np.meshgrid(np.arange(n_targets), np.arange(n_landmarks))
    )
    distance = sphere.distance_km(
        lon[landmark], lat[landmark], lon[n_landmarks + target], lat[n_landmarks + target]
    )
    rtt = distance / 95 * rng.uniform(1, 2.5, len(distance)) + rng.exponential(5, len(distance))
    keep = rng.uniform(size=len(rtt)) < 0.9
    pairs = pd.DataFrame({"target": target, "landmark": landmark, "rtt_ms": rtt + 0.1})[keep]
    return Mesh.build(landmarks, targets, pairs, Provenance("random", "simulated"))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.integers(2, 25), st.booleans())
def test_same_as_fitting_anew(seed: int, n_landmarks: int, n_targets: int, slowline: bool) -> None:
    mesh = random_mesh(seed, n_landmarks, n_targets)
    model = Bestline(slowline)
    lines = LeaveOutBestlines.prepare(mesh, model)
    for target in range(n_targets):
        quick = lines.without(*nodes_at(mesh, target, 1.0))
        slow = model.fit(training_mesh(mesh, target, 1.0))
        np.testing.assert_allclose(quick.slope_ms_per_km, slow.slope_ms_per_km, rtol=1e-9)
        np.testing.assert_allclose(quick.intercept_ms, slow.intercept_ms, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(quick.how, slow.how)


@pytest.mark.slow
def test_same_as_fitting_anew_on_a_real_mesh(shared: Path) -> None:
    mesh = read_mesh(shared / "data/world-cities-2020/pairs.csv")
    lines = LeaveOutBestlines.prepare(mesh, Bestline())
    for target in range(0, len(mesh.targets), 7):
        quick = lines.without(*nodes_at(mesh, target, 100.0))
        slow = Bestline().fit(training_mesh(mesh, target, 100.0))
        np.testing.assert_allclose(quick.slope_ms_per_km, slow.slope_ms_per_km, rtol=1e-9)
        np.testing.assert_allclose(quick.intercept_ms, slow.intercept_ms, rtol=1e-6, atol=1e-6)
