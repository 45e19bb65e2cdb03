"""Compiled functions that are kept on disk: none may be older than a source it was made from."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rttgeo.machine.files import turn

PACKAGE = Path(__file__).resolve().parent.parent
COMPILING = (
    "Compiling, once: the first call of each kind takes longer, a minute or two on a slow machine"
)
BLAS = "scipy.linalg.cython_blas"
"""What numba looks for when it loads its first function, only to know whether it is there."""
_told: list[Callable[[str], object]] = []
_hurried: list[bool] = []


def forget_stale(package: Path = PACKAGE) -> int:
    """Remove compiled functions that are older than the newest source with any.

    numba compiles a function anew only when its own file changes, but what it calls is compiled
    into it, from other files and other rooms too: without this an edit could leave old code at
    work. Which function contains which is not recorded, so one edit recompiles all of them.
    ``import rttgeo`` does this first of all; it costs a millisecond or two.

    Parameters
    ----------
    package
        Folder of the sources.

    Returns
    -------
    int
        How many were removed.
    """
    kept = list(_kept(package))
    newest = max((source.stat().st_mtime for _, source in kept if source.exists()), default=0.0)
    removed = 0
    for index, _ in kept:
        try:
            if index.stat().st_mtime < newest:
                index.unlink()
                removed += 1
                # Else the next process could meet a new index beside old code.
                for code in index.parent.glob(f"{index.stem}.*.nbc"):
                    code.unlink(missing_ok=True)
        except OSError:
            # Another process was quicker, or the folder is not ours to write: then numba keeps
            # its functions elsewhere, and an upgrade replaces every file it looks at.
            continue
    return removed


def _kept(package: Path) -> Iterator[tuple[Path, Path]]:
    """Index files of compiled functions, each with its source.

    numba names them ``__pycache__/module.function-line.pyXY.nbi``.
    """
    for pattern in ("__pycache__/*.nbi", "*/__pycache__/*.nbi", "*/*/__pycache__/*.nbi"):
        for index in package.glob(pattern):
            yield index, index.parent.parent / f"{index.name.split('.')[0]}.py"


def tell_of_compiling(tell: Callable[[str], object]) -> None:
    """Have a waiting user told when functions are compiled instead of found on disk.

    Parameters
    ----------
    tell
        Called with a line, once, at the first such function.
    """
    _told.append(tell)


def spare_linear_algebra() -> None:
    """Have numba load without SciPy's linear algebra, which no kernel uses.

    It takes a quarter of a second on a slow machine. Functions of other authors that multiply
    matrices find it when they are compiled. Only for a process of our own: while the first compiled
    function is loaded, no other thread may import `scipy.linalg`.
    """
    _hurried.append(True)


@functools.cache
def before_kernels() -> None:
    """Let processes keep functions one at a time; do what was asked for by a command line.

    Every package with compiled functions calls this when it is loaded, since numba is not loaded
    before; the first call counts.
    """
    _keep_one_at_a_time()
    if _hurried:
        _hide_linear_algebra()
    if _told:
        _watch_compiling()


def _keep_one_at_a_time() -> None:
    """Have a process wait while another one keeps a function in the same folder.

    numba reads an index, adds a file to it and writes both. Two processes that compile one function
    for different types at the same time would give both the same file's name, and from then on
    every process would run the one's code on the other's arguments.
    """
    from numba.core.caching import IndexDataCacheFile

    save: Callable[[Any, Any, Any], None] = IndexDataCacheFile.save

    def alone(self: Any, key: Any, data: Any) -> None:
        with turn(Path(self._cache_path)):
            save(self, key, data)

    IndexDataCacheFile.save = alone  # type: ignore[method-assign]


def _hide_linear_algebra() -> None:
    from numba.core.cpu import CPUContext

    load: Callable[[Any], None] = CPUContext.load_additional_registries

    def spared(context: Any) -> None:
        if "numba.np.arraymath" in sys.modules or BLAS in sys.modules:
            load(context)
            return
        # What is None there counts as missing.
        sys.modules[BLAS] = None  # type: ignore[assignment]
        try:
            load(context)
        finally:
            del sys.modules[BLAS]
        sys.modules["numba.np.arraymath"]._HAVE_BLAS = True  # type: ignore[attr-defined]

    CPUContext.load_additional_registries = spared  # type: ignore[method-assign]


def _watch_compiling() -> None:
    from numba.core import event

    class Listener(event.Listener):
        """Tells once; numba announces only what it did not find on disk."""

        def on_start(self, event: object) -> None:
            while _told:
                _told.pop()(COMPILING)

        def on_end(self, event: object) -> None:
            """Nothing to say."""

    event.register("numba:compile", Listener())  # type: ignore[no-untyped-call]
