"""Distribute pieces of work to external workers: an executor, a pool, a Dask client.

Data that all pieces need is sent out once if the client can keep it (Dask's ``scatter``). If a Dask
worker dies, nothing is lost: its pieces go to another one. A process pool that loses a process is
broken, which is reported in one line.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from rttgeo.errors import BadInputError
from rttgeo.machine.side_by_side import streamed

T = TypeVar("T")
R = TypeVar("R")

ONE_AT_A_TIME = threading.Lock()
"""Held by a worker while it works: kernels use several threads themselves, and may not do so twice
in one process."""
_AGAIN = (
    "too little memory? What is finished in a folder is kept, and the same call resumes from there"
)


def spread(
    client: Any,
    function: Callable[..., R],
    items: Sequence[T],
    *,
    shared: Any = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[R]:
    """Call a function on each item, on the workers of a client.

    Parameters
    ----------
    client
        None to work in this process, one item after another; a Dask client; an executor from
        `concurrent.futures`; or anything with ``map(function, items)`` that returns results or
        futures.
    function
        Function to call with an item, and with ``shared`` as its second argument unless that is
        None. Workers must be able to import it.
    items
        The items to work on.
    shared
        Data that every call needs: Dask sends it to each worker once, others with each item.
    progress
        Function to call with the number of finished items, whenever one is finished.

    Returns
    -------
    list
        Results in the order of the items.

    Raises
    ------
    BadInputError
        When workers repeatedly died over an item, or a process pool lost a process.
    """
    if client is None:
        calls: Any = (_Call(function, shared)(item) for item in items)
        return _counted(enumerate(calls), len(items), progress)
    try:
        return _counted(_done(client, function, items, shared), len(items), progress)
    except concurrent.futures.BrokenExecutor as error:
        raise BadInputError(f"a worker process died ({error}): {_AGAIN}") from None
    except Exception as error:
        # By its name, since Dask may not be installed.
        if type(error).__name__ != "KilledWorker":
            raise
        raise BadInputError(
            f"every worker that was given one piece of the work died over it: {_AGAIN}"
        ) from None


class Threads:
    """A client that is this process: threads, a few items ahead, so that memory stays flat.

    Parameters
    ----------
    count
        How many threads.
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Call a function on each item.

        Parameters
        ----------
        function
            Lets go of the interpreter for most of its time.
        items
            What to work on.

        Returns
        -------
        iterator
            Results in order.
        """
        return streamed(function, items, self.count)


class _Call:
    """A function with the data that every call needs."""

    def __init__(self, function: Callable[..., Any], shared: Any) -> None:
        self.function, self.shared = function, shared

    def __call__(self, item: Any) -> Any:
        return self.function(item) if self.shared is None else self.function(item, self.shared)


def _done(
    client: Any, function: Callable[..., Any], items: Sequence[Any], shared: Any
) -> Iterator[tuple[int, Any]]:
    """Number and result of each item, as they are finished."""
    if hasattr(client, "scatter") and hasattr(client, "gather"):
        yield from _of_dask(client, function, items, shared)
    elif hasattr(client, "submit"):
        call = _Call(function, shared)
        numbers = {client.submit(call, item): k for k, item in enumerate(items)}
        for future in concurrent.futures.as_completed(numbers):
            yield numbers[future], future.result()
    else:
        for k, one in enumerate(client.map(_Call(function, shared), items)):
            yield k, one.result() if hasattr(one, "result") else one


def _of_dask(
    client: Any, function: Callable[..., Any], items: Sequence[Any], shared: Any
) -> Iterator[tuple[int, Any]]:
    import distributed

    # Not pure: a shard is requested because its file is missing, whatever was computed before.
    if shared is None:
        futures = client.map(function, items, pure=False)
    else:
        sent = client.scatter(shared, broadcast=True)
        futures = client.map(function, items, [sent] * len(items), pure=False)
    numbers = {future.key: k for k, future in enumerate(futures)}
    for future in distributed.as_completed(futures):  # type: ignore[no-untyped-call]
        found = future.result()
        # What is held is computed again when its worker dies, though it is here.
        future.release()
        yield numbers[future.key], found


def _counted(
    pairs: Iterator[tuple[int, Any]], count: int, progress: Callable[[int], None]
) -> list[Any]:
    found: list[Any] = [None] * count
    for done, (k, value) in enumerate(pairs, start=1):
        found[k] = value
        progress(done)
    return found
