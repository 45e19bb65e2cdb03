"""Mechanisms, and the attack on each against brute force: `rttgeo.privacy.mechanisms`."""

import numpy as np
import privacy_oracle as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rttgeo.errors import BadInputError
from rttgeo.privacy import MECHANISMS, DelayLaw, Disc, Mechanism, Observed, attack, mechanism
from rttgeo.privacy.blurring import moved
from rttgeo.privacy.utility import nearest_extra_ms, percentile_error_ms, regression_auc, utility

LAW = DelayLaw(shared=0.0)
"""Landmarks independent of one another: what brute force can do as well."""
PLACE = (10.0, 47.0, 900.0)
LANDMARKS = [(8.5, 47.4), (16.4, 48.2), (12.5, 41.9)]
TRUE_MS = np.array([7.3, 13.9, 21.4])


def step(shown, t):
    return (np.abs(t - shown) <= 0.03) * 1.0


CHANNELS = {
    ("none", 0.0): step,
    ("spin-disabled", 2.0): lambda y, t: np.ones_like(t) if np.isnan(y) else step(y, t),
    ("round", 10.0): lambda y, t: (np.ceil(t / 10) * 10 == y) * 1.0,
    ("round", 25.0): lambda y, t: (np.ceil(t / 25) * 25 == y) * 1.0,
    ("floor", 10.0): lambda y, t: (t <= 10) * 1.0 if y == 10 else step(y, t),
    ("buckets", 10.0): lambda y, t: ((t <= y) & (t > {10: 0, 20: 10, 50: 20}[y])) * 1.0,
    ("noise", 5.0): lambda y, t: stats.laplace.pdf(y - t, scale=5.0),
    ("min-of-n", 10.0): lambda y, t: stats.expon.pdf(y - t, scale=1.0),
}


def shown_by(way, seed=5):
    lots = np.random.default_rng(seed)
    return way.publish(TRUE_MS, np.zeros(3, dtype=int), np.arange(3), lots)


def held(posterior, lon, lat, within_km):
    x, y, mass = posterior.pieces()
    return float(mass[oracle.apart_km(x, y, lon, lat) <= within_km].sum())


PROBES = [(8.5, 47.4, 150.0), (11.6, 48.1, 200.0), (13.0, 46.0, 300.0), (10.0, 44.0, 300.0)]


def compare(posterior, weight, points, slack=0.015):
    for probe in PROBES:
        assert held(posterior, *probe) == pytest.approx(
            oracle.near(points, weight, *probe), abs=slack
        )


@pytest.mark.parametrize("case", CHANNELS, ids=lambda case: f"{case[0]}-{case[1]:g}")
def test_the_attack_is_that_of_brute_force(case):
    way = mechanism(*case)
    shown = shown_by(way)
    seen = Observed.of(*zip(*LANDMARKS, strict=True), shown)
    points = oracle.disc(*PLACE)
    rows = [(*place, time) for place, time in zip(LANDMARKS, shown.tolist(), strict=True)]
    weight = oracle.posterior(rows, CHANNELS[case], LAW, points)
    compare(attack(seen, way, LAW, Disc(*PLACE)), weight, points)


def test_a_hidden_delay_is_one_for_all_landmarks():
    way = mechanism("noise-per-peer", 10.0)
    shown = shown_by(way)
    points = oracle.disc(*PLACE)
    log = []
    for hidden in np.arange(0.1, min(10.0, shown.min()), 0.2):
        likely = np.zeros(len(points[0]))
        with np.errstate(divide="ignore"):
            for place, time in zip(LANDMARKS, shown, strict=True):
                step_of = (np.abs(oracle.times() - (time - hidden)) <= 0.1) * 1.0
                likely += np.log(oracle.likelihood(oracle.apart_km(*points, *place), step_of, LAW))
        log.append(likely)
    weight = np.exp(np.array(log) - np.max(log)).sum(axis=0)
    seen = Observed.of(*zip(*LANDMARKS, strict=True), shown)
    compare(attack(seen, way, LAW, Disc(*PLACE)), weight / weight.sum(), points, slack=0.03)


def test_what_is_withheld_is_no_longer_than_the_least_published():
    way = mechanism("drop-lowest", 1.0)
    shown = shown_by(way)
    assert np.isnan(shown).tolist() == [True, False, False]
    points = oracle.disc(*PLACE)
    least = float(np.nanmin(shown))
    rows = [
        (*LANDMARKS[0], None),
        *((*p, t) for p, t in zip(LANDMARKS[1:], shown[1:], strict=True)),
    ]
    weight = oracle.posterior(
        rows, lambda y, t: (t <= least) * 1.0 if y is None else step(y, t), LAW, points
    )
    seen = Observed.of(*zip(*LANDMARKS, strict=True), shown)
    compare(attack(seen, way, LAW, Disc(*PLACE)), weight, points)


def test_the_median_of_three_is_attacked_as_an_order_statistic():
    way = mechanism("median", 10.0)
    shown = shown_by(way)
    assert shown.tolist() == [20.0] * 3
    points = oracle.disc(*PLACE)

    def at_least_two(end):
        """At least two of three times up to an end, by its eight cases."""
        upto = (oracle.times() <= end) * 1.0
        a, b, c = (
            oracle.likelihood(oracle.apart_km(*points, *place), upto, LAW) for place in LANDMARKS
        )
        return a * b + a * c + b * c - 2 * a * b * c

    weight = at_least_two(20.0) - at_least_two(10.0)
    seen = Observed.of(*zip(*LANDMARKS, strict=True), shown)
    compare(attack(seen, way, LAW, Disc(*PLACE)), weight / weight.sum(), points)


def test_a_moved_landmark_is_averaged_over_its_disc():
    points = oracle.disc(*PLACE, n=31)
    around = oracle.disc(*LANDMARKS[0], 200.0, n=9)
    likely = np.zeros(len(points[0]))
    for place in zip(*around, strict=True):
        shown = step(3.0, oracle.times())
        likely += oracle.likelihood(oracle.apart_km(*points, *place), shown, LAW)
    seen = Observed.of(*LANDMARKS[0], 3.0)
    found = attack(seen, mechanism("blur", 200.0), LAW, Disc(*PLACE))
    compare(found, likely / likely.sum(), points, slack=0.03)


def test_landmarks_are_moved_evenly_over_the_disc():
    lon, lat = moved(np.full(4000, 10.0), np.full(4000, 50.0), 100.0, np.random.default_rng(1))
    away = oracle.apart_km(lon, lat, 10.0, 50.0)
    assert away.max() <= 100.1
    assert np.mean(away <= 50.0) == pytest.approx(0.25, abs=0.03)


@given(
    st.lists(st.floats(0.05, 400.0), min_size=2, max_size=8),
    st.sampled_from([n for n in MECHANISMS if n not in ("blur", "median")]),
    st.integers(0, 2**32),
)
def test_the_true_time_is_always_among_what_explains_it(true_ms, name, seed):
    way, n = mechanism(name), len(true_ms)
    rtt = np.array(true_ms)
    shown = way.publish(rtt, np.zeros(n, dtype=int), np.arange(n), np.random.default_rng(seed))
    sets = way.sets(shown, np.zeros(n))
    inside = (sets.low_ms <= rtt[sets.pair, None, None] + 1e-9) & (
        rtt[sets.pair, None, None] <= sets.high_ms + 1e-9
    )
    # Of some case, for all pairs at once.
    assert ((inside & (sets.weight > 0)).any(axis=2)).all(axis=0).any()


def test_densities_of_noise_sum_to_one_over_what_is_published():
    way = mechanism("noise", 5.0)
    shown = np.arange(0.15, 400.0, 0.1)
    sets = way.sets(shown, np.zeros(len(shown)))
    at = (sets.low_ms < 100.0) & (sets.high_ms >= 100.0)
    assert (sets.weight * at).sum() * 0.1 == pytest.approx(1.0, abs=0.01)


def test_laplace_noise_is_geo_indistinguishable_by_its_epsilon():
    way = mechanism("noise", 10.0)
    assert way.epsilon_per_km(1, 0.01) == pytest.approx(0.001)
    assert way.epsilon_per_km(20, 0.01) == pytest.approx(0.02)
    # By the definition: a target that moves by 300 km moves its time by 3 ms.
    shown = np.linspace(-60, 160, 2001)
    ratio = stats.laplace.logpdf(shown - 50, scale=10) - stats.laplace.logpdf(shown - 53, scale=10)
    assert np.abs(ratio).max() <= way.epsilon_per_km(1, 0.01) * 300 + 1e-9
    for name in set(MECHANISMS) - {"noise"}:
        assert mechanism(name).epsilon_per_km(5, 0.01) is None


def test_an_attacker_who_does_not_know_the_noise_fools_himself():
    way = mechanism("noise", 20.0)
    seen = Observed.of(8.5, 47.4, 0.1)
    naive = attack(seen, Mechanism(), LAW, Disc(*PLACE))
    knowing = attack(seen, way, LAW, Disc(*PLACE))
    assert held(naive, 8.5, 47.4, 25.0) > 0.99 > 0.1 > held(knowing, 8.5, 47.4, 25.0)


def test_the_minimum_over_samples_defeats_noise():
    few, many = (
        attack(Observed.of(8.5, 47.4, 0.3), mechanism("min-of-n", n), LAW, Disc(*PLACE))
        for n in (1.0, 100.0)
    )
    alone = attack(Observed.of(8.5, 47.4, 0.3), Mechanism(), LAW, Disc(*PLACE))
    assert held(many, 8.5, 47.4, 35.0) == pytest.approx(held(alone, 8.5, 47.4, 35.0), abs=0.05)
    assert held(few, 8.5, 47.4, 35.0) > 0.9, "0.3 ms with a delay on top was 0.3 ms at most"


@pytest.mark.parametrize(
    ("name", "parameter"), [("round", 0.0), ("noise", -1.0), ("nothing", None)]
)
def test_what_is_no_mechanism_is_said_in_one_line(name, parameter):
    with pytest.raises(BadInputError, match="expected"):
        mechanism(name, parameter)


def test_utility_by_hand():
    true, shown = np.array([10.0, 20.0, 30.0]), np.array([30.0, 20.0, np.nan])
    assert nearest_extra_ms(true, shown, np.zeros(3, dtype=int)) == pytest.approx(10.0)
    alike = np.array([20.0, 20.0, 40.0])
    assert nearest_extra_ms(true, alike, np.zeros(3, dtype=int)) == pytest.approx(5.0)
    assert nearest_extra_ms(true, np.full(3, np.nan), np.zeros(3, dtype=int)) is None
    assert regression_auc(shown, shown + np.array([1.0, 0.0, 1.0])) == pytest.approx(
        (1 + 0.5 + 0.5) / 3
    )
    assert percentile_error_ms(true, true + 7) == pytest.approx(7.0)
    assert percentile_error_ms(true, np.full(3, np.nan)) is None


def test_a_rise_of_10_ms_always_shows_in_10_ms_steps_and_in_two_of_five_of_25(azure):
    assert utility(azure, mechanism("round", 10.0))["regression_auc"] == 1.0
    assert utility(azure, mechanism("round", 25.0))["regression_auc"] == pytest.approx(
        0.7, abs=0.02
    )
    # Of one pair among 47 the median knows next to nothing.
    assert utility(azure, mechanism("median", 10.0))["regression_auc"] < 0.55
    assert utility(azure, Mechanism()) == {
        "percentile_error_ms": 0.0, "regression_auc": 1.0, "nearest_extra_ms": 0.0,
        "published_share": 1.0, "landmark_error_km": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("shared", [0.1, 0.4])
def test_what_light_forbids_does_not_weaken_with_the_number_of_landmarks(shared):
    """However alike errors are, a circle is a circle, and noise on it is independent noise."""
    lots = np.random.default_rng(7)
    lon, lat = lots.uniform(-10, 40, 60), lots.uniform(35, 60, 60)
    law = DelayLaw(shared=shared)
    # What the law expects of a target beside the first landmark, and half as much again: alike.
    usual = 1.5 * (np.exp(law.curve(oracle.apart_km(lon, lat, 8.6, 47.4))) - 10.0)
    seen = Observed.of([8.5, *lon], [47.4, *lat], [1.0, *usual])
    found = attack(seen, Mechanism(), law, Disc(10.0, 47.0, 2000.0))
    # 1 ms is 102 km in fibre; the finest cells add theirs.
    assert held(found, 8.5, 47.4, 110.0) > 0.999
    noisy = attack(seen, mechanism("noise", 0.5), law, Disc(10.0, 47.0, 2000.0))
    # Beyond 102 + 8 · 51 km the noise would have had to be eight times its scale.
    assert held(noisy, 8.5, 47.4, 520.0) > 0.99
