"""Compiled and shortened steps of the default method give what the plain formulas give."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.answers import compare
from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.delay.calibrated import KNOTS, Curve, DelayStatistics, curve_table
from rttgeo.estimators.calibrated.conformal import Levels
from rttgeo.estimators.calibrated.likelihood import NearestLaw
from rttgeo.estimators.calibrated.posterior import (
    GRID,
    CalibratedPosterior,
    _least_loss,
    _log_distances,
)
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.kernels.nearest_law import LEAST_KM
from rttgeo.kernels.nested import gathered
from rttgeo.kernels.points import held_by_most
from rttgeo.kernels.tabulate import scaled_errors, tabulated

SETTINGS = Settings()


def on_sphere(count, seed, spread=1.0):
    found = np.random.default_rng(seed).normal([1.0, 0.0, 0.0], spread, (count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_the_quickest_landmarks_law_is_normal_in_the_logarithm_of_distance():
    place = on_sphere(1, 1)[0]
    points = np.concatenate([on_sphere(300, 2), on_sphere(300, 3, 1e-3), [place, -place]])
    law = NearestLaw(1.8, 1.6, 1.1, 10.0)
    distance = sphere.between(points, place)
    arc = np.clip(distance, LEAST_KM, np.pi * EARTH_RADIUS_KM - LEAST_KM) / EARTH_RADIUS_KM
    off = (np.log(distance + 10.0) - 1.8 - 1.6 * np.log(6.0)) / 1.1
    expected = -0.5 * off**2 - np.log(distance + 10.0) - np.log(np.sin(arc))
    np.testing.assert_allclose(law.log_density(5.0, points, place), expected, rtol=1e-9, atol=1e-7)


def test_errors_by_three_tables_at_once_are_those_by_each():
    points, marks = on_sphere(40, 4), on_sphere(9, 5)
    curve = curve_table(Curve(15.0, 0.0145, 0.1, -0.1))
    steep = np.interp(np.linspace(0, 2, KNOTS), [0.0, 0.04, 0.12, 2.0], [0.5, 0.5, -0.9, -1.0])
    spread, narrowing = DelayStatistics(
        Curve(15.0, 0.0145, 0.0, 0.0), 0.2, 0.04, (), (), steep
    ).spread_tables
    value = np.random.default_rng(6).normal(4.0, 1.0, 9)
    carried = np.random.default_rng(7).normal(0, 0.2, (40, 9)).astype(np.float32)
    scaled, log_spread, mean, factor = (np.empty((40, 9)) for _ in range(4))
    scaled_errors(points, marks, curve, spread, narrowing, value, carried, scaled, log_spread)
    tabulated(points, marks, curve, mean)
    tabulated(points, marks, spread, factor)
    np.testing.assert_array_equal(log_spread, factor)
    np.testing.assert_allclose(scaled, (value - mean - carried) / np.exp(factor), rtol=1e-5)


def test_without_a_learnt_spread_all_errors_count_alike():
    log_factor, inverse = DelayStatistics.without_data(SETTINGS).spread_tables
    assert not log_factor.any()
    assert (inverse == 1).all()


@pytest.mark.parametrize("spread", [1e-4, 0.03, 1.0])
def test_the_place_of_least_loss_is_that_of_double_precision(spread):
    points = on_sphere(300, 8, spread)
    weight = np.random.default_rng(9).exponential(size=300) ** 3
    weight /= weight.sum()
    for more_km in (0.5, 30.0, 3000.0):
        loss = _log_distances(points[:150], points, more_km, np.float64) @ weight
        assert loss[_least_loss(points[:150], points, weight, more_km)] == pytest.approx(
            loss.min(), abs=1e-12
        )


@pytest.mark.parametrize("levels", [Levels(), Levels(tuple(np.linspace(0.2, 6.0, 30)), 1.5)])
def test_a_region_holds_the_pieces_that_it_is_said_to_hold(levels):
    rng = np.random.default_rng(10)
    size = 4 ** rng.integers(0, 4, 200)
    start = 5_000_000 - 5_000_000 % 64 + 64 * np.arange(200)
    # Some pieces are equally dense: then those that come first are taken first.
    held = size * rng.choice([1.0, 2.0, 5.0, 0.3], 200)
    posterior = CalibratedPosterior(GRID, start, size, held / held.sum(), 0.0, levels)
    lon, lat = sphere.directions(posterior.centres(np.arange(200)))
    for level in (0.1, 0.5, 0.8, 0.95, 1.0):
        inside = posterior.credible_region(level).contains(lon, lat)
        assert 0 < inside.sum() <= 200
        found = [posterior.holds(*place, level) for place in zip(lon, lat, strict=True)]
        assert found == inside.tolist()


def test_inverses_are_those_of_numpy_and_cannot_be_changed():
    points, statistics = on_sphere(20, 11, 0.3), DelayStatistics.without_data(SETTINGS)
    shares = statistics.target_shares
    found = statistics.inverse(points, shares, 0.04)
    np.testing.assert_array_equal(
        found, np.linalg.inv(0.04 * statistics.covariance(points, shares))
    )
    assert statistics.inverse(points, shares, 0.04) is found
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 0.0


def test_differences_between_two_runs_are_seen():
    one = {"digest": "a", "place": [10.0, 50.0], "area_km2": 100.0, "words": ["x"]}
    other = {"digest": "b", "place": [10.0, 51.0], "area_km2": 50.0, "words": ["y"]}
    nowhere = {"digest": "c", "place": [None, None], "area_km2": None, "words": ["x"]}
    same = compare({"m | 1": one}, {"m | 1": dict(one)})["m"]
    assert (same.answers, same.same_bits, same.same_words) == (1, 1, 1)
    assert (same.moved_km, same.area) == (0.0, 1.0)
    apart = compare({"m | 1": one}, {"m | 1": other})["m"]
    assert (apart.same_bits, apart.same_words, apart.area) == (0, 0, 2.0)
    assert apart.moved_km == pytest.approx(111.2, abs=0.5)
    assert compare({"m | 1": one}, {"m | 1": nowhere})["m"].moved_km == np.inf
    assert compare({"m | 1": nowhere}, {"m | 1": nowhere})["m"].moved_km == 0
    with pytest.raises(KeyError):
        compare({}, {"m | 1": one})


def slowly_held_by_most(points, centres, cosine, few, missing):
    row = np.arange(len(points))
    for last in (few, len(centres)):
        held = (points[row] @ centres[:last].T >= cosine[:last]).sum(axis=1)
        least = min(last - missing, held.max())
        row = row[held >= least]
    return row, least


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("radius", [0.05, 0.4, 1.5])
def test_points_held_by_most_caps_are_those_of_the_plain_count(missing, radius):
    points, centres = on_sphere(500, 12, 0.3), on_sphere(11, 13, 0.2)
    cosine = np.cos(np.random.default_rng(14).uniform(0.5, 1.0, 11) * radius)
    row, least = held_by_most(points, centres, cosine, 4, missing)
    expected = slowly_held_by_most(points, centres, cosine, 4, missing)
    assert (row.tolist(), least) == (expected[0].tolist(), expected[1])


def test_pieces_are_gathered_by_coarse_cell():
    rng = np.random.default_rng(15)
    start = np.sort(rng.choice(4000, 300, replace=False))
    size, held = rng.integers(1, 5, 300), rng.choice([0.1, 0.2, 0.3], 300)
    row, together, parts = gathered(start, size, held, 4)
    for one, cell in enumerate(np.unique(start // 16)):
        own = np.flatnonzero(start // 16 == cell)
        assert row[one] == own[np.argmax(held[own])]
        assert together[one] == pytest.approx(held[own].sum())
        assert parts[one] == size[own].sum()
