"""The parts of the default estimator against slow ones."""

from __future__ import annotations

import healpix
import numpy as np
import pytest
from accuracy_meshes import full_mesh
from hypothesis import given
from hypothesis import strategies as st

import rttgeo
from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.data.land import land
from rttgeo.delay.calibrated import (
    Curve,
    DelayStatistics,
    fit_curve,
    learn_statistics,
    vectors,
)
from rttgeo.errors import BadInputError
from rttgeo.estimators.calibrated.bells import BellTable
from rttgeo.estimators.calibrated.cells import (
    FINEST,
    Cells,
    LimitCircles,
    centres_of,
    finest_cells,
    possible_cells,
)
from rttgeo.estimators.calibrated.cities import (
    _surroundings,
    _surroundings_of_cells,
    city_density,
    learn_cities,
    likely_cities,
    surroundings_density,
)
from rttgeo.estimators.calibrated.conformal import DEPTHS, Levels, Trial, choose
from rttgeo.estimators.calibrated.kriging import residual_field
from rttgeo.estimators.calibrated.land import LAND_NSIDE, land_factor
from rttgeo.estimators.calibrated.likelihood import Evidence, NearestLaw
from rttgeo.estimators.calibrated.mixed import parted_at_cities
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.parts import MixedCells, on_parts
from rttgeo.estimators.calibrated.posterior import CalibratedPosterior
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.settings import CityLaw, Settings
from rttgeo.estimators.calibrated.spread import learn_spread
from rttgeo.estimators.calibrated.towns import towns
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.explanation.explain import contributions, where_next
from rttgeo.kernels.tabulate import tabulated
from rttgeo.sphere import between

SETTINGS = Settings()
RADII_KM = SETTINGS.city_radii_km
CIRCLES = LimitCircles(vectors([8.0], [50.0]), np.array([30.0]), 50.0)


def parts(mesh):
    n = len(mesh.targets)
    rtt = np.full((n, n), np.nan)
    rtt[mesh.pairs["target"], mesh.pairs["landmark"]] = mesh.pairs["rtt_ms"]
    points = vectors(*mesh.target_lonlat)
    return rtt, points, learn_statistics(rtt, points, points, True, SETTINGS)


def test_leaving_nodes_out_afterwards_is_as_if_they_had_never_been_there():
    rtt, points, statistics = parts(full_mesh())
    field = residual_field(SETTINGS, statistics, rtt, points, points)
    hidden = np.array([3, 11])
    kept = np.setdiff1d(np.arange(len(points)), hidden)
    small = residual_field(SETTINGS, statistics, rtt[kept], points[kept], points)
    where, landmark = vectors([5.0, 15.0], [45.0, 50.0]), np.array([0, 7, 20])
    none = np.empty(0, dtype=np.int64)
    for one, other in zip(
        field.expected(where, landmark, hidden), small.expected(where, landmark, none), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def test_kriging_follows_the_textbook_for_one_landmark():
    rtt, points, statistics = parts(full_mesh())
    field = residual_field(SETTINGS, statistics, rtt, points, points)
    where = vectors([6.0], [46.0])
    mean, variance = field.expected(where, np.array([0]), np.empty(0, dtype=np.int64))
    known = np.flatnonzero(np.isfinite(field.residual[:, 0]))
    both = np.concatenate([points[known], where])
    covariance = statistics.variance * statistics.covariance(both, statistics.target_shares)
    solved = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
    here = statistics.curve(sphere.distance_km(-9.14, 38.72, 6.0, 46.0))
    assert mean[0, 0] == pytest.approx(here + solved @ field.residual[known, 0], abs=1e-3)
    assert 0 < variance[0] < 1.01 * statistics.variance


def test_the_curve_is_found_again():
    true = Curve(14.0, 0.0155, 0.0, 0.0)
    distance = np.geomspace(5, 18_000, 400)
    found = fit_curve(distance, np.exp(true(distance)) - 10.0, SETTINGS)
    np.testing.assert_allclose(found(distance), true(distance), atol=0.02)


def test_little_data_gives_the_generic_delays():
    few = learn_statistics(np.full((3, 4), 20.0), vectors([0, 1, 2], [0, 1, 2]),
                           vectors([5, 6, 7, 8], [0, 0, 0, 0]), True, SETTINGS)  # fmt: skip
    assert few.generic
    assert few.curve == Curve(*SETTINGS.generic_curve)
    law = NearestLaw.fit(np.array([]), np.array([]), SETTINGS)
    assert (law.intercept, law.slope, law.sd) == SETTINGS.nearest_law


def test_the_spread_is_that_of_the_errors_by_distance():
    rng = np.random.default_rng(3)
    points = vectors(rng.uniform(-180, 180, 400), np.degrees(np.arcsin(rng.uniform(-1, 1, 400))))
    distance = between(points[:, None], points[None])
    curve, wide = Curve(14.0, 0.0155, 0.0, 0.0), np.where(distance < 4000, 0.3, 0.06)
    rtt = np.exp(curve(distance) + wide * rng.normal(size=distance.shape)) - 10.0
    rtt[distance <= 1] = np.nan
    nothing_shared = (0.0,) * 5 + (1.0,)
    alone = DelayStatistics(curve, 0.1, 0.01, nothing_shared, nothing_shared)
    table = learn_spread(
        residual_field(SETTINGS, alone, rtt, points, points), rtt, 1.0, np.arange(30)
    )
    near, far = np.interp(
        2 * np.sin(np.array([1500.0, 9500.0]) / 2 / 6371), np.linspace(0, 2, len(table)), table
    )
    assert near == pytest.approx(np.log(3.0), abs=0.3)
    assert far == pytest.approx(np.log(0.6), abs=0.15)


def test_no_pairs_give_no_spread():
    points = vectors([0.0, 10.0], [0.0, 0.0])
    nothing = np.full((2, 2), np.nan)
    assert not learn_spread(
        residual_field(SETTINGS, DelayStatistics.without_data(SETTINGS), nothing, points, points),
        nothing,
        1.0,
        np.arange(2),
    ).any()


def test_a_table_between_points_is_the_function():
    a, b = vectors([0, 100, -170], [0, 40, -80]), vectors([10, 179], [20, 85])
    out = np.empty((3, 2))
    tabulated(a, b, np.linspace(0, 2, 5000), out)
    np.testing.assert_allclose(out, np.linalg.norm(a[:, None] - b[None], axis=2), atol=1e-9)


@given(st.lists(st.floats(0.01, 20), min_size=12, max_size=60), st.floats(0.02, 0.9))
def test_levels_cover_the_trials_as_named(depths, level):
    levels = Levels(tuple(sorted(depths)))
    covered = np.mean(np.array(depths) <= -np.log1p(-levels.raw(level)) + 1e-9)
    assert covered >= level - 1 / len(depths) - 1e-9
    assert levels.raw(level) <= levels.raw(min(level + 0.05, 1.0))


@given(st.lists(st.floats(0.001, 20), min_size=1, max_size=60))
def test_levels_grow_without_a_step_beyond_the_deepest_truth(depths):
    levels = Levels(tuple(sorted(depths)))
    asked = [levels.deep(level) for level in np.linspace(0.001, 0.9999, 300)]
    assert min(asked) >= 0
    assert (np.diff(asked) >= 0).all()
    edge = len(depths) / (len(depths) + 1.5)
    assert levels.deep(edge + 1e-9) == pytest.approx(max(depths), abs=1e-6)


@given(st.lists(st.integers(1, 1200), max_size=60, unique=True), st.floats(0.01, 0.995))
def test_nominal_levels_are_raw_ones_the_other_way(hundredths, level):
    levels = Levels(tuple(depth / 100 for depth in sorted(hundredths)))
    raw = levels.raw(level)
    assert float(levels.nominal(np.array(raw))) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("depths", [(), tuple(np.geomspace(0.05, 9.0, 30))])
def test_what_pieces_promise_is_what_their_regions_promise(depths):
    grid, rng = Grid(nside=16), np.random.default_rng(4)
    held = rng.dirichlet(np.ones(grid.n_cells) * 0.2)
    every = np.arange(grid.n_cells)
    one = CalibratedPosterior(grid, every, np.ones_like(every), held, levels=Levels(depths))
    share = one.promised
    assert share.sum() == pytest.approx(1.0) and (share >= 0).all()
    ring = healpix.nest2ring(grid.nside, every)
    for level in (0.2, 0.5, 0.9, 0.95):
        inside = one.credible_region(level).has_cells(ring)
        assert level - 1e-9 <= share[inside].sum() <= level + share.max()


def nested_cell(grid, lon, lat):
    return int(healpix.ring2nest(grid.nside, int(grid.cell_of(lon, lat))))


def nested_cells(grid, ring):
    return np.sort(healpix.ring2nest(grid.nside, ring))


def test_possible_cells_hold_the_truth_and_get_fine_where_landmarks_are_near():
    landmarks = vectors([4.9, 2.35, -0.13], [52.37, 48.86, 51.51])
    lon, lat = 5.1, 52.1
    distance = sphere.distance_km([4.9, 2.35, -0.13], [52.37, 48.86, 51.51], lon, lat)
    order = np.argsort(distance)
    coarse = None
    for slack in (20.0, 0.2):
        rtt = distance[order] / 102.0 + slack
        circles = LimitCircles(landmarks[order], rtt, 50.0)
        found = possible_cells(circles, SETTINGS)
        assert nested_cell(found.grid, lon, lat) in found.nested
        assert found.agreed == 3
        assert coarse is None or found.grid.nside > coarse
        coarse = found.grid.nside
        fine = finest_cells(found, circles, SETTINGS)
        assert nested_cell(fine.grid, lon, lat) in fine.nested
        above = fine.nested // (fine.grid.nside // found.grid.nside) ** 2
        np.testing.assert_array_equal(above, found.nested[fine.parent])
        np.testing.assert_allclose(fine.centres, Cells.of(fine.grid, fine.nested).centres)


@pytest.mark.parametrize(("lon", "lat"), [(8.0, 50.0), (179.9, -16.0), (30.0, 89.5)])
def test_smooth_functions_are_carried_over_to_parts_of_cells(lon, lat):
    grid = Grid(nside=32)
    coarse = Cells.of(grid, nested_cells(grid, grid.cap(lon, lat, 1200.0).cells()))
    fine = coarse.parts(256)
    here = vectors([lon + 3.0], [lat - 2.0])

    def smooth(points):
        return -((between(points, here) / 700.0) ** 2)

    found = on_parts(smooth(coarse.centres), coarse, fine)
    off = np.abs(found - smooth(fine.centres))
    steps = np.abs(smooth(coarse.centres)[fine.parent] - smooth(fine.centres))
    assert np.median(off) < 0.35 * np.median(steps)
    assert off.max() <= 1.01 * steps.max()
    alone = coarse.where(np.arange(len(coarse.nested)) == 5, 0).numbered()
    np.testing.assert_allclose(on_parts(np.array([3.0]), alone, alone.parts(64)), 3.0)


def test_cities_draw_the_prior_and_can_be_switched_off():
    grid = Grid(nside=128)
    cells = Cells.of(grid, nested_cells(grid, grid.cell_of([139.7, 160.0], [35.7, 10.0])))
    nobody = np.empty((0, 3))
    spread = [
        np.ptp(Prior(Settings(cities=p), CityLaw()).log_density(cells, nobody))
        for p in (True, False)
    ]
    assert spread[0] > 5
    assert spread[1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("nside", [128, 512, 1024])
@pytest.mark.parametrize("law", [CityLaw(), CityLaw((0.0, 0.0, 0.0, 1.0), 0.0, 0.0, 1.1)])
def test_the_density_of_cities_is_the_sum_of_their_bells(law, nside):
    grid = Grid(nside=nside)
    lon, lat = (
        np.array([139.7, 4.9, -70.0, 179.9, 10.0]),
        np.array([35.7, 52.4, -33.4, -16.6, 89.0]),
    )
    cells = Cells.of(grid, np.unique(nested_cells(grid, grid.cell_of(lon, lat))))
    town = towns()
    weight = town.population**law.power / (town.population**law.power).sum()
    for centre, found, around in zip(
        cells.centres, city_density(cells, law, RADII_KM), surroundings_density(cells), strict=True
    ):
        expected, near = 0.0, EARTH_RADIUS_KM
        for radius_km, share in zip(RADII_KM, law.near, strict=True):
            # On cells no wider than twice the radius, or as wide as there are.
            own = next(n for n in (64, 128, 256, 512, 1024) if n == nside
                       or Grid(nside=n).cell_size_km <= 2 * radius_km)  # fmt: skip
            where = healpix.vec2pix(own, *centre)
            away = sphere.distance_km(town.lon, town.lat, *Grid(nside=own).lonlat([where]))
            sd = np.hypot(radius_km, 0.4 * Grid(nside=own).cell_size_km)
            bells = weight * np.exp(-0.5 * (away / sd) ** 2) / (2 * np.pi * sd**2)
            expected += share * bells[away < 4 * sd].sum()
            near = min(near, away.min())
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-15)
        lon, lat = healpix.vec2ang(*centre, lonlat=True)
        away = sphere.distance_km(town.lon, town.lat, lon, lat).min()
        assert around == pytest.approx(np.exp(-away / 100) / 7.67e7, rel=0.35)


@pytest.mark.parametrize(("nside", "radius_km"), [(64, 50.0), (512, 1.5), (8, 50.0)])
def test_the_density_of_cities_does_not_depend_on_what_was_asked_first(nside, radius_km):
    every = np.arange(12 * nside**2)
    at_once, found = np.zeros(len(every)), np.zeros(len(every))
    BellTable(nside, radius_km, 0.6).add(every, 0, 1.0, at_once)
    in_pieces = BellTable(nside, radius_km, 0.6)
    order = np.random.default_rng(1).permutation(len(every))
    for some in np.array_split(order, 7):
        part = np.zeros(len(some))
        in_pieces.add(some, 0, 1.0, part)
        found[some] = part
    np.testing.assert_array_equal(found, at_once)
    assert len(in_pieces._values) * in_pieces.size < 3 * len(every)


def test_densities_of_cities_and_of_their_surroundings_sum_to_one():
    grid = Grid(nside=128)
    globe = Cells.of(grid, np.arange(grid.n_cells))
    around = surroundings_density(globe).sum() * grid.cell_area_km2
    inside = city_density(globe, CityLaw((0.25,) * 4), RADII_KM).sum() * grid.cell_area_km2
    assert around == pytest.approx(1, abs=0.01)
    assert inside == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("nside", [1, 4, 32, 128])
def test_the_nearest_city_of_cells_is_that_of_each_cell_to_the_bit(nside):
    """Also far from land, where a cell's nearest city is beyond its tile, and for a few cells."""
    every = np.arange(12 * nside**2)
    some = np.sort(np.random.default_rng(nside).choice(every, min(len(every), 2000), replace=False))
    alone = _surroundings(centres_of(nside, some), towns().by_height)
    np.testing.assert_array_equal(_surroundings_of_cells(nside, some), alone)


@pytest.mark.parametrize("reach", [0.0, 0.01, 0.2, 1.5, np.pi])
def test_no_city_within_reach_is_missed(reach):
    lon, lat = (
        np.array([2.35, -140.0, 179.99, 20.0, 0.0]),
        np.array([48.86, -40.0, -17.0, 90.0, 0.0]),
    )
    points = np.vstack([sphere.unit_vectors(lon, lat), towns().points[::5000]])
    for some in (points, points[:1], points[1:2]):
        found = towns().about(some, reach)
        assert (np.diff(found) > 0).all()
        within = np.flatnonzero((towns().points @ some.T >= np.cos(reach)).any(axis=1))
        assert np.isin(within, found).all()
    assert len(towns().about(points[:1], 0.01)) < len(towns().points) / 10


def test_hardly_anybody_is_at_sea():
    # Paris, Denver, Stanley, a shore, Nuuk, a town on an atoll; then the middle of seas.
    land = [
        (2.35, 48.86),
        (-105.0, 39.74),
        (-57.85, -51.7),
        (4.3, 52.1),
        (-51.7, 64.2),
        (73.51, 4.18),
    ]
    sea = [(3.5, 55.5), (-30.0, 30.0), (-140.0, 0.0), (0.0, 89.9), (-179.9, -50.0)]
    for nside in (256, 512, 2048):
        grid = Grid(nside=nside)
        for places, low, high in ((land, 0.25, 1.0), (sea, 0.02, 0.02)):
            at = [nested_cell(grid, lon, lat) for lon, lat in places]
            found = land_factor(Cells.of(grid, np.unique(at)), 0.02)
            assert ((found >= low - 1e-6) & (found <= high + 1e-6)).all()
    globe = [
        land_factor(Cells.of(Grid(nside=n), np.arange(12 * n * n)), 0.02).mean() for n in (32, 256)
    ]
    assert globe[0] == pytest.approx(globe[1], abs=1e-5)
    assert 0.33 < globe[0] < 0.37


def test_the_land_that_comes_with_rttgeo_is_the_land_that_is_worked_out():
    grid = Grid(nside=LAND_NSIDE)
    share = land_factor(Cells.of(grid, np.arange(grid.n_cells)), 0.0)
    ring = healpix.nest2ring(LAND_NSIDE, np.flatnonzero(share))
    np.testing.assert_array_equal(np.sort(ring), land(grid, 0.0).cells())


@pytest.mark.parametrize("number", range(len(RADII_KM)))
def test_the_law_of_cities_is_learnt_from_where_nodes_are(number):
    rng, town = np.random.default_rng(5), towns()
    share = town.population**0.9 / (town.population**0.9).sum()
    some = rng.choice(len(share), 300, p=share)
    north, east = rng.normal(scale=RADII_KM[number], size=(2, 300))
    lon, lat = sphere.destination(
        town.lon[some], town.lat[some], np.degrees(np.arctan2(east, north)), np.hypot(north, east)
    )
    law = learn_cities(vectors(lon, lat), 1.0, SETTINGS)
    assert int(np.argmax(law.near)) == number
    assert law.near[number] > 0.6
    assert sum(law.near) + law.around + law.nodes == pytest.approx(1)
    assert law.power in SETTINGS.city_powers[1:]
    assert learn_cities(vectors(lon[:5], lat[:5]), 1.0, SETTINGS) == CityLaw()


def test_nodes_that_stand_together_are_learnt_as_such():
    """In pairs 20 km apart, far from any city; those of one place do not count for each other."""
    lon = np.repeat(np.linspace(-150, -85, 20), 2)
    lat = np.where(np.arange(40) % 2, -40.0, -40.18)
    pairs = learn_cities(vectors(lon, lat), 1.0, SETTINGS)
    alone = learn_cities(vectors(lon, lat), 30.0, SETTINGS)
    assert pairs.nodes > 0.8 > 0.2 > alone.nodes


@pytest.mark.parametrize(("lon", "lat"), [(8.0, 50.0), (139.0, 36.0), (179.9, -17.0)])
def test_cells_are_parted_at_likely_cities_and_nowhere_overlap(lon, lat):
    grid = Grid(nside=64)
    coarse = Cells.of(grid, nested_cells(grid, grid.cap(lon, lat, 600.0).cells()))
    circles = LimitCircles(vectors([lon], [lat]), np.array([20.0]), 50.0)
    likely = likely_cities(coarse, np.zeros(len(coarse.nested)), 0.7, SETTINGS.max_towns)
    mixed = parted_at_cities(coarse, likely, circles, SETTINGS)
    assert mixed.size.sum() == len(coarse.nested) * (FINEST.nside // 64) ** 2
    assert (mixed.start[1:] >= mixed.start[:-1] + mixed.size[:-1]).all()
    np.testing.assert_array_equal(
        mixed.start // (FINEST.nside // 64) ** 2, coarse.nested[mixed.parent]
    )
    row = np.searchsorted(mixed.start, towns().nested[likely], side="right") - 1
    assert (mixed.size[row] == 1).all()
    joined = np.concatenate([block.centres for block in mixed.blocks])[mixed.order]
    np.testing.assert_array_equal(joined, mixed.centres)
    whole = parted_at_cities(coarse, likely[:0], circles, SETTINGS)
    np.testing.assert_array_equal(whole.start, coarse.nested * (FINEST.nside // 64) ** 2)


def test_the_likeliest_cities_are_those_of_most_people_where_delays_say_nothing():
    grid = Grid(nside=32)
    everywhere = Cells.of(grid, np.arange(grid.n_cells))
    found = likely_cities(everywhere, np.zeros(grid.n_cells), 1.0, 2000)
    assert len(found) == 2000
    assert towns().population[found].min() >= np.sort(towns().population)[-2000]
    # Where they speak against all but one cell, only what is there.
    here = int(everywhere.nested[5000])
    one = Cells.of(grid, np.array([here]))
    inside = likely_cities(one, np.zeros(1), 1.0, 2000)
    size = (FINEST.nside // 32) ** 2
    assert set(inside) == set(np.flatnonzero(towns().nested // size == here))


def test_a_trial_is_what_the_posterior_says():
    rng, grid = np.random.default_rng(2), Grid(nside=64)
    centre = vectors([8.0], [50.0])
    blocks = Cells.of(grid, nested_cells(grid, grid.cap(8.0, 50.0, 1500.0).cells()))
    cells = MixedCells.of([blocks])
    away = between(cells.centres, centre)
    delays = -((away / 250.0) ** 2) + rng.normal(scale=0.5, size=len(away))
    logs = delays, -away / 900.0, -away / 2000.0
    evidence = Evidence(SETTINGS, cells, CIRCLES, np.arange(1), *logs, 8.0, 50.0, 3.0, 20)
    row = len(away) // 3
    (lon,), (lat,) = sphere.directions(cells.centres[[row]])
    alone = Mixture([evidence], np.ones(1))
    trial = try_target(alone, float(lon), float(lat))
    for number, tempering in enumerate(SETTINGS.temperings()):
        plain = alone.posterior(tempering, Levels())
        here = plain.held[int(plain.row_of(lon, lat))] / grid.cell_area_km2
        assert trial.log_density[number] == pytest.approx(np.log(here), abs=0.05)
        level = float(plain.level_of(lon, lat))
        assert trial.depth[number] == pytest.approx(-np.log1p(-level), rel=0.05, abs=0.02)
        at = np.searchsorted(DEPTHS, 2.0)
        area = plain.area_km2(-np.expm1(-DEPTHS[at]))
        assert trial.area_km2[number, at] == pytest.approx(area, rel=0.05)
    assert np.isinf(try_target(alone, -100.0, 0.0).log_density).all()


def trials(density, depth, area, n=40):
    count = len(SETTINGS.temperings())
    rng = np.random.default_rng(1)
    return [
        Trial(np.full(count, density) + noise, np.full(count, depth) * (1 + k / n),
              np.outer(area, 1 + DEPTHS), 5.0)
        for k, noise in enumerate(rng.normal(scale=0.01, size=n))
    ]  # fmt: skip


def test_of_nearly_equal_temperings_the_one_with_the_smallest_regions_is_chosen():
    count = len(SETTINGS.temperings())
    density, area = np.full(count, -12.0), np.full(count, 100.0)
    density[3], density[7], density[9] = -11.0, -11.05, -11.5
    area[7], area[9] = 50.0, 1.0
    chosen = choose(trials(density, 1.0, area), SETTINGS)
    assert chosen.tempering == SETTINGS.temperings()[7]
    assert chosen.n_trials == 40
    assert choose(trials(density, 1.0, area, n=5), SETTINGS).n_trials == 0


def test_one_target_and_many_give_a_place_inside_the_posterior():
    mesh = full_mesh()
    one = rttgeo.locate(mesh, "vienna")
    assert one.method == "calibrated"
    assert one.error_km(16.37, 48.21) < 600
    areas = [one.credible_region(level).area_km2 for level in (0.5, 0.9, 0.99)]
    assert areas == sorted(areas)


def test_too_few_known_targets_are_said():
    mesh = full_mesh(["paris", "london", "madrid", "rome"])
    estimate = rttgeo.locate(mesh, "paris")
    assert "generic" in estimate.notes[0].text
    assert np.isfinite(estimate.lon)


def test_contributions_name_the_bounding_landmarks_as_by_leaving_one_out():
    mesh = full_mesh()
    table = contributions(mesh, "prague")
    pairs = mesh.of_target("prague")
    grid = Grid(resolution_km=13.0)
    radius = pairs.rtt_ms * 299.792458 / (2 * 1.4677)
    for row in (0, 9, 20):
        keep = np.arange(len(radius)) != row
        left = grid.intersection(pairs.lon[keep], pairs.lat[keep], radius[keep]).area_km2
        name = mesh.landmarks.index[pairs.landmark[row]]
        found = table.set_index("landmark").loc[name, "area_without_km2"]
        assert found == pytest.approx(left, rel=0.04)
    assert table["rtt_ms"].is_monotonic_increasing
    assert (table["factor"] >= 1).all()


def test_the_next_landmark_helps_most_near_the_target():
    mesh = full_mesh()
    estimate = rttgeo.locate(mesh, "vienna")
    asked = where_next(estimate, mesh.of_target("vienna"), [16.0, -120.0], [48.0, -40.0])
    assert asked.best() == (16.0, 48.0)
    assert ((asked.shrinkage > 0) & (asked.shrinkage <= 1)).all()
    with pytest.raises(BadInputError):
        rttgeo.locate(full_mesh(), "vienna").credible_region(1.5)


@pytest.mark.parametrize(
    ("far_ms", "said", "broken"),
    [(200.0, "3 quickest landmarks", 0), (2.0, "2 quickest landmarks", 1)],
)
def test_the_stated_bound_is_the_one_that_holds(tmp_path, far_ms, said, broken):
    """All circles bound the region; where they have no point in common, the words say so."""
    header = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
    rows = "ams,52.37,4.9,x,,,9.8\nfra,50.11,8.68,x,,,4.1\n"
    path = tmp_path / "pairs.csv"
    path.write_text(f"{header}{rows}tokyo,35.7,139.7,x,,,{far_ms}\n")
    mesh = rttgeo.read_mesh(path)
    estimate = rttgeo.locate(mesh, target="x", method="calibrated")
    assert said in estimate.bound.text
    posterior, pairs = estimate.posterior, mesh.of_target("x")
    lon, lat, _ = posterior.pieces()
    nside = posterior.grid.nside // np.sqrt(posterior.size).astype(int)
    radius = {int(n): Grid(nside=int(n)).cell_radius_km for n in np.unique(nside)}
    cell_km = np.array([radius[int(n)] for n in nside])
    reach = KM_PER_MS_RTT["fibre"] * pairs.rtt_ms + 50.0 + cell_km[:, None]
    away = sphere.distance_km(lon[:, None], lat[:, None], pairs.lon, pairs.lat)
    assert (away > reach).sum(axis=1).max() == broken
