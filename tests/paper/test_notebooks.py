"""Notebooks run, run again only when something changed, and fail without losing anything."""

import json
from pathlib import Path

import nbformat
import pytest

from rttgeo.errors import BadInputError
from rttgeo.paper.notebooks import Job, NotebookError, check_parameters, run_jobs

SOURCE = """
from rttgeo.mesh import Provenance
from rttgeo.paper import Results
results = Results("count", Provenance("d"), output)
results.number("n", {value})
"""


def notebook(path: Path, value: str) -> Path:
    new = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell("dataset = ''\noutput = ''")
    parameters.metadata["tags"] = ["parameters"]
    body = nbformat.v4.new_code_cell(SOURCE.format(value=value))
    new.cells = [parameters, body, nbformat.v4.new_code_cell("results.save()")]
    new.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(new, path)
    return path


def test_an_unknown_parameter_is_refused(tmp_path):
    job = Job(notebook(tmp_path / "01-count.ipynb", "1"), "d", {"datset": "x"})
    with pytest.raises(BadInputError, match=r"'datset'.*dataset, output"):
        check_parameters(job)


def test_a_missing_and_a_broken_notebook_are_named(tmp_path):
    with pytest.raises(BadInputError, match="no such notebook"):
        check_parameters(Job(tmp_path / "02-none.ipynb", "d", {}))
    (tmp_path / "03-broken.ipynb").write_text("{")
    with pytest.raises(BadInputError, match=r"03-broken\.ipynb: not readable"):
        check_parameters(Job(tmp_path / "03-broken.ipynb", "d", {}))


@pytest.mark.slow
def test_runs_keeps_and_fails_well(tmp_path):
    source, build = tmp_path / "01-count.ipynb", tmp_path / "build"
    job = Job(notebook(source, "1"), "d", {"dataset": "d"})
    (result,) = run_jobs([job], build)
    assert json.loads(result.read_text())["numbers"][0]["value"] == 1
    executed = build / "notebooks" / "count.d.ipynb"
    first = executed.stat().st_mtime_ns

    run_jobs([job], build)
    assert executed.stat().st_mtime_ns == first, "nothing changed, yet it ran again"

    notebook(source, "1 / 0")
    with pytest.raises(NotebookError) as caught:
        run_jobs([job], build)
    message = str(caught.value)
    assert "ZeroDivisionError" in message and "1 / 0" in message
    assert str(build / "failed" / "count.d.ipynb") in message
    assert json.loads(result.read_text())["numbers"][0]["value"] == 1, "the good output is gone"

    notebook(source, "2")
    run_jobs([job], build)
    assert json.loads(result.read_text())["numbers"][0]["value"] == 2
    assert not (build / "failed" / "count.d.ipynb").exists()
