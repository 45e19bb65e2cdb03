"""Planted mislocations and garbled round-trip times are found, and nobody else is blamed.

The same at full size, over hundreds of meshes: ``python -m benchmarks.audit``.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.audit import apart, cases, score, summary
from rttgeo import sphere
from rttgeo.auditing import audit, smallest_cover
from rttgeo.auditing.misfit import misfits
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.auditing.violations import violations
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.evaluation.protocol import contradicted
from rttgeo.simulate import simulate_full_mesh
from rttgeo.simulate.misdeclare import KINDS, garbled, misdeclare


@pytest.fixture(scope="module")
def mesh():
    return simulate_full_mesh(60, seed=3).mesh


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_is_made_as_named(mesh, kind):
    planted = misdeclare(mesh, kind, 2, distance_km=700.0, seed=1)
    truth = planted.planted.misplaced
    assert len(truth) == 2
    for name, (lon, lat) in truth.items():
        row = planted.mesh.landmarks.index.get_loc(name)
        new_lon, new_lat = (float(axis[row]) for axis in planted.mesh.landmark_lonlat)
        np.testing.assert_array_equal(
            [axis[row] for axis in planted.mesh.target_lonlat], [new_lon, new_lat]
        )
        moved = float(sphere.distance_km(lon, lat, new_lon, new_lat))
        expected = {
            "moved": moved == pytest.approx(700.0, abs=0.1),
            "swapped": (new_lon, new_lat) in [v for k, v in truth.items() if k != name],
            "longitude sign": (new_lon, new_lat) == (-lon, lat),
            "latitude for longitude": (new_lon, new_lat) == (lat, lon),
            "zero": (new_lon, new_lat) == (0, 0),
        }
        assert expected[kind]
    others = ~planted.mesh.landmarks.index.isin(truth)
    np.testing.assert_array_equal(
        planted.mesh.landmark_lonlat[0][others], mesh.landmark_lonlat[0][others]
    )


def test_mistakes_that_cannot_be_made_are_refused(mesh):
    with pytest.raises(NotThereError, match="no mistake 'typo'"):
        misdeclare(mesh, "typo")
    with pytest.raises(BadInputError, match="61 nodes were to be"):
        misdeclare(mesh, "zero", 61)


def test_recall_and_precision_over_some_meshes():
    """Where light betrays a node it is found, and hardly anybody else is blamed. Simulated."""
    rows = [score(case) for case in cases(range(11, 12), (60,))]
    (figures,) = (row for _, row in summary(rows, ["nodes"]).iterrows())
    assert figures["meshes"] == 40
    assert figures["recall (light)"] > 0.9
    assert figures["precision (light)"] > 0.9
    assert figures["precision (named)"] > 0.85
    assert figures["truth within"] > 0.9
    clean = [row for row in rows if row["kind"] == "none"]
    assert sum(row["misplaced"] + row["impossible"] for row in clean) == 0


def test_one_among_257s_blames_the_pair_and_seldom_a_node(mesh):
    beaten = told = blamed = 0
    for seed in range(4):
        broken = garbled(mesh, 12, seed=seed)
        beat_light = set(violations(broken)["pair"])
        found = audit(broken)
        assert (found.impossible["rtt_ms"] == 1.0).all()
        beaten += len(beat_light)
        told += len(beat_light & set(found.impossible["pair"]))
        blamed += len(found.misplaced)
    assert beaten >= 40
    # Without the witnesses each of these pairs would blame a node.
    assert told >= 0.8 * beaten
    assert blamed <= 0.15 * beaten


def test_where_impossible_times_are_common_one_more_blames_no_node():
    blamed = impossible = 0
    for seed in range(3):
        plain = apart(simulate_full_mesh(122, seed=seed).mesh)
        found = audit(garbled(plain, len(plain) // 100, seed=seed))
        blamed += len(found.misplaced)
        impossible += len(found.impossible)
    assert impossible > 95
    # By their price in a mesh without any other fault, seven nodes would be.
    assert blamed <= 2


def test_pairs_of_misplaced_nodes_are_not_called_impossible(mesh):
    planted = misdeclare(mesh, "moved", 5, distance_km=8000.0, seed=2)
    found = audit(planted.mesh)
    named = {one.node for one in found.misplaced}
    assert len(named) >= 4
    assert named <= set(planted.planted.misplaced)
    assert not len(found.impossible)


def test_a_node_that_no_bound_betrays_fits_elsewhere():
    """Slow enough for no contradiction; but near in delay is far in place."""
    mesh = simulate_full_mesh(60, seed=3).mesh
    planted = misdeclare(mesh, "swapped", 2, seed=9)
    slow = planted.mesh.pairs.copy()
    slow["rtt_ms"] = 2.5 * slow["rtt_ms"] + 60.0
    late = type(mesh).build(
        planted.mesh.landmarks, planted.mesh.targets, slow, planted.mesh.provenance
    )
    found = audit(late)
    assert found.n_violations == 0
    told = {one.node: one for one in found.suspicious if one.reason == "fits elsewhere"}
    assert set(told) == set(planted.planted.misplaced)
    for name, one in told.items():
        assert one.times_better > 1.5
        assert sphere.distance_km(one.likely_lon, one.likely_lat,
                                  *planted.planted.misplaced[name]) < 3000  # fmt: skip


def test_misfit_of_few_partners_says_nothing():
    mesh = apart(simulate_full_mesh(12, seed=1).mesh)
    nodes = Nodes.of(mesh)
    misfit = misfits(nodes, Partners.of(mesh, nodes))
    assert not misfit.odd.any()
    assert (misfit.times_better == 1).all()


def test_partners_are_the_least_of_both_directions(mesh):
    nodes = Nodes.of(mesh)
    partners = Partners.of(mesh, nodes)
    pairs = mesh.pairs
    for node in (0, 17):
        mine = slice(partners.start[node], partners.start[node + 1])
        other, rtt = partners.other[mine], partners.rtt_ms[mine]
        assert (np.diff(rtt) >= 0).all()
        assert len(set(other)) == len(other)
        for one, least in zip(other[:5], rtt[:5], strict=True):
            there = (pairs["landmark"] == node) & (pairs["target"] == one)
            back = (pairs["landmark"] == one) & (pairs["target"] == node)
            assert least == pairs["rtt_ms"][there | back].min()


def test_a_bound_is_stated_where_the_cover_is_not_exact(monkeypatch):
    import rttgeo.auditing.cover as covers

    edges = np.random.default_rng(0).integers(0, 60, size=(400, 2))
    first, second = edges[edges[:, 0] != edges[:, 1]].T
    whole = smallest_cover(first, second)
    assert whole.exact
    assert whole.at_least == len(whole.nodes)
    monkeypatch.setattr(covers, "MOST_STEPS", 0)
    cut = smallest_cover(first, second)
    assert not cut.exact
    assert cut.at_least <= len(whole.nodes) <= len(cut.nodes)
    assert all(a in cut.nodes or b in cut.nodes for a, b in zip(first, second, strict=True))


def test_targets_that_light_contradicts_are_not_scored(mesh):
    planted = misdeclare(mesh, "swapped", 2, seed=9)
    wrong = contradicted(planted.mesh)
    assert set(planted.mesh.targets.index[wrong]) == set(planted.planted.misplaced)
    assert not contradicted(mesh).any()
