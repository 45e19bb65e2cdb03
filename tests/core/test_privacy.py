"""What round-trip times give away: draws, luck and databases against what is known or counted."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rttgeo import sphere
from rttgeo.catalogue.datasets import open_dataset
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, Provenance, TargetPairs, nodes
from rttgeo.papers import privacy, privacy_size
from rttgeo.papers.gain import confined_area_km2
from rttgeo.sphere import cap_area_km2, radius_of_area_km

FIBRE = KM_PER_MS_RTT["fibre"]


def mesh_of(landmark_lonlat, target_lonlat, rtt_ms) -> Mesh:
    """A full mesh; ``rtt_ms`` has a row a target."""
    landmarks = nodes([f"l{i}" for i in range(len(landmark_lonlat))], *np.array(landmark_lonlat).T)
    targets = nodes([f"t{i}" for i in range(len(target_lonlat))], *np.array(target_lonlat).T)
    rows = [
        (t, i, float(value))
        for t, row in enumerate(rtt_ms)
        for i, value in enumerate(row)
        if np.isfinite(value)
    ]
    pairs = pd.DataFrame(rows, columns=["target", "landmark", "rtt_ms"])
    return Mesh.build(landmarks, targets, pairs, Provenance("made-up", "simulated"))


def random_mesh(seed: int, landmarks: int = 12, targets: int = 6) -> Mesh:
    random = np.random.default_rng(seed)
    places = [(random.uniform(-20, 40), random.uniform(35, 65)) for _ in range(landmarks + targets)]
    near, far = places[:landmarks], places[landmarks:]
    distance = sphere.distance_km(*np.array(far).T[:, :, None], *np.array(near).T[:, None, :])
    stretch = random.uniform(1.2, 3, distance.shape)
    return mesh_of(near, far, (distance * stretch + random.uniform(20, 300)) / FIBRE)


def test_all_vantage_points_confine_what_the_smallest_circle_does():
    mesh = random_mesh(1)
    found = privacy.confinement(mesh, draws=20)
    smallest = FIBRE * mesh.pairs.groupby("target")["rtt_ms"].min()
    for name, size in privacy.SIZES_KM.items():
        share = np.mean(smallest <= size)
        assert found.share[name][-1] == pytest.approx(share)
        assert found.low[name][-1] == pytest.approx(share)
        assert np.all(np.diff(found.share[name]) >= 0), "another vantage point never takes away"


def test_one_draw_of_each_vantage_point_is_the_mean_of_its_pairs():
    mesh = random_mesh(2)
    found = privacy.confinement(mesh, draws=3000)
    of_pairs = np.mean(FIBRE * mesh.pairs["rtt_ms"] <= 500)
    assert found.share["country"][0] == pytest.approx(of_pairs, abs=0.03)


@pytest.mark.parametrize("name", ["azure-2026", "made-up"])
def test_no_region_is_larger_than_the_circle_of_its_lowest_delay(name):
    mesh = random_mesh(3) if name == "made-up" else open_dataset(name)
    sizes = privacy_size.region_sizes(mesh, draws=150)
    for count, radius in sizes.radius_km.items():
        assert np.all(radius <= FIBRE * sizes.lowest_ms[count] * 1.0001 + 1e-6)
        assert np.all(np.diff(sizes.lowest_ms[count]) >= 0)
    assert any(
        np.any(radius < 0.97 * FIBRE * sizes.lowest_ms[count])
        for count, radius in sizes.radius_km.items()
    ), "some circles cut into each other"


def test_circles_around_one_place_add_nothing_so_that_physics_is_what_is_needed():
    random = np.random.default_rng(4)
    rtt = np.sort(random.uniform(1, 12, (8, 40)), axis=1)
    mesh = mesh_of([(5.0, 50.0)] * 40, [(5.0, 50.0 + i / 100) for i in range(8)], rtt)
    sizes = privacy_size.region_sizes(mesh, counts=(3, 10), draws=800)
    for count in (3, 10):
        assert sizes.radius_km[count] == pytest.approx(FIBRE * sizes.lowest_ms[count])
        needed = privacy_size.needed_rtt(sizes, count, 500.0)
        below = sizes.lowest_ms[count][sizes.lowest_ms[count] <= 500 / FIBRE]
        assert needed.value_ms == below.max()
        assert needed.low_ms <= needed.value_ms <= needed.high_ms <= 500 / FIBRE
    assert np.isnan(privacy_size.needed_rtt(sizes, 3, 25.0).value_ms), "no delay is that low"


def test_draws_are_the_same_for_the_same_seed():
    one, two, three = (
        privacy_size.region_sizes(random_mesh(5), counts=(3,), draws=60, seed=seed)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.radius_km[3], two.radius_km[3])
    assert not np.array_equal(one.radius_km[3], three.radius_km[3])


def test_too_few_landmarks_are_said():
    with pytest.raises(BadInputError, match="fewer than 3 landmarks"):
        privacy_size.region_sizes(random_mesh(6, landmarks=2))


def test_conflicting_circles_are_counted_and_left_out():
    mesh = mesh_of([(0, 0), (60, 0), (120, 0)], [(0, 0)], [[1.0, 1.5, 2.0]])
    sizes = privacy_size.region_sizes(mesh, counts=(3,), draws=10)
    assert sizes.conflicting == 10 and len(sizes.radius_km[3]) == 0
    assert np.isnan(privacy_size.needed_rtt(sizes, 3, 500.0).value_ms)


@pytest.mark.parametrize("radius_km", [0.5, 25.0, 2500.0, 15_000.0, np.pi * EARTH_RADIUS_KM])
def test_the_size_of_a_circle_is_its_radius(radius_km):
    assert radius_of_area_km(cap_area_km2(radius_km)) == pytest.approx(radius_km)


def test_the_area_of_two_circles_is_that_of_a_lens():
    # Equal circles of radius r at distance d in the plane: 2r² arccos(d/2r) - d/2 sqrt(4r² - d²).
    radius, apart = 100.0, 120.0
    lon = np.degrees(apart / EARTH_RADIUS_KM)
    pairs = TargetPairs(np.arange(2), np.array([0.0, lon]), np.zeros(2), np.ones(2))
    lens = 2 * radius**2 * np.arccos(apart / 2 / radius) - apart / 2 * np.sqrt(
        4 * radius**2 - apart**2
    )
    assert confined_area_km2(pairs, np.full(2, radius)) == pytest.approx(lens, rel=0.02)


def confined_by(mesh, chosen, size_km):
    rows = mesh.pairs[(FIBRE * mesh.pairs["rtt_ms"] <= size_km)]
    return rows[rows["landmark"].isin(chosen)]["target"].nunique()


@pytest.mark.parametrize("seed", range(5))
def test_chosen_vantage_points_against_brute_force(seed):
    mesh = random_mesh(10 + seed, landmarks=8, targets=7)
    luck = privacy_size.luck(mesh, "continent")
    size = privacy.SIZES_KM["continent"]
    everyone = range(len(mesh.landmarks))
    assert luck.confined == confined_by(mesh, everyone, size)

    def fewest(wanted):
        return next(
            count
            for count in range(1, 9)
            for chosen in itertools.combinations(everyone, count)
            if confined_by(mesh, chosen, size) >= wanted
        )

    # Choosing what adds most is at most 1 + ln(n) times the best (Johnson 1974).
    best = fewest(luck.confined)
    assert best <= luck.chosen_all <= best * (1 + np.log(luck.confined))
    assert fewest(luck.confined / 2) <= luck.chosen <= luck.chosen_all
    assert luck.typical <= luck.sure


def test_nobody_is_lucky_where_no_circle_is_small():
    assert privacy_size.luck(mesh_of([(0, 0)], [(90, 0)], [[200.0]]), "city") is None


def test_for_how_many_a_delay_says_more_than_a_database():
    errors = np.array([1.0, 50, 150, 1500])
    table = privacy.database_worse_than(errors, [0.1, 1, 10, 100])
    assert table["share"].tolist() == [0.75, 0.5, 0.25, 0.0]
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_a_database_that_cannot_be_right_is_contradicted_at_either_end():
    mesh = mesh_of([(0, 0), (5, 0)], [(0, 1)], [[5.0, 10.0]])
    database = pd.DataFrame(
        {"db_lon": [0.0, 40.0, 0.0], "db_lat": [0.0, 0.0, 1.1], "error_km": [0.0, 3900.0, 11.1]},
        index=["l0", "l1", "t0"],
    )
    found = privacy.database_against_circles(mesh, database)
    assert found["contradicted"].to_dict() == {"l0": False, "l1": True, "t0": False}
    assert found.loc["t0", "radius_km"] == pytest.approx(5 * FIBRE)
    database.loc["t0", ["db_lon", "db_lat"]] = 30.0, 0.0
    assert privacy.database_against_circles(mesh, database)["contradicted"]["t0"]
    assert len(privacy.database_against_circles(mesh, database.drop("l1"))) == 2


def test_circle_of_nearly_the_whole_globe_excludes_what_is_at_its_antipode():
    assert list(privacy.excluded_countries(-3.9, 40.3, 18_742.0, least=0.5).index) == [
        "New Zealand"
    ]
    assert not len(privacy.excluded_countries(-3.9, 40.3, 20_100.0))


def test_circle_excludes_the_share_of_a_country_that_lies_outside():
    # The equator's circle of a quarter circumference around 0° E ends at 90° E and 90° W.
    shares = privacy.excluded_countries(0.0, 0.0, EARTH_RADIUS_KM * np.pi / 2)
    assert shares["Japan"] == pytest.approx(1.0)
    assert 0 < shares["Canada"] < 1
    assert "Nigeria" not in shares.index
    assert shares.is_monotonic_decreasing
