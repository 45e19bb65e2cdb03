"""What a waiting user is told: one line, once a step has taken two seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_S = 2.0
"""Seconds before anything is said: as long as a progress bar waits."""
_tell: list[Callable[[str], object]] = []


def tell_of_waiting(tell: Callable[[str], object] | None) -> None:
    """Choose where slow steps are reported; a library says nothing by itself.

    Parameters
    ----------
    tell
        Function to call with a line, from another thread; None to stop reporting.
    """
    _tell[:] = [] if tell is None else [tell]


@contextmanager
def waiting(line: str) -> Iterator[None]:
    """Tell what takes so long, if the block takes more than `PATIENCE_S`.

    Parameters
    ----------
    line
        What is going on.

    Yields
    ------
    None
        To the block.
    """
    if not _tell:
        yield
        return
    timer = threading.Timer(PATIENCE_S, _tell[0], [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
