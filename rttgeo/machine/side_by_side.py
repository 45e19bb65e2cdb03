"""Independent pieces of work on all cores, in threads: the kernels let go of the interpreter."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MAX_THREADS = 4
"""More threads would only wait for the interpreter in between."""


def side_by_side(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call a function on each item, several at a time.

    The function must not run kernels that spread over threads themselves
    (``parallel=True``): not all of numba's thread pools can be entered twice.

    Parameters
    ----------
    function
        Called with one item.
    items
        What to work on.

    Returns
    -------
    list
        Results in the order of the items.
    """
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MAX_THREADS)) as pool:
        return list(pool.map(function, items))


def in_blocks(function: Callable[[slice], R], count: int, size: int = 4096) -> list[R]:
    """Call a function on consecutive ranges of numbers, several at a time where there are several.

    Parameters
    ----------
    function
        Called with one range.
    count
        The ranges go from 0 to this; one, empty, if it is 0.
    size
        How many numbers are in each, at most.

    Returns
    -------
    list
        Results in the order of the ranges.
    """
    ranges = [slice(k, min(k + size, count)) for k in range(0, max(count, 1), size)]
    return side_by_side(function, ranges) if len(ranges) > 1 else [function(ranges[0])]


def streamed(
    function: Callable[[T], R], items: Iterable[T], threads: int | None = None
) -> Iterator[R]:
    """Call a function on each item in threads, a few items ahead; results in order.

    Parameters
    ----------
    function
        Lets go of the interpreter for most of its time.
    items
        What to work on; taken as there is room, so that memory stays flat.
    threads
        How many; None takes one per core.

    Yields
    ------
    object
        The results.
    """
    threads = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Whoever stops half-way waits for what has begun, and for no more.
            for future in waiting:
                future.cancel()
