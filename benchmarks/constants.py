"""What the questions' rooms take for granted, one value after the other held against others.

    python -m benchmarks.constants candidates azure-2026 pairs.csv
    python -m benchmarks.constants anycast FOLDER
    python -m benchmarks.constants rounds azure-2026 pairs.csv simulated --targets 24

``candidates``: every target of known place, left out of what is learnt, chooses among all places of its
mesh. ``anycast``: root servers' sites against the published lists (see `benchmarks.anycast`). ``rounds``:
a tenth of the landmarks is asked (see `benchmarks.next`). A line is one value; * marks the one in use. A
value that is no better than its neighbours is a choice, and its docstring says so.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

import rttgeo
from benchmarks import anycast as roots
from benchmarks import next as choosing
from rttgeo.auditing.report import audit
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.candidates import Candidates
from rttgeo.evaluation.choosing import choice
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.measuring.locating import Locator
from rttgeo.mesh import Mesh
from rttgeo.simulate import simulate_full_mesh

Values = tuple[float, ...]
OF_CANDIDATES: Final[dict[tuple[str, str], Values]] = {
    ("rttgeo.estimators.candidates", "AROUND_KM"): (12.5, 25, 50, 100, 200),
    ("rttgeo.estimators.candidates", "ELSEWHERE"): (0.01, 0.05, 0.1, 0.2),
}
OF_ANYCAST: Final[dict[tuple[str, str], Values]] = {
    ("rttgeo.anycast.doubts", "NEAR_KM"): (75, 150, 300),
    ("rttgeo.anycast.doubts", "ALIKE"): (1.05, 1.1, 1.2),
    ("rttgeo.anycast.doubts", "ALIKE_SHARE"): (0.2, 0.4, 0.6),
    ("rttgeo.anycast.enumerating", "PLACE_KM"): (5, 10, 20, 40),
    ("rttgeo.anycast.enumerating", "EXPLAINED"): (0.01, 0.02, 0.05, 0.1, 0.2),
    ("rttgeo.anycast.enumerating", "MAX_INFERRED_KM"): (125, 250, 500, 1000),
    ("rttgeo.anycast.placing", "DISTANCE_SHARE"): (0.05, 0.1, 0.2, 0.4),
    ("rttgeo.anycast.placing", "LEAST_KM"): (2.5, 5, 10),
    ("rttgeo.anycast.placing", "POPULATION_POWER"): (0.35, 0.7, 1.0),
}
OF_ROUNDS: Final[dict[tuple[str, str], Values]] = {
    ("rttgeo.measuring.locating", "ROUNDS_NEAR_KM"): (30, 100, 300, 1034),
    ("rttgeo.measuring.locating", "PEOPLE_SHARE"): (0.0, 0.25, 0.5, 0.75, 1.0),
}


@contextmanager
def set_to(where: tuple[str, str], value: float) -> Iterator[None]:
    """Let a constant of a module have another value for a while."""
    module, name = importlib.import_module(where[0]), where[1]
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def lines(of: dict[tuple[str, str], Values]) -> Iterator[str]:
    """Set each constant to each of its values in turn; yield what to call it while it is set."""
    for where, values in of.items():
        used = getattr(importlib.import_module(where[0]), where[1])
        for value in sorted({*values, used}):
            with set_to(where, value):
                yield f"{where[1]:18}{value:>8g}{' *' if value == used else '  '}"


@one_blas_thread
def candidates(mesh: Mesh) -> None:
    """Print the scores of the default method's choice among the places of a mesh."""
    bad = {finding.node for finding in audit(mesh).misplaced}
    lon, lat = mesh.target_lonlat
    known = np.flatnonzero(np.isfinite(lon) & ~mesh.targets.index.isin(bad))
    _, first = np.unique(
        np.round(np.column_stack([lon[known], lat[known]]), 6), axis=0, return_index=True
    )
    places = known[np.sort(first)]
    sites = Candidates(tuple(map(str, mesh.targets.index[places])), lon[places], lat[places])
    found = locate_many(mesh, known.tolist())
    print(f"\n{mesh.provenance.label()}: {len(known)} targets, {len(sites)} places")
    print(f"{'':28}{'first':>8}{'of three':>9}{'log score':>11}")
    for name in lines(OF_CANDIDATES):
        scores = [choice(one, sites, lon[k], lat[k]) for one, k in zip(found, known, strict=True)]
        rank, log_p = (
            np.array([one[key] for one in scores], dtype=float)
            for key in ("candidate_rank", "candidate_log_p")
        )
        print(
            f"{name}{np.mean(rank <= 1):>8.2f}{np.mean(rank <= 3):>9.2f}{np.nanmean(log_p):>11.3f}",
            flush=True,
        )


def anycast(folder: Path) -> None:
    """Print claims about root servers' sites that are true, that are false, and places found."""
    mesh, sites = roots.read_census(folder / "min_rtt.csv"), roots.published_places(folder)
    print(f"{'':28}{'claims':>8}{'true':>6}{'false':>7}{'places':>8}")
    for name in lines(OF_ANYCAST):
        got = roots.score(roots.claims_of(mesh, sorted(sites)), sites)
        print(
            f"{name}{got.true + got.false:>8}{got.true:>6}{got.false:>7}{got.places:>8}", flush=True
        )


def rounds(mesh: Mesh, targets: int, share: float = 0.1) -> None:
    """Print the errors of `rttgeo measure` that asks a share of the landmarks, beside those of all."""
    some = [
        one
        for ready in choosing.prepared(mesh, targets)
        for one in choosing.asked(*ready[:3], share)
    ]
    everybody = np.array(
        [one.located(range(len(one.landmarks))).error_km(*one.truth) for one, _ in some]
    )
    print(
        f"\n{mesh.provenance.label()}: {len(some)} targets, all landmarks {np.median(everybody):,.0f} km"
    )
    print(f"{'':28}{'median km':>10}{'/ all':>7}{'log / all':>11}")
    for name in lines(OF_ROUNDS):
        fresh = [(one._replace(locator=Locator(one.locator.model, one.locator.place)), replay)
                 for one, replay in some]  # fmt: skip
        km = np.array([choosing.measured_in_rounds(*one).error_km(*one[0].truth) for one in fresh])
        ratio = np.exp(np.nanmean(np.log((km + choosing.NEAR_KM) / (everybody + choosing.NEAR_KM))))
        median = np.nanmedian(km)
        print(
            f"{name}{median:>10,.0f}{median / np.median(everybody):>7.2f}{ratio:>11.2f}", flush=True
        )


def opened(name: str) -> Mesh:
    """A data set by its name, a pairs table, or the simulated mesh."""
    if name == choosing.SIMULATED:
        return simulate_full_mesh(130, seed=8).mesh
    return rttgeo.read_mesh(name) if name.endswith(".csv") else rttgeo.open_dataset(name)


def main() -> None:
    """Print the table of one room."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room", choices=("candidates", "anycast", "rounds"))
    parser.add_argument("data", nargs="+", help="meshes; for anycast the folder")
    parser.add_argument("--targets", type=int, default=24, help="of each mesh, in rounds")
    given = parser.parse_args()
    for name in given.data:
        if given.room == "anycast":
            anycast(Path(name))
        elif given.room == "candidates":
            candidates(opened(name))
        else:
            rounds(opened(name), given.targets)


if __name__ == "__main__":
    main()
