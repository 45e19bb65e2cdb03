"""Published versus reproduced: every figure of both papers beside what this build computed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rttgeo.data.shipped import data_path
from rttgeo.machine.escaping import markdown as literal
from rttgeo.paper.pipe_table import pipe_table
from rttgeo.paper.references import References

ROLES: Final[dict[str, tuple[str, str]]] = {
    "july": ("simulated-2017-07-11", "atlas-2017-07-11"),
    "october": ("simulated-2017-10-02", "atlas-2017-10-02"),
}
"""The stand-in for a published data set, and the data set itself when it has been fetched."""

PAPERS: Final = {"wp": "white paper", "pam": "PAM 2018"}
"""How the ids of claims begin, and what the table calls the paper."""

NOTHING = "–"

STAND_IN: Final = {
    "given": "given",
    "schedule": "from the published schedule and simulated losses",
    "fitted": "fitted",
    "planted": "planted",
    "free": "not fitted",
}
"""How a simulated mesh came by a figure, by ``stand_in`` of a claim."""

MISSED_FROM: Final = 0.1
WIDTHS: Final = (12, 27, 15, 15, 14, 15, 37)
LEGEND: Final = (
    "Signs and percentages: deviation from the published value. How the simulated mesh came by a "
    "figure: *given* beforehand; *fitted*, so that agreement is no evidence, and *missed* where it "
    "is more than 10 % off, since one fit serves all figures; *planted* in that pair; *not fitted*."
)

OWN_NOTEBOOKS: Final = ("white-paper-pairs", "pam-2018")
"""Notebooks about the papers' own pairs and anchors."""


def role_of(dataset: str) -> str | None:
    """Say which paper's data a data set holds or stands for.

    Parameters
    ----------
    dataset
        Its name.

    Returns
    -------
    str | None
        ``july``, ``october`` or None.
    """
    return next((role for role, names in ROLES.items() if dataset in names), None)


def papers_datasets(datasets: Iterable[str]) -> dict[str, list[str]]:
    """Sort data sets by the paper whose data they are or stand for.

    Parameters
    ----------
    datasets
        Names of data sets.

    Returns
    -------
    dict
        Names by the paper's role, in the order given.
    """
    found = list(datasets)
    return {role: [name for name in found if role_of(name) == role] for role in ROLES}


def papers_runs(references: References) -> dict[str, list[str]]:
    """List the data sets on which this build redid each paper's examples.

    Parameters
    ----------
    references
        What the notebooks of this build produced.

    Returns
    -------
    dict
        Names by the paper's role.
    """
    runs = sorted(dataset for notebook, dataset in references.runs if notebook in OWN_NOTEBOOKS)
    return papers_datasets(runs)


def claims() -> list[dict[str, Any]]:
    """Read the published figures, from ``data/published-claims.json``.

    Returns
    -------
    list of dict
        One entry per claim: what it is about, its published values, and where this build has its own.
    """
    content = json.loads(data_path("published-claims.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["claims"]
    return found


def claims_table(references: References, label: str, caption: str) -> str:
    """All claims as a Markdown table: published, simulated, fetched, other data, and a remark.

    A column that this build has nothing for is left out, and the caption says which data sets
    were not fetched. A result that a claim names and that no notebook produced on a data set of
    this build stops the build.

    Parameters
    ----------
    references
        What the notebooks of this build produced.
    label
        What the text of the paper refers to it by, such as ``tbl:claims``.
    caption
        Stands above the table.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    UnknownReferenceError
        When a claim names a result that no notebook produced on a data set of this build.
    """
    columns = {"Published": 0, "Simulated": 1, "Fetched": 2, "Measured, other data": 3}
    rows = []
    for claim in claims():
        simulated, fetched = (
            _text(references, claim, _of_role(claim, column)) for column in (0, 1)
        )
        cells = [", ".join(claim["published"]), simulated, fetched, _other(references, claim)]
        rows.append(
            [
                PAPERS[claim["id"].partition("-")[0]],
                claim["quantity"],
                *cells,
                remark(references, claim),
            ]
        )
    keep = [0, 1, *(2 + i for i in columns.values() if any(r[2 + i] != NOTHING for r in rows)), 6]
    names = ["Paper", "Quantity", *columns, "How it compares, and why"]
    if _are_simulated(references):
        names[names.index("Fetched")] = "Fetched (simulated)"
    absent = [names_of[1] for names_of in ROLES.values() if not _is_here(references, names_of[1])]
    said = f" Not fetched in this build: {', '.join(map(literal, absent))}." if absent else ""
    whole = f"{caption} {LEGEND}{said}"
    shown = [[row[i] for i in keep] for row in rows]
    widths = [WIDTHS[i] for i in keep]
    return pipe_table([names[i] for i in keep], shown, whole, label, widths=widths)


def remark(references: References, claim: dict[str, Any]) -> str:
    """How far this build's values are from the published ones, and what explains the difference.

    Made of the values at hand: for the stand-in what the figure rests on (see ``stand_in`` in
    ``data/published-claims.json``) and how far off it is, for fetched data how far off they are.

    Parameters
    ----------
    references
        What the notebooks of this build produced.
    claim
        One of `claims`.

    Returns
    -------
    str
        Words for a cell of the table; may be empty.
    """
    parts = []
    for column, name in ((0, "simulated"), (1, "fetched")):
        off = deviations(references, claim, _of_role(claim, column))
        if off:
            parts.append(_compared(name, claim, off))
            parts += _why_zero(references, claim, column)
            parts += [claim["simulated"]] if column == 0 and "simulated" in claim else []
    text = claim.get("why_not") or claim.get("remark", "")
    if "remark_number" in claim:
        number = _in_this_build(references, claim["remark_number"])
        text = text.format(references.number(*number)) if number else ""
    return "; ".join([*parts, text] if text else parts)


def _compared(name: str, claim: dict[str, Any], off: list[float]) -> str:
    """In words: how the stand-in came by a figure and how far off it is, or how far the fetched."""
    said = "as published"
    if any(abs(one) >= 0.005 for one in off):
        said = ", ".join(
            "0" if abs(one) < 0.005 else f"{100 * one:+.0f}\N{NARROW NO-BREAK SPACE}%"
            for one in off
        )
    said = said.replace("-", "\N{MINUS SIGN}")
    if name == "fetched":
        return f"fetched: {said}"
    missed = claim["stand_in"] == "fitted" and max(map(abs, off)) >= MISSED_FROM
    return f"{STAND_IN[claim['stand_in']]}{' and missed' if missed else ''}: {said}"


def deviations(
    references: References, claim: dict[str, Any], wanted: Sequence[Sequence[str]]
) -> list[float]:
    """Relative deviation of each value from the published one; empty when there is none.

    Parameters
    ----------
    references
        What the notebooks of this build produced.
    claim
        One of `claims`.
    wanted
        Notebook, data set and name of the result for each published value.

    Returns
    -------
    list of float
        0.1 for ten per cent above.
    """
    if not wanted or any((one[0], one[1]) not in references.runs for one in wanted):
        return []
    off = []
    for one, published in zip(wanted, claim["published"], strict=False):
        if not references.has(*one):
            return []
        stated = float(re.match(r"[\d.,]+", published)[0].replace(",", ""))  # type: ignore[index]
        off.append(references.value(*one) / stated - 1)
    return off


def _why_zero(references: References, claim: dict[str, Any], column: int) -> list[str]:
    """What a claim says of a count when that is zero."""
    rule = claim.get("zero")
    if rule is None:
        return []
    of, number = (
        [notebook, ROLES[role][column], name]
        for notebook, role, name in (rule["of"], rule["number"])
    )
    if references.value(*of) or not references.has(*number):
        return []
    return [rule["text"].format(references.number(number[0], number[1], number[2], ",.0f"))]


def _are_simulated(references: References) -> bool:
    """Whether the fetched data say that they are simulated: not every server is RIPE Atlas."""
    originals = {names[1] for names in ROLES.values()}
    told = [run["dataset"] for run in references.runs.values()]
    return any(one["name"] in originals and one["kind"] == "simulated" for one in told)


def _of_role(claim: dict[str, Any], column: int) -> list[tuple[str, str, str]]:
    return [
        (notebook, ROLES[role][column], name)
        for notebook, role, name in claim["results"]
        if role in ROLES
    ]


def _in_this_build(references: References, wanted: Sequence[str]) -> tuple[str, str, str] | None:
    """A result of the fetched data set where there is one, else of its stand-in."""
    notebook, role, name = wanted
    there = [d for d in reversed(ROLES[role]) if (notebook, d) in references.runs]
    return (
        (notebook, there[0], name) if there and references.has(notebook, there[0], name) else None
    )


def _is_here(references: References, dataset: str) -> bool:
    return any(name == dataset for _, name in references.runs)


def _other(references: References, claim: dict[str, Any]) -> str:
    """Values of other measurements, with the name of their data set."""
    wanted = claim.get("measured", [])
    text = _text(references, claim, wanted)
    return text if text == NOTHING else f"{text} ({wanted[0][1]})"


def _text(references: References, claim: dict[str, Any], wanted: Iterable[Iterable[str]]) -> str:
    """The values of a claim; a dash for what the data set lacks, or when it is not in this build."""
    parts = []
    for notebook, dataset, name in wanted:
        if (notebook, dataset) not in references.runs:
            return NOTHING
        there = references.has(notebook, dataset, name)
        form = claim.get("form", "")
        parts.append(references.number(notebook, dataset, name, form) if there else NOTHING)
    return NOTHING if set(parts) <= {NOTHING} else ", ".join(parts)
