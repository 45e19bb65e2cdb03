"""What a model or an estimate says of itself: the bound it rests on, and notes on what was done.

Both are text for people, with a kind for programs, so that no program has to search the text.
"""

from __future__ import annotations

import dataclasses
import enum

from rttgeo.errors import BadInputError


class NoteKind(enum.StrEnum):
    """What a note is about."""

    GENERIC = "generic"
    """Too few pairs of known place: delays as they usually are stand in for learnt ones."""
    FALLBACK = "fallback"
    """Something could not be fitted, and a simpler rule stands in."""
    PLACE = "place"
    """The place is not the region's own: it has none, or none of its places stands out."""
    CONFLICT = "conflict"
    """Landmarks contradict each other, and some or all of them were not taken for a hard bound."""
    DOUBT = "doubt"
    """A landmark is probably wrong, by the delays of the others; the region reckons with it."""
    ANYCAST = "anycast"
    """No single place can have answered, and no single landmark is to blame: see `rttgeo.anycast`."""
    UNLIKE = "unlike"
    """The target is unlike those that levels were learnt on: they were not checked for such targets."""
    CELLS = "cells"
    """The cells of the grid are too coarse for what the delays say."""
    LANDMARKS = "landmarks"
    """Some landmarks were not used, since nothing is known of them."""
    SEARCH = "search"
    """A numerical search ended before it was sure."""

    @property
    def is_fallback(self) -> bool:
        """Whether the method did other than what it is named for."""
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
    """What the distance of a landmark is bounded by."""

    FIBRE = "fibre"
    """The speed of light in glass fibre: physics, so long as the path is fibre."""
    VACUUM = "vacuum"
    """The speed of light in vacuum: physics, whatever the path."""
    ASSUMED = "assumed"
    """A speed that somebody took for the fastest, such as 2/3 of light's."""
    FITTED = "fitted"
    """A relation of delay and distance fitted to pairs of known place."""
    NONE = "none"
    """Nothing: the method gives a place, or weighs places without a limit."""

    @property
    def is_physical(self) -> bool:
        """Whether a law of nature stands behind it."""
        return self in (BoundKind.FIBRE, BoundKind.VACUUM)


@dataclasses.dataclass(frozen=True)
class Bound:
    """The bound on distance that a region rests on.

    Attributes
    ----------
    kind
        What it is.
    text
        In words, as it appears on every result; ``str(bound)`` is this text.
    km_per_ms
        Kilometres for each millisecond of round-trip time (already halved), of a bound that is
        one speed; None of any other.

    Raises
    ------
    BadInputError
        When a physical bound comes without its speed.
    """

    kind: BoundKind
    text: str
    km_per_ms: float | None = None

    def __post_init__(self) -> None:
        """Refuse a law of nature without its speed: it is told to people."""
        if self.kind.is_physical and self.km_per_ms is None:
            raise BadInputError(f"a bound of kind {self.kind} needs its km_per_ms")

    def __str__(self) -> str:
        return self.text


NO_BOUND = Bound(BoundKind.NONE, "")
"""Of an estimate that names none."""
