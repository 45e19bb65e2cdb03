"""Spotter's curves: monotone, best in the least-squares sense, densities that sum to one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.optimize import minimize

from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.delay.monotone import fit_monotone_cubic
from rttgeo.delay.spotter import MIN_DEVIATION_KM, fit_spotter
from rttgeo.errors import BadInputError


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60))
def test_cubic_never_falls(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 50, n), rng.normal(0, 100, n)
    curve = fit_monotone_cubic(x, y, rng.uniform(0.1, 2, n), 50.0)
    values = curve(np.linspace(-5, 80, 500))
    assert (np.diff(values) >= -1e-9 * (1 + np.abs(values).max())).all()
    assert (values >= 0).all()


def test_cubic_that_rises_is_found_again() -> None:
    x = np.linspace(0, 10, 40)
    y = 2 + 3 * x + 0.4 * x**2 + 0.05 * x**3
    np.testing.assert_allclose(fit_monotone_cubic(x, y, np.ones(40), 10.0)(x), y, rtol=1e-4)


def test_no_monotone_cubic_of_the_family_is_closer() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, 80)
    y = np.sin(5 * x) + 1 + rng.normal(0, 0.1, 80)
    weight = rng.uniform(0.2, 3, 80)

    def misfit(steps: np.ndarray) -> float:
        v = 1 - x
        value = steps @ [np.ones_like(x), 1 - v**3, x**2 * (3 - 2 * x), x**3]
        return float(weight @ (value - y) ** 2)

    curve = fit_monotone_cubic(x, y, weight, 1.0)
    other = minimize(misfit, np.ones(4), bounds=[(0, None)] * 4)
    assert misfit(np.array(curve.steps)) <= other.fun * (1 + 1e-5)


def spotter_like(n: int = 20000):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(11)
    rtt = rng.uniform(1, 200, n)
    return fit_spotter(np.abs(rng.normal(40 * rtt, 10 * rtt)), rtt)


def test_moments_are_those_that_made_the_data() -> None:
    mean, deviation = spotter_like().moments_km([20.0, 100.0, 180.0])
    np.testing.assert_allclose(mean, [800, 4000, 7200], rtol=0.05)
    np.testing.assert_allclose(deviation, [200, 1000, 1800], rtol=0.1)


@pytest.mark.parametrize("rtt", [0.1, 5.0, 60.0, 199.0, 10_000.0])
def test_density_of_distance_sums_to_one(rtt: float) -> None:
    fit = spotter_like()
    (mean,), (deviation,) = fit.moments_km([rtt])
    total, _ = integrate.quad(
        lambda d: float(np.exp(fit.log_density(d, rtt, np.array([0])))),
        0,
        HALF_CIRCUMFERENCE_KM,
        points=[mean, min(mean + 3 * deviation, HALF_CIRCUMFERENCE_KM)],
        limit=200,
    )
    assert total == pytest.approx(1, abs=1e-6)
    oracle = stats.truncnorm(
        -mean / deviation, (HALF_CIRCUMFERENCE_KM - mean) / deviation, mean, deviation
    )
    assert fit.log_density(1000.0, rtt, np.array([0])) == pytest.approx(oracle.logpdf(1000.0))


def test_deviation_has_a_floor() -> None:
    rtt = np.linspace(1, 100, 50)
    _, deviation = fit_spotter(50 * rtt, rtt).moments_km(rtt)
    assert deviation.min() == MIN_DEVIATION_KM


def test_too_few_pairs_is_an_error() -> None:
    with pytest.raises(BadInputError, match="at least 8 pairs"):
        fit_spotter([100.0] * 3, [5.0] * 3)
