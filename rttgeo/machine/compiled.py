"""Compiled functions that are kept on disk: none may be older than a source it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def forget_stale(package: Path = PACKAGE) -> int:
    """Remove compiled functions that are older than the newest source with any.

    numba compiles a function anew only when its own file changes, but what it calls is compiled
    into it, from other files and other rooms too: without this an edit could leave old code at
    work. Which function holds which is not written down, so one edit makes all of them anew.
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
    """Index files of compiled functions, each with the source that it is of.

    numba names them ``__pycache__/module.function-line.pyXY.nbi``.
    """
    for pattern in ("__pycache__/*.nbi", "*/__pycache__/*.nbi", "*/*/__pycache__/*.nbi"):
        for index in package.glob(pattern):
            yield index, index.parent.parent / f"{index.name.split('.')[0]}.py"
