"""Errors in models and methods of other authors: one line names the code and what it was given."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from rttgeo.errors import OwnCodeError, RttgeoError
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh


@contextmanager
def running(
    owner: object, name: str, function: str, given: Mesh | FloatArray | str
) -> Iterator[None]:
    """Run a function of a model; what goes wrong in another author's becomes one line.

    Parameters
    ----------
    owner
        The model, method, rule or prior whose code is run. Errors of rttgeo's own are defects, and
        raised as they are.
    name
        What it is called, for the message, such as ``delay model 'fastest'``.
    function
        Name of the function that is called.
    given
        What it is given: training pairs, round-trip times in ms, or what it is in words.

    Yields
    ------
    None
        While the code runs.

    Raises
    ------
    OwnCodeError
        When it raises anything but an error of rttgeo, or lack of memory.
    """
    try:
        yield
    except (RttgeoError, MemoryError):
        raise
    except Exception as error:
        module = str((owner if inspect.isroutine(owner) else type(owner)).__module__)
        if module.partition(".")[0] == "rttgeo":
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
        raise OwnCodeError(
            f"{name} of {module}{_line(error.__traceback__, module)}: its {function} was given "
            f"{_described(given)} and raised {said}"
        ) from error


def _described(given: Mesh | FloatArray | str) -> str:
    """What a function was given, in words."""
    if isinstance(given, str):
        return given
    if not isinstance(given, np.ndarray):
        known = int(np.isfinite(given.distance_km).sum())
        return f"{number_of(len(given), 'pair')}, {known:,} of known distance,"
    said = number_of(given.size, "round-trip time")
    if not given.size:
        return said
    low, high = f"{given.min():.6g}", f"{given.max():.6g}"
    return f"{said} {f'of {low}' if low == high else f'from {low} to {high}'} ms"


def _line(trace: TracebackType | None, module: str) -> str:
    """Where in the module the error was raised, innermost."""
    found = ""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            found = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
