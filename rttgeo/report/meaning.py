"""What an estimate promises and what it does not, in words for whoever asked."""

from __future__ import annotations

import math

from rttgeo.delay.statements import BoundKind, NoteKind
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate

SHOWN_NAMES = 4


def meaning(estimate: Estimate, level: float = AREA_LEVEL) -> str:
    """Say what the region of an estimate means: on which bound it rests, what it promises.

    Parameters
    ----------
    estimate
        Of any method.
    level
        Of the credible region, for methods that have one.

    Returns
    -------
    str
        A few sentences, without line breaks.
    """
    if not estimate.has_region:
        return _place_only(estimate)
    if estimate.empty:
        return _contradiction(estimate)
    area = _area(estimate.credible_region(level).area_km2)
    if estimate.posterior is not None:
        said = _probable(estimate, area, level)
    elif estimate.bound.kind.is_physical:
        said = _physical(estimate, area)
    else:
        said = (
            f"The region of {area} is what {estimate.method} leaves possible ({estimate.bound}). "
            "It rests on an assumed or fitted relation of delay and distance, not on a law of "
            "nature: the target is likely inside, but it can be outside."
        )
    return said + _where_in_it(estimate) + _fallback(estimate)


def _probable(estimate: Estimate, area: str, level: float) -> str:
    claim = (
        f"By the method {estimate.method}, the region of {area} holds the target with "
        f"probability {level:g}. "
    )
    if any(note.kind is NoteKind.CONFLICT for note in estimate.notes):
        whose = f": {_names(estimate.conflict)} cannot all be right" if estimate.conflict else ""
        return (
            f"The region of {area} is where {estimate.method} would look for the target, but its "
            f"landmarks contradict each other{whose}. No probability is claimed for it: the target "
            "may answer from several places (anycast), or a landmark or a round-trip time is wrong."
        )
    if any(note.kind is NoteKind.GENERIC for note in estimate.notes):
        return claim + (
            "It had too few pairs of known place to learn from and took delays as they usually "
            "are, so nobody has checked that probability here. What no delay can get around is "
            "the region of the method `exclusion`: light in fibre alone."
        )
    if any(note.kind is NoteKind.UNLIKE for note in estimate.notes):
        return claim + (
            "It learnt that from pairs of known place, but this target is unlike those (see the "
            "notes), so nobody has checked that probability for such a target."
        )
    return claim + (
        "That is as good as what it learnt from pairs of known place: no law of nature keeps the "
        "target inside, and `rttgeo evaluate` measures how often it is."
    )


def _physical(estimate: Estimate, area: str) -> str:
    medium, rest = (
        ("light in glass fibre", ", and none came by a faster way (radio, laser)")
        if estimate.bound.kind is BoundKind.FIBRE
        else ("light in vacuum", "")
    )
    return (
        f"No answer can come from outside this region of {area}: it would have had to beat "
        f"{medium}, {estimate.bound.km_per_ms:.3f} km per ms RTT. This holds if every landmark "
        "is where it is said to be and "
        f"every RTT was truly measured to this one target{rest}."
    )


def _where_in_it(estimate: Estimate) -> str:
    if not math.isfinite(estimate.lon):
        return " No single place is offered."
    if estimate.method == "shortest-ping":
        return " The place is that of the landmark with the lowest RTT, not a measured one."
    if estimate.posterior is not None:
        return ""
    bounding = f" Its size is set by {_names(estimate.bounding)}." if estimate.bounding else ""
    return f" Within it no place is more certain than another; the point is its middle.{bounding}"


def _place_only(estimate: Estimate) -> str:
    return (
        f"{estimate.method} gives a place only: it says nothing of how far off it may be. "
        "`rttgeo evaluate` measures that on a mesh of known places."
    ) + _fallback(estimate)


def _contradiction(estimate: Estimate) -> str:
    whose = f" of {_names(estimate.conflict)}" if estimate.conflict else ""
    if any(note.kind is NoteKind.ANYCAST for note in estimate.notes):
        return (
            f"No region: no one place can have given all answers ({estimate.bound}), whichever "
            f"landmark one leaves out{whose and f'; the bounds{whose} contradict each other'}. The "
            "target answers from several places (anycast), or several landmarks are not where "
            "they are said to be: ask `rttgeo anycast`, then `rttgeo audit`."
        )
    return (
        f"No place satisfies all bounds ({estimate.bound}): those{whose} contradict each other. "
        "One of these landmarks is not where it is said to be, or its RTT belongs to another "
        "machine (an anycast target has several), or the bound is too tight. "
        "`rttgeo audit` looks for the landmark at fault."
    )


def _fallback(estimate: Estimate) -> str:
    if any(note.kind is NoteKind.FALLBACK for note in estimate.notes):
        return (
            " Part of the method could not be fitted to these pairs and fell back: see the notes."
        )
    return ""


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN_NAMES
    shown = ", ".join(names[:SHOWN_NAMES])
    return shown + (f" and {more} more" if more > 0 else "")


def _area(area_km2: float) -> str:
    return f"{area_km2:,.0f} km²"
