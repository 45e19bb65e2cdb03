"""The section of the documentation that says what was tried beyond the default method."""

from __future__ import annotations

from typing import Any

import pandas as pd

from benchmarks.parts_page import FIGURES, HEADS, TRIED, cell, figures_of

LEAST_COVERAGE, MOST_COST, LEAST_MESHES = 0.93, 0.2, 2
"""What an idea must hold, may cost, and on how many measured meshes it must be better for sure."""

NEGLIGIBLE = 0.01
"""Changes of less, as a logarithm or a share of the targets, are neither better nor worse."""

ABOUT = f"""{TRIED}

Ideas that change the default method, each compared with the method as it is on the same targets. Ratios
are read as above: below 1 is better than the method as it is, *italic* marks what is better for sure and
**bold** what is worse for sure. Each idea was tried with what is known of cities and without. An idea
with several options is judged on each mesh by the option with the least mean log error on the *other*
measured meshes. Many ideas were tried on few targets, so some figures are marked by chance alone.
Tempering and levels are learnt here on the targets of the mesh's other folds, which is quicker than the
method's own calibration and the same for every idea. Targets that get no region because their
landmarks contradict each other count as outside.

An idea meets the conditions for becoming part of the method when its mean log error or its area is
smaller for sure on at least {LEAST_MESHES} measured meshes, no figure is worse for sure on any measured
mesh (by 1 % or more), its regions hold at least {LEAST_COVERAGE} of the targets wherever those of
the method as it is do, and it adds less than {100 * MOST_COST:.0f} % to the processor time of the method
before its calibration. None of these ideas is part of the method.

Written by `python -m benchmarks.tried`; how each idea works is described in `benchmarks/tried_ideas.py`.
"""


def section(
    table: pd.DataFrame, found: list[dict[str, Any]], about: dict[str, str], note: str = ""
) -> str:
    """Write the section.

    Parameters
    ----------
    table
        Rows of `benchmarks.tried.measure`.
    found
        What `benchmarks.tried.summary` makes of them.
    about
        What each idea does, by name.
    note
        What follows, one paragraph.

    Returns
    -------
    str
        Markdown.
    """
    tried = dict.fromkeys(one["idea"] for one in found)
    ideas = "\n".join(f"- *{idea}*: {about[idea]}." for idea in tried) + "\n"
    parts = [ABOUT, f"{note}\n", ideas] if note else [ABOUT, ideas]
    for cities, head in ((True, "With cities"), (False, "Without cities")):
        here = [one for one in found if one["cities"] == cities]
        if not here:
            continue
        base = table[(table["cities"] == cities) & (table["idea"] == "")]
        parts += [f"### {head}\n", figures_of(base), _over_all(here, base), _each_mesh(here)]
    return "\n".join(parts)


def qualifies(idea: str, found: list[dict[str, Any]], base: pd.DataFrame) -> bool:
    """Say whether an idea meets the conditions, with cities or without, as ``found`` has it."""
    mine = [one for one in found if one["idea"] == idea]
    measured = [one for one in mine if one.get("kind") == "measured"]
    reached = base.groupby("mesh")["covered"].mean() >= LEAST_COVERAGE
    better = sum("better" in (_sure(one["log_error"]), _sure(one["area"])) for one in measured)
    worse = any(_sure(one[figure]) == "worse" for one in measured for figure in FIGURES)
    holds = all(one["covered"] >= LEAST_COVERAGE for one in measured if reached[one["mesh"]])
    cost = next(one["cost"] for one in mine if not one["mesh"])
    return bool(better >= LEAST_MESHES and not worse and holds and cost < MOST_COST)


def _sure(change: dict[str, Any]) -> str:
    return str(change["sure"]) if abs(change["value"]) >= NEGLIGIBLE else ""


def _over_all(found: list[dict[str, Any]], base: pd.DataFrame) -> str:
    lines = [
        "Mean over the measured meshes, each weighing the same:\n",
        "| idea | " + " | ".join(HEADS) + " | processor | meets the conditions |",
        "|---|" + "--:|" * (1 + len(HEADS)) + "---|",
    ]
    for one in found:
        if not one["mesh"]:
            cells = [cell(figure, one[figure], interval=True) for figure in FIGURES]
            cells.append(f"+{100 * one['cost']:.0f} %")
            cells.append("yes" if qualifies(one["idea"], found, base) else "no")
            lines.append(f"| {one['idea']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _each_mesh(found: list[dict[str, Any]]) -> str:
    meshes = dict.fromkeys(one["mesh"] for one in found if one["mesh"])
    lines = [
        "On each mesh, mean log error, 95 % area and coverage of the 95 % regions:\n",
        "| idea | " + " | ".join(meshes) + " |",
        "|---|" + "--:|" * len(meshes),
    ]
    for idea in dict.fromkeys(one["idea"] for one in found):
        here = {one["mesh"]: one for one in found if one["idea"] == idea}
        cells = [_cells(here[mesh]) if mesh in here else "–" for mesh in meshes]
        lines.append(f"| {idea} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cells(one: dict[str, Any]) -> str:
    shown = [cell(figure, one[figure], interval=False) for figure in ("log_error", "area")]
    return ", ".join([*shown, f"{one['covered']:.2f}"])
