"""Every method from end to end as plain Python, against the same with compiled kernels.

The kernels have oracles of their own; this is for what holds them together: types and shapes that only
the compiler forgives, or only plain Python does. Nothing is left out of the default method, but it takes
its steps on few cities, cells and targets: around the shipped 34,000 cities, plain Python takes minutes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from accuracy_meshes import full_mesh, moved

import rttgeo
from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.data import cities
from rttgeo.estimators import METHODS
from rttgeo.estimators.calibrated.estimator import Calibrated

COARSE = Grid(resolution_km=105.0)
TARGETS = ("paris", "zurich")
LEVELS = (0.5, 0.95)
SMALL = {
    "folds": 2, "max_trials": 30, "spread_nodes": 4, "doubt_cells": 24, "first_cells": 48,
    "max_cells": 200, "max_towns": 12, "tempers": (0.1, 0.2), "nearest_weights": (0.25,),
    "city_powers": (0.7,), "city_rounds": 2, "max_doubts": 1, "least_landmarks": 6,
    "max_landmarks": 8, "max_neighbours": 8, "neighbour_points": 8,
}  # fmt: skip
NEAR_KM = 0.01
"""Places differ by the last digits of sums, since compiled code adds in another order."""
CELLS_APART = 0.02
"""Share of a region's area that may be in only one of the two: cells on its very edge."""


def few_cities() -> cities.Cities:
    """The large cities of Europe, 200 at least: so many neighbours of a node are asked for."""
    every = cities.cities()
    europe = (np.abs(every.lon - 9) < 21) & (np.abs(every.lat - 48) < 13)
    some = np.flatnonzero(europe & (every.population > 250_000))
    columns = (getattr(every, one.name)[some] for one in dataclasses.fields(every))
    return cities.Cities(*columns)


def write_answers(path: str) -> None:
    """Write the places and regions by every method as JSON; run in a child process."""
    mesh = moved(full_mesh(), "dublin", -70.0, -30.0)
    some = few_cities()
    cities.cities = lambda: some
    found = {}
    for name, method in METHODS.items():
        if isinstance(method, Calibrated):
            small = dataclasses.replace(method.settings, **SMALL)
            method = dataclasses.replace(method, settings=small)
        for one in rttgeo.locate_many(mesh, TARGETS, method=method, grid=COARSE):
            regions = [one.credible_region(p) for p in LEVELS] if one.has_region else []
            found[f"{name}, {one.target}"] = {
                "place": [one.lon, one.lat],
                "notes": [str(note.kind) for note in one.notes],
                "regions": [[r.grid.nside, r.start.tolist(), r.stop.tolist()] for r in regions],
            }
    Path(path).write_text(json.dumps(found), encoding="utf-8")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Answers with and without the compiler."""
    folder, here, found = tmp_path_factory.mktemp("answers"), str(Path(__file__).parent), []
    for off in ("0", "1"):
        path = folder / f"{off}.json"
        code = f"from test_without_compiler import write_answers; write_answers({str(path)!r})"
        paths = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": off, "PYTHONPATH": paths},
            check=True,
        )
        found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_every_method_answers_the_same_without_the_compiler(answers, name):
    for target in TARGETS:
        compiled, plain = (one[f"{name}, {target}"] for one in answers)
        assert sphere.distance_km(*compiled["place"], *plain["place"]) < NEAR_KM
        assert compiled["notes"] == plain["notes"] and "generic" not in plain["notes"]
        for ours, theirs in zip(
            *(map(region_of, one["regions"]) for one in (compiled, plain)), strict=True
        ):
            apart = (ours - theirs).n_cells + (theirs - ours).n_cells
            assert ours.n_cells > 0 and apart <= CELLS_APART * ours.n_cells


def region_of(written: list) -> Region:
    """A region from what a child process wrote."""
    nside, start, stop = written
    return Region(Grid(nside=nside), np.array(start), np.array(stop))


@pytest.mark.slow
def test_the_methods_that_are_compared_have_regions(answers):
    with_region = {key.split(", ")[0] for key, one in answers[0].items() if one["regions"]}
    assert with_region == set(METHODS)
