"""One page of everything that takes time: ``python -m benchmarks.page``, or ``make bench``.

Writes ``benchmarks/build/bench.html`` and ``bench.md``, a plot of each section as SVG and PNG, and
``bench.json`` with the numbers. ``--quick`` does a fraction of the work, to see the form of the page;
``--only NAME`` some sections. On a machine that does nothing else it takes under ten minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from benchmarks.page import (
    auditing,
    default,
    engine,
    evaluating,
    front,
    minima,
    paper,
    parsing,
    polygons,
    simulating,
    starting,
)
from benchmarks.page.protocol import Section, Size
from benchmarks.page.writing import Measured, Page, write
from rttgeo.machine.files import write_json

BUILD = Path(__file__).resolve().parents[1] / "build"
SECTIONS: tuple[Section, ...] = tuple(
    one.SECTION
    for one in (
        starting, engine, front, default, polygons, parsing, minima, auditing, evaluating,
        simulating, paper,
    )
)  # fmt: skip


def machine() -> str:
    """Say what it was measured on: cores and kind, and whether others were at work.

    Returns
    -------
    str
        No name of a machine.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = os.getloadavg()[0]
    python = platform.python_version()
    return f"{cores} cores, {platform.machine()}, Python {python}, load {busy:.1f} at the start"


def measure(sections: list[Section], size: Size, about: str) -> Page:
    """Measure sections one after the other.

    Parameters
    ----------
    sections
        Which.
    size
        How much of it.
    about
        The machine.

    Returns
    -------
    Page
        What they found.
    """
    parts, began = [], time.monotonic()
    for section in tqdm(sections, unit=" sections", delay=2):
        start = time.monotonic()
        found = section.run(size)
        parts.append(Measured(section, found, time.monotonic() - start))
    return Page(about, time.monotonic() - began, size.quick, parts)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fraction of the work")
    parser.add_argument("--only", action="append", choices=[one.name for one in SECTIONS])
    parser.add_argument("--out", type=Path, default=BUILD, help="folder of the page")
    asked = parser.parse_args()
    chosen = [one for one in SECTIONS if not asked.only or one.name in asked.only]
    about = machine()
    with tempfile.TemporaryDirectory() as scratch:
        page = measure(chosen, Size(asked.quick, Path(scratch)), about)
    asked.out.mkdir(parents=True, exist_ok=True)
    write_json(asked.out / "bench.json", numbers(page))
    print(write(page, asked.out))


def numbers(page: Page) -> dict[str, object]:
    """Lay out what was measured for programs.

    Parameters
    ----------
    page
        What was measured.

    Returns
    -------
    dict
        For JSON: a list of sections, each with its tables of ways and its curves.
    """
    sections = [
        {
            "name": section.name,
            "sentence": found.sentence,
            "seconds": seconds,
            "tables": [
                {
                    "title": table.title,
                    "unit": table.unit,
                    "ways": [way._asdict() for way in table.ways],
                }
                for table in found.tables
            ],
            "curves": [curve._asdict() | {"exponent": curve.exponent} for curve in found.curves],
            "left_out": found.left_out,
        }
        for section, found, seconds in page.parts
    ]
    return {
        "machine": page.machine,
        "quick": page.quick,
        "seconds": page.seconds,
        "sections": sections,
    }


if __name__ == "__main__":
    main()
