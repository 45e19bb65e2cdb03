"""How far a command is, as a bar on a terminal's standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rttgeo.cli.output import complain
from rttgeo.machine.escaping import printable

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")
DELAY_S = 2.0
"""Seconds before a bar is shown: what is done by then needs none."""


def complain_beside_bars(text: str) -> None:
    """Say a line on standard error; a bar that is shown there makes room for it.

    Parameters
    ----------
    text
        One line.
    """
    if "tqdm" not in sys.modules:
        complain(text)
        return
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        complain(text)


def tracked(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through items with a bar on standard error once that takes two seconds.

    Parameters
    ----------
    items
        What to go through.
    what
        Text before the bar.

    Yields
    ------
    object
        One item after the other.
    """
    with progress_bar(what, "", total=len(items)) as told:
        for done, item in enumerate(items, 1):
            yield item
            told(done, len(items))


@contextmanager
def progress_bar(
    what: str, unit: str, *, total: int | None = None
) -> Iterator[Callable[..., None]]:
    """Show how far a command is on a terminal's standard error, once that takes two seconds.

    Parameters
    ----------
    what
        Text before the bar.
    unit
        What is counted, in the plural.
    total
        How many there are, None when that is not known yet.

    Yields
    ------
    callable
        To be called with how many are done and how many there are (None for no news).
    """
    from tqdm import tqdm

    with tqdm(
        desc=printable(what), unit=f" {unit}", unit_scale=total is None, total=total,
        delay=DELAY_S, leave=False, disable=not sys.stderr.isatty(),
    ) as bar, shown_in_time(bar):  # fmt: skip

        def told(done: int, of: int | None = None) -> None:
            bar.total = bar.total if of is None else of
            bar.update(done - bar.n)

        yield told


@contextmanager
def shown_in_time(bar: tqdm[Any]) -> Iterator[None]:
    """Show a bar after its delay even while its first item is not done.

    Parameters
    ----------
    bar
        The bar, made with a delay of `DELAY_S`.

    Yields
    ------
    None
        To the block that the bar is about.
    """

    def show() -> None:
        # A bar only clears what it believes that it has shown.
        bar.last_print_t = time.time()
        bar.refresh()

    timer = threading.Timer(DELAY_S, show)
    timer.daemon = True
    if not bar.disable:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
