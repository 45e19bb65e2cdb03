"""The white paper's linear model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rttgeo.delay.linear import LinearModel, fit_linear
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, Provenance, nodes


def test_exact_line_is_found() -> None:
    distance = np.array([1.0, 100, 2500, 9000])
    fit = fit_linear(distance, 0.0125 * distance + 3)
    assert fit.slope_ms_per_km == pytest.approx(0.0125)
    assert fit.intercept_ms == pytest.approx(3)
    assert fit.r == pytest.approx(1)
    assert fit.n == 4
    assert fit.residual_ms == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(fit.distance_km(0.0125 * distance + 3), distance)


def test_distance_is_never_negative() -> None:
    fit = fit_linear([0, 1000], [5, 15])
    np.testing.assert_allclose(fit.distance_km([1, 5, 15]), [0, 0, 1000])


def test_relative_error_by_hand() -> None:
    fit = fit_linear([0, 1000], [5, 15])
    np.testing.assert_allclose(fit.relative_error([500, 2000], [15, 15]), [1.0, 0.5])


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_agrees_with_scipy(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    distance = rng.uniform(1, 20000, n)
    rtt = 0.02 * distance + rng.exponential(30, n) + 0.1
    fit, oracle = fit_linear(distance, rtt), stats.linregress(distance, rtt)
    assert fit.slope_ms_per_km == pytest.approx(oracle.slope)
    assert fit.intercept_ms == pytest.approx(oracle.intercept)
    assert fit.r == pytest.approx(oracle.rvalue)


@pytest.mark.parametrize(
    ("distance", "rtt", "word"),
    [
        ([], [], "at least 2 pairs"),
        ([1], [1], "at least 2 pairs"),
        ([5, 5], [1, 2], "one distance"),
        ([1, 2], [1, float("nan")], "round-trip time number 1"),
        ([1, -2], [1, 3], "distance number 1"),
        ([1, 2, 3], [1, 2], "3 distances"),
    ],
)
def test_bad_input_is_named(distance: list[float], rtt: list[float], word: str) -> None:
    with pytest.raises(BadInputError, match=word):
        fit_linear(distance, rtt)


def test_rtt_that_falls_with_distance_predicts_nothing() -> None:
    with pytest.raises(BadInputError, match="does not grow"):
        fit_linear([1, 1000], [20, 10]).distance_km([15.0])


def _mesh() -> Mesh:
    landmarks = nodes(["a"], [0.0], [0.0])
    targets = nodes(["p", "q", "r", "s"], [0.001, 1.0, 10.0, 60.0], [0.0] * 4)
    pairs = pd.DataFrame(
        {
            "target": range(4),
            "landmark": 0,
            "rtt_ms": [9.0, 3.0, 20.0, 100.0],
            "hops": [1, 2, 6, 12],
        }
    )
    return Mesh.build(landmarks, targets, pairs, Provenance("hand-made"))


def test_subsets_of_the_white_paper() -> None:
    mesh = _mesh()
    # The first pair is 111 m long: left out by all.
    assert LinearModel().subset(mesh).tolist() == [False, True, True, True]
    assert LinearModel(max_rtt_ms=50).subset(mesh).tolist() == [False, True, True, False]
    assert LinearModel(max_hops=6).subset(mesh).tolist() == [False, True, True, False]
    assert LinearModel().fit(mesh).n == 3


def test_hops_that_are_not_there() -> None:
    mesh = _mesh()
    bare = Mesh.build(
        mesh.landmarks, mesh.targets, mesh.pairs.drop(columns="hops"), mesh.provenance
    )
    with pytest.raises(BadInputError, match="no hops"):
        LinearModel(max_hops=6).fit(bare)
