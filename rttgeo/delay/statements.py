"""What a model or an estimate says about itself: the bound it rests on, and notes on what was done.

Both are text for people, with a kind for programs, so that no program has to search the text.
"""

from __future__ import annotations

import dataclasses
import enum

from rttgeo.errors import BadInputError


class NoteKind(enum.StrEnum):
    """What a note is about."""

    GENERIC = "generic"
    """Too few known targets to learn from: typical delays are used instead of learnt ones."""
    FALLBACK = "fallback"
    """Something could not be fitted, and a simpler rule is used instead."""
    PLACE = "place"
    """The place does not follow from the region: it is empty, or no point in it stands out."""
    CONFLICT = "conflict"
    """Landmarks contradict each other, and some or all of them were not used as hard bounds."""
    DOUBT = "doubt"
    """A landmark is probably wrong, judging by the delays of the others; the region allows for
    that."""
    ANYCAST = "anycast"
    """No single place can have given all the answers, and no single landmark is to blame: see
    `rttgeo.anycast`."""
    UNLIKE = "unlike"
    """The target is unlike those that the levels were calibrated on: they were not checked for such
    targets."""
    CELLS = "cells"
    """The cells of the grid are too coarse for what the delays say."""
    LANDMARKS = "landmarks"
    """Some landmarks were not used, because nothing is known about them."""
    SEARCH = "search"
    """A numerical search ended before its result was certain."""

    @property
    def is_fallback(self) -> bool:
        """Whether the method did something other than its name says."""
        return self not in (
            NoteKind.DOUBT, NoteKind.UNLIKE, NoteKind.CELLS, NoteKind.LANDMARKS, NoteKind.SEARCH,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Note:
    """One remark on how a result came about.

    Attributes
    ----------
    kind
        What it is about.
    text
        In words, without a full stop; ``str(note)`` is this text.
    """

    kind: NoteKind
    text: str

    def __str__(self) -> str:
        return self.text


class BoundKind(enum.StrEnum):
    """What bounds the distance from a landmark."""

    FIBRE = "fibre"
    """The speed of light in glass fibre: physics, so long as the path is fibre."""
    VACUUM = "vacuum"
    """The speed of light in vacuum: physics, whatever the path."""
    ASSUMED = "assumed"
    """A speed taken by convention as the fastest, such as 2/3 of the speed of light."""
    FITTED = "fitted"
    """A relation between delay and distance fitted to known pairs."""
    NONE = "none"
    """Nothing: the method gives only a place, or weighs places without a limit."""

    @property
    def is_physical(self) -> bool:
        """Whether the bound is a law of nature."""
        return self in (BoundKind.FIBRE, BoundKind.VACUUM)


@dataclasses.dataclass(frozen=True)
class Bound:
    """The bound on distance that a region rests on.

    Attributes
    ----------
    kind
        Its kind.
    text
        In words, as it appears on every result; ``str(bound)`` is this text.
    km_per_ms
        Distance per millisecond of round-trip time, km (already halved), for a bound that is a
        single speed; None for any other.
    tolerance_km, vacuum_tolerance_km
        Left to declared places beyond light in fibre, and beyond light in vacuum, km, by a method
        whose regions keep to both; None for one that leaves nothing, or asks neither.

    Raises
    ------
    BadInputError
        When a physical bound comes without its speed.
    """

    kind: BoundKind
    text: str
    km_per_ms: float | None = None
    tolerance_km: float | None = None
    vacuum_tolerance_km: float | None = None

    def __post_init__(self) -> None:
        """Reject a law of nature without its speed, which readers are told."""
        if self.kind.is_physical and self.km_per_ms is None:
            raise BadInputError(f"a bound of kind {self.kind} needs its km_per_ms")

    def __str__(self) -> str:
        return self.text


NO_BOUND = Bound(BoundKind.NONE, "")
"""The bound of an estimate that names none."""
