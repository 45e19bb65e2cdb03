"""What rttgeo raises when the input, not the program, is at fault.

Everything derives from `RttgeoError`; the command line prints such an error as one line and
exits with code 2. Anything else that escapes is a defect of rttgeo.
"""

from __future__ import annotations

from collections.abc import Iterable

SHOWN_NAMES = 12
"""Names listed when a name is not known: all methods and data sets, but not all targets."""


class RttgeoError(Exception):
    """The input cannot be used as it is; the message says what was expected and where."""


class BadInputError(RttgeoError, ValueError):
    """A value, a row or a file that is not what it should be."""


class NotThereError(RttgeoError, KeyError):
    """A name (of a target, a landmark, a data set, a method) that is not known."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, quotes and all.
        return str(self.args[0]) if self.args else ""


def unknown_name(
    what: str, name: object, known: Iterable[object], *, where: str = ""
) -> NotThereError:
    """Make the error for a name that is not known: the nearest names, and which there are.

    Parameters
    ----------
    what
        What it is a name of, such as ``target``.
    name
        As it was given.
    known
        The names that there are.
    where
        What they are in, such as the name of a mesh.

    Returns
    -------
    NotThereError
        To be raised; one line.
    """
    import difflib

    names = [str(one) for one in known]
    by_lower = {one.lower(): one for one in reversed(names)}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=3)
    said = f"no {what} {name!r}" + (f" in {where}" if where else "")
    if near:
        said += f"; did you mean {' or '.join(repr(by_lower[one]) for one in near)}?"
    if not names:
        return NotThereError(f"{said}; there is none at all")
    if len(names) > SHOWN_NAMES:
        return NotThereError(f"{said}; there are {', '.join(names[:5])}, … ({len(names):,} in all)")
    return NotThereError(f"{said}; there are {', '.join(names)}")
