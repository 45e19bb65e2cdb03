"""The paper: what its last build took, from its own record; it is not built for this page."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.page.protocol import OURS, Found, Section, Size, Table, Way

LOG = Path(__file__).resolve().parents[2] / "paper" / "build" / "build.log"
NOTEBOOK = re.compile(r"^\s*([\d.]+) s  (\S+)$")
WHOLE = re.compile(r"^\s*([\d.]+) s  this build in all \((\d+) s of processors\), ([\d,]+) MB")


def run(size: Size) -> Found:
    """Read the record."""
    if not LOG.is_file():
        why = "the paper was not built here: `make paper`, then this page again"
        return Found("The paper has no record of a build in this checkout.", [], [], (why,))
    return of_log(LOG.read_text(encoding="utf-8"))


def of_log(text: str) -> Found:
    """Make the section of a record.

    Parameters
    ----------
    text
        Of ``build.log``.

    Returns
    -------
    Found
        Its slowest notebooks, and the build in all.
    """
    ways, whole = [], None
    for line in text.splitlines():
        if found := WHOLE.match(line):
            peak = float(found[3].replace(",", ""))
            whole = Way("the last build in all", float(found[1]), float(found[2]), 1, OURS, peak)
        elif (found := NOTEBOOK.match(line)) and float(found[1]) > 0:
            ways.append(Way(found[2], float(found[1]), float("nan"), 1, OURS))
    slowest = sorted(ways, key=lambda one: -one.seconds)[:8]
    total = sum(one.seconds for one in ways)
    if whole is None:
        return Found(
            "The record of the last build is not whole.", [], [], ("paper/build/build.log",)
        )
    sentence = (
        f"The last build took {whole.seconds:.0f} s ({whole.cpu_seconds:.0f} s of processors, "
        f"{whole.peak_mb:,.0f} MB in its largest process); its {len(ways)} notebook runs took "
        f"{total:.0f} s when each was last executed. Read from the record of that build, whatever "
        "it had to do again."
    )
    return Found(
        sentence,
        [Table("The last build, and its slowest notebooks", "builds", [whole, *slowest])],
        [],
    )


SECTION = Section(
    "paper",
    "Paper build",
    "The record of the last `make paper` in this checkout; nothing is built for this page.",
    "none: nobody else builds this paper",
    "its notebooks one after the other",
    run,
)
