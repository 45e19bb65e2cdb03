"""The section of the documentation that says what was tried for accuracy and not taken."""

from __future__ import annotations

from typing import Any

import pandas as pd

from benchmarks.parts_page import FIGURES, HEADS, TRIED, cell, figures_of

LEAST_COVERAGE, MOST_COST, LEAST_MESHES = 0.93, 0.2, 2
"""What an idea must hold, may cost, and on how many measured meshes it must be better for sure."""

ABOUT = f"""{TRIED}

Ideas that change the default method, each against the method as it is, on the same targets, in the
signs of the tables above: below 1 is better than the method as it is, *italic* for sure, **bold** worse
for sure. Many ideas were tried on few targets, so one in twenty is marked by chance alone. Each was tried
with what is known of cities and without. An idea with several options is judged on each mesh under the
option that had the least mean log error over the *other* measured meshes. Tempering and levels are learnt
on the targets of other folds of the mesh, which is quicker than the calibration of the method and the same
for every idea.

An idea is taken when its error or its area is smaller for sure on two measured meshes, none of its figures
worse for sure on any measured mesh, its regions hold {100 * LEAST_COVERAGE:.0f} % of the targets
wherever those of the method as it is do, and it adds less than a fifth to the processor time of the
method before its calibration.

Written by `python -m benchmarks.tried`; how each idea works stands in `benchmarks/tried_ideas.py`.
"""


def section(table: pd.DataFrame, found: list[dict[str, Any]], about: dict[str, str]) -> str:
    """Write the section.

    Parameters
    ----------
    table
        Rows of `benchmarks.tried.measure`.
    found
        What `benchmarks.tried.summary` makes of them.
    about
        What each idea does, by name.

    Returns
    -------
    str
        Markdown.
    """
    tried = dict.fromkeys(one["idea"] for one in found)
    ideas = "\n".join(f"- *{idea}*: {about[idea]}." for idea in tried) + "\n"
    parts = [ABOUT, ideas]
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
    better = sum("better" in (one["log_error"]["sure"], one["area"]["sure"]) for one in measured)
    worse = any(one[figure]["sure"] == "worse" for one in measured for figure in FIGURES)
    holds = all(one["covered"] >= LEAST_COVERAGE for one in measured if reached[one["mesh"]])
    cost = next(one["cost"] for one in mine if not one["mesh"])
    return bool(better >= LEAST_MESHES and not worse and holds and cost < MOST_COST)


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
