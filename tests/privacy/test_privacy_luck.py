"""Luck, and what a database tells: `rttgeo.privacy.luck`, `rttgeo.privacy.databases`."""

import numpy as np
import pytest

from rttgeo.errors import BadInputError
from rttgeo.privacy import PRIORS, DelayLaw, Mechanism, Observed, attack, exposure
from rttgeo.privacy.databases import fit_errors, fixed_law, mobile_law
from rttgeo.privacy.law import knot_distances
from rttgeo.privacy.luck import (
    Draw,
    adversarial,
    by_count,
    by_lowest,
    draw_vantage_points,
    greedy,
    lucky,
    near_hint,
    one_vantage_point,
)

LOTS = np.random.default_rng(0)
SEEN = Observed.of([0.0, 10.0, 20.0, 30.0], [50.0] * 4, [40.0, 20.0, 10.0, 30.0])


def test_who_is_chosen():
    assert lucky(SEEN, 2, (0, 0), LOTS).tolist() == [2, 1]
    assert adversarial(SEEN, 2, (0, 0), LOTS).tolist() == [0, 3]
    taken = greedy(SEEN, 4, (0, 0), LOTS).tolist()
    assert sorted(taken) == [0, 1, 2, 3]
    hits = [near_hint(SEEN, 1, (20.1, 50.0), np.random.default_rng(k))[0] for k in range(60)]
    assert np.mean(np.array(hits) == 2) > 0.8


def test_sums_over_draws_are_those_of_their_definition():
    draws = [
        Draw("random", 1, 0.5, 1.0, 0.9, 10.0, 300.0),
        Draw("random", 1, 0.5, 1.0, 0.9, 90.0, 500.0),
    ]
    draws += [Draw("random", 2, 30.0, 1.0, 0.9, 20.0, 700.0)]
    table = by_count(draws)["random"]
    assert by_count(draws, "size_km")["random"]["median"].tolist() == [400.0, 700.0]
    assert table["count"].tolist() == [1, 2] and table["median"].tolist() == [50.0, 20.0]
    low = by_lowest(draws)
    assert low["n"].tolist() == [2, 1] and low["p"].tolist() == [0.5, 1.0]
    assert (low["low"] < low["p"]).all() and low["rtt_ms"].iloc[0] == pytest.approx(0.5)


def test_more_luck_is_less_error(azure):
    draws = draw_vantage_points(
        azure, DelayLaw(), choices=("lucky", "adversarial"), counts=(2,), draws=12
    )
    found = by_count(draws)
    assert found["lucky"]["median"][0] < 0.5 * found["adversarial"]["median"][0]
    sizes = by_count(draws, "size_km")
    assert sizes["lucky"]["median"][0] < 0.5 * sizes["adversarial"]["median"][0]


def test_microseconds_give_the_city_away_and_tens_of_ms_do_not():
    table = one_vantage_point(DelayLaw(), np.array([0.1, 1.0, 30.0]), [(8.55, 47.37), (2.3, 48.9)])
    assert table["p"][0] > 0.99 and table["p"][2] < 0.1
    assert table["p"].is_monotonic_decreasing


def test_a_mixture_finds_the_parts_that_it_was_drawn_from():
    lots = np.random.default_rng(2)
    x = np.concatenate([lots.normal(1.0, 0.5, 3000), lots.normal(5.0, 0.8, 1000)])
    law = fit_errors(np.exp(x) - 1, parts=2)
    assert law.share == pytest.approx((0.75, 0.25), abs=0.02)
    assert law.mean == pytest.approx((1.0, 5.0), abs=0.06)
    assert law.sd == pytest.approx((0.5, 0.8), abs=0.06)
    with pytest.raises(BadInputError, match="at least 20"):
        fit_errors(np.arange(5.0))


def test_the_law_of_errors_is_that_of_the_shipped_anchors():
    law = fixed_law()
    assert law.n > 400
    # The density is one of distance: it sums to one.
    d = np.geomspace(1e-3, 20_000, 20_001)
    density = np.exp(law.log_density(d))
    assert np.trapezoid(density, d) == pytest.approx(1.0, abs=0.01)
    lon, lat = law.drawn(np.full(4000, 10.0), np.full(4000, 50.0), np.random.default_rng(1))
    from rttgeo.papers.privacy import ip_geolocation_errors
    from rttgeo.sphere import distance_km

    drawn, measured = distance_km(lon, lat, 10.0, 50.0), ip_geolocation_errors()["error_km"]
    for within in (10, 40, 200):
        assert np.mean(drawn <= within) == pytest.approx(np.mean(measured <= within), abs=0.05)


def test_an_entry_alone_is_believed_as_far_as_its_law():
    nothing = Observed.of([], [], [])
    fixed, mobile = (
        exposure(attack(nothing, Mechanism(), DelayLaw(), PRIORS["land"], one().entry(8.55, 47.37)))
        for one in (fixed_law, mobile_law)
    )
    assert fixed.expected_error_km < mobile.expected_error_km
    assert fixed.country == "CH" and len(knot_distances()) > 100
