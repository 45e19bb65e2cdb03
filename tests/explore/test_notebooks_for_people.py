"""The notebooks for people run from top to bottom, and the paper's build leaves them alone."""

import ast

import nbformat
import pytest

from rttgeo.figures import Drawn
from rttgeo.paper.build import _jobs

NAMES = ("quick-start", "explorer")
PARTS = (
    "audit",
    "delay-models",
    "engine",
    "estimators",
    "evaluation",
    "explain",
    "load",
    "mesh",
    "privacy",
    "simulate",
    "sources",
)


def test_the_paper_does_not_take_them(root):
    taken = {job.notebook.stem for job in _jobs(root, [], [], own=False)}
    assert taken.isdisjoint((*NAMES, "comparison"))


def test_quick_start_has_ten_cells(root):
    assert len(nbformat.read(root / "notebooks" / "quick-start.ipynb", 4).cells) == 10


def test_every_part_has_its_notebook(root):
    assert {path.stem for path in (root / "notebooks" / "parts").glob("*.ipynb")} == set(PARTS)


def test_each_opens_with_what_it_shows_and_closes_with_what_to_try(root):
    every = sorted((root / "notebooks").rglob("*.ipynb"))
    assert len(every) > len(PARTS) + len(NAMES)
    for path in every:
        words = [one.source for one in nbformat.read(path, 4).cells if one.cell_type == "markdown"]
        assert words[0].startswith("# ") and len(words[0].split("\n\n")) > 1, path.name
        assert words[-1].startswith("## Try next"), path.name


def test_the_papers_notebooks_are_numbered_without_a_hole(root):
    numbers = sorted(int(path.name[:2]) for path in (root / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    assert numbers == list(range(1, len(numbers) + 1))


def executed(path, folder):
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    notebook = nbformat.read(path, 4)
    client.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return [out for cell in notebook.cells for out in cell.get("outputs", [])]


def shown_by(path):
    """What the cells of a notebook show, run in this process: a kernel for each takes its time."""
    names, shown = {"__name__": "notebook"}, []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(path), "exec"), names)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), str(path), "eval"), names))
    return [one for one in shown if one is not None]


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_a_part_runs_and_shows_something(root, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shown = shown_by(root / "notebooks" / "parts" / f"{name}.ipynb")
    printed = capsys.readouterr().out
    assert len(shown) + len(printed.splitlines()) >= 2
    drawn = [one for one in shown if isinstance(one, Drawn)]
    assert drawn or name in ("audit", "sources"), "nothing to look at"
    for one in drawn:
        assert one._repr_png_().startswith(b"\x89PNG") and "not stated" not in one.data


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_runs_from_top_to_bottom(root, name, tmp_path):
    outputs = executed(root / "notebooks" / f"{name}.ipynb", tmp_path)
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
