"""Pieces of work on somebody else's workers: an executor, a pool, a client of Dask.

What all pieces need goes out once where the client can keep it (Dask's ``scatter``). A worker of Dask
that dies loses nothing: its pieces go to another. A pool of processes that loses one is broken, and
that is said in one line.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from rttgeo.errors import BadInputError

T = TypeVar("T")
R = TypeVar("R")

ONE_AT_A_TIME = threading.Lock()
"""Held by a worker at work: kernels spread over threads themselves, and may not do so twice in one
process."""
_AGAIN = (
    "too little memory? What was finished in a folder is kept, and the same call goes on from there"
)


def spread(
    client: Any,
    function: Callable[..., R],
    items: Sequence[T],
    *,
    shared: Any = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[R]:
    """Call a function on each item, where a client says.

    Parameters
    ----------
    client
        None for here, one after the other; a client of Dask; an executor of `concurrent.futures`;
        anything else with ``map(function, items)``, whether it gives results or futures of them.
    function
        Called with an item, and with ``shared`` as its second argument where that is not None.
        Workers must be able to import it.
    items
        What to work on.
    shared
        What every call needs: sent to each worker once by Dask, with each item by others.
    progress
        Called with how many items are done, each time that one is.

    Returns
    -------
    list
        Results in the order of the items.

    Raises
    ------
    BadInputError
        When workers died again and again over an item, or a pool of processes lost one.
    """
    if client is None:
        calls: Any = (_Call(function, shared)(item) for item in items)
        return _counted(enumerate(calls), len(items), progress)
    try:
        return _counted(_done(client, function, items, shared), len(items), progress)
    except concurrent.futures.BrokenExecutor as error:
        raise BadInputError(f"a worker process died ({error}): {_AGAIN}") from None
    except Exception as error:
        # By its name: Dask is only there where somebody has it.
        if type(error).__name__ != "KilledWorker":
            raise
        raise BadInputError(
            f"all workers that were given one piece of the work died over it: {_AGAIN}"
        ) from None


class _Call:
    """A function with what every call of it needs."""

    def __init__(self, function: Callable[..., Any], shared: Any) -> None:
        self.function, self.shared = function, shared

    def __call__(self, item: Any) -> Any:
        return self.function(item) if self.shared is None else self.function(item, self.shared)


def _done(
    client: Any, function: Callable[..., Any], items: Sequence[Any], shared: Any
) -> Iterator[tuple[int, Any]]:
    """Number and result of each item, as they come."""
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

    # Not pure: a shard is asked for because its file is not there, whatever was computed before.
    if shared is None:
        futures = client.map(function, items, pure=False)
    else:
        sent = client.scatter(shared, broadcast=True)
        futures = client.map(function, items, [sent] * len(items), pure=False)
    numbers = {future.key: k for k, future in enumerate(futures)}
    for future in distributed.as_completed(futures):  # type: ignore[no-untyped-call]
        yield numbers[future.key], future.result()


def _counted(
    pairs: Iterator[tuple[int, Any]], count: int, progress: Callable[[int], None]
) -> list[Any]:
    found: list[Any] = [None] * count
    for done, (k, value) in enumerate(pairs, start=1):
        found[k] = value
        progress(done)
    return found
