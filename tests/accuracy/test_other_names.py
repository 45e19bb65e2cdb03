"""One question has one answer, whatever the nodes are called and however they are ordered."""

from __future__ import annotations

import dataclasses
import functools
import gc
import weakref

import numpy as np
import pytest
from accuracy_meshes import full_mesh, moved
from hypothesis import given, settings
from hypothesis import strategies as st
from renamed_meshes import NOWHERE, hard_mesh, lone_mesh, other_names

import rttgeo
from rttgeo.auditing.in_order import in_order
from rttgeo.cells.grid import Grid
from rttgeo.census.columns import locate_columns
from rttgeo.estimators import METHODS
from rttgeo.estimators.calibrated.folds import fold_of
from rttgeo.evaluation.alone import Drawn, drawn_pairs
from rttgeo.mesh import Mesh
from rttgeo.verification import declared_claims, verify

COARSE = Grid(resolution_km=210.0)
LEVELS = (0.5, 0.95)


def facts(estimate) -> tuple:
    """All numbers of an estimate: place, regions, areas, size."""
    found = [np.array([estimate.lon, estimate.lat]).tobytes(), estimate.n_landmarks]
    for level in LEVELS if estimate.has_region else ():
        region = estimate.credible_region(level)
        runs = region.start.tobytes(), region.stop.tobytes()
        found += [level, region.grid.nside, *runs, region.area_km2]
    found += [note.kind for note in estimate.notes]
    found += [len(estimate.bounding), len(estimate.conflict), str(estimate.bound.kind)]
    return tuple(found)


def answers(mesh: Mesh, method: str) -> dict[str, tuple]:
    found = rttgeo.locate_many(mesh, method=method, grid=COARSE)
    return {one.target: facts(one) for one in found}


@functools.cache
def by_first_names(mesh_of, method: str) -> dict[str, tuple]:
    return answers(mesh_of(), method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mesh_of", [hard_mesh, lone_mesh])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_other_names_give_the_same_bits_by_every_method(mesh_of, method, seed):
    other, called = other_names(mesh_of(), seed)
    found = answers(other, method)
    for name, known in by_first_names(mesh_of, method).items():
        assert found[called[name]] == known, name


@pytest.mark.parametrize("method", METHODS)
def test_a_model_gives_the_same_bits_by_other_names(method):
    mesh = hard_mesh()
    other, called = other_names(mesh, 5)
    first, second = (rttgeo.fit(one, method=method, grid=COARSE) for one in (mesh, other))
    heard = mesh.of_target(NOWHERE)
    rtts = dict(zip(mesh.landmarks.index[heard.landmark], heard.rtt_ms, strict=True))
    renamed = {called[name]: rtt_ms for name, rtt_ms in reversed(rtts.items())}
    assert facts(first.locate(rtts)) == facts(second.locate(renamed))
    assert facts(first.locate(heard)) == facts(first.locate(rtts))


@pytest.mark.parametrize("method", ["exclusion", "cbg", "cbg++", "calibrated"])
def test_columns_have_the_same_bits_by_other_names(method):
    mesh = hard_mesh()
    other, called = other_names(mesh, 6)
    tables = [locate_columns(one, method=method, grid=COARSE).to_pandas() for one in (mesh, other)]
    first, second = (table.set_index("target") for table in tables)
    second = second.loc[[called[name] for name in first.index]]
    for column in ("lon", "lat", "area_km2", "area50_km2", "n_landmarks", "lowest_rtt_ms"):
        assert (first[column].to_numpy() == second[column].to_numpy()).all() or np.array_equal(
            first[column].to_numpy(float), second[column].to_numpy(float), equal_nan=True
        ), column


def test_the_audit_blames_the_same_nodes_by_other_names():
    mesh = hard_mesh()
    other, called = other_names(mesh, 7)
    first, second = rttgeo.audit(mesh), rttgeo.audit(other)
    assert first.misplaced
    for ours, theirs in zip(
        (*first.misplaced, *first.suspicious), (*second.misplaced, *second.suspicious), strict=True
    ):
        assert called[ours.node] == theirs.node
        assert (ours.violations, ours.excess_km) == (theirs.violations, theirs.excess_km)


def test_claims_get_the_same_verdicts_by_other_names():
    mesh = hard_mesh()
    other, called = other_names(mesh, 8)
    found = []
    for one in (mesh, other):
        verdicts = verify(one, declared_claims(one))
        found.append({v.target: (v.verdict, v.p_value, v.excess_km, v.witnesses) for v in verdicts})
    assert {called[name]: said for name, said in found[0].items()} == found[1]


def test_folds_are_even_and_follow_from_no_name_or_declared_place():
    mesh = hard_mesh()
    other, called = other_names(mesh, 9)
    fold = dict(zip(mesh.targets.index, fold_of(mesh, 5), strict=True))
    again = dict(zip(other.targets.index, fold_of(other, 5), strict=True))
    assert {called[name]: number for name, number in fold.items()} == again
    elsewhere = moved(mesh, "vienna", 100.0, 10.0)
    assert (fold_of(elsewhere, 5) == fold_of(mesh, 5)).all()
    sizes = np.bincount([number for number in fold.values() if number >= 0])
    assert sizes.max() - sizes.min() <= 1


def test_landmarks_are_drawn_whatever_the_names():
    mesh = hard_mesh()
    other, called = other_names(mesh, 10)
    for name in ("vienna", "oslo", "lyon"):
        drawn = Drawn(5, 0.0, 3)
        first, second = (
            drawn_pairs(one, one.target_number(node), drawn)
            for one, node in ((mesh, name), (other, called[name]))
        )
        assert (first.rtt_ms == second.rtt_ms).all() and (first.lon == second.lon).all()


@pytest.mark.parametrize("sparse", [False, True])
def test_a_mesh_in_order_holds_the_same_pairs(sparse):
    mesh = hard_mesh()
    if sparse:
        mesh = mesh.where(np.random.default_rng(1).random(len(mesh)) < 0.05)
    placed = in_order(mesh)
    for end, table, row in (
        ("landmark", mesh.landmarks, placed.landmark),
        ("target", mesh.targets, placed.target),
    ):
        assert sorted(row) == list(range(len(table)))
        of_placed = getattr(placed.mesh, f"{end}s").index
        assert (of_placed[row] == table.index).all()

    def triples(one: Mesh) -> set:
        names = (getattr(one, f"{e}s").index[one.pairs[e]] for e in ("landmark", "target"))
        return set(zip(*names, one.pairs["rtt_ms"], strict=True))

    assert triples(placed.mesh) == triples(mesh) and len(placed.mesh) == len(mesh)
    again = Mesh.build(
        placed.mesh.landmarks, placed.mesh.targets, placed.mesh.pairs, mesh.provenance
    )
    assert again.pairs.equals(placed.mesh.pairs)
    assert in_order(placed.mesh).mesh is placed.mesh


def test_rows_of_pairs_in_an_audit_are_those_of_the_mesh_that_was_given():
    mesh = full_mesh()
    rtt_ms = mesh.pairs["rtt_ms"].to_numpy().copy()
    rtt_ms[7::31] = 0.2
    mesh = dataclasses.replace(mesh, pairs=mesh.pairs.assign(rtt_ms=rtt_ms))
    assert in_order(mesh).mesh.pairs["rtt_ms"].tolist() != rtt_ms.tolist()
    found = rttgeo.audit(mesh)
    assert len(found.impossible) > 5
    for table in (found.impossible, found.faster_than_fibre):
        rows = mesh.pairs.iloc[table["pair"].to_numpy()]
        assert rows["rtt_ms"].tolist() == table["rtt_ms"].tolist()
        assert mesh.landmarks.index[rows["landmark"]].tolist() == table["landmark"].tolist()
        assert mesh.targets.index[rows["target"]].tolist() == table["target"].tolist()
    left = found.clean(mesh)
    assert len(left) >= len(mesh) - len(found.impossible) - 40
    assert not len(rttgeo.audit(left).impossible)


def test_a_mesh_in_order_is_freed_as_soon_as_nobody_uses_it():
    """A mesh that held itself stayed until the next search for garbage: gigabytes in a census."""
    plain = hard_mesh()
    mesh = Mesh.build(plain.landmarks, plain.targets, plain.pairs, plain.provenance)
    placed = in_order(mesh).mesh
    assert in_order(placed).mesh is placed
    left = [weakref.ref(mesh), weakref.ref(placed)]
    gc.disable()
    try:
        del mesh, placed
        assert [one() for one in left] == [None, None]
    finally:
        gc.enable()
