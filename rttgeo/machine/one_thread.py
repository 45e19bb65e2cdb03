"""Linear algebra of small matrices on one thread.

Estimators multiply many small matrices. The threads of a BLAS wait for one another by spinning,
which costs more than it gains (five times the processor time on two busy cores), and how a sum is
split among them decides its last digits: on one thread results are the same on any machine size.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def _libraries() -> ThreadpoolController:
    """The BLAS libraries that are loaded; looked for once, since it takes a millisecond."""
    return ThreadpoolController()


def one_blas_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function do its linear algebra on one thread; what was set before is put back.

    Parameters
    ----------
    function
        The function.

    Returns
    -------
    Callable[P, T]
        The same function, to be called in the same way.
    """

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _libraries().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
