"""`Provenance`: what a data set is called, where it comes from, and whether it was measured."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

from rttgeo.errors import BadInputError
from rttgeo.machine.escaping import is_blank, printable

Kind = Literal["measured", "simulated", "unstated"]
KINDS = get_args(Kind)


@dataclasses.dataclass(frozen=True)
class Provenance:
    """Where a mesh comes from, as every figure and number made from it must say.

    Attributes
    ----------
    name
        Short name of the data set, such as ``azure-2026-07``; also used in file names.
    kind
        ``measured``, ``simulated``, or ``unstated`` if that is not known.
    source, date, licence
        Free text; empty when unknown.
    statistic
        Which statistic of a pair's samples ``rtt_ms`` is: ``minimum``, ``median``, …

    Raises
    ------
    BadInputError
        When a field is not a string, the name is blank, or the kind is not one of these.
    """

    name: str
    kind: Kind = "unstated"
    source: str = ""
    date: str = ""
    licence: str = ""
    statistic: str = "minimum"

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str):
                raise BadInputError(f"{field.name} is {str(value)[:60]}, expected a text")
        if is_blank(self.name):
            raise BadInputError("name is blank, expected the name of the data set")
        if self.kind not in KINDS:
            raise BadInputError(f"kind is {self.kind[:60]!r}, expected one of {', '.join(KINDS)}")

    def label(self) -> str:
        """Make the label that figures carry: data set, and whether it was measured or simulated.

        Returns
        -------
        str
            One line, safe to print.
        """
        said = {"unstated": "measured or simulated: not stated"}.get(self.kind, self.kind)
        return printable(f"{self.name} ({said})")
