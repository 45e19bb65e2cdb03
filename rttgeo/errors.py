"""What rttgeo raises when the input, not the program, is at fault.

Everything derives from `RttgeoError`; the command line prints such an error as one line and
exits with code 2. Anything else that escapes is a defect of rttgeo.
"""

from __future__ import annotations

from collections.abc import Iterable

SHOWN_NAMES = 12
"""Most names to list when a name is unknown: enough for all methods and data sets, not for all
targets."""


class RttgeoError(Exception):
    """The input cannot be used as it is; the message says what was expected and where."""


class BadInputError(RttgeoError, ValueError):
    """Raised for a value, a row or a file that is not what it should be."""


class OwnCodeError(RttgeoError):
    """Raised where another author's model or method fails; the error that it raised is the cause."""


class NotThereError(RttgeoError, KeyError):
    """Raised for an unknown name (of a target, landmark, data set, method) or a missing file."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, quotes and all.
        return str(self.args[0]) if self.args else ""


def unknown_name(
    what: str, name: object, known: Iterable[object], *, where: str = ""
) -> NotThereError:
    """Make the error for an unknown name, which suggests similar names and lists the known ones.

    Parameters
    ----------
    what
        What the name refers to, such as ``target``.
    name
        The name as given.
    known
        The known names.
    where
        Where they are known, such as the name of a mesh.

    Returns
    -------
    NotThereError
        The error to raise, with a message of one line.
    """
    import difflib

    names = [str(one) for one in known]
    by_lower = {one.lower(): one for one in reversed(names)}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=3)
    said = f"no {what} {name!r}" + (f" in {where}" if where else "")
    if len(names) > 1 and near:
        said += f"; did you mean {' or '.join(repr(by_lower[one]) for one in near)}?"
    if not names:
        return NotThereError(f"{said}; there is none at all")
    if len(names) == 1:
        return NotThereError(f"{said}; the only one is {names[0]!r}")
    said += " There are" if near else "; there are"
    if len(names) > SHOWN_NAMES:
        return NotThereError(f"{said} {', '.join(names[:5])}, … ({len(names):,} in all)")
    return NotThereError(f"{said} {', '.join(names)}")
