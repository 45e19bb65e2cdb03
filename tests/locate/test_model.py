"""Models that are fitted once and kept: the same estimates to the bit, and clear errors."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from locate_meshes import full_mesh

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import NoteKind
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators import METHODS, Estimate, Estimator, Model, fit, load_model
from rttgeo.machine.records import RECORD, read_record, write_record
from rttgeo.mesh import Mesh, TargetPairs

GRID = Grid(nside=16)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return full_mesh(1, 24)


@pytest.fixture(scope="module")
def model(mesh: Mesh) -> Model:
    return fit(mesh, method="exclusion", grid=GRID)


def same(one: Estimate, other: Estimate) -> bool:
    """To the bit: every field, every cell, every probability."""
    if one.to_dict() != other.to_dict() or one.region != other.region:
        return False
    if one.posterior is None or other.posterior is None:
        return one.posterior is other.posterior
    pairs = zip(one.posterior.pieces(), other.posterior.pieces(), strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


def vector(mesh: Mesh, target: str) -> dict[str, float]:
    pairs = mesh.of_target(target)
    names = mesh.landmarks.index[pairs.landmark]
    return {str(name): float(rtt) for name, rtt in zip(names, pairs.rtt_ms, strict=True)}


@pytest.mark.parametrize("name", METHODS)
def test_a_kept_model_gives_the_same_bits(mesh: Mesh, name: str, tmp_path: Path) -> None:
    made = fit(mesh, method=name, grid=GRID)
    read = load_model(made.save(tmp_path / "a.model"))
    assert (read.method, read.names) == (name, tuple(mesh.landmarks.index))
    assert read.learnt_from == made.learnt_from
    for target in ("n3", "n17"):
        pairs = vector(mesh, target)
        first, second = made.locate(pairs, target), read.locate(pairs, target)
        assert same(first, second)
        assert first.method == name and first.target == target
    # A model that was read is kept as one that was made: the same bytes.
    assert (tmp_path / "a.model").read_bytes() == read.save(tmp_path / "b.model").read_bytes()


@pytest.mark.parametrize("name", ["exclusion", "cbg", "octant"])
def test_cells_that_follow_are_kept(mesh: Mesh, name: str, tmp_path: Path) -> None:
    """Without a grid of one's own: the one that is finer for near landmarks."""
    made = fit(mesh, method=name)
    read = load_model(made.save(tmp_path / "a.model"))
    first, second = (one.locate({"n1": 0.5, "n2": 90.0}) for one in (made, read))
    assert same(first, second) and first.region.grid.nside > 256
    assert same(made.locate({"n1": 60.0, "n2": 90.0}), read.locate({"n1": 60.0, "n2": 90.0}))


def test_it_says_what_it_learnt_from(mesh: Mesh, model: Model) -> None:
    learnt = model.learnt_from
    assert (learnt.n_pairs, learnt.n_landmarks) == (len(mesh), len(mesh.landmarks))
    assert learnt.provenance == mesh.provenance and learnt.version == rttgeo.__version__
    assert learnt.when.endswith("+00:00")
    again = fit(mesh, method="exclusion", grid=GRID).learnt_from
    assert again.digest == learnt.digest
    pairs = mesh.pairs.assign(rtt_ms=mesh.pairs["rtt_ms"] + 1e-9)
    other = dataclasses.replace(mesh, pairs=pairs)
    assert fit(other, method="exclusion", grid=GRID).learnt_from.digest != learnt.digest
    assert mesh.provenance.label() in repr(model) and "exclusion" in repr(model)


def test_pairs_in_any_form(mesh: Mesh, model: Model) -> None:
    named = vector(mesh, "n4")
    table = pd.DataFrame({"landmark": list(named), "rtt_ms": list(named.values())})
    twice = pd.concat([table.assign(rtt_ms=table["rtt_ms"] + 5), table])[::-1]
    forms = [named, table, twice, mesh.of_target("n4")]
    first, *others = (model.locate(pairs, "n4") for pairs in forms)
    assert all(same(first, other) for other in others)


def test_exclusion_by_a_model_is_that_of_the_mesh(mesh: Mesh, model: Model) -> None:
    """Exclusion learns nothing: then a model and `rttgeo.locate` must agree."""
    for one in model.locate_many(mesh):
        alone = rttgeo.locate(mesh, one.target, method="exclusion", grid=GRID, audit=False)
        assert same(one, alone) and one.provenance == mesh.provenance


def test_landmarks_that_the_model_does_not_know(mesh: Mesh, model: Model) -> None:
    renamed = {name: f"new-{name}" for name in mesh.landmarks.index[:3]}
    other = dataclasses.replace(mesh, landmarks=mesh.landmarks.rename(index=renamed))
    found = model.locate_many(other, ["n9"])[0]
    (note,) = [note for note in found.notes if note.kind is NoteKind.LANDMARKS]
    assert str(note).startswith("3 of 23 landmarks left out")
    left = {n: rtt for n, rtt in vector(mesh, "n9").items() if n not in renamed and n != "n9"}
    assert found.region == model.locate(left, "n9").region
    with pytest.raises(NotThereError, match="no landmark 'n1x' in the model; did you mean 'n1"):
        model.locate({"n1x": 3.0})
    unknown = {name: f"new-{name}" for name in mesh.landmarks.index}
    with pytest.raises(BadInputError, match="knows no landmark"):
        model.locate_many(dataclasses.replace(mesh, landmarks=mesh.landmarks.rename(index=unknown)))


def test_a_landmark_that_moved_is_refused(mesh: Mesh, model: Model) -> None:
    moved = mesh.landmarks.copy()
    moved.geometry = moved.geometry.translate(0.0, 0.5)
    with pytest.raises(BadInputError, match=r"'n\d+' of .* is 56 km from where the model"):
        model.locate_many(dataclasses.replace(mesh, landmarks=moved))


@pytest.mark.parametrize("rtt", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_round_trip_times(mesh: Mesh, model: Model, rtt: float) -> None:
    with pytest.raises(BadInputError, match=r"landmark 'n2': rtt_ms is .*, expected a number"):
        model.locate({"n1": 5.0, "n2": rtt})
    with pytest.raises(BadInputError, match="no round-trip time"):
        model.locate({})
    with pytest.raises(BadInputError, match="expected landmark's id to ms"):
        model.locate([("n1", 5.0)])  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="no column 'rtt_ms'"):
        model.locate(pd.DataFrame({"landmark": ["n1"]}))
    with pytest.raises(BadInputError, match="landmarks 0 to 23 only"):
        one = np.array([99], dtype=np.int32)
        model.locate(TargetPairs(one, one * 0.0, one * 0.0, one * 1.0))


def test_a_misplaced_landmark_is_not_used(mesh: Mesh) -> None:
    lands = mesh.landmarks.copy()
    lon, lat = mesh.landmark_lonlat
    lands.loc["n5", "geometry"] = type(lands.geometry.iloc[0])(-lon[5], -lat[5])
    wrong = dataclasses.replace(mesh, landmarks=lands)
    careful = fit(wrong, method="exclusion", grid=GRID)
    assert [careful.names[i] for i in np.flatnonzero(careful.misplaced)] == ["n5"]
    pairs = vector(mesh, "n9")
    without = {name: rtt for name, rtt in pairs.items() if name != "n5"}
    assert careful.locate(pairs).region == careful.locate(without).region
    assert not fit(wrong, method="exclusion", grid=GRID, audit=False).misplaced.any()


class Own:
    """A user's method, which is not part of rttgeo."""

    name = "own"

    def fit(self, mesh: Mesh, grid: Grid) -> Own:
        return self

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        return Estimate("own", target, float(pairs.lon[0]), float(pairs.lat[0]))


def test_a_method_of_ones_own(mesh: Mesh, tmp_path: Path) -> None:
    own: Estimator = Own()
    made = fit(mesh, method=own, grid=GRID)
    assert made.locate(vector(mesh, "n3"), "n3").method == "own"
    with pytest.raises(BadInputError, match=r"a model of 'own' cannot be saved: .*Own"):
        made.save(tmp_path / "own.model")
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_said_to_be_one(model: Model, tmp_path: Path) -> None:
    path = model.save(tmp_path / "a.model")
    whole = path.read_bytes()
    with pytest.raises(NotThereError, match="no file"):
        load_model(tmp_path / "none.model")
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        with pytest.raises(BadInputError, match=r"a\.model: "):
            load_model(path)
    for flipped in range(40, len(whole), 97):
        path.write_bytes(whole[:flipped] + bytes([whole[flipped] ^ 0x55]) + whole[flipped + 1 :])
        try:
            load_model(path)
        except BadInputError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)


def changed(path: Path, change: object) -> Path:
    """The archive with another record in it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[RECORD] = json.dumps(change).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"os:system": "true"}, "os.system is not an rttgeo class"),
        ({"rttgeo.cells.grid:read_region": {"path": "x"}}, "not a class that can be saved"),
        ({"rttgeo.cells.grid:np.load": {}}, "not an rttgeo class"),
        ({"rttgeo.cells.grid:Lattice": {}}, "this rttgeo has no rttgeo.cells.grid.Lattice"),
        ({"rttgeo.cells.nothing:Grid": {}}, "this rttgeo has no"),
        ({"rttgeo.cells.grid:Grid": {"nside": 3}}, "nside is 3"),
        ({"rttgeo.cells.grid:Grid": {"sides": 3}}, "not what rttgeo writes"),
        ({"array": 9}, "not what rttgeo writes"),
        ({}, "not what rttgeo writes"),
        ({"dict": {"format": "other"}}, "not a model saved by rttgeo"),
        ({"dict": {"format": "rttgeo-model", "version": 99}}, "format 99"),
        ({"dict": {"format": "rttgeo-model", "version": 3, "model": 3}}, "not a complete model"),
        ([1], "not a model saved by rttgeo"),
    ],
)
def test_a_file_that_says_other_things(
    model: Model, tmp_path: Path, record: object, said: str
) -> None:
    path = changed(model.save(tmp_path / "a.model"), record)
    with pytest.raises(BadInputError, match=said):
        load_model(path)


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    value = {
        "floats": (0.1, -0.0, float("inf"), float("-inf"), 5e-324),
        "array": np.array([[1.5, np.nan], [np.inf, -0.0]]),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "mask": np.array([True, False]),
        "names": np.array(["a", "ü"], dtype=object),
        "none": (None, True, 3, "text", [1, (2,)]),
        "kind": NoteKind.CELLS,
        "scalar": np.float64(0.3),
    }
    back = read_record(write_record(tmp_path / "r", value))
    for name in ("array", "columns", "mask"):
        assert back[name].dtype == value[name].dtype
        assert back[name].tobytes() == value[name].tobytes()
        assert back[name].flags.f_contiguous == value[name].flags.f_contiguous
    assert list(back["names"]) == list(value["names"])
    for name in ("floats", "none", "kind", "scalar"):
        assert repr(back[name]) == repr(value[name]).replace("np.float64(0.3)", "0.3")
    with pytest.raises(BadInputError, match="cannot be saved"):
        write_record(tmp_path / "s", {"what": object()})
    with pytest.raises(BadInputError, match="holds more than text"):
        write_record(tmp_path / "s", {"what": np.array([object()])})
