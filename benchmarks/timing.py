"""Clocks and child processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


def milliseconds(work: Callable[[], object], *, least: int = 3, seconds: float = 1.0) -> float:
    """Best wall time of some repetitions, after one that does not count.

    The best, because other programs on the machine only ever add.
    """
    work()
    best, began, runs = float("inf"), time.perf_counter(), 0
    while runs < least or (time.perf_counter() - began < seconds and runs < 1000):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        runs += 1
    return best * 1e3


def once(work: Callable[[], object]) -> float:
    """Wall time of a single run, ms: for what takes long."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def in_child(code: str, **environment: str) -> Any:
    """Run code in a fresh interpreter; it prints JSON on its last line."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
