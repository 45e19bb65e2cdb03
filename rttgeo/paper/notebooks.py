"""Executing the notebooks: only what changed, all or nothing, errors shown where they are."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from rttgeo.errors import BadInputError, RttgeoError
from rttgeo.machine.files import move, sha256, write_json

PACKAGE = Path(__file__).resolve().parent.parent
FIXED_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    # One notebook per core: threads inside would only fight, and change the order of sums.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "IPYTHONDIR": "",
    "JUPYTER_PLATFORM_DIRS": "1",
}


class NotebookError(RttgeoError):
    """A cell failed; the message ends with what failed and where the executed notebook is."""

    exit_code = 1


class Job(NamedTuple):
    """One notebook to execute on one data set.

    Attributes
    ----------
    notebook
        The source, such as ``notebooks/02-linear-model.ipynb``.
    dataset
        Name of the data set, as it stands in file names.
    parameters
        What the notebook's parameters cell is to hold; unknown names are refused.
    inputs
        Files whose content the result depends on.
    """

    notebook: Path
    dataset: str
    parameters: dict[str, object]
    inputs: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """``linear-model.azure-2026`` for ``02-linear-model.ipynb`` on azure-2026."""
        return f"{self.notebook.stem.lstrip('0123456789-')}.{self.dataset}"


def run_jobs(jobs: list[Job], build: Path, *, workers: int | None = None) -> list[Path]:
    """Execute those jobs whose notebook, data, parameters or library changed.

    Parameters
    ----------
    jobs
        What the paper needs.
    build
        Folder with ``results/``, ``figures/`` and ``notebooks/``; made when absent.
    workers
        Notebooks at a time; by default one per core.

    Returns
    -------
    list of Path
        The results file of each job, in the order of the jobs.

    Raises
    ------
    BadInputError
        For parameters that a notebook does not have.
    NotebookError
        When a cell fails; outputs of an earlier good run stay as they are.
    """
    for job in jobs:
        check_parameters(job)
    library = sha256(sorted(PACKAGE.rglob("*.py")))
    todo = [job for job in jobs if _state(build, job).get("made_from") != made_from(job, library)]
    if todo:
        count = workers or len(os.sched_getaffinity(0))
        with (
            ThreadPoolExecutor(count) as pool,
            tqdm(total=len(todo), unit=" notebook", desc="Notebooks", file=sys.stderr) as bar,
        ):
            futures = [pool.submit(_run, job, build, library) for job in todo]
            try:
                for future in futures:
                    future.result()
                    bar.update()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    return [build / "results" / f"{job.name}.json" for job in jobs]


def named_datasets(notebook: Path) -> list[str] | None:
    """List the data sets that a notebook's own metadata name.

    Parameters
    ----------
    notebook
        The file.

    Returns
    -------
    list of str or None
        None when it is about any mesh.

    Raises
    ------
    BadInputError
        When the file is not a notebook.
    """
    try:
        metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
        named = metadata.get("rttgeo", {}).get("datasets")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise BadInputError(f"{notebook}: not readable as a notebook: {error}") from None
    return None if named is None else [str(name) for name in named]


def check_parameters(job: Job) -> None:
    """Refuse parameters that the notebook does not declare.

    Parameters
    ----------
    job
        The notebook and its parameters.

    Raises
    ------
    BadInputError
        Naming the parameter and those there are: papermill itself only logs it.
    """
    from papermill import inspect_notebook

    if not job.notebook.is_file():
        raise BadInputError(f"{job.notebook}: there is no such notebook")
    try:
        declared = set(inspect_notebook(str(job.notebook)))
    except Exception as error:
        raise BadInputError(f"{job.notebook}: not readable as a notebook: {error}") from None
    unknown = sorted(set(job.parameters) - declared)
    if unknown:
        raise BadInputError(
            f"{job.notebook}: unknown parameter {unknown[0]!r}; "
            f"it has {', '.join(sorted(declared)) or 'none'}"
        )


def made_from(job: Job, library: str) -> str:
    """Take a digest of everything that a job's outputs depend on.

    Parameters
    ----------
    job
        The notebook, its parameters and its data.
    library
        Digest of rttgeo's own sources.

    Returns
    -------
    str
        Equal for two runs only when nothing changed.
    """
    parameters = json.dumps(job.parameters, sort_keys=True, default=str)
    return f"{library} {sha256([job.notebook, *job.inputs])} {parameters}"


def _run(job: Job, build: Path, library: str) -> None:
    """Execute in a folder of its own; move the outputs into place only when all is well."""
    import papermill

    started = time.monotonic()

    work = build / "work" / job.name
    shutil.rmtree(work, ignore_errors=True)
    (work / "out").mkdir(parents=True)
    executed = work / job.notebook.name
    try:
        papermill.execute_notebook(
            str(job.notebook),
            str(executed),
            parameters=job.parameters | {"output": str((work / "out").resolve())},
            kernel_name="python3",
            progress_bar=False,
            cwd=str(job.notebook.parent),
            start_timeout=120,
            # The kernel's own log: it warns of every loopback connection.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            record_timing=False,
        )
    except papermill.PapermillExecutionError as error:
        raise _failure(job, build, executed, error) from None
    _publish(job, build, work, executed)
    (build / "failed" / f"{job.name}.ipynb").unlink(missing_ok=True)
    state = {
        "made_from": made_from(job, library),
        "seconds": round(time.monotonic() - started, 1),
    }
    write_json(build / "state" / f"{job.name}.json", state)
    shutil.rmtree(work, ignore_errors=True)


def _failure(job: Job, build: Path, executed: Path, error: object) -> NotebookError:
    """The message for a cell that failed; the notebook, executed up to there, is kept to look at."""
    kept = build / "failed" / f"{job.name}.ipynb"
    move(executed, kept)
    source = getattr(error, "source", "").strip()
    return NotebookError(
        f"{job.notebook} failed on {job.dataset} in cell {getattr(error, 'exec_count', '?')}:\n"
        + "\n".join(f"    {line}" for line in source.splitlines()[:12])
        + f"\n{getattr(error, 'ename', 'Error')}: {getattr(error, 'evalue', error)}\n"
        f"Kept as far as it ran: {kept}"
    )


def _publish(job: Job, build: Path, work: Path, executed: Path) -> None:
    result = work / "out" / f"{job.name}.json"
    if not result.is_file():
        raise NotebookError(
            f"{job.notebook} ran to its end on {job.dataset} but saved no {job.name}.json; "
            "its last cell must call results.save()"
        )
    for folder in ("results", "figures", "notebooks"):
        (build / folder).mkdir(parents=True, exist_ok=True)
    for file in sorted((work / "out").iterdir()):
        if file != result:
            move(file, build / "figures" / file.name)
    move(executed, build / "notebooks" / f"{job.name}.ipynb")
    # Last, so that a results file never names a figure that is not there.
    move(result, build / "results" / result.name)


def seconds_taken(build: Path, job: Job) -> float:
    """Tell how long the run took that produced a job's outputs.

    Parameters
    ----------
    build
        Folder of the build.
    job
        The notebook, its parameters and its data.

    Returns
    -------
    float
        Seconds; 0 when it was never run.
    """
    return float(_state(build, job).get("seconds", 0))


def _state(build: Path, job: Job) -> dict[str, Any]:
    """What an earlier run left, if all of it is still there."""
    try:
        state = json.loads((build / "state" / f"{job.name}.json").read_text())
        results = json.loads((build / "results" / f"{job.name}.json").read_text())
    except (OSError, ValueError):
        return {}
    files = [build / "figures" / file for figure in results["figures"] for file in figure["files"]]
    return state if all(file.is_file() for file in files) else {}
