"""Derive `environment.yml` (conda-forge names) from `pyproject.toml`, or check that it is so.

What conda-forge does not have goes under ``pip:``.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from rttgeo.machine.files import write_atomically

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "environment.yml"
EXTRAS = ("paper", "explore")
CONDA_NAMES = {"matplotlib": "matplotlib-base", "typst": "typst-py", "pypandoc_binary": None}
PIP_ONLY = {"ripe.atlas.cousteau", "healpix"}


def derived() -> str:
    """The text of environment.yml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in EXTRAS:
        requirements += project["optional-dependencies"][extra]
    conda, pip = [f"python {project['requires-python']}", "pandoc >=3.1", "pypandoc", "pip"], []
    for requirement in requirements:
        name = requirement.split(">=")[0].split("<")[0].split("==")[0].strip()
        specifier = requirement[len(name) :]
        if name in PIP_ONLY:
            pip.append(name + specifier)
        elif CONDA_NAMES.get(name, name) is not None:
            conda.append(f"{CONDA_NAMES.get(name, name)} {specifier}")
    lines = ["# Derived from pyproject.toml by tools/environment_yml.py; do not edit.",
             "name: rttgeo", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]  # fmt: skip
    lines += [f"  - {spec}" for spec in sorted(set(conda))]
    lines += ["  - pip:", *[f"      - {spec}" for spec in sorted(pip)], "      - --editable ."]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or with --check say whether it is what it should be."""
    text = derived()
    if "--check" not in sys.argv:
        write_atomically(TARGET, text)
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("environment.yml is not what pyproject.toml says; run: make format", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
