"""What the project promises about itself: derived files, light imports, clean notebooks, the wheel."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_environment_yml_is_derived_from_pyproject(root):
    assert run(sys.executable, root / "tools" / "environment_yml.py", "--check").returncode == 0


def test_committed_notebooks_are_clean(root):
    done = run(sys.executable, root / "tools" / "check_notebooks.py")
    assert done.returncode == 0, done.stderr


def test_the_lock_file_names_no_host_and_pins_by_hash(root):
    text = (root / "requirements.lock").read_text()
    assert "://" not in text
    pinned = [line for line in text.splitlines() if re.match(r"^[a-z0-9]", line)]
    assert pinned and all("==" in line and line.endswith("\\") for line in pinned)


def test_import_is_light():
    code = (
        "import sys, rttgeo, rttgeo.cli.main; "
        "heavy = {'numba', 'geopandas', 'pandas', 'matplotlib', 'pyarrow', 'scipy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


def test_make_help_lists_the_targets(root):
    shown = run("make", "--no-print-directory", "help", cwd=root).stdout
    for target in (
        "env",
        "paper",
        "test",
        "check",
        "notebooks",
        "explore",
        "fetch",
        "bench",
        "clean",
    ):
        assert f"make {target} " in shown


def test_bootstrap_refuses_an_old_python(root):
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 0); "
        f"module = runpy.run_path({str(root / 'tools' / 'bootstrap.py')!r}); "
        "sys.exit(module['main']())"
    )
    done = run(sys.executable, "-c", code)
    assert done.returncode == 2 and "Python 3.11 or newer" in done.stderr


def test_no_file_names_a_machine_or_a_registry(root):
    listed = run("git", "ls-files", "-z", cwd=root)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = root / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ".json", ".ipynb", ".lock", ""}:
            text = path.read_text(errors="replace") if path.is_file() else ""
            assert str(root.parent) + "/" not in text, name
            if not name.startswith("tests/"):
                assert "../shared" not in text, name


@pytest.mark.slow
def test_wheel_installs_and_imports_with_its_data(root, tmp_path):
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=root)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert "rttgeo/_data/azure-regions/pairs.csv" in archive.namelist()
        archive.extractall(tmp_path / "site")
    code = (
        "import json, rttgeo; from rttgeo.catalogue.datasets import open_dataset; "
        "print(json.dumps([rttgeo.__file__, len(open_dataset('azure-2026'))]))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    shown = run(sys.executable, "-c", code, cwd=tmp_path, env=environment)
    where, pairs = json.loads(shown.stdout)
    assert where.startswith(str(tmp_path / "site")) and pairs == 2350


@pytest.mark.slow
def test_the_sdist_makes_the_same_wheel(root, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "here"]
    done = run(*build, cwd=root)
    assert done.returncode == 0, done.stderr
    (sdist,) = (tmp_path / "here").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    again = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again"]
    assert run(*again, cwd=unpacked).returncode == 0
    names = [
        sorted(zipfile.ZipFile(next((tmp_path / folder).glob("*.whl"))).namelist())
        for folder in ("here", "again")
    ]
    assert names[0] == names[1]
    assert not any(name.startswith(("tests/", "docs/")) for name in names[0])
