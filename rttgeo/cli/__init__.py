"""The command line: `rttgeo`.

Exit codes: 0 all well, 1 something failed that was not the input's fault, 2 the input or the
arguments cannot be used. Results go to standard output, everything else to standard error.
"""

from rttgeo.cli.main import main

__all__ = ["main"]
