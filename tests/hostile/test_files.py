"""The one writer: whole or not at all, under nobody's link, with the user's own permissions."""

import contextlib
import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from rttgeo.machine import files
from rttgeo.machine.files import (
    NewFile,
    is_left_over,
    write_atomically,
    write_json,
    writing,
    writing_together,
)


@contextlib.contextmanager
def umask(value):
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def no_file_above(size):
    """As on a full disk: writing stops with an error after that many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_that_the_user_gives_new_files(tmp_path, mask):
    with umask(mask):
        path = write_atomically(tmp_path / "deep" / "a.txt", "text")
    assert path.read_text() == "text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_atomically(tmp_path / "a.bin", b"old")
    with no_file_above(1000), pytest.raises(OSError, match="large") as caught:
        write_atomically(path, b"x" * 100_000)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.bin"]


def test_a_full_disk_in_the_middle_of_a_stream(tmp_path):
    with (
        no_file_above(1000),
        pytest.raises(OSError, match="large") as caught,
        writing(tmp_path / "a.bin") as file,
    ):
        for _ in range(100):
            file.write(b"x" * 4096)
    assert caught.value.filename == str(tmp_path / "a.bin") and not names(tmp_path)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_fails_half_way_leaves_nothing(tmp_path, failure):
    with pytest.raises(failure), writing(tmp_path / "a.bin") as file:
        file.write(b"half")
        raise failure
    assert not names(tmp_path)


def test_an_error_of_another_file_keeps_its_own_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, writing(tmp_path / "a.bin"):
        (tmp_path / "source.txt").open()
    assert caught.value.filename == str(tmp_path / "source.txt")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.txt", tmp_path / "a.txt" / "b"):
        if path.parent.name == "a.txt":
            path.parent.mkdir()
            path.mkdir()
        with pytest.raises(OSError, match=r"irectory|not a folder") as caught:
            write_atomically(path, "text")
        assert caught.value.filename == str(path) and files.PART_PREFIX not in str(caught.value)
    # A kernel's own folder takes files from nobody, not even from root.
    with pytest.raises(OSError, match=r"/proc/rttgeo\.txt"):
        write_atomically("/proc/rttgeo.txt", "text")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"a\.txt"):
        write_atomically(tmp_path / "a.txt", "text")


@pytest.mark.parametrize("token", ["00" * 8, None])
def test_no_symbolic_link_is_followed(tmp_path, monkeypatch, token):
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    path = tmp_path / "out" / "a.txt"
    path.parent.mkdir()
    # Where writers are wont to write first, and at the name itself.
    for name in ("a.txt.part", "a.txt.tmp", ".a.txt.part", "a.txt~", "a.txt"):
        (path.parent / name).symlink_to(victim)
    if token:
        # Even a name that was guessed is not followed.
        monkeypatch.setattr(files.secrets, "token_hex", lambda _: token)
        (path.parent / f"{files.PART_PREFIX}{token}{files.PART_SUFFIX}").symlink_to(victim)
        with pytest.raises(FileExistsError):
            write_atomically(path, "new")
    else:
        write_atomically(path, "new")
        assert path.read_text() == "new" and not path.is_symlink()
    assert victim.read_text() == "precious"


def test_two_writers_at_once_leave_the_work_of_one(tmp_path):
    table, words = tmp_path / "a.csv", tmp_path / "a.csv.meta.json"
    seen, stop = set(), threading.Event()

    def write(mark):
        for _ in range(40):
            with writing_together(table, words) as (one, other):
                one.write(mark * 100_000)
                other.write(mark)

    def look():
        while not stop.is_set():
            with contextlib.suppress(FileNotFoundError):
                content = table.read_bytes()
                seen.add((len(content), len(set(content))))

    reader = threading.Thread(target=look)
    writers = [threading.Thread(target=write, args=(mark,)) for mark in (b"a", b"b", b"c")]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert seen <= {(100_000, 1)} and seen
    assert table.read_bytes()[:1] == words.read_bytes()
    assert names(tmp_path) == ["a.csv", "a.csv.meta.json"]


def test_what_is_said_of_a_table_never_stands_beside_another(tmp_path, monkeypatch):
    table, words = tmp_path / "a.csv", tmp_path / "a.csv.meta.json"
    with writing_together(table, words) as (one, other):
        one.write(b"old table")
        other.write(b"old words")
    met = []
    keep = NewFile.keep

    def kept(self):
        found = keep(self)
        met.append((table.read_bytes(), words.read_bytes() if words.exists() else None))
        return found

    monkeypatch.setattr(NewFile, "keep", kept)
    with writing_together(table, words) as (one, other):
        one.write(b"new table")
        other.write(b"new words")
    assert met == [(b"new table", None), (b"new table", b"new words")]


def test_a_pipe_and_the_null_device_are_written_through(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, "text")
    reader.join()
    assert got == [b"text"] and stat.S_ISFIFO(pipe.stat().st_mode)
    write_atomically("/dev/null", "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_name_as_long_as_names_may_be(tmp_path):
    path = write_atomically(tmp_path / ("a" * 255), "text")
    assert path.read_text() == "text"


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", float("nan"))
    assert not names(tmp_path)


def test_left_overs_are_known_by_their_name_alone(tmp_path):
    new = NewFile(tmp_path / "a.txt")
    assert is_left_over(new.part)
    new.drop()
    for name in ("notes.part", ".rttgeo-notes.part", f"{new.part.name}.txt"):
        (tmp_path / name).write_text("mine")
        assert not is_left_over(tmp_path / name)
    (tmp_path / new.part.name).symlink_to(tmp_path / "notes.part")
    assert not is_left_over(tmp_path / new.part.name)
