"""The house as CONTRIBUTING.md draws it: every import, lazy and typing ones too, goes down."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "rttgeo"
REACHES_UP = "rttgeo.display"
"""The one module that may import from above; nobody's imports of it count either."""
MOST_AT_THE_TOP = 9
"""Modules that are in no room."""
MOST_DEEP = 12
"""Modules in the longest chain of imports, from a command down to the floor."""


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(source: str, known: frozenset[str]) -> set[str]:
    """Modules among those known that a source imports, wherever in it, for whatever purpose."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "relative imports are not read here"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found & known


@cache
def graph() -> dict[str, frozenset[str]]:
    """Module to the modules that it imports, without the door itself and what reaches up."""
    aside = {"rttgeo", REACHES_UP}
    known = frozenset(modules())
    return {
        name: frozenset(imports_of(path.read_text(encoding="utf-8"), known) - aside - {name})
        for name, path in modules().items()
        if name not in aside
    }


def room_of(module: str) -> str:
    """The room, or the module at the top."""
    return module.split(".")[1]


@cache
def floors() -> dict[str, int]:
    """Room to its row in the table of CONTRIBUTING.md, the lowest first."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| room | job |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)(?:/|\.py)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    return {room: number for number, rooms in enumerate(rows) for room in rooms}


@cache
def longest_chain(module: str) -> tuple[str, ...]:
    """Longest chain of imports that begins at a module; needs a graph without circles."""
    chains = (longest_chain(other) for other in sorted(graph()[module]))
    return (module, *max(chains, key=len, default=()))


def test_every_room_and_module_is_in_the_table():
    rooms = {room_of(name) for name in graph()} | {room_of(REACHES_UP)}
    assert rooms - {"__main__"} == set(floors())


def test_every_module_named_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    house = text.partition("## How the rooms")[2].partition("## What a good change")[0]
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", house))
    there = {str(path.relative_to(ROOT)) for path in ROOT.glob("[drt]*/**/*.py")}
    lost = [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in there)]
    assert len(named) > 20 and lost == []


def test_imports_go_down():
    up = [
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in others
        if room_of(module) != room_of(other)
        and module != "rttgeo.__main__"
        and floors()[room_of(other)] >= floors()[room_of(module)]
    ]
    assert up == []


def test_no_import_goes_round():
    left = {module: set(others) for module, others in graph().items()}
    while free := [module for module, others in left.items() if not others & left.keys()]:
        for module in free:
            del left[module]
    assert sorted(left) == []


def test_imports_are_not_deep():
    longest = max((longest_chain(module) for module in graph()), key=len)
    assert len(longest) <= MOST_DEEP, " <- ".join(longest)


def test_few_modules_stand_loose_at_the_top():
    loose = [path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    assert len(loose) <= MOST_AT_THE_TOP, loose


@cache
def given_by(module: str) -> frozenset[str]:
    """Names that stand at the top of a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)


@pytest.mark.parametrize("folder", ["benchmarks", "docs", "tools", "tests"])
def test_what_stands_outside_imports_what_is_there(folder):
    lost = []
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                "rttgeo."
            ):
                continue
            there = given_by(node.module) if node.module in modules() else frozenset()
            for alias in node.names:
                if alias.name not in there and f"{node.module}.{alias.name}" not in modules():
                    lost.append(f"{path.relative_to(ROOT)}: {node.module}.{alias.name}")
    assert lost == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from rttgeo import mesh", {"rttgeo.mesh"}),
        ("from rttgeo.cells.grid import Grid", {"rttgeo.cells.grid"}),
        ("from rttgeo.cells import grid", {"rttgeo.cells.grid"}),
        ("def f():\n    import rttgeo.cells.grid", {"rttgeo.cells.grid"}),
        ("if TYPE_CHECKING:\n    from rttgeo.mesh import Mesh", {"rttgeo.mesh"}),
        ("import numpy", set()),
    ],
)
def test_all_kinds_of_imports_are_seen(source, found):
    assert imports_of(source, frozenset(modules())) == found


def test_no_answer_depends_on_how_busy_the_machine_is():
    """Limits of solvers are counted in steps: a limit in seconds is another answer under load."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert '"time_limit"' not in text and "time_limit=" not in text, path
