"""The places of anycast targets in words, as a table, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rttgeo.anycast.results import Enumeration, Instance, TargetInstances
from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.instances import instances_map
from rttgeo.machine import escaping
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Provenance
from rttgeo.report.html_table import html_table
from rttgeo.report.page import MAX_ON_PAGE, check_ending, figure_section, page_of

COLUMNS = ("place", "lon", "lat", "within km", "landmark", "RTT ms", "explains", "rests on")

MOST_NAMES = 5
"""Targets named in a sentence; of more it says how many."""


def summary(found: Enumeration) -> str:
    """Say in one sentence or two how many targets answer from several places.

    Parameters
    ----------
    found
        Result of the enumeration.

    Returns
    -------
    str
        The sentences.
    """
    several = [one for one in found.targets if one.anycast]
    if len(found.targets) == 1:
        return found.targets[0].sentence()
    verb = agreeing(len(several), "answers")
    of_all = number_of(len(found.targets), "target")
    named = ", ".join(one.target for one in several) if 0 < len(several) <= MOST_NAMES else ""
    said = f"{len(several):,} of {of_all} {verb} from several places{named and f': {named}'}."
    alone = sum(one.alone is not None for one in several)
    if alone:
        every = " Each time this" if alone > 1 else " This"
        whom = every if alone == len(several) else f" For {alone:,} of them this"
        said += whom + " rests on a single landmark: --quorum 2 requires two."
    return said


def where(found: Enumeration) -> list[str]:
    """Name the places of the first few of several targets that answer from several.

    Parameters
    ----------
    found
        Result of the enumeration.

    Returns
    -------
    list[str]
        One sentence for each, and one if there are more targets; empty for a single target, which
        has a table of its places.
    """
    if len(found.targets) == 1:
        return []
    several = [one for one in found.targets if one.anycast]
    said = []
    for one in several[:MOST_NAMES]:
        names = [row(place)[0] for place in one.instances[:MOST_NAMES]]
        more = len(one.instances) - len(names)
        named = ", ".join(names) + (f" and {more:,} more" if more else "")
        said.append(f"Places of {one.target}: {named} (all of them: --target {one.target}).")
    if len(several) > MOST_NAMES:
        others = number_of(len(several) - MOST_NAMES, "more target", "answers")
        said.append(f"{others} from several places: --target, or --format csv, lists them.")
    return said


def left_out(found: Enumeration) -> list[str]:
    """Say which landmarks were left out, and why.

    Parameters
    ----------
    found
        Result of the enumeration.

    Returns
    -------
    list[str]
        One sentence or two for each reason; empty when none was left out.
    """
    said = []
    if found.misplaced:
        names = ", ".join(found.misplaced)
        said.append(f"Left out because not where declared (rttgeo audit): {names}.")
    for doubt in found.doubts:
        said.append(
            f"Left out: {doubt.landmark} has answers within {doubt.highest_rtt_ms:.2g} ms from "
            f"{number_of(len(doubt.services), 'service')} that all its neighbours hear at least "
            f"{doubt.lead_ms:.2g} ms later than distance explains. It is misplaced, or something "
            f"on its path answers (p = {doubt.p_value:.2g})."
        )
    return said


def row(one: Instance) -> list[str]:
    """Write one instance as the cells that `COLUMNS` names.

    Parameters
    ----------
    one
        The instance.

    Returns
    -------
    list[str]
        Text of each cell.
    """
    place = f"{one.city} {one.country}" if one.city else "no city near"
    behind = ("one landmark" if one.alone else "several") if one.proven else "inferred"
    return [
        place, f"{one.lon:.2f}", f"{one.lat:.2f}", f"{one.radius_km:,.0f}", one.landmark,
        f"{one.rtt_ms:.2f}", f"{one.landmarks:,}", behind,
    ]  # fmt: skip


def save_instances(found: Enumeration, provenance: Provenance, path: str | Path) -> Path:
    """Write a page (``.html``) on the anycast targets, or a picture of one (png, svg, pdf).

    Parameters
    ----------
    found
        Result of the enumeration.
    provenance
        Where the measurements come from.
    path
        File to write; its ending chooses the form.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BadInputError
        For another ending, no anycast target, or more of them than the form holds.
    """
    form = check_ending(path)
    several = [one for one in found.targets if one.anycast]
    limit = MAX_ON_PAGE if form == "html" else 1
    if not several:
        raise BadInputError(f"map {path}: no target answers from several places; nothing to draw")
    if len(several) > limit:
        raise BadInputError(
            f"map {path}: {number_of(len(several), 'target')}, but it can show {limit}; choose "
            "with --target"
        )
    if form != "html":
        drawn = instances_map(several[0], provenance=provenance)
        return write_atomically(path, style.render(drawn, form))  # type: ignore[arg-type]
    sections = [_list(left_out(found)), *(_section(one, provenance) for one in several)]
    page = page_of("\n".join(sections), _title(several), provenance.label())
    return write_atomically(path, page)


def _title(several: Sequence[TargetInstances]) -> str:
    if len(several) == 1:
        return f"Where does {several[0].target} answer from?"
    return f"Where do {number_of(len(several), 'address')} answer from?"


def _list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escaping.html_prose(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _section(one: TargetInstances, provenance: Provenance) -> str:
    drawn, narrow = (
        instances_map(one, provenance=provenance, width=width) for width in ("full", "column")
    )
    table = html_table(COLUMNS, [row(instance) for instance in one.instances])
    return (
        f"<section><h2>{escaping.html(one.target)}</h2>\n"
        f"{figure_section(drawn, narrow=narrow)}\n"
        f"{table}</section>"
    )
