"""Standard streams that somebody closed before rttgeo began (``>&-``)."""

from __future__ import annotations

import errno
import io
import os
import sys


class ClosedOutput(io.TextIOBase):
    """In place of a standard output that is closed: what would be lost is an error."""

    @property
    def buffer(self) -> ClosedOutput:
        """The same for bytes."""
        return self

    def write(self, _: object) -> int:
        """Refuse to write output that would not be seen.

        Parameters
        ----------
        _
            What should have been written.

        Returns
        -------
        int
            Never.

        Raises
        ------
        OSError
            Always.
        """
        raise OSError(
            errno.EBADF, "it is closed; --output FILE writes to a file", "standard output"
        )


def open_closed() -> None:
    """Put something in the place of closed streams.

    Else the first file that is opened takes their number, and what a library says on standard
    error stands in the middle of it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.BytesIO())
