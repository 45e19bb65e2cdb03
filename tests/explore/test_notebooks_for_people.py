"""The notebooks for people run from top to bottom, and the paper's build leaves them alone."""

import nbformat
import pytest

from rttgeo.paper.build import _jobs

NAMES = ("quick-start", "explorer")


def test_the_paper_does_not_take_them(root):
    taken = {job.notebook.stem for job in _jobs(root, [], own=False)}
    assert taken.isdisjoint((*NAMES, "comparison"))


def test_quick_start_has_ten_cells(root):
    assert len(nbformat.read(root / "notebooks" / "quick-start.ipynb", 4).cells) == 10


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_runs_from_top_to_bottom(root, name, tmp_path):
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", 4)
    client.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    kinds = {kind for out in outputs for kind in out.get("data", {})}
    text = "".join(out.get("text", "") for out in outputs)
    if name == "quick-start":
        assert {"text/html", "image/png"} <= kinds
        assert "No answer can come from outside this region" in text
    else:
        assert "application/vnd.jupyter.widget-view+json" in kinds


@pytest.mark.slow
def test_the_comparison_runs_on_a_small_mesh(root, tmp_path):
    papermill = pytest.importorskip("papermill", reason="papermill is not installed")
    done = papermill.execute_notebook(
        str(root / "notebooks" / "comparison.ipynb"),
        str(tmp_path / "comparison.ipynb"),
        parameters={
            "meshes": ["world-25"],
            "methods": ["shortest-ping", "cbg++"],
            "parts": False,
            "hidden_km": [1.0, 100.0],
            "audited": 1,
        },
        kernel_name="python3",
        progress_bar=False,
    )
    outputs = [out for cell in done.cells for out in cell.get("outputs", [])]
    text = "".join(out.get("text", "") for out in outputs)
    assert text.count("world-25 (simulated): 25 targets") == 2
    assert "nodes within 100 km hidden" in text
    tables = "".join(out.get("data", {}).get("text/html", "") for out in outputs)
    assert "betrayed by light" in tables
    assert sum("image/png" in out.get("data", {}) for out in outputs) == 3
