"""How much work is done, in counts that are the same on every machine: ``python -m benchmarks.counts``.

Small inputs from fixed seeds; what is counted:

- **calls**: of functions of rttgeo, compiled ones included: they run uncompiled here, where each call
  is seen (rings asked, distances computed, cells turned to). A count is what a change of algorithm
  changes; time is not.
- **bytes**: the most that Python and numpy hold at once (`tracemalloc`), while a table is read, is
  located, is written; and the size of what is written.
- **cells and runs** of the regions: how much a region has to carry.

``counts.json`` keeps them. A test fails when one has grown by a fifth. Where that is meant, write it
anew with ``python -m benchmarks.counts --write``, and say in the commit why it grew; where a count
has shrunk, write it anew too, so that what was won stays.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest import mock

from rttgeo.machine.files import write_json

KEPT = Path(__file__).resolve().parent / "counts.json"
GROWTH = 1.2
"""A count that has grown by more than a fifth fails."""
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = str(ROOT / "rttgeo") + os.sep
UNCOMPILED = "NUMBA_DISABLE_JIT"
TARGETS, LANDMARKS, KNOWN = 300, 40, 20
FEW = 6
"""Targets that are located uncompiled: a second of work."""
COARSE_KM = 105.0
BUSIEST = 6
"""Functions whose calls are kept one by one; the others are in the sum."""


def calls_of(work: Callable[[], object]) -> Counter[str]:
    """Count the calls of each function of rttgeo.

    Parameters
    ----------
    work
        What calls them.

    Returns
    -------
    collections.Counter
        By module and name.
    """
    # A counter for each thread: they would lose counts of each other's.
    found: dict[int, Counter[CodeType]] = {}

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            found.setdefault(threading.get_ident(), Counter())[frame.f_code] += 1

    threading.setprofile(seen)
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    named: Counter[str] = Counter()
    for code, count in sum(found.values(), Counter()).items():
        if not code.co_name.startswith("<"):
            named[f"{_module(code)}.{code.co_name}"] += count
    return named


def _module(code: CodeType) -> str:
    return code.co_filename[len(PACKAGE) : -len(".py")].replace(os.sep, ".")


def uncompiled() -> dict[str, int]:
    """Calls of one target's region, its votes, and some targets by three methods.

    Returns
    -------
    dict
        A count by its name.
    """
    from benchmarks import cases, made_up
    from rttgeo.cells.grid import Grid
    from rttgeo.census.columns import locate_columns
    from rttgeo.estimators import locate
    from rttgeo.pairs.reading import read_mesh

    grid, circles = Grid(COARSE_KM), cases.one_target(LANDMARKS)
    mesh = read_mesh(next(made_up.tables(KNOWN + FEW, LANDMARKS, KNOWN)))
    parts: dict[str, Callable[[], object]] = {
        "engine, intersection": lambda: grid.intersection(*circles),
        "engine, votes": lambda: grid.votes(*circles),
    }
    for method in ("exclusion", "cbg++"):
        parts[f"locate, {method}"] = lambda method=method: [  # type: ignore[misc]
            locate(mesh, target=number, method=method, grid=grid)
            for number in range(KNOWN, KNOWN + FEW)
        ]
        parts[f"columns, {method}"] = lambda method=method: locate_columns(  # type: ignore[misc]
            mesh, list(range(KNOWN, KNOWN + FEW)), method=method, grid=grid
        )
    found = {}
    for name, work in parts.items():
        work()
        calls = calls_of(work)
        kernels = Counter({k: n for k, n in calls.items() if k.startswith("kernels.")})
        found[f"{name}: calls of kernels"] = kernels.total()
        for function, count in kernels.most_common(BUSIEST):
            found[f"{name}: {function}"] = count
    return found


def peak(work: Callable[[], Any]) -> tuple[int, Any]:
    """The most bytes that Python and numpy hold at once beyond those before.

    Parameters
    ----------
    work
        Done once before, so that what is kept from then on does not count.

    Returns
    -------
    tuple
        Bytes, and what the work gives.
    """
    work()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        result = work()
        return tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()


def compiled() -> dict[str, int]:
    """Bytes held and written, cells and runs, and calls of Python, of a table located as a whole.

    Returns
    -------
    dict
        A count by its name.
    """
    import pyarrow as pa

    from benchmarks import made_up
    from rttgeo.census.columns import locate_columns
    from rttgeo.census.fields import schema_of
    from rttgeo.census.writing import write_columns
    from rttgeo.estimators import locate_many
    from rttgeo.pairs.reading import read_mesh

    table = pa.concat_tables(made_up.tables(TARGETS, LANDMARKS, KNOWN))
    found = {}
    found["read, bytes held"], mesh = peak(lambda: read_mesh(table))
    calls = calls_of(lambda: read_mesh(table))
    found["read, calls"] = calls.total()
    for method in ("exclusion", "cbg", "cbg++"):
        work = lambda method=method: locate_columns(mesh, method=method, regions="runs")  # noqa: E731
        found[f"columns, {method}, bytes held"], answers = peak(work)  # type: ignore[arg-type]
        found[f"columns, {method}, calls"] = calls_of(work).total()
        starts, stops = (answers[f"region_{name}"].combine_chunks() for name in ("start", "stop"))
        found[f"columns, {method}, runs"] = len(starts.values)
        found[f"columns, {method}, cells"] = int(
            (stops.values.to_numpy() - starts.values.to_numpy()).sum()
        )
    some = list(range(KNOWN, KNOWN + FEW))
    work = lambda: locate_many(mesh, some)  # noqa: E731
    found["default method, bytes held"], estimates = peak(work)
    found["default method, calls"] = calls_of(work).total()
    found["default method, cells"] = sum(len(one.credible_region(0.95)) for one in estimates)
    for form, regions in (("csv", "none"), ("parquet", "runs")):
        schema = schema_of(regions, geometry=False)
        held = io.BytesIO()
        write_columns(held, [answers.select(schema.names)], schema, form)
        found[f"written, cbg++ as {form}, bytes"] = len(held.getvalue())
    return found


def counted() -> dict[str, int]:
    """Count everything; the part that runs uncompiled in a process of its own.

    Returns
    -------
    dict
        A count by its name.
    """
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.counts", "--uncompiled"],
        env={**os.environ, UNCOMPILED: "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # One thread at work: what is held at once must not hang on who was first.
    with mock.patch("os.cpu_count", return_value=1):
        own = compiled()
    return {**json.loads(child.stdout.splitlines()[-1]), **own}


def grown(now: dict[str, int], before: dict[str, int]) -> list[str]:
    """Say which counts have grown by more than a fifth, or are not known.

    Parameters
    ----------
    now, before
        Counts by name.

    Returns
    -------
    list of str
        A line each.
    """
    said = []
    for name, count in now.items():
        if name not in before:
            said.append(f"{name}: {count:,}, of which nothing is kept")
        elif count > GROWTH * before[name]:
            more = count / max(before[name], 1)
            said.append(f"{name}: {before[name]:,} before, {count:,} now ({more:.2f} times)")
    return said + [f"{name}: kept, but no longer counted" for name in before if name not in now]


def main() -> None:
    """Count, and compare or keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what is counted now")
    parser.add_argument("--uncompiled", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.uncompiled:
        with mock.patch("os.cpu_count", return_value=1):
            print(json.dumps(uncompiled()))
        return
    now = counted()
    before = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for name, count in now.items():
        change = f"{100 * (count / before[name] - 1):+.1f} %" if before.get(name) else ""
        print(f"{count:>14,}  {change:>8}  {name}")
    if asked.write:
        print(write_json(KEPT, now))
    elif said := grown(now, before):
        sys.exit("\n".join(["grown:", *said, "meant? python -m benchmarks.counts --write"]))


if __name__ == "__main__":
    main()
