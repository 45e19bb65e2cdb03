"""Clock, processors and memory of a piece of work, in a process of its own or in this one."""

from __future__ import annotations

import gc
import importlib
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.page.protocol import PEER, Size, Way

Work = Callable[[], object]
LEAST_SECONDS = 0.3
"""Short work is done again until so much time has passed; the best counts, as others only add."""
MOST_TIMES = 200
UNIT = 1e6 if sys.platform == "darwin" else 1e6 / 1024
"""Of the peak memory that the system tells, in 10^6 bytes."""

LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
took = time.perf_counter() - start
child.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([child.returncode, took, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
"""Linux counts the memory of whoever starts a process as that process's own: this one is small."""


class Took(NamedTuple):
    """Seconds by the clock and of processors; 10^6 bytes."""

    seconds: float
    cpu_seconds: float
    peak_mb: float | None = None


def timed(work: Work, *, warm: bool = True) -> Took:
    """Do some work in this process, the shortest of a few times.

    Parameters
    ----------
    work
        Takes nothing.
    warm
        Do it once before, uncounted: kernels are loaded, files are in memory.

    Returns
    -------
    Took
        Without memory.
    """
    if warm:
        work()
    gc.collect()
    best, began, times = Took(float("inf"), 0.0), time.perf_counter(), 0
    while not times or (time.perf_counter() - began < LEAST_SECONDS and times < MOST_TIMES):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, Took(time.perf_counter() - start, time.process_time() - cpu))
        times += 1
    return best


def growing(make: Callable[[int], Work], at: Sequence[int]) -> list[Took]:
    """Do work of several sizes in this process, after once the smallest, uncounted.

    Parameters
    ----------
    make
        Takes a size and returns the work.
    at
        The sizes, smallest first.

    Returns
    -------
    list of Took
        One a size.
    """
    make(at[0])()
    return [timed(make(n), warm=False) for n in at]


def told(module: str, name: str, given: Sequence[Any], warm: bool) -> None:
    """Measure in a child what `way` asks for, and print it.

    Parameters
    ----------
    module, name
        A function that makes the work.
    given
        Its arguments.
    warm
        As of `timed`.
    """
    took = timed(getattr(importlib.import_module(module), name)(*given), warm=warm)
    print(json.dumps(took._replace(peak_mb=peak_mb())))


def peak_mb() -> float:
    """The most memory that this process held since it began.

    Returns
    -------
    float
        10^6 bytes.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT


def way(
    size: Size,
    name: str,
    make: Callable[..., Work],
    *given: Any,
    amount: float,
    role: str = PEER,
    says: str = "",
    warm: bool = True,
) -> Way:
    """Measure one way to do some work.

    Parameters
    ----------
    size
        Whether each way has a process of its own.
    name, amount, role, says
        As of `Way`.
    make
        A function of a module that takes ``given`` (plain values), prepares, and returns the work.
    *given
        For it.
    warm
        As of `timed`.

    Returns
    -------
    Way
        With the peak memory of its process, preparation included, if it has one.
    """
    if size.quick:
        took = timed(make(*given), warm=warm)
    else:
        code = (
            f"from benchmarks.page.measuring import told; "
            f"told({make.__module__!r}, {make.__name__!r}, {list(given)!r}, {warm!r})"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        took = Took(*json.loads(done.stdout.splitlines()[-1]))
    return Way(name, took.seconds, took.cpu_seconds, amount, role, took.peak_mb, says)


def process(arguments: Sequence[str]) -> Took:
    """Run a command to its end.

    Parameters
    ----------
    arguments
        The command; what it prints is thrown away.

    Returns
    -------
    Took
        All of it, start-up included, and the most memory that it held.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *arguments], capture_output=True, check=False
    )
    status, seconds, cpu, peak = json.loads(done.stdout or b"[-1, 0, 0, 0]")
    if status not in (0, 1):
        said = done.stderr.decode(errors="replace")[-500:]
        raise RuntimeError(f"{' '.join(arguments)}: {said}")
    return Took(seconds, cpu, peak / UNIT)


def command(*arguments: str) -> list[str]:
    """Make the words of a command of rttgeo.

    Parameters
    ----------
    *arguments
        What stands behind ``rttgeo``.

    Returns
    -------
    list of str
        For `process`.
    """
    return [sys.executable, "-m", "rttgeo", *arguments]


def process_way(
    name: str, arguments: Sequence[str], amount: float, role: str = PEER, says: str = ""
) -> Way:
    """Measure one way that is a whole command.

    Parameters
    ----------
    name, amount, role, says
        As of `Way`.
    arguments
        The command.

    Returns
    -------
    Way
        With its peak memory.
    """
    took = process(arguments)
    return Way(name, took.seconds, took.cpu_seconds, amount, role, took.peak_mb, says)


def copying(megabytes: float) -> Work:
    """Copy so much memory: what any work that reads its input and writes as much must take.

    Parameters
    ----------
    megabytes
        10^6 bytes.

    Returns
    -------
    callable
        The work.
    """
    import numpy as np

    source = np.ones(max(1, int(megabytes * 1e6 / 8)))
    target = np.empty_like(source)
    return lambda: np.copyto(target, source)


def reading(path: str) -> Work:
    """Read a file's bytes, which the system holds in memory.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    callable
        The work.
    """
    buffer = bytearray(1 << 20)

    def work() -> None:
        with Path(path).open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass

    return work
