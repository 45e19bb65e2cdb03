"""What a census of very many addresses takes: measured on made-up tables, and worked out from them.

    python -m benchmarks.census measure --targets 1000 10000 100000 [--method exclusion --method cbg++]
    python -m benchmarks.census page [--out docs/howto/billion.md] [--core-hour 0.05] [--gb-month 0.023]

``measure`` makes a table of each size (`benchmarks.made_up`, simulated), locates it from the command
line into a folder of shards, start-up and writing included, and keeps clock, processors, peak memory
and bytes in ``benchmarks/census.json``; a size that stands there already is measured again and replaced.
``page`` calculates every number of the page of the documentation from that record. Processor time is
what carries over to a busy machine; clocks are of the machine as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.census_page import Prices, page
from benchmarks.made_up import write_pairs
from benchmarks.page.measuring import command, process
from rttgeo.machine.files import write_atomically, write_json

KEPT = Path(__file__).resolve().parent / "census.json"
METHODS = ("shortest-ping", "exclusion", "cbg", "cbg++")
LANDMARKS = 200
ROOT = Path(__file__).resolve().parents[1]


class Run(NamedTuple):
    """One table by one method, from the command line into a folder of shards."""

    method: str
    targets: int
    landmarks: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    bytes_in: int
    bytes_out: int
    shards: int
    cores: int
    load: float


def located(table: Path, targets: int, method: str, folder: Path) -> Run:
    """Locate a table that is there.

    Parameters
    ----------
    table
        As Parquet, made by `write_pairs`.
    targets
        How many it has.
    method
        By its name.
    folder
        For the results; made.

    Returns
    -------
    Run
        What it took.
    """
    load = os.getloadavg()[0]
    took = process(command("locate", str(table), "--method", method, "--output", f"{folder}/"))
    files = [one for one in folder.iterdir() if one.name.startswith("shard-")]
    assert took.peak_mb is not None
    return Run(
        method, targets, LANDMARKS, round(took.seconds, 2), round(took.cpu_seconds, 2),
        round(took.peak_mb), table.stat().st_size, sum(one.stat().st_size for one in files),
        len(files), len(os.sched_getaffinity(0)), round(load, 1),
    )  # fmt: skip


def measure(targets: list[int], methods: list[str], kept: Path, scratch: Path) -> None:
    """Measure each size by each method, and keep what was measured after each.

    Parameters
    ----------
    targets
        Sizes.
    methods
        Names.
    kept
        The record.
    scratch
        Folder for tables and results: about 1.5 kB a target of 200 landmarks.
    """
    small = write_pairs(scratch / "small.parquet", 20, LANDMARKS)
    for method in methods:
        # Kernels are compiled once, ever: not by what is measured.
        process(
            command("locate", str(small), "--method", method, "--output", f"{scratch}/{method}/")
        )
    for n in targets:
        table = write_pairs(scratch / f"pairs-{n}.parquet", n, LANDMARKS)
        for method in methods:
            folder = scratch / f"{method}-{n}"
            run = located(table, n, method, folder)
            rows = [one for one in runs_of(kept) if (one.method, one.targets) != (method, n)]
            rows = sorted([*rows, run], key=lambda one: (METHODS.index(one.method), one.targets))
            about = f"{platform.machine()}, Python {platform.python_version()}"
            write_json(kept, {"machine": about, "runs": [one._asdict() for one in rows]})
            print(run, flush=True)
            for one in folder.iterdir():
                one.unlink()
            folder.rmdir()
        table.unlink()


def runs_of(kept: Path) -> list[Run]:
    """Read the record.

    Parameters
    ----------
    kept
        Where it stands, or not.

    Returns
    -------
    list of Run
        Empty where there is none.
    """
    if not kept.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))["runs"]
    return [Run(**row) for row in rows]


def power(runs: list[Run]) -> tuple[float, float]:
    """How processor time grows: seconds of a start, and the power of the targets beyond it.

    Parameters
    ----------
    runs
        Of one method, by size; at least three.

    Returns
    -------
    tuple of float
        The start is what a straight line through the two smallest leaves for no target; the power is
        the slope, both axes logarithmic, of what is beyond.
    """
    at, cpu = (
        np.array(values, float)
        for values in zip(*((r.targets, r.cpu_seconds) for r in runs), strict=True)
    )
    slope = (cpu[1] - cpu[0]) / (at[1] - at[0])
    start = max(0.0, cpu[0] - slope * at[0])
    some = at > at[0]
    return float(start), float(np.polyfit(np.log(at[some]), np.log(cpu[some] - start), 1)[0])


def text_of(kept: Path, prices: Prices) -> str:
    """Write the page of a record.

    Parameters
    ----------
    kept
        The record.
    prices
        What is assumed.

    Returns
    -------
    str
        Markdown; of methods that were measured at three sizes or more.
    """
    runs = runs_of(kept)
    grouped = {name: [one for one in runs if one.method == name] for name in METHODS}
    grouped = {name: rows for name, rows in grouped.items() if len(rows) > 2}
    return page(grouped, {name: power(rows) for name, rows in grouped.items()}, prices)


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "page"))
    parser.add_argument("--targets", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--scratch", type=Path, help="a folder with room; default: temporary")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the record")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "howto" / "billion.md")
    parser.add_argument("--core-hour", type=float, default=Prices().core_hour)
    parser.add_argument("--gb-month", type=float, default=Prices().gb_month)
    asked = parser.parse_args()
    if asked.what == "measure":
        with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
            measure(asked.targets, asked.method or list(METHODS), asked.kept, Path(scratch))
        return
    text = text_of(asked.kept, Prices(asked.core_hour, asked.gb_month))
    print(write_atomically(asked.out, text))


if __name__ == "__main__":
    main()
