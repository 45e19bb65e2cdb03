"""The page of the documentation that says what each part of the default method earns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

ABOUT = """# What each part of the default method earns

The default method without one of its parts, against the method as it is: the same targets, each left out
of all that is learnt for it, on meshes measured and simulated. A ratio above 1 says what is lost without
the part. Intervals hold 95 % of resamples of the targets, the two methods kept together on each; **bold**
is what is worse for sure without the part, *italic* what is better. Ratios of errors are of the median,
of the 90 % quantile, and of the geometric mean (10 km added to each error); that of areas is of the
geometric mean of the 95 % regions. Areas are to be read together with the coverage: a smaller region that
holds fewer targets is no gain.

Written by `python -m benchmarks.parts`; which settings leave a part out stands in
`rttgeo.estimators.calibrated.ablation`.
"""

TRIED = "## What was tried beyond it"
"""Heading of the section of `benchmarks.tried`, the last one of the page."""
HEADS = ("median error", "p90 error", "mean log error", "coverage of 95 %, points", "95 % area")
FIGURES = ("median", "p90", "log_error", "coverage", "area")


def page(table: pd.DataFrame, found: list[dict[str, Any]], note: str = "") -> str:
    """Write the page.

    Parameters
    ----------
    table
        Rows of `benchmarks.parts.rows_of`.
    found
        What `benchmarks.parts.summary` makes of them.
    note
        What else should be known, one paragraph.

    Returns
    -------
    str
        Markdown.
    """
    about = [ABOUT, f"{note}\n"] if note else [ABOUT]
    as_it_is = "## The method as it is\n\n" + figures_of(table[table["part"] == ""])
    return "\n".join([*about, as_it_is, _over_all(found), _each_mesh(found)])


def figures_of(rows: pd.DataFrame) -> str:
    """Write the table of a method's own figures.

    Parameters
    ----------
    rows
        Of one method on several meshes.

    Returns
    -------
    str
        Markdown, a line a mesh.
    """
    lines = [
        "| mesh | targets | median error, km | p90, km | in the 95 % region | median area, km² |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for (mesh, kind), some in rows.groupby(["mesh", "kind"], sort=False):
        median, p90 = np.nanquantile(some["error_km"].astype(float), [0.5, 0.9])
        lines.append(
            f"| {mesh} ({kind}) | {len(some)} | {median:,.0f} | {p90:,.0f} | "
            f"{some['covered'].mean():.2f} | {some['area_km2'].median():,.0f} |"
        )
    return "\n".join(lines) + "\n"


def _over_all(found: list[dict[str, Any]]) -> str:
    lines = [
        "## Without a part: mean over the meshes on which that was tried, each weighing the same\n",
        "| without | meshes | " + " | ".join(HEADS) + " |",
        "|---|" + "--:|" * (1 + len(HEADS)),
    ]
    for one in found:
        if not one["mesh"]:
            cells = [cell(figure, one[figure], interval=True) for figure in FIGURES]
            lines.append(f"| {one['part']} | {one['meshes']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _each_mesh(found: list[dict[str, Any]]) -> str:
    meshes = list(dict.fromkeys(one["mesh"] for one in found if one["mesh"]))
    lines = [
        "## On each mesh: mean log error, 95 % area\n",
        "| without | " + " | ".join(meshes) + " |",
        "|---|" + "--:|" * len(meshes),
    ]
    for part in dict.fromkeys(one["part"] for one in found):
        here = {one["mesh"]: one for one in found if one["part"] == part}
        cells = [
            ", ".join(cell(f, here[mesh][f], interval=False) for f in ("log_error", "area"))
            if mesh in here
            else "–"
            for mesh in meshes
        ]
        lines.append(f"| {part} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def cell(figure: str, found: dict[str, Any], *, interval: bool) -> str:
    """Write one figure of a comparison.

    Parameters
    ----------
    figure
        One of `FIGURES`.
    found
        Its change, as `benchmarks.parts.compare` has it.
    interval
        Whether its interval is written, too.

    Returns
    -------
    str
        A ratio, or percentage points of coverage; bold where worse for sure, italic where better.
    """

    def shown(value: float) -> str:
        return f"{100 * value:+.1f}" if figure == "coverage" else f"{np.exp(value):.2f}"

    mark = {"worse": "**", "better": "*", "": ""}[found["sure"]]
    text = f"{mark}{shown(found['value'])}{mark}"
    return f"{text} ({shown(found['low'])} to {shown(found['high'])})" if interval else text


def with_section(text: str, section: str) -> str:
    """Put the section of `benchmarks.tried` in place of the one that a page has, or at its end.

    Parameters
    ----------
    text
        Markdown of the page.
    section
        Markdown from `TRIED` on; empty for none.

    Returns
    -------
    str
        Markdown of the page with it.
    """
    rest = text.partition(TRIED)[0].rstrip()
    return f"{rest}\n\n{section.rstrip()}\n" if section else f"{rest}\n"


def section_of(text: str) -> str:
    """Return that section of a page, empty where there is none."""
    _, heading, rest = text.partition(TRIED)
    return heading + rest
