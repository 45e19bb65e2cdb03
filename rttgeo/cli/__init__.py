"""The command line: `rttgeo`.

Results go to standard output, everything else to standard error. `rttgeo.cli.main.EPILOG` states
the exit codes.
"""

from rttgeo.cli.main import main

__all__ = ["main"]
