"""What a person sees in a narrow window: no word is broken, tables and commands are left alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios

import pytest

from rttgeo.cli.fetch import _window
from rttgeo.cli.wrapping import wrapped

PINGS = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
vienna,48.21,16.37,server,,,4.2
prague,50.09,14.42,server,,,7.9
munich,48.14,11.58,server,,,9.5
"""


def on_terminal(columns: int, *words: str) -> str:
    """All that a command writes to a terminal of so many columns."""
    child, window = pty.fork()
    if not child:
        told_elsewhere = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        os.execve(sys.executable, [sys.executable, "-m", "rttgeo", *words], told_elsewhere)
    fcntl.ioctl(window, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    told = b""
    while True:
        try:
            part = os.read(window, 65_536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        told += part
    os.waitpid(child, 0)
    os.close(window)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode())
    # A bar writes over its own line: what stands at the end counts.
    return "\n".join(line.rsplit("\r", 1)[-1] for line in plain.replace("\r\n", "\n").split("\n"))


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(
    "words",
    [
        ("locate", "{pings}", "--method", "exclusion"),
        ("privacy", "{pings}", "--no-mitigations"),
        ("sanitise", "{pings}", "-o", "{out}", "--mechanism", "noise", "--parameter", "20"),
        ("verify", "--ping", "frankfurt=8.1", "--ping", "zurich=11.4", "--claim", "Tokyo"),
        ("audit", "{pings}"),
        ("data",),
    ],
    ids=lambda words: words[0],
)
def test_no_line_is_wider_than_the_window(columns, words, tmp_path):
    pings = tmp_path / "pings.csv"
    pings.write_text(PINGS)
    given = [word.format(pings=pings, out=tmp_path / "out.csv") for word in words]
    told = on_terminal(columns, *given)
    assert told.strip() and "Traceback" not in told
    wide = [line for line in told.splitlines() if len(line) > columns and " " in line.strip()]
    assert not wide


def test_sentences_are_broken_between_words_and_nothing_else_is():
    table = "target   likeliest place   area km²   and so on and on"
    command = "  rttgeo locate pings.csv --method exclusion --json"
    told = wrapped(
        f"One sentence that is too long for it.\n{table}\n{command}\nhttps://a.b/{'c' * 40}", 24
    )
    lines = told.splitlines()
    assert table in lines and command in lines and f"https://a.b/{'c' * 40}" in lines
    assert " ".join(lines[:2]) == "One sentence that is too long for it."


@pytest.mark.parametrize(
    ("start", "stop", "said"),
    [
        ("2017-07-11T12:00:00Z", "2017-07-11T18:00:00Z", "2017-07-11 12:00 to 18:00 UTC"),
        ("2017-10-02T00:00:00Z", "2017-10-03T00:00:00Z", "2017-10-02 to 2017-10-03"),
        (
            "2017-10-02T23:00:00Z",
            "2017-10-03T01:30:00Z",
            "2017-10-02 23:00 to 2017-10-03 01:30 UTC",
        ),
        ("2020-09-12T12:00Z", "2020-09-13T12:00Z", "2020-09-12 12:00 to 2020-09-13 12:00 UTC"),
        ("2017-10-02T23:00:05Z", "2017-10-02T23:01:00Z", "2017-10-02 23:00:05 to 23:01 UTC"),
    ],
)
def test_a_window_of_time_is_told_in_few_words(start, stop, said):
    assert _window(start, stop) == said
