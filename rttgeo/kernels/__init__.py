"""Compiled loops over plain arrays; they know nothing of files, tables or delay models.

Each module runs as plain Python too (``NUMBA_DISABLE_JIT=1``). `rings` holds the one formula
that the engine rests on (a spherical cap is one run of cells on a ring), `runs` the algebra of
sorted runs, `caps` intersections and unions, `votes` counts per cell, `batch` many targets at
once, `posterior` sums of log densities.
"""

from __future__ import annotations

from pathlib import Path


def _forget_stale_caches() -> None:
    """Remove compiled kernels that are older than the newest source among the kernels.

    numba compiles a function anew only when its own file changes, but kernels are inlined into
    one another across files: without this an edit or an upgrade could leave old code at work.
    """
    folder = Path(__file__).parent
    newest = max(source.stat().st_mtime for source in folder.glob("*.py"))
    for index in folder.glob("__pycache__/*.nbi"):
        try:
            if index.stat().st_mtime < newest:
                index.unlink()
        except OSError:
            # Another process was quicker, or the folder is not ours to write: then numba keeps
            # its cache elsewhere, and a new version has a new folder there.
            continue


_forget_stale_caches()
