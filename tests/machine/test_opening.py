"""The one opener of files: packings, encodings and line ends, told by content and never by name."""

import bz2
import gzip
import io
import lzma
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.errors import BadInputError
from rttgeo.machine import opening
from rttgeo.machine.opening import opened, packing, read_text
from rttgeo.machine.parquet import native

TEXT = "name,lat,lon\nZürich,47.38,8.54\n東京,35.68,139.69\n"


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}
CODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be-mark", "utf-32")


def coded(text: str, coding: str) -> bytes:
    return ("\ufeff" + text).encode("utf-16-be") if coding.endswith("mark") else text.encode(coding)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("kind", ["", *PACKERS])
def test_every_packing_encoding_and_line_end_gives_the_same_text(kind, coding, ends, tmp_path):
    data = coded(TEXT.replace("\n", ends), coding)
    path = tmp_path / "no-ending-says-anything"
    path.write_bytes(PACKERS[kind](data) if kind else data)
    assert read_text(path) == TEXT
    assert packing(path.read_bytes()) == kind


@pytest.mark.parametrize("kind", PACKERS)
def test_parts_packed_one_after_the_other_are_all_read(kind, tmp_path: Path):
    (tmp_path / "x").write_bytes(PACKERS[kind](b"one\n") + PACKERS[kind](b"two\n"))
    assert read_text(tmp_path / "x") == "one\ntwo\n"


@pytest.mark.parametrize("kind", PACKERS)
def test_a_file_cut_short_or_damaged_is_one_line(kind, tmp_path: Path):
    whole = PACKERS[kind](bytes(range(256)) * 40)
    for broken in (whole[: len(whole) // 2], whole[:6] + b"\xff" * 20 + whole[26:]):
        (tmp_path / "x").write_bytes(broken)
        with pytest.raises(BadInputError, match=r"cannot read .*x: .") as caught:
            read_text(tmp_path / "x")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", PACKERS)
def test_what_grows_without_end_is_refused_early(kind, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(opening, "FREE_BYTES", 1 << 20)
    (tmp_path / "x").write_bytes(PACKERS[kind](b"0" * (24 << 20)))
    with pytest.raises(BadInputError, match=f"{kind} that unpacks to over 400 times"):
        read_text(tmp_path / "x")


def test_a_limit_holds_unpacked_and_packed(tmp_path: Path):
    for data in (b" " * (3 << 20), gzip.compress(b" " * (3 << 20))):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(BadInputError, match="more than 2 MiB of text; cut it up"):
            read_text(tmp_path / "x", max_bytes=2 << 20)


def test_what_is_not_there_or_a_folder_is_said(tmp_path: Path):
    with pytest.raises(BadInputError, match="no-file: there is no such file"):
        read_text(tmp_path / "no-file")
    with pytest.raises(BadInputError, match="it is a folder"):
        read_text(tmp_path)
    with pytest.raises(BadInputError, match="cannot read"):
        read_text("a\0b")


def test_a_stream_that_cannot_be_sought_in_is_read_and_left_open():
    class Pipe(io.BytesIO):
        name = "<stdin>"

        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError("a pipe")

    for pack in PACKERS.values():
        pipe = Pipe(pack(TEXT.encode()))
        with opened(pipe) as file:
            assert file.readline() == b"name,lat,lon\n"
            assert file.peek(3)[:3] == "Zü".encode()
            assert file.read().decode() == TEXT[13:]
        assert not pipe.closed
    assert not sys.stdin.closed


def test_bytes_that_are_not_utf8_are_read_as_windows_writes_them(tmp_path: Path):
    (tmp_path / "x").write_bytes("Réponse de 192.0.2.39 : temps=16 ms\r\n".encode("cp1252"))
    assert read_text(tmp_path / "x") == "Réponse de 192.0.2.39 : temps=16 ms\n"
    # The streaming form leaves them to the caller, who can say where they stand.
    with opened(tmp_path / "x") as file:
        assert file.read().startswith(b"R\xe9ponse")


@given(
    st.lists(st.sampled_from(["a", "ü", "\r\n", "\r", "\n"]), max_size=40),
    st.integers(1, 5),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_line_ends_are_the_same_however_the_blocks_are_cut(parts, size, coding):
    text = "x" + "".join(parts)
    data = text.encode(coding)
    cut = iter([data[i : i + size] for i in range(0, len(data), size)])
    first = b"".join(next(cut, b"") for _ in range(4))  # A mark is never cut: blocks are large.
    found = b"".join(opening._clean_lines(opening._recoded(iter([first, *cut]))))
    assert found.decode() == text.replace("\r\n", "\n").replace("\r", "\n")


def test_arrow_reads_a_file_on_disk_itself_and_an_unpacked_one_through_python(tmp_path: Path):
    (tmp_path / "x.bin").write_bytes(b"12345")
    with gzip.open(tmp_path / "x.gz", "wb") as packed:
        packed.write(b"12345")
    with (tmp_path / "x.bin").open("rb") as handle:
        own = native(handle)
        assert own is not handle and own.read() == b"12345"
    with gzip.open(tmp_path / "x.gz") as handle:
        assert native(handle) is handle
        assert native(buffered := io.BufferedReader(handle)) is buffered
    assert native(memory := io.BytesIO(b"1")) is memory
