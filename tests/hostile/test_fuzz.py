"""A short run of the fuzzer in `fuzzing`; ``RTTGEO_FUZZ=10000`` gives each reader so many inputs."""

import os

import pytest
from fuzzing import READERS, limited, mutated, run

COUNT = int(os.environ.get("RTTGEO_FUZZ", "40"))


@pytest.mark.parametrize("name", READERS)
def test_no_input_breaks_a_reader(name, tmp_path):
    came = run(name, COUNT, 2026, tmp_path)
    assert sum(came.values()) == COUNT


def test_the_seeds_are_files_that_can_be_read(tmp_path):
    for name, (reader, seeds) in READERS.items():
        path = tmp_path / f"{name}.input"
        path.write_bytes(seeds(tmp_path)[0])
        if name not in ("logs", "convert-atlas"):
            reader(path)


def test_a_planted_fault_is_found(tmp_path, monkeypatch):
    def breaks(path):
        if b"\x00" in path.read_bytes():
            raise KeyError("planted")

    monkeypatch.setitem(READERS, "planted", (breaks, lambda _: [b"plain text, of no use"]))
    with pytest.raises(AssertionError, match="planted, seed 1, input"):
        run("planted", 500, 1, tmp_path)


def test_the_same_seed_makes_the_same_inputs():
    import random

    one, other = (mutated(random.Random("x 1 2"), [b"abc,def\n" * 9]) for _ in range(2))
    assert one == other


UNITS = [
    "1",
    "1 ",
    "a.",
    "+1 a",
    ":",
    "[1] ",
    "(",
    "=1 ",
    "1.1.1.1 ",
    "x, ",
    "1ms ",
    "- ",
    "1.5 ",
    "/",
    '"',
]


@pytest.mark.parametrize(
    "name", ["ping", "fping", "convert-mtr", "places", "pairs", "logs", "addresses"]
)
def test_no_long_line_takes_for_ever(name, tmp_path):
    heads = {
        "ping": "PING 192.0.2.1 (192.0.2.1) 56(84) bytes\n5 packets transmitted, 3 ",
        "fping": "192.0.2.1 : ",
    }
    reader, seeds = READERS[name]
    path = tmp_path / "x.input"
    start = heads.get(name, seeds(tmp_path)[0].decode(errors="replace"))
    for unit in UNITS:
        path.write_text(start + unit * 60_000 + "%\n" + unit)
        limited(reader, path)
