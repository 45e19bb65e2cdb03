"""A page for each command, with what it really prints, made when the site is built.

Run by Sphinx (see conf.py); alone: ``python docs/commands.py``. Made again only when the library or this
file is newer than what stands in ``docs/commands``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rttgeo.cli.main import COMMANDS, main
from rttgeo.data.shipped import data_path

HERE = Path(__file__).resolve().parent
PAGES = HERE / "commands"
MOST_LINES = 40
"""Of an output: more says no more about what a command prints."""
FEW_MORE = 3
"""Lines beyond those that are shown all the same: to say that they are missing takes one."""
WIDTH = 90
"""Characters that fit beside the menu."""

PINGS = """\
landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
vienna,48.21,16.37,server,,,4.2
prague,50.08,14.44,server,,,7.9
zurich,47.38,8.54,server,,,14.6
frankfurt,50.11,8.68,server,,,12.8
rome,41.90,12.50,server,,,20.5
"""
RESULT = (
    '{"fw":5020,"af":4,"dst_addr":"192.0.2.1","proto":"ICMP","result":[{"rtt":12.1},{"rtt":11.8},'
    '{"rtt":11.9}],"msm_id":1001,"prb_id":%d,"timestamp":1600000000,"type":"ping"}'
)
CLAIMS = """\
target,country,city,lat,lon,radius_km
server,AT,,,,
server,,Reykjavik,,,
server,,,40.71,-74.01,50
"""
"""One claim that holds, and two that no cable allows."""


class Example(NamedTuple):
    """What is typed, and what a reader has to know of it.

    Attributes
    ----------
    line
        The command line.
    said
        A sentence before it.
    """

    line: str
    said: str = ""


FIVE = (
    "`pings.csv` holds the round-trip times of five cities to one server, whose place is not known."
)
LAST_CELL = re.compile(r"(.*\S {2,})(\S.*)")
"""A row of a table: what stands before its last cell, and that."""
LEAST_CELL = 25
"""Characters that a cell must have to be broken."""
EXAMPLES: dict[str, tuple[Example, ...]] = {
    "locate": (Example("rttgeo locate pings.csv", FIVE), Example("rttgeo locate pings.csv --json")),
    "circles": (Example('rttgeo circles azure-2026 --target "UK South"'),),
    "evaluate": (Example("rttgeo evaluate azure-2026 --method exclusion"),),
    "audit": (
        Example("rttgeo simulate --full-mesh 40 --misplaced 2 --output mesh.csv"),
        Example(
            "rttgeo audit mesh.csv", "Two of these simulated nodes stand elsewhere than declared."
        ),
    ),
    "anycast": (Example("rttgeo anycast azure-2026"),),
    "verify": (
        Example(
            "rttgeo verify claims.csv --pairs pings.csv",
            f"{FIVE} `claims.csv` claims that it is in Austria, in Reykjavik, and in New York.",
        ),
        Example(
            "rttgeo verify --ping frankfurt=8.1 --ping zurich=11.4 --ping warsaw=13 --claim Vienna "
            "--claim Dublin"
        ),
    ),
    "privacy": (Example("rttgeo privacy pings.csv", FIVE),),
    "sanitise": (
        Example("rttgeo sanitise pings.csv -o public.csv --mechanism noise --parameter 20", FIVE),
    ),
    "explain": (Example("rttgeo explain pings.csv server", FIVE),),
    "next": (Example("rttgeo next pings.csv server", FIVE),),
    "measure": (
        Example(
            "rttgeo measure 192.0.2.1",
            "Without `--go` nothing is measured: this is the plan.",
        ),
    ),
    "simulate": (Example("rttgeo simulate --full-mesh 12 --seed 7 --output mesh.csv"),),
    "fetch": (Example("rttgeo fetch", "Without a name, it lists what can be downloaded."),),
    "convert": (
        Example(
            "rttgeo convert ping vienna=ping.txt --places places.csv",
            "`ping.txt` is what `ping` printed, `places.csv` says where it ran.",
        ),
    ),
    "minima": (
        Example(
            "rttgeo minima results.ndjson --places probes.csv --output DAY/",
            "`results.ndjson` holds results of RIPE Atlas, `probes.csv` says where the probes are.",
        ),
    ),
    "passive": (Example("rttgeo passive capture.pcap.gz"),),
    "data": (Example("rttgeo data"), Example("rttgeo data provenance azure-2026")),
    "paper": (
        Example(
            "rttgeo paper --mesh no-such-file.csv",
            "A build takes minutes; a table that cannot be read is reported at once.",
        ),
    ),
    "doctor": (Example("rttgeo doctor"),),
    "completion": (Example("rttgeo completion bash"),),
}


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Make a folder with the files that the examples name, and go there."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "pings.csv").write_text(PINGS)
        (folder / "claims.csv").write_text(CLAIMS)
        places = "name,lat,lon\nvienna,48.21,16.37\nprague,50.08,14.44\nzurich,47.38,8.54\n"
        (folder / "places.csv").write_text(places)
        (folder / "probes.csv").write_text("name,lat,lon\n101,52.37,4.90\n102,48.21,16.37\n")
        results = "\n".join(RESULT % probe for probe in (101, 102))
        (folder / "results.ndjson").write_text(results)
        (folder / "ping.txt").write_bytes(data_path("examples/ping.txt").read_bytes())
        capture = data_path("captures/tcp-clean.pcap.gz").read_bytes()
        (folder / "capture.pcap.gz").write_bytes(capture)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def printed(line: str) -> str:
    """Run a command line as if typed.

    Parameters
    ----------
    line
        It begins with ``rttgeo``.

    Returns
    -------
    str
        What came on both streams, as a terminal shows it.
    """
    shown = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with (
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(shown),
        contextlib.suppress(SystemExit),
    ):
        main(shlex.split(line)[1:])
    said = shown.buffer.getvalue().decode().rstrip()
    lines = [short for line in said.splitlines() for short in _wrapped(line)]
    if len(lines) <= MOST_LINES + FEW_MORE:
        return "\n".join(lines)
    return "\n".join([*lines[:MOST_LINES], f"… ({len(lines) - MOST_LINES} more lines)"])


def _wrapped(line: str) -> list[str]:
    """A line as a terminal breaks it: a sentence, or the last cell of a row of a table."""
    if set(line) <= {"─", " "} and "─" in line:
        return [line[:WIDTH]]
    if len(line) <= WIDTH:
        return [line]
    row = LAST_CELL.fullmatch(line)
    if row is None:
        return textwrap.wrap(line, WIDTH)
    begun = len(row[1])
    # A narrow rest would become a column of single words: such a row stays wide.
    if begun > WIDTH - LEAST_CELL:
        return [line]
    return textwrap.wrap(
        row[2], WIDTH, initial_indent=row[1], subsequent_indent=" " * begun, break_long_words=False
    )


def page(name: str) -> str:
    """Write the page of a command.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    str
        Markdown: what it is for, examples with what they print, all options.
    """
    parts = [f"# {name}\n\n{COMMANDS[name]}\n"]
    for example in EXAMPLES[name]:
        said = f"{example.said}\n\n" if example.said else ""
        parts.append(f"{said}```console\n$ {example.line}\n{printed(example.line)}\n```\n")
    options = (
        f"## Options\n\n```{{eval-rst}}\n.. click:: rttgeo.cli.{name}:command\n"
        f"   :prog: rttgeo {name}\n   :nested: full\n```\n"
    )
    return "\n".join([*parts, options])


def write_all() -> None:
    """Write the pages that are missing or older than the library."""
    PAGES.mkdir(exist_ok=True)
    rows = [
        f"| [`rttgeo {name}`](commands/{name}.md) | {what} |" for name, what in COMMANDS.items()
    ]
    table = "\n".join(["| command | what it is for |", "|---|---|", *rows])
    (PAGES / "list.txt").write_text(f"{table}\n", encoding="utf-8")
    sources = [*(HERE.parent / "rttgeo").rglob("*.py"), Path(__file__)]
    newest = max(source.stat().st_mtime for source in sources)
    wanted = [name for name in COMMANDS if _age(PAGES / f"{name}.md") < newest]
    if wanted:
        with workplace():
            made = {name: page(name) for name in wanted}
        for name, text in made.items():
            (PAGES / f"{name}.md").write_text(text, encoding="utf-8")


def _age(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0.0


if __name__ == "__main__":
    write_all()
