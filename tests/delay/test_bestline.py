"""CBG's bestline against a solver of linear programmes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.bestline import (
    BASELINE_MS_PER_KM,
    FITTED,
    INFEASIBLE,
    SLOWLINE_MS_PER_KM,
    TOO_FEW,
    Bestline,
    FittedBestline,
)
from rttgeo.delay.hull import lower_hull, sort_points
from rttgeo.errors import BadInputError


def fit_one(x: np.ndarray, y: np.ndarray, *, slowline: bool = False) -> FittedBestline:
    points = sort_points(np.zeros(len(x), np.int32), np.asarray(x, float), np.asarray(y, float), 1)
    return Bestline(slowline).fit_sorted(points, np.array(["a"], dtype=object))


def by_solver(x: np.ndarray, y: np.ndarray, steepest: float | None) -> tuple[float, bool]:
    """Sum of what is above the line at the optimum, and whether there is one."""
    answer = linprog(
        [-x.sum(), -len(x)],
        A_ub=np.stack([x, np.ones_like(x)], axis=1),
        b_ub=y,
        bounds=[(BASELINE_MS_PER_KM, steepest), (0, None)],
    )
    return (y.sum() + answer.fun if answer.success else np.nan), answer.success


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 40), st.booleans(), st.floats(0.7, 2.5))
def test_is_the_optimum_of_the_linear_programme(
    seed: int, n: int, slowline: bool, quickest: float
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 15000, n)
    y = quickest * x / 100 * rng.uniform(1, 3, n) + rng.exponential(3, n)
    fit = fit_one(x, y, slowline=slowline)
    best, feasible = by_solver(x, y, SLOWLINE_MS_PER_KM if slowline else None)
    slope, intercept = fit.slope_ms_per_km[0], fit.intercept_ms[0]
    assert (fit.how[0] == FITTED) == feasible
    if not feasible:
        assert (slope, intercept) == (BASELINE_MS_PER_KM, 0)
        return
    assert slope >= BASELINE_MS_PER_KM * (1 - 1e-12)
    assert slope <= (SLOWLINE_MS_PER_KM if slowline else np.inf) * (1 + 1e-12)
    assert intercept >= 0
    assert (slope * x + intercept <= y + 1e-9 * y.max()).all()
    assert (y - slope * x - intercept).sum() == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_a_line_known_beforehand() -> None:
    x = np.array([1000.0, 2000, 4000, 8000])
    fit = fit_one(x, 0.015 * x + 4)
    assert fit.slope_ms_per_km[0] == pytest.approx(0.015)
    assert fit.intercept_ms[0] == pytest.approx(4)
    _, radius = fit.bounds_km(np.array([4.0, 19.0, 1.0]), np.zeros(3, np.int32))
    np.testing.assert_allclose(radius, [0, 1000, 0], atol=1e-6)


def test_no_radius_exceeds_that_of_the_baseline() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(100, 9000, 30)
    fit = fit_one(x, 0.0101 * x + rng.exponential(20, 30))
    rtt = np.linspace(0.1, 300, 50)
    _, radius = fit.bounds_km(rtt, np.zeros(50, np.int32))
    assert (radius <= KM_PER_MS_RTT["two-thirds-c"] * rtt + 1e-9).all()


def test_slowline_limits_a_steep_line() -> None:
    x = np.array([100.0, 200, 300])
    fit = fit_one(x, 0.5 * x, slowline=True)
    assert fit.slope_ms_per_km[0] == pytest.approx(1 / KM_PER_MS_RTT["slowline"])


def test_too_few_points_fall_back_and_say_so() -> None:
    fit = fit_one(np.array([100.0, 200.0]), np.array([5.0, 9.0]))
    assert fit.how[0] == TOO_FEW
    (note,) = fit.notes(np.array([0], np.int32))
    assert "fewer than 3 pairs" in note.text
    assert "for a" in note.text


def test_a_pair_faster_than_the_baseline_falls_back_and_says_so() -> None:
    fit = fit_one(np.array([1000.0, 2000, 3000]), np.array([5.0, 40, 60]))
    assert fit.how[0] == INFEASIBLE
    assert "faster than the baseline" in fit.notes(np.array([0], np.int32))[0].text


def test_distance_zero_is_refused() -> None:
    with pytest.raises(BadInputError, match="above 0 km"):
        fit_one(np.array([0.0, 1, 2]), np.array([1.0, 2, 3]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 50), st.booleans())
def test_lower_hull_is_that_of_qhull(seed: int, n: int, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 10, n), rng.uniform(0, 10, n)
    if coarse:  # many ties and points in line
        x, y = np.round(x / 2), np.round(y / 2)
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return
    out = np.empty(n, np.int64)
    hull = out[: lower_hull(x, y, np.zeros(n, np.bool_), out)]
    oracle = ConvexHull(np.stack([x, y], axis=1), qhull_options="QJ" if coarse else "Qt")
    at = np.linspace(x[0], x[-1], 23)
    # The lower side as a function: the highest of the planes below.
    lowers = oracle.equations[oracle.equations[:, 1] < -1e-9]
    height = np.max(-(lowers[:, 0, None] * at + lowers[:, 2, None]) / lowers[:, 1, None], axis=0)
    np.testing.assert_allclose(np.interp(at, x[hull], y[hull]), height, atol=1e-6)
    edges = np.diff(y[hull]) / np.diff(x[hull])
    assert (np.diff(edges) > 0).all()
