"""The command line as if typed, without starting a process for each of hundreds of tests.

That a process gives the same is tested by those tests that start one: pipes, closed streams, shells.
"""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
import warnings
from typing import NamedTuple

from rttgeo.cli.main import main
from rttgeo.machine.compiled import COMPILING


class Done(NamedTuple):
    """What `subprocess.run` would have said."""

    returncode: int
    stdout: str
    stderr: str


def besides_compiling(stderr: str) -> str:
    """What a process said besides that it compiles, as the first one of a fresh clone does."""
    return stderr.replace(f"{COMPILING}\n", "")


def rttgeo(*arguments: object, stdin: str = "") -> Done:
    """Run `rttgeo ARGUMENTS` with a text on standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    given, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            warnings.showwarning = _on_standard_error
            code = _code(list(map(str, arguments)))
    finally:
        sys.stdin = given
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def _code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except Exception:
        traceback.print_exc()
        return 1


def _on_standard_error(message, category, filename, lineno, file=None, line=None):
    sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))
