"""What outlasts a process: private, bounded, and never trusted further than it should be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rttgeo.estimators.calibrated.seen import Seen
from rttgeo.machine import kept

VALUE = {"seen": Seen((1.5, 0.1 + 0.2), 7), "none": None}
KEY = kept.key_of(["a key"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.CACHE_ENV, str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache"


def file_of(place: Path, key: str = KEY) -> Path:
    return place / f"{key}{kept.ENDING}"


def test_what_is_kept_comes_back_and_is_for_the_user_alone(place: Path) -> None:
    before = os.umask(0)
    try:
        assert kept.look_up(KEY) is None
        assert kept.keep(KEY, VALUE)
    finally:
        os.umask(before)
    assert kept.look_up(KEY) == VALUE
    assert place.stat().st_mode & 0o777 == 0o700
    assert [one.stat().st_mode & 0o777 for one in place.iterdir()] == [0o600]


def test_switched_off_nothing_is_read_or_written(place: Path, monkeypatch) -> None:
    kept.keep(KEY, VALUE)
    monkeypatch.setenv(kept.CACHE_ENV, " OFF ")
    assert kept.folder() is None
    assert kept.look_up(KEY) is None
    assert not kept.keep(KEY, VALUE)


def test_the_folder_is_where_the_specification_has_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv(kept.CACHE_ENV)
    monkeypatch.setenv("HOME", str(tmp_path))
    for base, expected in (
        (str(tmp_path / "x"), tmp_path / "x" / "rttgeo"),
        ("", tmp_path / ".cache" / "rttgeo"),
        ("relative", tmp_path / ".cache" / "rttgeo"),
    ):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        assert kept.folder() == expected


@pytest.mark.parametrize("harm", ["cut", "empty", "flipped", "text", "folder", "link"])
def test_a_damaged_file_is_as_if_it_were_not_there(place: Path, harm: str) -> None:
    kept.keep(KEY, VALUE)
    path = file_of(place)
    content = path.read_bytes()
    path.unlink()
    match harm:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "empty":
            path.write_bytes(b"")
        case "flipped":
            path.write_bytes(
                content[:60] + bytes(255 - one for one in content[60:90]) + content[90:]
            )
        case "text":
            path.write_text("not a record")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(place / "nowhere")
    assert kept.look_up(KEY) is None
    if harm != "folder":
        assert kept.keep(KEY, VALUE)
        assert kept.look_up(KEY) == VALUE


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_to_is_not_used(place: Path, mode: int) -> None:
    kept.keep(KEY, VALUE)
    place.chmod(mode)
    assert kept.look_up(KEY) is None
    assert not kept.keep(KEY, VALUE)


def test_a_folder_of_somebody_else_is_not_used(place: Path, monkeypatch) -> None:
    kept.keep(KEY, VALUE)
    monkeypatch.setattr(os, "getuid", lambda: place.stat().st_uid + 1)
    assert kept.look_up(KEY) is None
    assert not kept.keep(KEY, VALUE)


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(kept.CACHE_ENV, str(tmp_path / "file" / "below"))
    assert kept.look_up(KEY) is None
    assert not kept.keep(KEY, VALUE)


def test_a_full_disk_leaves_nothing_behind(place: Path, monkeypatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not kept.keep(KEY, VALUE)
    assert list(place.iterdir()) == []


def test_the_oldest_files_go_when_there_are_too_many(place: Path, monkeypatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    keys = [kept.key_of([number]) for number in range(4)]
    for age, key in enumerate(keys[:3]):
        kept.keep(key, VALUE)
        os.utime(file_of(place, key), (1000 + age, 1000 + age))
    part = place / ".rttgeo-0123456789abcdef.part"
    part.write_text("of a run that was killed")
    os.utime(part, (1, 1))
    (place / "notes.txt").write_text("somebody's own")
    kept.look_up(keys[0])  # used, and therefore not the oldest any more
    kept.keep(keys[3], VALUE)
    left = {one.name for one in place.iterdir()}
    expected = {file_of(place, key).name for key in (keys[0], keys[2], keys[3])}
    assert left == expected | {"notes.txt"}


def test_keys_tell_all_parts_apart() -> None:
    parts = [["ab", "c"], ["a", "bc"], ["abc"], [1], ["1"], [1.0], [None], []]
    assert len({kept.key_of(one) for one in parts}) == len(parts)


ROOMS = ("machine", "sphere.py")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A small package, older than this process, whose digest is taken anew each time."""
    (tmp_path / "p/machine/inner").mkdir(parents=True)
    for name in ("machine/a.py", "machine/inner/b.py", "sphere.py", "other.py", "data.bin"):
        (tmp_path / "p" / name).write_text(name)
    monkeypatch.setattr(kept, "PACKAGE", tmp_path / "p")

    def digest() -> str | None:
        for path in tmp_path.rglob("*.*"):
            os.utime(path, (1000, 1000))
        kept.code_digest.cache_clear()
        return kept.code_digest(ROOMS, (tmp_path / "p/data.bin",))

    yield tmp_path / "p", digest
    kept.code_digest.cache_clear()


@pytest.mark.parametrize("name", ["machine/a.py", "machine/inner/b.py", "sphere.py", "data.bin"])
def test_other_code_or_data_have_another_digest(package, name: str) -> None:
    folder, digest = package
    first = digest()
    assert first == digest()
    (folder / name).write_text("changed")
    assert digest() not in (first, None)


def test_other_libraries_and_instructions_have_another_digest(package, monkeypatch) -> None:
    _, digest = package
    found = [digest()]
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    found.append(digest())
    monkeypatch.setattr(kept, "version", lambda name: f"{name} 0.0")
    found.append(digest())
    assert len(set(found)) == 3
    assert None not in found


def test_code_elsewhere_does_not_count(package) -> None:
    folder, digest = package
    first = digest()
    (folder / "other.py").write_text("changed")
    assert digest() == first


def test_sources_edited_since_the_process_began_have_no_digest(package) -> None:
    folder, digest = package
    assert digest() is not None
    later = time.time() + 5
    os.utime(folder / "sphere.py", (later, later))
    kept.code_digest.cache_clear()
    assert kept.code_digest(ROOMS, ()) is None


def test_several_processes_may_write_at_once(place: Path) -> None:
    code = (
        "from rttgeo.machine import kept\n"
        f"key = {KEY!r}\n"
        "for _ in range(40):\n"
        "    kept.keep(key, {'a': [1.5] * 500})\n"
        "    assert kept.look_up(key) == {'a': [1.5] * 500}\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [one.wait(120) for one in running] == [0, 0]
    assert [one.name for one in place.iterdir()] == [file_of(place).name]
