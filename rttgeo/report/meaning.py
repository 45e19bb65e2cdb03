"""What an estimate promises and what it does not, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rttgeo.delay.statements import Bound, BoundKind, NoteKind
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate

WORTH_SAYING = 0.02
"""Share of a region that lies in cells along its outline, from which on it is said."""

SHOWN_NAMES = 4
NO_PLACE = " No single place is offered."


def meaning(estimate: Estimate, level: float = AREA_LEVEL) -> str:
    """Explain what the region of an estimate means: which bound it rests on, what it promises.

    Parameters
    ----------
    estimate
        An estimate by any method.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    str
        A few sentences, without line breaks.
    """
    if not estimate.has_region:
        return _place_only(estimate)
    fell_back = any(note.kind is NoteKind.FALLBACK for note in estimate.notes)
    if estimate.posterior is None:
        return hard_meaning(
            estimate.method,
            estimate.bound,
            None if estimate.empty else estimate.region.area_km2,
            estimate.bounding,
            estimate.conflict,
            placed=math.isfinite(estimate.lon),
            fell_back=fell_back,
            anycast=any(note.kind is NoteKind.ANYCAST for note in estimate.notes),
        )
    area = area_text(estimate.credible_region(level).area_km2)
    placed = "" if math.isfinite(estimate.lon) else NO_PLACE
    return _probable(estimate, area, level) + placed + _fallback(fell_back)


def hard_meaning(
    method: str,
    bound: Bound,
    area_km2: float | None,
    bounding: Sequence[str],
    conflict: Sequence[str],
    *,
    placed: bool = True,
    fell_back: bool = False,
    anycast: bool = False,
) -> str:
    """Explain what a region from hard constraints means.

    Parameters
    ----------
    method, bound
        Method and bound of the estimate.
    area_km2
        Area of the region, km²; None for an empty one.
    bounding, conflict
        Ids of landmarks.
    placed
        Whether the estimate names a place.
    fell_back, anycast
        Whether a note is of that kind.

    Returns
    -------
    str
        As returned by `meaning`.
    """
    if area_km2 is None:
        return _contradiction(bound, conflict, anycast)
    before, behind = around_area(method, bound)
    said = before + area_text(area_km2) + behind
    return said + where_in_it(method, _names(bounding), placed) + _fallback(fell_back)


def cells_sentence(area_km2: float, cell_km: float) -> str:
    """Say how much a region gains because every cell counts that its circles touch.

    Cells along the outline of a disc of radius r add a band about one cell wide, so the area counted is
    π r² + 2 π r c for cells of size c (measured for discs of 10 to 2,000 km: the share stated is right
    to 0.8 percentage points or 15 % of itself).

    Parameters
    ----------
    area_km2
        Area of the region, km².
    cell_km
        Size of its cells, km.

    Returns
    -------
    str
        A sentence; empty below `WORTH_SAYING`.
    """
    radius_km = math.sqrt(cell_km**2 + area_km2 / math.pi) - cell_km
    share = 2 * cell_km / radius_km if radius_km > 0 else math.inf
    if share < WORTH_SAYING:
        return ""
    return (
        f"The area counts every cell of {cell_km:.3g} km that the circles touch: about "
        f"{100 * share:.0f} % more than theirs if the region is round, and never less."
    )


def around_area(method: str, bound: Bound) -> tuple[str, str]:
    """What `hard_meaning` says before and behind the area of a region, the same for many targets.

    Parameters
    ----------
    method, bound
        Of the estimate.

    Returns
    -------
    tuple of str
        The two texts.
    """
    if bound.kind.is_physical:
        return _physical(bound)
    return "The region of ", (
        f" is what {method} allows ({bound}). "
        "It rests on an assumed or fitted relation of delay and distance, not on a law of "
        "nature: the target is likely inside, but it can be outside."
    )


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
            "It had too few pairs of known place to learn from and assumed typical delays, so "
            "that probability has not been checked here. Only the region of the method "
            "`exclusion-vacuum` (light in vacuum) is proven; that of `exclusion` (light in fibre) "
            "is the usual bound."
        )
    if any(note.kind is NoteKind.UNLIKE for note in estimate.notes):
        return claim + (
            "It learnt that from pairs of known place, but this target is unlike those (see the "
            "notes), so that probability has not been checked for such a target."
        )
    return claim + (
        "That is as good as what it learnt from pairs of known place: no law of nature keeps the "
        "target inside, and `rttgeo evaluate` measures how often it is."
    )


def _physical(bound: Bound) -> tuple[str, str]:
    medium, rest = (
        ("light in glass fibre", ", and none came by a faster medium (radio, laser)")
        if bound.kind is BoundKind.FIBRE
        else ("light in vacuum", "")
    )
    return "No answer can come from outside this region of ", (
        f": it would have had to beat {medium}, {bound.km_per_ms:.3f} km per ms RTT. "
        "This holds if every landmark is where it is said to be and "
        f"every RTT was truly measured to this one target{rest}."
    )


def where_in_it(method: str, bounding: str, placed: bool = True) -> str:
    """What `hard_meaning` says of the place within the region.

    Parameters
    ----------
    method
        Of the estimate.
    bounding
        Landmarks that set the size of the region, as a sentence has them; "" for none.
    placed
        Whether the estimate names a place.

    Returns
    -------
    str
        Sentences, with a space before the first.
    """
    if not placed:
        return NO_PLACE
    if method == "shortest-ping":
        return " The place is that of the landmark with the lowest RTT, not a measured one."
    said = f" Its size is set by {bounding}." if bounding else ""
    return f" Within it no place is more certain than another; the point is its centre.{said}"


def _place_only(estimate: Estimate) -> str:
    return (
        f"{estimate.method} gives only a place: it does not say how far off it may be. "
        "`rttgeo evaluate` measures that on a mesh of known places."
    ) + _fallback(any(note.kind is NoteKind.FALLBACK for note in estimate.notes))


def _contradiction(bound: Bound, conflict: Sequence[str], anycast: bool) -> str:
    whose = f" of {_names(conflict)}" if conflict else ""
    if anycast:
        return (
            f"No region: no single place can have given all answers ({bound}), whichever "
            f"landmark is left out{whose and f'; the bounds{whose} contradict each other'}. The "
            "target answers from several places (anycast), or several landmarks are not where "
            "they are said to be: try `rttgeo anycast`, then `rttgeo audit`."
        )
    return (
        f"No place satisfies all bounds ({bound}): those{whose} contradict each other. "
        "One of these landmarks is not where it is said to be, or its RTT belongs to another "
        "machine (an anycast target has several), or the bound is too tight. "
        "`rttgeo audit` looks for the landmark at fault."
    )


def _fallback(fell_back: bool) -> str:
    if fell_back:
        return (
            " Part of the method could not be fitted to these pairs and fell back: see the notes."
        )
    return ""


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN_NAMES]) + and_more(len(names))


def and_more(count: int) -> str:
    """What stands behind the names that are shown of some.

    Parameters
    ----------
    count
        How many names there are.

    Returns
    -------
    str
        Nothing where all are shown.
    """
    more = count - SHOWN_NAMES
    return f" and {more} more" if more > 0 else ""


def area_text(area_km2: float) -> str:
    """An area as sentences have it.

    Parameters
    ----------
    area_km2
        Its size, km².

    Returns
    -------
    str
        With its unit.
    """
    return f"{area_km2:,.0f} km²"
