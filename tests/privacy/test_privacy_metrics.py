"""Metrics against closed forms and brute force: `rttgeo.privacy.metrics`."""

import numpy as np
import pytest
from privacy_oracle import apart_km
from scipy import stats

from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.privacy import DelayLaw, Disc, Mechanism, Observed, attack, exposure, mean_metrics
from rttgeo.privacy.metrics import entropy_bits, exposed_counts, reference_masses
from rttgeo.privacy.priors import PRIORS

ALONE = Observed.of(8.54, 47.38, 0.1)
NOTHING = Observed.of([], [], [])


def area_km2(radius_km):
    return 2 * np.pi * EARTH_RADIUS_KM**2 * (1 - np.cos(radius_km / EARTH_RADIUS_KM))


@pytest.mark.parametrize("radius_km", [300.0, 1500.0])
def test_a_uniform_prior_on_a_disc_has_the_entropy_of_its_area(radius_km):
    found = exposure(attack(NOTHING, Mechanism(), DelayLaw(), Disc(10.0, 45.0, radius_km)))
    cells = area_km2(radius_km) / Grid(nside=256).cell_area_km2
    assert found.entropy_bits == pytest.approx(np.log2(cells), abs=0.1)
    # The mean distance from the middle of a disc is two thirds of its radius.
    assert found.expected_error_km == pytest.approx(2 / 3 * radius_km, rel=0.04)
    assert found.p_size["city"] == pytest.approx(area_km2(25.0) / area_km2(radius_km), rel=0.35)
    assert found.area_km2 == pytest.approx(0.95 * area_km2(radius_km), rel=0.06)
    assert apart_km(found.lon, found.lat, 10.0, 45.0) < 0.1 * radius_km


def test_100_microseconds_next_door_give_the_city_away():
    found = exposure(attack(ALONE, Mechanism(), DelayLaw(), PRIORS["globe"]))
    assert found.p_size["city"] > 0.999
    assert found.country == "CH" and found.p_country > 0.999
    # Light in fibre covers 10 km in that time, and the finest cells add theirs.
    assert found.expected_error_km < 10.5
    assert found.area_km2 < area_km2(14.0)
    assert found.entropy_bits < 2


def test_at_the_antipode_nothing_breaks():
    lon, lat = 8.54, 47.38
    seen = Observed.of([lon, lon - 180], [lat, -lat], [0.5, 290.0])
    found = exposure(attack(seen, Mechanism(), DelayLaw(), PRIORS["globe"]))
    assert found.p_size["region"] > 0.999 and np.isfinite(found.expected_error_km)
    far = exposure(attack(Observed.of(lon, lat, 300.0), Mechanism(), DelayLaw(), PRIORS["globe"]))
    assert far.p_size["city"] < 0.01 and far.expected_error_km < np.pi * EARTH_RADIUS_KM / 2


def pieces(seed):
    """A posterior over a hundred pieces of two sizes, at random."""
    lots, grid = np.random.default_rng(seed), Grid(nside=2048)
    size = np.sort(lots.choice([16, 256], 100))[::-1]
    start = 10_000_000 + np.concatenate([[0], np.cumsum(size)[:-1]])
    held = lots.dirichlet(np.full(100, 0.3))
    return MixedPosterior(grid, start, size, held)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_guess_is_no_worse_than_any_cell(seed):
    posterior = pieces(seed)
    lon, lat, held = posterior.pieces()
    away = apart_km(lon[:, None], lat[:, None], lon[None], lat[None])
    found = exposure(posterior)
    assert found.expected_error_km <= (away @ held).min() + 1e-6
    # And no place of a fine raster is better by more than a km.
    x, y = np.meshgrid(np.linspace(lon.min(), lon.max(), 60), np.linspace(lat.min(), lat.max(), 60))
    raster = apart_km(x.ravel()[:, None], y.ravel()[:, None], lon[None], lat[None]) @ held
    assert found.expected_error_km <= raster.min() + 1.0
    for name, radius in (("city", 25.0), ("region", 250.0)):
        assert found.p_size[name] >= ((away <= radius) @ held).max() - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_entropy_is_that_of_the_cells_of_25_km(seed):
    posterior = pieces(seed)
    grid = posterior.grid
    fine = np.repeat(posterior.held / posterior.size, posterior.size)
    cell = (posterior.start[0] + np.arange(posterior.size.sum())) // (grid.nside // 256) ** 2
    by_hand = np.bincount(cell - cell.min(), weights=fine)
    found = exposure(posterior)
    assert found.entropy_bits == pytest.approx(stats.entropy(by_hand, base=2), abs=1e-9)
    assert found.min_entropy_bits == pytest.approx(-np.log2(by_hand.max()), abs=1e-9)
    mass, count = reference_masses(posterior)
    assert mass.sum() == pytest.approx(1) and entropy_bits(mass, count) == found.entropy_bits


def test_means_over_targets_are_taken_as_their_definitions_say():
    sure = exposure(attack(ALONE, Mechanism(), DelayLaw(), PRIORS["cities"]))
    vague = exposure(attack(NOTHING, Mechanism(), DelayLaw(), PRIORS["cities"]))
    both = mean_metrics([sure, vague])
    # Smith's conditional min-entropy averages what a guess is worth, not the bits.
    assert both["min_entropy_bits"] == pytest.approx(-np.log2((sure.largest + vague.largest) / 2))
    assert both["people_median"] == pytest.approx((sure.people + vague.people) / 2)
    assert exposed_counts([sure, vague]) == {"city": 1, "region": 1, "country": 1, "continent": 1}
    assert vague.people > 1e9 > sure.people > 1e5
