"""Where to measure from next: what is proved of the choice, by brute force, and real places."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from accuracy_meshes import full_mesh

import rttgeo
from rttgeo import sphere
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.explanation.candidates import NextCandidates, cities, next_places
from rttgeo.explanation.following import APART_KM, NEAR_ENOUGH_KM, Outlook, area_left


def outlook_and_places(seed, n=40, candidates=9):
    """Random likely places and candidates on one continent, a landmark far off."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-10, 40, n), rng.uniform(35, 60, n)
    weight = rng.dirichlet(np.full(n, 0.3))
    outlook = Outlook.over(sphere.unit_vectors(lon, lat), weight).after([100.0], [0.0])
    where = rng.uniform(-10, 40, candidates), rng.uniform(35, 60, candidates)
    return outlook, (lon, lat, weight), where


def worth(places, where, chosen):
    """F of a set, written down anew from its definition."""
    lon, lat, weight = places
    near = [sphere.distance_km(lon, lat, 100.0, 0.0)]
    before = np.log(NEAR_ENOUGH_KM + near[0])
    near += [sphere.distance_km(lon, lat, where[0][i], where[1][i]) for i in chosen]
    return float(weight @ (before - np.log(NEAR_ENOUGH_KM + np.min(near, axis=0))))


@pytest.mark.parametrize("seed", range(4))
def test_gains_are_those_of_the_definition(seed):
    outlook, places, where = outlook_and_places(seed)
    one_by_one = [worth(places, where, [i]) for i in range(9)]
    assert outlook.gains(*where) == pytest.approx(one_by_one, abs=1e-6)
    rows, total = outlook.choose(*where, 4)
    for count in range(1, 5):
        assert total[count - 1] == pytest.approx(worth(places, where, rows[:count]), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_greedy_reaches_its_guarantee_and_each_choice_is_the_best(seed):
    outlook, places, where = outlook_and_places(seed)
    rows, total = outlook.choose(*where, 3)
    best = max(worth(places, where, some) for some in itertools.combinations(range(9), 3))
    assert (1 - 1 / np.e) * best <= total[-1] <= best + 1e-6
    for at in range(3):
        others = set(range(9)) - set(rows[:at].tolist())
        by_hand = max(worth(places, where, [*rows[:at], one]) for one in others)
        assert total[at] == pytest.approx(by_hand, abs=1e-6), "the lazy way finds the same"


def test_the_worth_of_a_place_falls_with_those_before_it():
    outlook, _, where = outlook_and_places(1)
    more = outlook.after([10.0, 30.0], [50.0, 40.0])
    assert (more.gains(*where) <= outlook.gains(*where) + 1e-12).all()
    assert area_left(0.0) == 1 and area_left(np.log(2)) == pytest.approx(0.25)


def test_no_place_is_named_where_a_landmark_stands():
    mesh = full_mesh()
    estimate = rttgeo.locate(mesh, "vienna")
    measured = mesh.of_target("vienna")
    outlook = Outlook.of(estimate, measured.lon, measured.lat)
    found = next_places(outlook, estimate.area_km2, count=8)
    lon, lat = np.array([one.lon for one in found]), np.array([one.lat for one in found])
    apart = sphere.distance_km(lon[:, None], lat[:, None], measured.lon, measured.lat)
    assert (apart > APART_KM).all()
    mutual = sphere.distance_km(lon[:, None], lat[:, None], lon, lat)
    assert (mutual[~np.eye(len(found), dtype=bool)] > APART_KM).all()
    areas = [one.area_km2 for one in found]
    assert areas == sorted(areas, reverse=True) and areas[0] < estimate.area_km2
    there = NextCandidates(["a", "b"], ["", ""], measured.lon[:2] + 0.01, measured.lat[:2])
    assert not next_places(outlook, estimate.area_km2, there), "both stand at landmarks"


def test_cities_are_real_and_large():
    some = cities()
    table = pd.read_parquet(data_path("cities/cities.parquet")).set_index("name")
    assert len(some) == (table["population"] >= 100_000).sum()
    assert some.names[0] == table["population"].idxmax()
    assert set(some.names) <= set(table.index)


def test_what_cannot_be_chosen_is_said():
    mesh = full_mesh()
    outlook, _, _ = outlook_and_places(0)
    with pytest.raises(BadInputError, match="0 places"):
        next_places(outlook, 1.0, count=0)
    place_only = rttgeo.locate(mesh, "vienna", method="geoping")
    with pytest.raises(NotThereError, match="no posterior"):
        Outlook.of(place_only, [0.0], [0.0])
