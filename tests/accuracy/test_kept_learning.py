"""What was learnt by an earlier process is what would be learnt anew, to the bit, or is not used."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh, moved

import rttgeo
from rttgeo.estimators.calibrated import memory, on_disk
from rttgeo.estimators.calibrated.conformal import Calibration
from rttgeo.estimators.calibrated.folds import NO_FOLD
from rttgeo.estimators.calibrated.memory import LearntMesh, LeftOut, Reach
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.machine import kept
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.writing import write_mesh

SETTINGS = Settings()
SOME = list(CITIES)[:22]
NEAR = Reach(1.0, 1.0)
FAR = Reach(1.0, 300.0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.CACHE_ENV, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of trials, one entry each time that something is learnt."""
    told: list[int] = []
    before = LeftOut.calibrate

    def calibrate(self: LeftOut, rows: np.ndarray) -> Calibration:
        told.append(len(rows))
        return before(self, rows)

    monkeypatch.setattr(LeftOut, "calibrate", calibrate)
    return told


def calibration(mesh: Mesh, fold: int = 0, reach: Reach = NEAR, settings: Settings = SETTINGS):
    """As a process of its own would have it: nothing is in memory."""
    return LearntMesh(mesh, settings).without(fold, reach).calibration


def hidden(mesh: Mesh, names: list[str]) -> Mesh:
    """The same measurements, of some targets without place and under other names."""
    some = mesh.targets.index.isin(names)
    lon, lat = (np.where(some, np.nan, axis) for axis in mesh.target_lonlat)
    ids = [f"{one}?" if gone else one for one, gone in zip(mesh.targets.index, some, strict=True)]
    return dataclasses.replace(mesh, targets=nodes(ids, lon, lat))


def files(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.exists() else []


def test_the_second_process_reads_the_same_numbers(place, learnt) -> None:
    mesh = full_mesh(SOME)
    for fold, reach in ((NO_FOLD, NEAR), (0, NEAR), (0, FAR), (1, NEAR)):
        first, seen = calibration(mesh, fold, reach), len(learnt)
        assert first.n_trials
        assert calibration(mesh, fold, reach) == first
        assert len(learnt) == seen
    assert len(files(place)) == 4


def test_the_same_answers_with_and_without_what_was_kept(place, learnt, monkeypatch) -> None:
    mesh, found = full_mesh(SOME), []
    for kept_in in ("off", str(place), str(place)):
        monkeypatch.setenv(kept.CACHE_ENV, kept_in)
        memory._kept.clear()
        some = rttgeo.locate_many(mesh, ["oslo", "rome", "riga"])
        model = rttgeo.fit(mesh)
        some = [*some, model.locate(mesh.of_target("prague"))]
        found.append([
            (one.lon, one.lat, one.notes, one.region.start.tobytes(), one.region.stop.tobytes())
            for one in some
        ])  # fmt: skip
    memory._kept.clear()
    assert found[0] == found[1] == found[2]
    assert len(learnt) == 2 * len(files(place))


def other(mesh: Mesh, change: str) -> Mesh:
    if change == "place":
        return moved(mesh, "oslo", 10.76, 59.91)
    if change == "pairs":
        return dataclasses.replace(mesh, pairs=mesh.pairs.iloc[:-1].copy())
    changed = mesh.pairs.copy()
    changed.loc[3, "rtt_ms"] = np.nextafter(changed.loc[3, "rtt_ms"], np.inf)
    return dataclasses.replace(mesh, pairs=changed)


@pytest.mark.parametrize("change", ["place", "pairs", "last digit of an RTT"])
def test_another_mesh_is_learnt_anew(place, learnt, change: str) -> None:
    mesh = full_mesh(SOME)
    calibration(mesh)
    seen = len(learnt)
    calibration(other(mesh, change))
    assert len(learnt) == seen + 1
    assert len(files(place)) == 2


def test_targets_of_unknown_place_do_not_matter(place, learnt) -> None:
    """So the shards of a census share what is learnt; and it is what each would learn alone."""
    mesh = moved(full_mesh(SOME), "dublin", -70.0, -30.0)
    alone = calibration(mesh)
    more = hidden(mesh, ["oslo", "rome"])
    gone = mesh.targets.index.isin(["oslo", "rome"])
    pairs = mesh.pairs[~gone[mesh.pairs["target"]]].copy()
    pairs["target"] = (np.cumsum(~gone) - 1)[pairs["target"]]
    fewer = Mesh.build(mesh.landmarks, mesh.targets[~gone], pairs, mesh.provenance)
    assert (
        on_disk.taught_digest(more) == on_disk.taught_digest(fewer) != on_disk.taught_digest(mesh)
    )
    first, seen = calibration(more), len(learnt)
    assert first != alone
    assert calibration(fewer) == first
    assert len(learnt) == seen
    for path in files(place):
        path.unlink()
    assert calibration(fewer) == first
    assert len(learnt) == seen + 1


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_setting_counts(place, field) -> None:
    assert field.repr
    keys = {
        on_disk.key_of("mesh", dataclasses.replace(SETTINGS, **{field.name: value}), (0, NEAR))
        for value in (getattr(SETTINGS, field.name), object(), "other")
    }
    assert len(keys) == 3


def test_fold_reach_mesh_and_code_count(place, monkeypatch) -> None:
    keys = [
        on_disk.key_of(mesh, SETTINGS, which)
        for mesh, which in (
            ("a", (0, NEAR)), ("b", (0, NEAR)), ("a", (1, NEAR)), ("a", (0, FAR)),
        )
    ]  # fmt: skip
    monkeypatch.setattr(kept, "code_digest", lambda *_: "another")
    keys.append(on_disk.key_of("a", SETTINGS, (0, NEAR)))
    assert None not in keys
    assert len(set(keys)) == 5


def test_changed_code_learns_anew_and_edited_code_keeps_nothing(place, learnt, monkeypatch) -> None:
    mesh = full_mesh(SOME)
    calibration(mesh)
    for code, more, there in (("another", 1, 2), ("another", 0, 2), (None, 1, 2)):
        monkeypatch.setattr(kept, "code_digest", lambda *_, code=code: code)
        seen = len(learnt)
        calibration(mesh)
        assert len(learnt) == seen + more
        assert len(files(place)) == there


def test_all_that_learning_imports_is_in_the_digest() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))
    try:
        import test_rooms
    finally:
        sys.path.pop(0)
    graph = test_rooms.graph()
    found, left = set(), [memory.__name__]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += graph[module]
    rooms = {room.removesuffix(".py") for room in on_disk.ROOMS}
    assert len(found) > 50
    assert {test_rooms.room_of(module) for module in found} <= rooms


@pytest.mark.parametrize("harm", ["cut", "renamed", "other format", "too few", "not numbers"])
def test_a_file_that_cannot_be_right_is_learnt_anew(place, learnt, harm: str) -> None:
    mesh = full_mesh(SOME)
    first = calibration(mesh)
    (path,) = files(place)
    key = path.name.removesuffix(kept.ENDING)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    elif harm == "renamed":
        calibration(mesh, 1)
        (another,) = set(files(place)) - {path}
        path.write_bytes(another.read_bytes())
    else:
        record = kept.look_up(key)
        levels = first.levels
        match harm:
            case "other format":
                record["format"] = "other"
            case "too few":
                record["calibration"] = first._replace(n_trials=2)
            case "not numbers":
                wrong = dataclasses.replace(levels, depth=("1.0",) * len(levels.depth))
                record["calibration"] = first._replace(levels=wrong)
        kept.keep(key, record)
    seen = len(learnt)
    assert calibration(mesh) == first
    assert len(learnt) == seen + 1
    assert calibration(mesh) == first
    assert len(learnt) == seen + 1


def test_nobody_known_touches_no_disk(place, learnt) -> None:
    mesh = full_mesh(SOME)
    unknown = hidden(mesh, list(mesh.targets.index))
    rttgeo.locate(unknown, 0)
    assert files(place) == []


def test_no_name_and_no_place_is_kept(place) -> None:
    mesh = moved(full_mesh(SOME), "dublin", -6.2612345, 53.3512345)
    calibration(mesh)
    import zipfile

    (path,) = files(place)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["record.json"]
        text = archive.read("record.json").decode()
    assert not any(name in text for name in mesh.landmarks.index)
    assert "53.35" not in text
    assert mesh.digest not in text
    record = json.loads(text)["dict"]
    assert sorted(record) == ["calibration", "format", "key"]


def test_processes_at_once_and_one_after_another(place, tmp_path: Path) -> None:
    path = write_mesh(full_mesh(SOME), tmp_path / "pairs.parquet")
    code = (
        "import sys, rttgeo\n"
        "from rttgeo.estimators.calibrated.memory import LeftOut\n"
        "before, n = LeftOut.calibrate, []\n"
        "LeftOut.calibrate = lambda self, rows: (n.append(1), before(self, rows))[1]\n"
        "one = rttgeo.locate(rttgeo.read_mesh(sys.argv[1]), 'oslo')\n"
        "print(repr((one.lon, one.lat, one.region.area_km2)), len(n))\n"
    )

    def start(cache: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdout=subprocess.PIPE, text=True, env=os.environ | {kept.CACHE_ENV: cache},
        )  # fmt: skip

    together = [start("off"), start(str(place)), start(str(place))]
    said = [one.communicate(timeout=300)[0] for one in together]
    said.append(start(str(place)).communicate(timeout=300)[0])
    answers = [line.rpartition(" ") for line in said]
    assert len({answer for answer, _, _ in answers}) == 1
    assert answers[0][2].strip() == "1"
    assert answers[3][2].strip() == "0"
    assert len(files(place)) == 1


def test_somebody_at_a_terminal_is_told_of_learning(monkeypatch) -> None:
    from rttgeo.machine import waiting

    said: list[str] = []
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
    waiting.tell_of_waiting(said.append)
    try:
        calibration(full_mesh(SOME))
    finally:
        waiting.tell_of_waiting(None)
    assert said == ["Learning from cities: kept for the next time"]
