"""Published versus reproduced: every figure of both papers beside what this build computed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from rttgeo.datafiles import data_path
from rttgeo.paper.references import References, pipe_table

ROLES: Final[dict[str, tuple[str, str]]] = {
    "july": ("simulated-2017-07-11", "atlas-2017-07-11"),
    "october": ("simulated-2017-10-02", "atlas-2017-10-02"),
}
"""The stand-in for a published data set, and the data set itself when it has been fetched."""

NOTHING = "–"

OWN_NOTEBOOKS: Final = ("white-paper-pairs", "pam-2018")
"""Notebooks about the papers' own pairs and anchors."""


def role_of(dataset: str) -> str | None:
    """Which paper's data a data set holds or stands for: ``july``, ``october`` or none."""
    return next((role for role, names in ROLES.items() if dataset in names), None)


def papers_datasets(datasets: Iterable[str]) -> dict[str, list[str]]:
    """For each paper, by its role, those of some data sets that are its own or stand for it."""
    found = list(datasets)
    return {role: [name for name in found if role_of(name) == role] for role in ROLES}


def papers_runs(references: References) -> dict[str, list[str]]:
    """For each paper, by its role, the data sets that this build redid its examples on."""
    runs = sorted(dataset for notebook, dataset in references.runs if notebook in OWN_NOTEBOOKS)
    return papers_datasets(runs)


def claims() -> list[dict[str, Any]]:
    """The published figures, from ``data/published-claims.json``."""
    content = json.loads(data_path("published-claims.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["claims"]
    return found


def claims_table(references: References, label: str, caption: str) -> str:
    """All claims as a Markdown table: published, simulated, measured, and why they differ.

    A column that this build has nothing for is left out. A result that a claim names and that
    no notebook produced on a data set of this build stops the build.
    """
    columns = {"Published": 0, "Simulated": 1, "Fetched": 2, "Other measurements": 3}
    rows = []
    for claim in claims():
        simulated, fetched = (_of_role(references, claim, column) for column in (0, 1))
        measured = _text(references, claim, claim.get("measured", []))
        remarks = [claim.get("why_not") or claim.get("remark", "")]
        remarks += [claim["simulated"]] if simulated != NOTHING and "simulated" in claim else []
        remark = "; ".join(filter(None, remarks))
        cells = [", ".join(claim["published"]), simulated, fetched, measured]
        rows.append([claim["id"], claim["quantity"], *cells, remark])
    keep = [0, 1, *(2 + i for i in columns.values() if any(r[2 + i] != NOTHING for r in rows)), 6]
    names = ["Claim", "Quantity", *columns, "Remark"]
    return pipe_table(
        [names[i] for i in keep], [[row[i] for i in keep] for row in rows], caption, label
    )


def _of_role(references: References, claim: dict[str, Any], column: int) -> str:
    wanted = [
        (notebook, ROLES[role][column], name)
        for notebook, role, name in claim["results"]
        if role in ROLES
    ]
    return _text(references, claim, wanted)


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
