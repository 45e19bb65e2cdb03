"""Who is attacked teaches nothing, and promises are kept: `rttgeo.privacy.learning`."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from privacy_oracle import apart_km
from scipy import stats

from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.privacy import PRIORS, DelayLaw, Disc, Laws, learn_laws, mechanism
from rttgeo.privacy.cases import Setting
from rttgeo.privacy.clues import Observed
from rttgeo.privacy.sanitising import published

PRIOR = Disc(10.0, 47.0, 1500.0)


def drawn_on_disc(n, lots, prior=PRIOR):
    """Places by rejection from a square around the disc."""
    lon, lat = lots.uniform(-15, 35, 40 * n), lots.uniform(32, 62, 40 * n)
    keep = lots.uniform(size=40 * n) < np.cos(np.radians(lat))
    keep &= apart_km(lon, lat, prior.lon, prior.lat) <= prior.radius_km
    return lon[keep][:n], lat[keep][:n]


def mesh_of(lon, lat, to_lon, to_lat, lots, law, names=None):
    """Round-trip times by the law itself: Student t about the curve, redrawn where light forbids."""
    away = apart_km(lon[None], lat[None], to_lon[:, None], to_lat[:, None])
    least = np.maximum(away - law.tolerance_km, 0) / law.km_per_ms
    curve = law.curve(away)
    cut = stats.t.cdf((np.log(least + law.offset_ms) - curve) / law.scale, 3)
    z = stats.t.ppf(cut + (1 - cut) * lots.uniform(size=away.shape), 3)
    rtt = np.exp(curve + law.scale * z) - law.offset_ms
    n, m = away.shape
    table = pd.DataFrame({
        "landmark": np.tile(np.arange(m), n), "target": np.repeat(np.arange(n), m),
        "rtt_ms": np.maximum(rtt, 0.05).ravel(),
    })  # fmt: skip
    return Mesh.build(
        nodes([f"l{k}" for k in range(m)], lon, lat),
        nodes([f"t{k}" for k in range(n)] if names is None else names, to_lon, to_lat),
        table, Provenance("by-the-law", kind="simulated"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def full():
    """A full mesh of 24 nodes, two of them at one place."""
    lots = np.random.default_rng(3)
    lon, lat = drawn_on_disc(24, lots)
    lon[1], lat[1] = lon[0], lat[0]
    names = [f"l{k}" for k in range(24)]
    return mesh_of(lon, lat, lon, lat, lots, DelayLaw(), names)


@pytest.mark.slow
def test_own_times_do_not_change_the_model_of_the_attacker(full, monkeypatch):
    """Neither as a target, nor as a landmark, nor of whatever stands at the same place."""
    monkeypatch.setattr("rttgeo.privacy.learning.LEARNT_FROM", 6)
    monkeypatch.setattr("rttgeo.privacy.learning.FOLDS", 3)
    rtt = full.pairs["rtt_ms"].to_numpy().copy()
    ends = full.pairs["landmark"].to_numpy(), full.pairs["target"].to_numpy()
    rtt[np.isin(ends[0], (0, 1)) | np.isin(ends[1], (0, 1))] *= 3.0
    other = dataclasses.replace(full, pairs=full.pairs.assign(rtt_ms=rtt))
    before, after = (learn_laws(one, PRIORS["land"]) for one in (full, other))
    assert len(before.by_fold) == 3
    for target in (0, 1):
        assert before.of(target) == after.of(target)
        assert before.of(target).learnt != DelayLaw.learnt
    foreign = np.flatnonzero(~np.isin(before.fold, before.fold[:2]))
    assert any(before.of(int(k)) != after.of(int(k)) for k in foreign)


def test_a_target_of_unknown_place_that_is_a_landmark_too_teaches_nothing(full, monkeypatch):
    monkeypatch.setattr("rttgeo.privacy.learning.LEARNT_FROM", 6)
    lon, lat = (one.copy() for one in full.target_lonlat)
    lon[5] = lat[5] = np.nan
    hidden = dataclasses.replace(full, targets=nodes(full.targets.index, lon, lat))
    rtt = full.pairs["rtt_ms"].to_numpy() * np.where(full.pairs["landmark"] == 5, 3.0, 1.0)
    other = dataclasses.replace(hidden, pairs=full.pairs.assign(rtt_ms=rtt))
    before, after = (
        learn_laws(one, PRIORS["land"], targets=np.array([5])) for one in (hidden, other)
    )
    assert before.of(5) == after.of(5) and before.of(5).learnt != DelayLaw.learnt


def test_the_quickest_under_noise_are_not_those_of_the_luckiest_noise():
    lots = np.random.default_rng(2)
    lon, lat = drawn_on_disc(400, lots)
    true = 5 + apart_km(lon, lat, 10.0, 47.0) / 60
    noise = lots.laplace(0, 50.0, 400)
    seen = Observed.of(lon, lat, np.maximum(true + noise, 0.1))

    def chosen(noisy):
        kept = seen.informative(100, noisy=noisy)
        return np.isin(seen.lon, kept.lon)

    quickest = np.argsort(seen.published_ms, kind="stable")
    assert noise[quickest[:100]].mean() < -40.0, "the trap"
    # Some of the quickest are equal, cut off at 0.1 ms: any of these will do.
    ten = np.sort(seen.published_ms[chosen(False)])[:10]
    assert (ten == seen.published_ms[quickest[:10]]).all() and chosen(True).sum() == 100
    assert abs(noise[chosen(True)].mean()) < 15.0
    assert true[chosen(True)].mean() < 0.9 * true.mean()


def test_of_equal_times_some_are_taken_from_everywhere():
    lon, lat = drawn_on_disc(400, np.random.default_rng(3))
    west = np.argsort(lon)
    seen = Observed.of(lon[west], lat[west], np.full(400, 25.0))
    kept = seen.informative(100)
    share = np.isin(seen.lon[:200], kept.lon).sum() / 100
    assert len(kept.lon) == 100 and 0.35 < share < 0.65


WAYS = [
    ("none", 0.0), ("round", 25.0), ("noise", 10.0), ("noise", 50.0), ("noise-per-peer", 50.0),
    ("min-of-n", 1.0), ("drop-lowest", 3.0), ("median", 10.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def lawful():
    """Sixteen targets drawn from the prior, 240 landmarks, times drawn from the law."""
    lots = np.random.default_rng(11)
    return mesh_of(*drawn_on_disc(240, lots), *drawn_on_disc(16, lots), lots, DelayLaw(shared=0.0))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameter"), WAYS)
def test_the_attacker_errs_as_much_as_he_expects(lawful, name, parameter):
    """With law and prior right, Bayes' rule promises what comes true: within what 16 targets tell."""
    way, setting = (
        mechanism(name, parameter),
        Setting(lawful, Laws.same(DelayLaw(shared=0.0), lawful), PRIOR),
    )
    shown = published(lawful, way, np.random.default_rng(5))
    cases = [setting.case(shown, way, k) for k in range(16)]
    expected = np.mean([case.found.expected_error_km for case in cases])
    made = np.mean([case.truth.error_km for case in cases])
    assert 0.6 < made / expected < 1.6
    assert np.mean([case.truth.level <= 0.95 for case in cases]) >= 12 / 16
