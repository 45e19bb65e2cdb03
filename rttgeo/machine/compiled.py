"""Compiled functions that are kept on disk: none may be older than a source it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
COMPILING = "Compiling, once: the first call of each kind takes some seconds longer"
_told: list[Callable[[str], object]] = []


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


def watch_compiling() -> None:
    """Watch the compiler if `tell_of_compiling` was called; else do nothing.

    The kernels call this when they are loaded, since numba is not loaded before.
    """
    if not _told:
        return
    from numba.core import event

    class Listener(event.Listener):
        """Tells once; numba announces only what it did not find on disk."""

        def on_start(self, event: object) -> None:
            while _told:
                _told.pop()(COMPILING)

        def on_end(self, event: object) -> None:
            """Nothing to say."""

    event.register("numba:compile", Listener())  # type: ignore[no-untyped-call]
