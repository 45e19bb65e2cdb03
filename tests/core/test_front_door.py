"""The front door: plain functions with signatures, typed for users, and nothing else to be seen."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rttgeo

SCRIPT = Path(__file__).with_name("user_script.py")
FUNCTIONS = (
    "audit",
    "evaluate",
    "fit",
    "load_model",
    "locate",
    "locate_many",
    "open_dataset",
    "read_mesh",
    "read_region",
    "write_mesh",
)


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_import_costs_nothing() -> None:
    code = (
        "import sys, rttgeo; dir(rttgeo); "
        "print([m for m in sys.modules if m in ('numpy', 'pandas', 'scipy', 'click')])"
    )
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


def test_only_public_names_are_shown() -> None:
    shown = set(dir(rttgeo))
    assert shown - {"__version__"} == {
        *rttgeo.__all__,
        "anycast",
        "atlas",
        "figures",
        "privacy",
        "simulate",
        "sphere",
    }
    assert all(getattr(rttgeo, name) is not None for name in shown)
    with pytest.raises(AttributeError, match="no attribute 'lokate'"):
        _ = rttgeo.lokate


def test_the_names_for_type_checkers_are_those_that_are_there() -> None:
    tree = ast.parse(Path(rttgeo.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rttgeo")
        for alias in node.names
    }
    assert imported - {"_forget_stale"} == set(dir(rttgeo)) - {"__version__"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_plain_and_documented(name: str) -> None:
    function = getattr(rttgeo, name)
    assert inspect.isfunction(function) and function.__name__ == name
    signature = inspect.signature(function)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    assert signature.return_annotation is not inspect.Signature.empty
    text = inspect.getdoc(function) or ""
    assert "Parameters\n----------" in text and "Returns\n-------" in text
    described = text.partition("Parameters\n----------")[2].partition("\n\n")[0]
    for parameter in signature.parameters:
        assert parameter in described, parameter


@pytest.mark.slow
def test_a_users_script_runs() -> None:
    done = run(sys.executable, SCRIPT)
    assert done.returncode == 0, done.stderr
    assert "did you mean 'West Europe'" in done.stdout


def test_a_users_script_is_typed(root: Path, tmp_path: Path) -> None:
    """In the tree: the cache of the project's own check is shared, which makes it quick."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    api = _api()
    found = api.run(["--config-file", str(root / "pyproject.toml"), "--strict", str(script)])
    assert found[2] == 0, found[0]
    script.write_text("import rttgeo\nrttgeo.locat\nrttgeo.locate(3, 4.5)\n", encoding="utf-8")
    wrong = api.run(["--config-file", str(root / "pyproject.toml"), "--strict", str(script)])
    assert wrong[0].count("error:") == 3, wrong[0]


def _api():
    return pytest.importorskip("mypy.api")


@pytest.mark.slow
def test_a_users_script_is_typed_against_the_wheel(root: Path, tmp_path: Path) -> None:
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    done = run(*build, cwd=root)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        assert "rttgeo/py.typed" in archive.namelist()
        archive.extractall(site)
    # The libraries beneath without types are the user's to ignore, as rttgeo does.
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT.read_text(encoding="utf-8") + "reveal_type(rttgeo.locate)\n", encoding="utf-8"
    )
    environment = os.environ | {"PYTHONPATH": str(site)}
    environment.pop("MYPYPATH", None)
    command = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", script)
    checked = run(*command, cwd=tmp_path, env=environment)
    assert checked.returncode == 0, checked.stdout
    assert "def (mesh: rttgeo.mesh.Mesh, target: " in checked.stdout


def test_no_module_loads_what_takes_half_a_second_until_it_is_used():
    code = (
        "import importlib, pkgutil, sys, rttgeo\n"
        "for one in pkgutil.walk_packages(rttgeo.__path__, 'rttgeo.'):\n"
        "    if not one.name.endswith('__main__'):\n"
        "        importlib.import_module(one.name)\n"
        "assert 'rttgeo.figures.evaluation' in sys.modules\n"
        "print([name for name in ('scipy.stats', 'duckdb', 'dask') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
