"""What was tried to make the default method better: each idea against the method as it is.

    python -m benchmarks.tried azure-2026 world-60 pairs.csv … [--idea NAME …] [--page docs/parts.md]

Each target is located by both, left out of all that is learnt for it (`benchmarks.left_out`), with
cities and without; intervals are over resamples of the targets, as in `benchmarks.parts`, which says
what a mesh may be. An idea has options: on a mesh the one is taken that did best on the other
measured meshes. Rows are kept in ``benchmarks/build/tried.json``; rows that are there already are
not measured again. ``--page`` writes the table into a page of the documentation.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.left_out import LeftOut, left_out, scored
from benchmarks.parts import BUILD, compare, opened
from benchmarks.parts_page import with_section
from benchmarks.tried_ideas import IDEAS, Idea
from benchmarks.tried_page import section
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.machine import files, opening
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh

DEFAULT = ""
"""Name of the method as it is among the ideas."""


def changed(every: Iterable[LeftOut], idea: Idea, option: object) -> list[Mixture | None]:
    """Change the evidence of targets by an idea, under each hypothesis about their landmarks."""
    found: list[Mixture | None] = []
    for left in every:
        if left.mixture is None:
            found.append(None)
            continue
        parts = [idea.change(left, one, option) for one in left.mixture.parts]
        found.append(Mixture(parts, left.mixture.weight, left.mixture.doubted))
    return found


def rows_of(mesh: Mesh, cities: bool, ideas: dict[str, Idea]) -> list[dict[str, Any]]:
    """One row for each target by the method as it is, and by each option of each idea."""
    settings = Settings(cities=cities)
    began = time.process_time()
    every = left_out(mesh, settings)
    about = {"mesh": mesh.provenance.name, "kind": mesh.provenance.kind, "cities": cities}
    seconds = (time.process_time() - began) / len(every)
    as_it_is = scored(every, [left.mixture for left in every], settings)
    rows = [about | {"idea": DEFAULT, "option": 0, "cpu_s": seconds} | row for row in as_it_is]
    for name, idea in ideas.items():
        for number, option in enumerate(idea.options):
            began = time.process_time()
            mixtures = changed(every, idea, option)
            seconds = (time.process_time() - began) / len(every)
            own = about | {"idea": name, "option": number, "cpu_s": seconds}
            rows += [own | row for row in scored(every, mixtures, settings, idea.place(option))]
        print(f"{mesh.provenance.label()}{'' if cities else ', no cities'}: {name}", flush=True)
    return rows


@one_blas_thread
def measure(meshes: list[Mesh], ideas: dict[str, Idea], kept: Path) -> pd.DataFrame:
    """Rows of all meshes by all ideas, with cities and without."""
    rows: list[dict[str, Any]] = json.loads(opening.read_text(kept)) if kept.exists() else []
    there = {(row["mesh"], row["cities"], row["idea"]) for row in rows}
    for mesh in meshes:
        for cities in (True, False):
            key = mesh.provenance.name, cities
            new = {name: idea for name, idea in ideas.items() if (*key, name) not in there}
            if new:
                found = rows_of(mesh, cities, new)
                rows += [row for row in found if (*key, row["idea"]) not in there]
                files.write_json(kept, rows)
    return pd.DataFrame(rows)


def as_parts(table: pd.DataFrame, cities: bool, idea: str, option: int) -> pd.DataFrame:
    """Rows of the method as it is and of one option, as `benchmarks.parts.compare` takes them."""
    some = table[table["cities"] == cities]
    mine = (some["idea"] == idea) & (some["option"] == option)
    return some[mine | (some["idea"] == DEFAULT)].rename(columns={"idea": "part"})


def chosen_option(table: pd.DataFrame, cities: bool, idea: str, mesh: str) -> int:
    """Choose the option of least mean log error over the measured meshes other than one."""
    some = table[(table["idea"] == idea) & (table["cities"] == cities)]
    others = some.loc[(some["kind"] == "measured") & (some["mesh"] != mesh), "mesh"].unique()
    options = sorted(some["option"].unique().tolist())
    if not len(others):
        return int(options[0])
    scores = [
        compare(as_parts(table, cities, idea, option), others, idea)["log_error"]["value"]
        for option in options
    ]
    return int(options[int(np.argmin(scores))])


def of_chosen(table: pd.DataFrame, cities: bool, idea: str) -> pd.DataFrame:
    """Rows of the method as it is and of an idea, on each mesh under the option chosen for it."""
    found = []
    for mesh in table.loc[table["idea"] == idea, "mesh"].unique():
        option = chosen_option(table, cities, idea, mesh)
        rows = as_parts(table, cities, idea, option)
        found.append(rows[rows["mesh"] == mesh])
    return pd.concat(found)


def summary(table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each idea, with cities and without: over all measured meshes (``mesh`` empty), and on each.

    ``cost`` is the processor time that an idea adds for a target, as a share of that of the method as
    it is: without its calibration, and without cities, where no tables are being filled.
    """
    found, default = [], table[table["idea"] == DEFAULT].sort_values("cities", kind="stable")
    base = default.groupby("mesh")["cpu_s"].first().mean()
    for cities in sorted(table["cities"].unique(), reverse=True):
        for idea in (name for name in table["idea"].unique() if name != DEFAULT):
            rows = of_chosen(table, cities, idea)
            mine, own = rows["part"] == idea, {"idea": idea, "cities": cities}
            measured = rows.loc[rows["kind"] == "measured", "mesh"].unique().tolist()
            cost = rows[mine].groupby("mesh")["cpu_s"].first().mean() / base
            found.append(own | {"mesh": "", "cost": cost} | compare(rows, measured, idea))
            for mesh in rows["mesh"].unique():
                here = rows[(rows["mesh"] == mesh) & mine]
                one = {
                    "mesh": mesh,
                    "kind": here["kind"].iloc[0],
                    "option": int(here["option"].iloc[0]),
                }
                one |= {"covered": float(here["covered"].mean())}
                found.append(own | one | compare(rows, [mesh], idea))
    return found


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="+", help="data set, world-N or pairs table")
    parser.add_argument("--idea", action="append", choices=list(IDEAS), help="default: all")
    parser.add_argument("--page", type=Path, help="page of the documentation to write into")
    parser.add_argument("--note", default="", help="what follows, a paragraph for the page")
    asked = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    ideas = {name: IDEAS[name] for name in asked.idea or IDEAS}
    table = measure([opened(name) for name in asked.mesh], ideas, BUILD / "tried.json")
    about = {name: idea.about for name, idea in IDEAS.items()}
    text = section(table, summary(table), about, asked.note)
    print(text)
    if asked.page:
        files.write_atomically(asked.page, with_section(opening.read_text(asked.page), text))


if __name__ == "__main__":
    main()
