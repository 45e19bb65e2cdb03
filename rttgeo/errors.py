"""What rttgeo raises when the input, not the program, is at fault.

Everything derives from `RttgeoError`; the command line prints such an error as one line and
exits with code 2. Anything else that escapes is a defect of rttgeo.
"""


class RttgeoError(Exception):
    """The input cannot be used as it is; the message says what was expected and where."""


class BadInputError(RttgeoError, ValueError):
    """A value, a row or a file that is not what it should be."""


class NotThereError(RttgeoError, KeyError):
    """A name (of a target, a landmark, a data set, a method) that is not known."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, quotes and all.
        return str(self.args[0]) if self.args else ""
