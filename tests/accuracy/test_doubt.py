"""A landmark that is wrong although no disc says so: its probability, and the mixture of regions."""

from __future__ import annotations

import dataclasses
import functools

import healpix
import numpy as np
import pytest
from accuracy_meshes import full_mesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import logsumexp

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import row_holding, row_of_parts
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.calibrated import vectors
from rttgeo.delay.statements import NoteKind
from rttgeo.estimators.calibrated.cells import FINEST, Cells, LimitCircles, reached_by_all_but_one
from rttgeo.estimators.calibrated.conformal import DEPTHS, Levels
from rttgeo.estimators.calibrated.doubt import _one_by_one, doubts
from rttgeo.estimators.calibrated.estimator import CALIBRATED, Calibrated
from rttgeo.estimators.calibrated.likelihood import Errors, Evidence
from rttgeo.estimators.calibrated.mixture import Mixture, Pieces, common_pieces, log_sum
from rttgeo.estimators.calibrated.parts import MixedCells
from rttgeo.estimators.calibrated.seen import NOBODY_SEEN, Seen
from rttgeo.estimators.calibrated.settings import Settings, Tempering
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.estimators.training import keep_pairs
from rttgeo.report.meaning import meaning

SETTINGS = Settings()
NOBODY = np.empty(0, dtype=np.int64)


def nested_pieces(rng: np.random.Generator, size: int) -> Pieces:
    """Some cells of several sizes within the first ``size`` parts, none inside another."""
    todo, done = [(0, size)], []
    while todo:
        start, width = todo.pop()
        if width > 1 and rng.random() < 0.6:
            todo += [(start + k * width // 4, width // 4) for k in range(4)]
        elif rng.random() < 0.7:
            done.append((start, width))
    table = np.array(sorted(done), dtype=np.int64).reshape(-1, 2)
    return Pieces(table[:, 0], table[:, 1])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_common_pieces_are_the_coarsest_that_part_no_cell(seed, count):
    rng = np.random.default_rng(seed)
    every = [nested_pieces(rng, 256) for _ in range(count)]
    found = common_pieces(every)
    owner = np.full((count, 256), -1)
    for number, one in enumerate(every):
        for row, (start, size) in enumerate(zip(*one, strict=True)):
            owner[number, start : start + size] = row
    covered = np.zeros(256, dtype=int)
    for start, size in zip(*found, strict=True):
        covered[start : start + size] += 1
        assert (owner[:, start : start + size] == owner[:, [start]]).all()
    np.testing.assert_array_equal(covered, (owner >= 0).any(axis=0))
    assert (np.diff(found.start) > 0).all()
    for number, one in enumerate(every):
        np.testing.assert_array_equal(row_holding(*one, np.arange(256)), owner[number])


def evidence_around(lon: float, lat: float, nside: int, seed: int) -> Evidence:
    grid, rng = Grid(nside=nside), np.random.default_rng(seed)
    coarse = Grid(nside=16)
    ring = coarse.cap(lon, lat, 900.0).cells()
    nested = np.sort(np.asarray(healpix.ring2nest(16, ring)))
    many = (grid.nside // 16) ** 2
    cells = Cells.of(grid, (nested[:, None] * many + np.arange(many)).ravel())
    mixed = MixedCells.of([cells])
    logs = rng.normal(scale=2.0, size=(3, len(cells.nested)))
    circles = LimitCircles(vectors([lon], [lat]), np.array([30.0]), 50.0)
    return Evidence(SETTINGS, mixed, circles, np.arange(1), *logs, lon, lat, 3.0, 20)


def two_hypotheses() -> Mixture:
    parts = [evidence_around(8.0, 50.0, 64, 1), evidence_around(14.0, 50.0, 32, 2)]
    return Mixture(parts, np.array([0.3, 0.7]))


def test_a_mixture_is_the_weighted_mean_of_its_posteriors():
    mixture, tempering = two_hypotheses(), Tempering(0.3, 0.5)
    assert mixture.weight.tolist() == pytest.approx([0.7, 0.3])
    assert mixture.main.lon == 14.0
    mixed = mixture.posterior(tempering, Levels())
    assert mixed.held.sum() == pytest.approx(1)
    lon, lat = np.random.default_rng(4).uniform([0, 43], [22, 57], (400, 2)).T
    expected = np.zeros(len(lon))
    for one, weight in zip(mixture.parts, mixture.weight, strict=True):
        own = Mixture([one], np.ones(1)).posterior(tempering, Levels())
        row = row_of_parts(own.start, own.size, FINEST, lon, lat)
        expected += weight * np.where(row >= 0, (own.held / own.size)[row], 0.0)
    row = mixed.row_of(lon, lat)
    found = np.where(row >= 0, (mixed.held / mixed.size)[row], 0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert (expected > 0).sum() > 50


def test_a_trial_of_a_mixture_is_what_the_mixture_says():
    mixture = two_hypotheses()
    trial = try_target(mixture, 11.0, 50.0)
    for number in (0, 13, 27):
        plain = mixture.posterior(SETTINGS.temperings()[number], Levels())
        row = int(plain.row_of(11.0, 50.0))
        here = plain.held[row] / plain.size[row] / FINEST.cell_area_km2
        assert trial.log_density[number] == pytest.approx(np.log(here), abs=1e-6)
        level = float(plain.level_of(11.0, 50.0))
        assert trial.depth[number] == pytest.approx(-np.log1p(-level), rel=1e-6)
        at = int(np.searchsorted(DEPTHS, 2.0))
        area = plain.area_km2(-np.expm1(-DEPTHS[at]))
        assert trial.area_km2[number, at] == pytest.approx(area, rel=0.02)
    assert np.isinf(try_target(mixture, -100.0, 0.0).log_density).all()


def test_errors_of_one_landmark_given_the_others_follow_the_textbook():
    rng = np.random.default_rng(5)
    root = rng.normal(size=(6, 9))
    covariance = root @ root.T / 9 + 0.1 * np.eye(6)
    scaled, variance = rng.normal(size=(4, 6)), rng.uniform(0.5, 2.0, 4)
    log_spread = rng.normal(scale=0.2, size=(4, 6))
    found = _one_by_one(
        Errors(scaled, variance, log_spread, np.linalg.inv(covariance)), 6, SETTINGS
    )
    freedom, tail = SETTINGS.freedom, SETTINGS.landmark_freedom
    for cell in range(4):
        for k in range(6):
            rest = np.delete(np.arange(6), k)
            inner = np.linalg.inv(covariance[np.ix_(rest, rest)])
            mean = covariance[k, rest] @ inner @ scaled[cell, rest]
            left = covariance[k, k] - covariance[k, rest] @ inner @ covariance[rest, k]
            sd = np.sqrt(variance[cell] * left)
            density = stats.t.pdf((scaled[cell, k] - mean) / sd, tail) / sd
            assert found[1][cell, k] == pytest.approx(density / np.exp(log_spread[cell, k]))
            assert found[2][cell, k] == (scaled[cell, k] < mean)
            q = scaled[cell, rest] @ inner @ scaled[cell, rest]
            log_l = -0.5 * (freedom + 5) * np.log1p(q / variance[cell] / freedom)
            log_l -= 2.5 * np.log(variance[cell]) + log_spread[cell, rest].sum()
            assert found[0][cell, k] == pytest.approx(log_l)


def test_cells_of_all_but_one_hold_every_place_that_misses_one_circle():
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(-20, 40, 12), rng.uniform(35, 65, 12)
    rtt = sphere.distance_km(lon, lat, 10.0, 50.0) / KM_PER_MS_RTT["fibre"] * 1.3
    rtt[3] *= 0.3
    circles = LimitCircles(vectors(lon, lat), rtt, 50.0)
    cells = reached_by_all_but_one(circles, 400)
    x, y = rng.uniform(-30, 50, 4000), rng.uniform(20, 75, 4000)
    away = sphere.distance_km(lon, lat, x[:, None], y[:, None])
    right = (away > circles.radius_km).sum(axis=1) <= 1
    at = np.asarray(healpix.ring2nest(cells.grid.nside, cells.grid.cell_of(x, y)))
    assert right.any()
    assert np.isin(at[right], cells.nested).all()


@functools.cache
def planted(target: str, factor: float):
    """Pairs of a left-out target whose lowest RTT stands at a landmark 700 to 1,500 km off."""
    mesh = full_mesh()
    number = mesh.target_number(target)
    pairs = mesh.of_target(number)
    lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
    away = sphere.distance_km(pairs.lon, pairs.lat, lon, lat)
    far = np.flatnonzero((away > 700) & (away < 1500))
    wrong = int(far[np.argmin(away[far])])
    rtt = pairs.rtt_ms.copy()
    rtt[wrong] = factor * rtt.min()
    landmark, row = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    here = mesh.landmarks.index.get_loc(target)
    shown = mesh.where((landmark != here) & (row != number))
    fitted = CALIBRATED.fit(shown, Grid(resolution_km=100.0))
    return fitted, pairs._replace(rtt_ms=rtt), wrong, (lon, lat)


@pytest.mark.parametrize("target", ["vienna", "munich"])
def test_a_misplaced_landmark_in_reach_does_not_take_the_region_with_it(target):
    fitted, pairs, wrong, place = planted(target, 0.95)
    found = doubts(fitted.model, pairs, NOBODY)
    assert found.row[0] == wrong
    assert found.probability[0] > 0.4
    estimate = fitted.locate(pairs, target)
    assert estimate.covers(*place)
    assert not estimate.fell_back
    assert "probability" in meaning(estimate)
    said = [str(note) for note in estimate.notes if note.kind is NoteKind.DOUBT]
    likely = found.probability[0] >= SETTINGS.likely_doubt
    name, word = fitted.names[pairs.landmark[wrong]], "probably" if likely else "possibly"
    assert len(said) == 1 and said[0].startswith(f"{name} is {word} wrong")
    if found.probability[0] > 0.9:
        trusting = Calibrated(settings=dataclasses.replace(SETTINGS, wrong_landmark=0.0))
        model = fitted.model._replace(settings=trusting.settings)
        believed = dataclasses.replace(fitted, estimator=trusting, model=model)
        assert believed.locate(pairs, target).error_km(*place) > 2 * estimate.error_km(*place)


def test_right_landmarks_are_not_doubted_and_change_nothing():
    fitted, pairs, wrong, _ = planted("vienna", 1.0)
    right = keep_pairs(pairs, np.arange(len(pairs.rtt_ms)) != wrong)
    assert not len(doubts(fitted.model, right, NOBODY).row)
    assert not len(doubts(fitted.model, keep_pairs(pairs, np.arange(2)), NOBODY).row)


@pytest.mark.parametrize(
    ("lowest_ms", "landmarks", "said"),
    [
        (4.0, 20, ""),
        (59.0, 11, ""),
        (61.0, 20, "its lowest round-trip time is 61 ms, theirs 2 to 40 ms"),
        (1.3, 20, "its lowest round-trip time is 1.3 ms, theirs 2 to 40 ms"),
        (4.0, 9, "it has 9 landmarks, they had 20 or more"),
    ],
)
def test_a_target_unlike_those_that_were_learnt_from_is_told_so(lowest_ms, landmarks, said):
    seen = Seen.of([7.0, 2.0, 40.0], [25, 20, 31])
    assert seen.unlike(lowest_ms, landmarks) == said
    assert not NOBODY_SEEN.unlike(lowest_ms, landmarks)


def test_what_is_unlike_is_a_note_and_in_the_sentence():
    fitted, pairs, wrong, _ = planted("vienna", 1.0)
    right = keep_pairs(pairs, np.arange(len(pairs.rtt_ms)) != wrong)
    usual = fitted.locate(right, "vienna")
    assert NoteKind.UNLIKE not in {note.kind for note in usual.notes}
    few = fitted.locate(keep_pairs(right, np.arange(5)), "vienna")
    assert NoteKind.UNLIKE in {note.kind for note in few.notes}
    assert "unlike those" in meaning(few) and not few.fell_back


@given(
    st.lists(
        st.sampled_from([-np.inf, -700.0, -3.0, 0.5, 0.5, 2.0, 710.0]), min_size=1, max_size=300
    )
)
def test_the_log_of_a_sum_is_that_of_scipy_to_the_digit(values):
    spread = np.array([*values, 1.0]) + np.linspace(0, 1e-3, len(values) + 1)
    assert log_sum(spread) == logsumexp(spread)
    size = 4 ** (np.arange(len(spread)) * 7 % 9)
    assert log_sum(spread, size) == logsumexp(spread, b=size)
