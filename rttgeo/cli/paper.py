"""`rttgeo paper`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output

if TYPE_CHECKING:
    from rttgeo.paper.build import Paper

EPILOG = """\b
Examples:
  rttgeo paper                              on its own data sets
  rttgeo paper --mesh pairs.csv             on your own pairs table
  rttgeo paper --dataset atlas-2017-07-11   on the original, once it is fetched

Prints the names of the two files it has written. It needs a clone of rttgeo (an
installed package has neither notebooks nor text) and the extra rttgeo[paper]."""


@click.command(epilog=EPILOG)
@click.option(
    "--mesh",
    "meshes",
    multiple=True,
    metavar="FILE",
    help="Build on your own pairs table (CSV, Parquet). Repeatable.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME",
    help="Build on this data set (see `rttgeo data`). Repeatable.",
)
@click.option("--build", metavar="DIR", help="Where to build (default: paper/build).")
@options.json_flag
@options.skip_bad_option
def command(
    meshes: tuple[str, ...],
    datasets: tuple[str, ...],
    build: str | None,
    as_json: bool,
    skip_bad: bool,
) -> int:
    """Execute the notebooks and write paper.html and paper.pdf; only what changed runs again."""
    if meshes and datasets:
        raise click.UsageError("--mesh and --dataset exclude each other")
    root = _clone()
    from rttgeo.paper.build import DEFAULT_DATASETS, build_paper

    started = time.monotonic()
    paper = build_paper(
        meshes or datasets or DEFAULT_DATASETS, root=root, build=build, skip_bad=skip_bad
    )
    for missing in paper.not_applicable:
        count = len(missing.names)
        what = "number, figure or table does" if count == 1 else "numbers, figures or tables do"
        output.complain(f"{count} {what} not apply to {missing.dataset}: {missing.why}")
    if paper.not_applicable:
        output.complain("The paper lists them in the section on what it does not say")
    took = time.monotonic() - started
    output.complain(f"Built in {took:.0f} s; build.log next to it says how long each step took")
    if as_json:
        output.emit(output.to_json(_document(paper, took)), None)
    else:
        output.emit(f"{paper.html}\n{paper.pdf}", None)
    return 0


def _clone() -> Path:
    """The clone of rttgeo to build in: that of this package, else the current folder."""
    from rttgeo.errors import NotThereError

    package = Path(__file__).resolve().parents[2]
    for folder in (package, Path.cwd()):
        if (folder / "notebooks").is_dir() and (folder / "paper" / "paper.md").is_file():
            return folder
    raise NotThereError(
        "the paper is built in a clone of rttgeo, whose notebooks and text are no part of an "
        "installed package: run this in one"
    )


def _document(paper: Paper, seconds: float) -> dict[str, object]:
    return {
        "html": str(paper.html),
        "pdf": str(paper.pdf),
        "results": [str(path) for path in paper.results],
        "not_applicable": [
            {"dataset": one.dataset, "names": list(one.names), "why": one.why}
            for one in paper.not_applicable
        ],
        "seconds": seconds,
    }
