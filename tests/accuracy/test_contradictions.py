"""Landmarks that cannot all be right: the default method says so, and is not sure of itself."""

from __future__ import annotations

import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh
from hypothesis import given, settings
from hypothesis import strategies as st

import rttgeo
from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.statements import NoteKind
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.mesh import Mesh, Provenance, TargetPairs, nodes
from rttgeo.report.meaning import meaning

HEADER = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
SETTINGS = Settings()


def pings(tmp_path, rows):
    path = tmp_path / "pairs.csv"
    lines = [f"{name},{lat},{lon},x,,,{rtt_ms}\n" for name, lat, lon, rtt_ms in rows]
    path.write_text(HEADER + "".join(lines))
    return rttgeo.read_mesh(path)


def kinds(estimate):
    return {note.kind for note in estimate.notes}


def test_answers_from_five_continents_give_no_region(tmp_path):
    mesh = pings(tmp_path, [
        ("ams", 52.4, 4.9, 1.2), ("nyc", 40.7, -74.0, 1.9), ("sao", -23.5, -46.6, 2.4),
        ("sin", 1.35, 103.8, 1.1), ("jnb", -26.2, 28.0, 2.9),
    ])  # fmt: skip
    estimate = rttgeo.locate(mesh, "x")
    assert estimate.empty
    assert len(estimate.conflict) == 2
    assert kinds(estimate) == {NoteKind.CONFLICT, NoteKind.ANYCAST}
    assert "rttgeo anycast" in meaning(estimate)
    assert "light in vacuum" in str(estimate.notes[0])
    assert "anycast" in meaning(estimate)


@pytest.mark.parametrize("factor", [0.3, 0.1])
def test_round_trip_times_that_are_too_short_are_said_to_be(tmp_path, factor):
    lon, lat = 8.7, 50.1
    names = ("lisbon", "dublin", "oslo", "kiev", "athens")
    rows = []
    for name in names:
        away = float(sphere.distance_km(*CITIES[name], lon, lat))
        rows.append((name, CITIES[name][1], CITIES[name][0], round(factor * away / 75, 2)))
    estimate = rttgeo.locate(pings(tmp_path, rows), "x")
    assert NoteKind.CONFLICT in kinds(estimate)
    assert len(estimate.conflict) >= 2
    assert "with probability" not in meaning(estimate)


def with_one_misplaced(mesh: Mesh, target: str, place: tuple[float, float]) -> Mesh:
    """The target's quickest landmark declared elsewhere, for this target alone."""
    pairs = mesh.of_target(target)
    quickest = pairs.landmark[np.argmin(pairs.rtt_ms)]
    lon, lat = (axis.copy() for axis in mesh.landmark_lonlat)
    lon[quickest], lat[quickest] = place
    landmarks = nodes([f"L{name}" for name in mesh.landmarks.index], lon, lat)
    return Mesh.build(landmarks, mesh.targets, mesh.pairs, Provenance("moved", "simulated"))


def test_a_misplaced_quickest_landmark_is_left_out_and_named():
    mesh = full_mesh()
    # As somebody has it who knows no other target: nothing but the discs can tell.
    one = with_one_misplaced(mesh, "vienna", (-20.0, 64.0))
    row = mesh.target_number("vienna")
    alone = one.where(one.pairs["target"].to_numpy() == row)
    estimate = rttgeo.locate(alone, "vienna", audit=False)
    assert NoteKind.CONFLICT in kinds(estimate)
    assert estimate.covers(16.37, 48.21)
    quickest = mesh.landmarks.index[int(mesh.of_target("vienna").landmark[
        np.argmin(mesh.of_target("vienna").rtt_ms)
    ])]  # fmt: skip
    assert f"L{quickest}" in estimate.conflict


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_what_agrees_is_what_no_two_discs_of_deny(seed, n):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    rtt = rng.uniform(0.1, 120, n)
    pairs = TargetPairs(np.arange(n, dtype=np.int32), lon, lat, rtt)
    found = agreement(pairs, SETTINGS)
    radius = KM_PER_MS_RTT["fibre"] * rtt + SETTINGS.tolerance_km
    away = sphere.distance_km(lon[:, None], lat[:, None], lon, lat)
    apart = away > radius[:, None] + radius + 1e-6
    assert bool(len(found.group)) == apart.any()
    if len(found.group):
        assert apart[tuple(found.group)]
    kept = np.setdiff1d(np.arange(n), found.left_out)
    assert not apart[np.ix_(kept, kept)].any()
    without_one = [apart.sum() - 2 * apart[k].sum() for k in range(n)]
    assert found.several == (bool(apart.any()) and min(without_one) > 0)
    assert found.one_place == (len(found.left_out) <= n / 3 and not found.several)
    assert len(found.pairs.rtt_ms) == (len(kept) if found.one_place else n)


@pytest.mark.parametrize(("wrong", "several"), [(1, False), (2, False), (3, False), (4, True)])
def test_one_wrong_landmark_in_fifty_is_no_second_place(wrong, several):
    rng = np.random.default_rng(wrong)
    lon, lat = rng.uniform(-10, 30, 150), rng.uniform(40, 60, 150)
    rtt = 2.0 * sphere.distance_km(lon, lat, 10.0, 50.0) / KM_PER_MS_RTT["fibre"] + 1.0
    lon[:wrong] += 150.0
    found = agreement(TargetPairs(np.arange(150, dtype=np.int32), lon, lat, rtt), SETTINGS)
    assert found.several == several
    assert found.one_place == (not several)
    assert several or set(found.left_out) == set(range(wrong))


def test_a_consistent_mesh_raises_no_alarm_and_places_lie_in_their_regions():
    for estimate in rttgeo.locate_many(full_mesh()):
        assert NoteKind.CONFLICT not in kinds(estimate)
        assert not estimate.conflict
        assert estimate.covers(estimate.lon, estimate.lat)
