"""Is everything there, and does it work: what `rttgeo doctor` asks."""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rttgeo.errors import RttgeoError
from rttgeo.machine.counting import number_of

PACKAGE = Path(__file__).resolve().parent.parent


class Finding(NamedTuple):
    """One question and its answer; ``ok`` None is neither good nor bad."""

    what: str
    ok: bool | None
    answer: str


def examine() -> Iterator[Finding]:
    """Examine the installation, one finding at a time: some take a second.

    Yields
    ------
    Finding
        A question and its answer; an error is an answer too.
    """
    yield from _packages()
    for what, ask in _QUESTIONS:
        try:
            yield Finding(what, *ask())
        except (RttgeoError, ImportError, OSError, RuntimeError) as error:
            yield Finding(what, False, f"{type(error).__name__}: {error}")


def _packages() -> Iterator[Finding]:
    """Every requirement of the installed rttgeo, extras told apart."""
    try:
        requirements = importlib.metadata.requires("rttgeo") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("rttgeo", None, "not installed as a package; run from its sources")
        return
    for requirement in requirements:
        name = re.split(r"[\s<>=!~;\[(]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra\s*==\s*['\"](\w+)['\"]", requirement)
        try:
            yield Finding(name, True, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            hint = f"missing; install rttgeo[{extra[1]}]" if extra else "missing"
            yield Finding(name, None if extra else False, hint)


def _just_in_time() -> tuple[bool | None, str]:
    """Compile a kernel, or take it from the cache, and hold it against the plain formula."""
    import numba

    from rttgeo.cells.grid import Grid
    from rttgeo.sphere import distance_km

    grid = Grid(resolution_km=400)
    found = grid.intersection([8.5], [47.4], [1500.0]).n_cells
    expected = int((distance_km(*grid.centres(), 8.5, 47.4) <= 1500.0).sum())
    if found != expected:
        return (
            False,
            f"a region has {number_of(found, 'cell')}, expected {expected}; delete rttgeo's __pycache__",
        )
    if getattr(numba.config, "DISABLE_JIT", 0):
        return None, "kernels are right, but run as plain Python (NUMBA_DISABLE_JIT is set)"
    return True, f"kernels are compiled and right (numba {numba.__version__})"


def _kernel_cache() -> tuple[bool | None, str]:
    kept = list(PACKAGE.rglob("*.nbi"))
    if kept:
        return True, f"{number_of(len(kept), 'compiled function')} are kept"
    writable = os.access(PACKAGE / "kernels", os.W_OK)
    return (
        None,
        "nothing compiled yet" if writable else "cannot be written here: compiled at each start",
    )


def _data() -> tuple[bool | None, str]:
    from rttgeo.catalogue.datasets import open_dataset

    return True, f"azure-2026 has {number_of(len(open_dataset('azure-2026')), 'pair')}"


def _fetched() -> tuple[bool | None, str]:
    from rttgeo.atlas.recipe import recipe_names
    from rttgeo.catalogue.datasets import fetched_folder

    there = [name for name in recipe_names() if fetched_folder(name) is not None]
    return (True if there else None), ", ".join(there) or "nothing fetched yet"


def _documents() -> tuple[bool | None, str]:
    try:
        from rttgeo.paper.documents import pandoc_path
    except ModuleNotFoundError as error:
        return None, f"{error.name} is missing; install rttgeo[paper]"
    return True, f"pandoc at {Path(pandoc_path()).name}"


_QUESTIONS: tuple[tuple[str, Callable[[], tuple[bool | None, str]]], ...] = (
    ("just-in-time compilation", _just_in_time),
    ("compiled kernels", _kernel_cache),
    ("data that come with rttgeo", _data),
    ("fetched data sets", _fetched),
    ("documents", _documents),
)
