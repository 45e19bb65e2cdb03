"""`make paper`: data sets → notebooks → results → text → HTML and PDF."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import filelock

from rttgeo import __version__
from rttgeo.atlas.recipe import default_folder
from rttgeo.atlas.store import MANIFEST
from rttgeo.catalogue import clouds
from rttgeo.catalogue.datasets import DATASETS, fetched_folder, open_dataset
from rttgeo.catalogue.samples import has_samples
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.machine.escaping import printable
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Mesh, Provenance
from rttgeo.paper.claims import claims_table, papers_datasets, papers_runs, role_of
from rttgeo.paper.crate import write_crate
from rttgeo.paper.documents import render_text, write_html, write_jats, write_pdf
from rttgeo.paper.edition import OnDisk, audited, materialise
from rttgeo.paper.interactive import interactive_figure
from rttgeo.paper.notebooks import (
    FIXED_ENVIRONMENT,
    Job,
    named_datasets,
    run_jobs,
    seconds_taken,
)
from rttgeo.paper.references import Missing, References

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_DATASETS = ("azure-2026", "simulated-2017-07-11")
"""What is measured comes first, its simulated control second."""
PAPER_DATE = datetime.date(2026, 11, 22)
WHAT_IS_IN_THE_DATA = "01-mesh"
"""The notebook that is also about measurements which the argument does not use."""
MOST_NAME = 100
"""Characters in the name of a build's folder: file systems take 255 bytes, its files need some."""


class Paper(NamedTuple):
    """The files of a built paper, and what could not be said of its data sets.

    Attributes
    ----------
    html, pdf
        The two documents.
    results
        The results file of each notebook that was run.
    not_applicable
        What data sets could not give, and why.
    """

    html: Path
    pdf: Path
    results: list[Path]
    not_applicable: list[Missing]


def build_paper(
    datasets: Sequence[str | Path | Mesh] = DEFAULT_DATASETS,
    *,
    root: str | Path = ROOT,
    build: str | Path | None = None,
    skip_bad: bool = False,
) -> Paper:
    """Build the paper on the data sets named; redo only what changed.

    Parameters
    ----------
    datasets
        Names of data sets (see `rttgeo.catalogue.datasets`), paths of pairs tables, or meshes. The
        mesh of three clouds is added to the usual ones once it has been fetched.
    root
        The checkout with ``notebooks/`` and ``paper/``.
    build
        Where to build. By default ``paper/build`` in the checkout, and for data of one's own a
        folder of their name below it, so that no paper takes the place of another.
    skip_bad
        Leave bad rows of a pairs table out, and say so, instead of stopping.

    Returns
    -------
    Paper
        The files of the paper, and what could not be said of its data sets.

    Raises
    ------
    RttgeoError
        For bad input, a failing notebook, or a reference to what is not there.
    """
    root = Path(root).resolve()
    own = tuple(datasets) != DEFAULT_DATASETS
    if not own and clouds.clouds_file().is_file():
        datasets = (datasets[0], clouds.NAME, *datasets[1:])
    opened = [
        one if isinstance(one, Mesh) else open_dataset(one, skip_bad=skip_bad) for one in datasets
    ]
    build = Path(build).resolve() if build else default_build(root, opened if own else ())
    if not (root / "notebooks").is_dir():
        raise BadInputError(
            f"{root}: no notebooks/ there; the paper is built in a checkout of rttgeo (root=…)"
        )
    build.mkdir(parents=True, exist_ok=True)
    with _alone(build), _fixed_environment(build):
        measured = [materialise(mesh, build) for mesh in opened]
        used = [audited(mesh, file, build) for mesh, file in measured]
        started, jobs = time.monotonic(), _jobs(root, measured, used, own=own)
        results = run_jobs(jobs, build)
        paper = _documents(root / "paper", build, results, measured, used, own=own)
        _log(build, jobs, time.monotonic() - started)
        return paper


def default_build(root: Path, own: Sequence[Mesh]) -> Path:
    """Tell where a paper is built by default.

    Parameters
    ----------
    root
        The checkout.
    own
        Data sets of the reader's choice; none for the paper as it comes.

    Returns
    -------
    Path
        ``paper/build``, or for data of one's own ``paper/build/own/<their names>``.
    """
    build = root / "paper" / "build"
    if not own:
        return build
    safe = (re.sub(r"[^\w-]+", "-", mesh.provenance.name).strip("-") or "mesh" for mesh in own)
    return build / "own" / "+".join(safe)[:MOST_NAME]


def _log(build: Path, jobs: list[Job], seconds: float) -> None:
    """Leave in ``build.log`` what took how long, and the most memory that a process held.

    Where others use the machine too, the time of the processors says more than the clock.
    """
    usage = [resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1e6 if sys.platform == "darwin" else 1e3
    peak_mb = max(one.ru_maxrss for one in usage) / unit
    processors = sum(one.ru_utime + one.ru_stime for one in usage)
    lines = [f"{seconds_taken(build, job):7.1f} s  {job.name}" for job in jobs]
    lines.append(
        f"{seconds:7.1f} s  this build in all ({processors:.0f} s of processors), "
        f"{peak_mb:,.0f} MB in its largest process"
    )
    write_atomically(build / "build.log", "\n".join(lines) + "\n")


def _jobs(root: Path, measured: list[OnDisk], used: list[OnDisk], *, own: bool) -> list[Job]:
    """List what to execute: general notebooks on each mesh, others on the data sets they name.

    The notebook that tells what is in the data is run on everything that was measured. A notebook
    whose metadata say ``{"rttgeo": {"datasets": [...]}}`` is about those data sets, and is no part
    of an edition on a reader's own mesh. It is part of an edition on a paper's original data, or on
    their stand-ins, and is run on those there.
    """
    jobs = []
    edition = {mesh.provenance.name: file for mesh, file in measured}
    for notebook in sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        named = named_datasets(notebook)
        if named is None:
            meshes = measured if notebook.stem == WHAT_IS_IN_THE_DATA else used
            jobs += [Job(notebook, m.provenance.name, {"dataset": str(f)}, (f,)) for m, f in meshes]
            continue
        for name in _of_edition(named, [*edition]) if own else named:
            if name != clouds.NAME or name in edition:
                inputs = (*_inputs(name), *(edition[one] for one in (name,) if one in edition))
                jobs.append(Job(notebook, name, {"dataset": name}, inputs))
    return jobs


def _of_edition(named: Sequence[str], edition: Sequence[str]) -> list[str]:
    """On which of the data sets that it names a notebook is run, in a reader's own edition."""
    if clouds.NAME in named:
        return [name for name in named if name in edition]
    papers = papers_datasets([name for name in edition if has_samples(name)])
    if not any(papers.values()):
        return []
    wanted = []
    for name in named:
        role = role_of(name)
        wanted += papers[role] if role else [name]
    return wanted


def _inputs(name: str) -> tuple[Path, ...]:
    """Files that a notebook on a named data set depends on."""
    shipped = sorted(path for path in data_path("").rglob("*") if path.is_file())
    folder = fetched_folder(name)
    return (*shipped, folder / MANIFEST) if folder else tuple(shipped)


def _documents(
    sources: Path,
    build: Path,
    results: list[Path],
    measured: list[OnDisk],
    used: list[OnDisk],
    *,
    own: bool,
) -> Paper:
    """Resolve the text against the results and write both documents."""
    references = References(results, "figures")
    papers = papers_runs(references)
    context = {
        "papers": papers,
        "simulated_originals": any(name in DATASETS for names in papers.values() for name in names),
        "datasets": [mesh.provenance for mesh, _ in used],
        "measured": [mesh.provenance for mesh, _ in measured],
        "own": own,
        "claims": partial(claims_table, references),
        "interactive": interactive_figure(sources, [mesh for mesh, _ in used]),
        "version": __version__,
        "date": PAPER_DATE.isoformat(),
    }
    text = render_text(sources / "paper.md", references, **context)
    markdown = write_atomically(build / "paper.md", text)
    html = write_html(markdown, sources, build / "paper.html")
    pdf = write_pdf(markdown, sources, build / "paper.pdf", date=PAPER_DATE)
    jats = write_jats(markdown, sources, build / "paper.jats.xml")
    shown = [Provenance(**told) for told in references.provenances().values()]  # type: ignore[arg-type]
    files = (html, pdf, jats, *results, *(build / "figures").glob("*.*"))
    write_crate(build, files, shown, PAPER_DATE.isoformat())
    return Paper(html, pdf, results, references.missing())


@contextlib.contextmanager
def _alone(build: Path) -> Iterator[None]:
    """Hold the build folder; say so when another build has it, and wait."""
    lock = filelock.FileLock(build / ".lock")
    try:
        lock.acquire(timeout=0.5)
    except filelock.Timeout:
        print(printable(f"Another build is at work in {build}; waiting for it"), file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _fixed_environment(build: Path) -> Iterator[None]:
    """What the notebooks' kernels inherit: nothing of the user's own set-up."""
    wanted = FIXED_ENVIRONMENT | {
        "IPYTHONDIR": str(build / "work" / "ipython"),
        "MPLCONFIGDIR": str(build / "work" / "matplotlib"),
        "JUPYTER_CONFIG_DIR": str(build / "work" / "jupyter"),
        # A kernel that the user installed elsewhere would be another Python.
        "JUPYTER_PATH": "",
        "JUPYTER_DATA_DIR": str(build / "work" / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Notebooks run in a folder of their own.
        "RTTGEO_DOWNLOADS": str(default_folder("").resolve()),
        # The paper rests on what it learns itself.
        "RTTGEO_CACHE": "off",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(build / "work" / "ipython", ignore_errors=True)
