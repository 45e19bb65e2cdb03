"""What is learnt for a target never comes from it, nor from what stands at its place."""

from __future__ import annotations

import numpy as np
import pytest
from locate_meshes import full_mesh, mesh_of

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators.training import nodes_at, training_mesh, usable_counts, usable_pairs
from rttgeo.mesh import Mesh

NAN = float("nan")


@pytest.fixture
def mesh() -> Mesh:
    """t1 is l1; l2 stands 300 m from t1, t2 50 km away; t3 has no place and is l3."""
    landmarks = {"t1": (10.0, 50.0), "l2": (10.004, 50.0), "t3": (0.0, 0.0), "l4": (40.0, 10.0)}
    targets = {"t1": (10.0, 50.0), "t2": (10.7, 50.0), "t3": (NAN, NAN)}
    return mesh_of(landmarks, targets, {(t, m): 20.0 for t in targets for m in landmarks})


def kept(mesh: Mesh) -> set[tuple[str, str]]:
    pairs = mesh.pairs
    return {
        (mesh.targets.index[t], mesh.landmarks.index[m])
        for t, m in zip(pairs["target"], pairs["landmark"], strict=True)
    }


def test_target_and_its_neighbours_are_left_out(mesh: Mesh) -> None:
    assert kept(training_mesh(mesh, "t1")) == {
        ("t2", "t3"), ("t2", "l4"), ("t3", "t3"), ("t3", "l4"),
    }  # fmt: skip


def test_radius_can_be_set(mesh: Mesh) -> None:
    assert kept(training_mesh(mesh, "t1", 0.1)) == {
        (t, m) for t in ("t2", "t3") for m in ("l2", "t3", "l4")
    }
    assert kept(training_mesh(mesh, "t1", 100)) == {("t3", "t3"), ("t3", "l4")}


def test_without_a_place_only_its_own_id_is_left_out(mesh: Mesh) -> None:
    assert kept(training_mesh(mesh, "t3")) == {
        (t, m) for t in ("t1", "t2") for m in ("t1", "l2", "l4")
    }


def test_row_numbers_keep_their_meaning(mesh: Mesh) -> None:
    left = training_mesh(mesh, "t1")
    assert list(left.landmarks.index) == list(mesh.landmarks.index)
    assert list(left.targets.index) == list(mesh.targets.index)


def test_usable_pairs_leave_out_itself_only_and_go_from_west_to_east(mesh: Mesh) -> None:
    assert usable_pairs(mesh, "t1").landmark.tolist() == [2, 1, 3]
    assert usable_pairs(mesh, "t1", exclude_km=1).landmark.tolist() == [2, 3]
    assert usable_pairs(mesh, "t2", exclude_km=60).landmark.tolist() == [2, 3]
    assert usable_pairs(mesh, "t3").landmark.tolist() == [0, 1, 3]


def test_exclusion_needs_a_place(mesh: Mesh) -> None:
    with pytest.raises(BadInputError, match="'t3' has no known place"):
        usable_pairs(mesh, "t3", exclude_km=1)


@pytest.mark.parametrize("distance", [-1.0, NAN])
def test_distance_must_be_one(mesh: Mesh, distance: float) -> None:
    with pytest.raises(BadInputError, match="expected 0 or more"):
        nodes_at(mesh, "t1", distance)


def test_unknown_target(mesh: Mesh) -> None:
    with pytest.raises(NotThereError, match="no target 'x'"):
        training_mesh(mesh, "x")


@pytest.mark.parametrize("exclude_km", [None, 0.0, 1.0, 60.0])
def test_counts_are_those_of_the_pairs(mesh: Mesh, exclude_km: float | None) -> None:
    counts = usable_counts(mesh, exclude_km)
    for target, count in zip(mesh.targets.index, counts, strict=True):
        if exclude_km is not None and target == "t3":
            assert count == 0
        else:
            assert count == len(usable_pairs(mesh, target, exclude_km).rtt_ms)


@pytest.mark.parametrize("seed", range(5))
def test_no_pair_of_the_target_survives_on_a_full_mesh(seed: int) -> None:
    mesh = full_mesh(seed, 12)
    for target in range(12):
        left = training_mesh(mesh, target)
        assert not (left.pairs["target"] == target).any()
        assert not (left.pairs["landmark"] == target).any()
        assert len(left) == 11 * 11
        assert np.isin([target], usable_pairs(mesh, target).landmark).sum() == 0
