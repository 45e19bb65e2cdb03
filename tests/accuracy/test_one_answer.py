"""One target of one mesh has one answer, whoever else is asked about, by every method."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from accuracy_meshes import full_mesh, moved
from hypothesis import given, settings
from hypothesis import strategies as st

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.cli.main import main
from rttgeo.cli.output import to_json
from rttgeo.delay.statements import NoteKind
from rttgeo.estimators import METHODS
from rttgeo.estimators.calibrated.folds import NO_FOLD, fold_of, mask_of
from rttgeo.estimators.calibrated.known import lots
from rttgeo.estimators.calibrated.memory import learnt_mesh
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.training import nodes_at
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.writing import write_mesh
from rttgeo.report.tables import estimate_record

COARSE = Grid(resolution_km=210.0)
UNKNOWN = ["nowhere", "elsewhere"]


@functools.cache
def mesh_with_unknown() -> Mesh:
    """The full mesh, a liar, and two targets of unknown place, in the middle of the table."""
    mesh = moved(full_mesh(), "dublin", -70.0, -30.0)
    lon, lat = mesh.target_lonlat
    names = list(mesh.targets.index)
    ids = [*names[:3], *UNKNOWN, *names[3:]]
    place = dict(zip(names, zip(lon, lat, strict=True), strict=True))
    at = np.array([place.get(name, (np.nan, np.nan)) for name in ids])
    number = {name: row for row, name in enumerate(ids)}
    pairs = mesh.pairs.copy()
    pairs["target"] = [number[names[row]] for row in pairs["target"]]
    rng = np.random.default_rng(1)
    more = [
        pd.DataFrame({
            "target": number[name],
            "landmark": np.arange(len(mesh.landmarks)),
            "rtt_ms": rng.uniform(15, 40, len(mesh.landmarks)),
        })
        for name in UNKNOWN
    ]  # fmt: skip
    every = pd.concat([pairs, *more])
    built = Mesh.build(mesh.landmarks, nodes(ids, *at.T), every, mesh.provenance)
    # As it comes back from a file, so that the command line has the same mesh.
    with tempfile.TemporaryDirectory() as folder:
        return rttgeo.read_mesh(write_mesh(built, Path(folder) / "pairs.parquet"))


def facts(estimate):
    region = estimate.credible_region() if estimate.has_region else None
    runs = (region.grid.nside, region.start.tobytes(), region.stop.tobytes()) if region else ()
    place = np.array([estimate.lon, estimate.lat]).tobytes()
    return estimate.target, place, runs, estimate.conflict, estimate.notes, estimate.bound


@functools.cache
def located(method: str):
    found = rttgeo.locate_many(mesh_with_unknown(), method=method, grid=COARSE)
    return {one.target: one for one in found}


@functools.cache
def all_at_once(method: str):
    return {name: facts(one) for name, one in located(method).items()}


@functools.cache
def evaluated():
    methods = list(METHODS)
    found = rttgeo.evaluate(mesh_with_unknown(), methods, resolution_km=210.0)
    return {one.method: one.every().targets.set_index("target") for one in found.meshes[0].methods}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_mesh(mesh_with_unknown(), tmp_path_factory.mktemp("mesh") / "pairs.parquet")


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_any_batch_in_any_order_gives_the_same_bits(method, data):
    mesh, known = mesh_with_unknown(), all_at_once(method)
    some = data.draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=5))
    found = rttgeo.locate_many(mesh, some, method=method, grid=COARSE)
    assert [facts(one) for one in found] == [known[name] for name in some]
    one = rttgeo.locate(mesh, some[0], method=method, grid=COARSE)
    assert facts(one) == known[some[0]]


@pytest.mark.parametrize("method", METHODS)
def test_targets_of_unknown_place_change_nothing_for_the_others(method):
    mesh = mesh_with_unknown()
    keep = ~mesh.targets.index.isin(UNKNOWN)
    row = np.cumsum(keep) - 1
    pairs = mesh.pairs[keep[mesh.pairs["target"]]].copy()
    pairs["target"] = row[pairs["target"]]
    fewer = Mesh.build(mesh.landmarks, mesh.targets[keep], pairs, mesh.provenance)
    found = rttgeo.locate_many(fewer, method=method, grid=COARSE)
    known = all_at_once(method)
    assert [facts(one) for one in found] == [known[one.target] for one in found]


@pytest.mark.parametrize("method", METHODS)
def test_evaluate_scores_the_answers_that_people_get(method):
    scored = evaluated()[method]
    assert len(scored) == len(mesh_with_unknown().targets) - len(UNKNOWN)
    for name, row in scored.iterrows():
        one = located(method)[name]
        assert (one.lon, one.lat) == (row["lon"], row["lat"])
        area_km2 = one.area_km2 if one.has_region else np.nan
        assert area_km2 == row["area_95"] or (np.isnan(area_km2) and np.isnan(row["area_95"]))


@pytest.mark.parametrize("method", METHODS)
def test_the_command_line_gives_the_answers_of_the_library(method, table, tmp_path):
    asked = ["vienna", "nowhere", "dublin"]
    chosen = [word for name in asked for word in ("--target", name)]
    out = tmp_path / "out.json"
    options = ["--method", method, "--resolution-km", "210", "--output", str(out)]
    assert main(["locate", str(table), *chosen, *options]) in (0, 1)
    mesh = rttgeo.read_mesh(table)
    assert mesh.digest == mesh_with_unknown().digest
    records = [estimate_record(mesh, located(method)[name]) for name in asked]
    found = json.loads(out.read_text(encoding="utf-8"))["estimates"]
    assert found == json.loads(to_json(records))


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_was_kept_gives_unknown_targets_the_answers_of_locate(method, tmp_path):
    mesh, names = mesh_with_unknown(), mesh_with_unknown().landmarks.index
    model = rttgeo.fit(mesh, method=method, grid=COARSE)
    kept = rttgeo.load_model(model.save(tmp_path / "model"))
    known = [all_at_once(method)[name] for name in UNKNOWN]
    assert [facts(one) for one in kept.locate_many(mesh, UNKNOWN)] == known
    heard = [mesh.of_target(name) for name in UNKNOWN]
    rtts = [dict(zip(names[one.landmark], one.rtt_ms, strict=True)) for one in heard]
    typed = [model.locate(one, name) for one, name in zip(rtts, UNKNOWN, strict=True)]
    assert [facts(one) for one in typed] == known


def test_the_audit_can_be_left_out_of_the_default_method_too():
    mesh = mesh_with_unknown()
    asked = [name for name in mesh.targets.index[:12] if name not in ("dublin", *UNKNOWN)]
    audited, not_audited = (
        [facts(one) for one in rttgeo.locate_many(mesh, asked, audit=audit)]
        for audit in (True, False)
    )
    assert audited != not_audited


@pytest.mark.parametrize("asked", [{"resolution_km": 210.0}, {"grid": COARSE}])
def test_a_size_of_cells_that_is_not_used_is_noted(asked):
    mesh = mesh_with_unknown()
    plain, other = rttgeo.locate(mesh, "vienna"), rttgeo.locate(mesh, "vienna", **asked)
    assert other.notes[:-1] == plain.notes
    assert "uses its own cells" in str(other.notes[-1])
    assert not rttgeo.locate(mesh, "vienna", method="exclusion", **asked).notes


@pytest.mark.parametrize("method", METHODS)
def test_a_size_of_cells_is_kept_or_noted_by_every_method(method):
    found = rttgeo.locate(mesh_with_unknown(), "vienna", method=method, resolution_km=210.0)
    noted = any(note.kind is NoteKind.CELLS for note in found.notes)
    assert noted or not found.has_region or found.region.grid.nside == COARSE.nside


def test_folds_are_by_chance_and_hide_who_stands_at_the_place_of_a_member():
    mesh = mesh_with_unknown()
    fold = fold_of(mesh, 5)
    assert set(fold[mesh.targets.index.isin(UNKNOWN)]) == {NO_FOLD}
    draws = np.array([lots(mesh, np.flatnonzero(fold != NO_FOLD), draw) for draw in range(6)])
    assert ((draws >= 0) & (draws < 1)).all()
    assert np.abs(np.corrcoef(draws) - np.eye(6)).max() < 0.6
    for number in range(5):
        members = np.flatnonzero(fold == number)
        mask = mask_of(mesh, members, 100.0)
        slow = [nodes_at(mesh, int(member), 100.0) for member in members]
        assert (mask.landmark == np.any([one[0] for one in slow], axis=0)).all()
        assert (mask.target == np.any([one[1] for one in slow], axis=0)).all()


def test_a_mesh_of_the_same_content_is_learnt_from_once():
    mesh, same = full_mesh(), full_mesh()
    assert mesh.digest == same.digest == same.renamed("other").digest
    assert learnt_mesh(mesh, Settings()) is learnt_mesh(same, Settings())
    assert learnt_mesh(mesh, Settings()) is not learnt_mesh(mesh, Settings(folds=4))
    pairs = mesh.pairs.copy()
    pairs.loc[3, "rtt_ms"] += 1e-9
    other = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    assert other.digest != mesh.digest
    assert mesh.where(np.arange(len(mesh)) > 0).digest != mesh.digest
