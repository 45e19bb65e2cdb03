"""What is public says what goes in and what comes out."""

from __future__ import annotations

import ast
import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "rttgeo"
LEAST = 0.97
"""Share of public functions; the others are methods that refer to the protocol they follow."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(body: list[ast.stmt]) -> Iterator[Function]:
    """Functions and methods of public names, without overloads, setters and commands."""
    for node in body:
        if getattr(node, "name", "_").startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield from public_functions(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            made = " ".join(ast.unparse(one) for one in node.decorator_list)
            if not any(word in made for word in ("overload", ".setter", "click.", "options.")):
                yield node


def missing(node: Function) -> list[str]:
    """What the docstring of a function does not say."""
    text = ast.get_docstring(node) or ""
    wanted = node.args
    every = [*wanted.posonlyargs, *wanted.args, *wanted.kwonlyargs, wanted.vararg, wanted.kwarg]
    names = [one.arg for one in every if one is not None and one.arg not in ("self", "cls")]
    described = text.partition("Parameters\n----------")[2]
    lacking = [name for name in names if name not in described]
    is_property = any("property" in ast.unparse(one) for one in node.decorator_list)
    gives = node.returns is not None and ast.unparse(node.returns) != "None"
    if (
        gives
        and not is_property
        and "Returns\n-------" not in text
        and "Yields\n------" not in text
    ):
        lacking.append("what it returns")
    return lacking if text else ["anything"]


def test_public_functions_say_what_goes_in_and_comes_out():
    lacking, count = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in public_functions(ast.parse(path.read_text(encoding="utf-8")).body):
            count += 1
            if names := missing(node):
                where = f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
                lacking.append(f"{where}: {', '.join(names)}")
    assert count > 1000
    assert len(lacking) <= (1 - LEAST) * count, "\n".join(lacking)


def test_examples_give_what_they_show():
    tried = failed = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
            found = doctest.testmod(importlib.import_module(name.removesuffix(".__init__")))
            tried, failed = tried + found.attempted, failed + found.failed
    assert tried > 25 and failed == 0
