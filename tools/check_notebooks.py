"""Check the committed notebooks: valid, without outputs, no cell so long that it is a program."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 30


def problems(path: Path) -> list[str]:
    """What is wrong with one notebook, a line each."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        return [f"{path}: not a valid notebook: {error}"]
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        if cell.outputs or cell.execution_count:
            found.append(f"{path}: cell {number} is committed with outputs; clear them")
        if len(cell.source.splitlines()) > MOST_LINES:
            found.append(f"{path}: cell {number} has over {MOST_LINES} lines; move it to rttgeo/")
    return found


def main() -> int:
    """Check all notebooks; 1 when something is wrong."""
    found = [p for path in sorted((ROOT / "notebooks").rglob("*.ipynb")) for p in problems(path)]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
