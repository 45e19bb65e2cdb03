"""Planted faults: whether the default method says so, and whether its 95 % regions still hold.

    python -m benchmarks.faults azure-2026 [pairs.csv …] [--trusting] [--together]
    python -m benchmarks.faults world-100 world-101 … --together --clean

Every third target is left out of what is learnt, and located with its own round-trip times, with
one of them wrong, and with those of two targets. The faults are planted; the meshes are what their
names say, measured or simulated (``world-N``). ``--trusting`` takes every landmark to be right whose
disc meets those of the others; ``--together`` pools the meshes. ``--clean`` plants nothing, and counts
false alarms over all targets, each left out of what is learnt.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from benchmarks.parts import opened, targets_of
from rttgeo import sphere
from rttgeo.cells.following import FollowingGrid
from rttgeo.delay.statements import NoteKind
from rttgeo.estimators import locate_many
from rttgeo.estimators.calibrated.ablation import WITHOUT
from rttgeo.estimators.calibrated.estimator import CALIBRATED, Calibrated
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.training import nodes_at, usable_pairs
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh, TargetPairs

PARTS = 3
COLOCATED_KM = 1.0
IN_REACH_KM = (300.0, 2000.0)
"""Distances of a wrong landmark from the target: near enough to matter, too far to be an excuse."""
APART_KM = 3000.0
"""Two places of an anycast target are farther apart than this."""

Fault = Callable[[Mesh, int, TargetPairs, np.random.Generator], TargetPairs | None]


def clean(_mesh: Mesh, _target: int, pairs: TargetPairs, _rng: np.random.Generator) -> TargetPairs:
    """As measured."""
    return pairs


def wrong_quickest(
    mesh: Mesh, target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs | None:
    """The lowest RTT stands at a landmark 300 to 2,000 km off, as if that one were misplaced."""
    lon, lat = (float(axis[target]) for axis in mesh.target_lonlat)
    away = sphere.distance_km(pairs.lon, pairs.lat, lon, lat)
    some = np.flatnonzero((away > IN_REACH_KM[0]) & (away < IN_REACH_KM[1]))
    if not len(some):
        return None
    rtt = pairs.rtt_ms.copy()
    rtt[rng.choice(some)] = 0.9 * rtt.min()
    return pairs._replace(rtt_ms=rtt)


def wrong_near(
    mesh: Mesh, target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs | None:
    """A landmark 300 to 2,000 km off is nearly as quick: 1.05 to 1.8 times the lowest RTT."""
    lon, lat = (float(axis[target]) for axis in mesh.target_lonlat)
    away = sphere.distance_km(pairs.lon, pairs.lat, lon, lat)
    some = np.flatnonzero((away > IN_REACH_KM[0]) & (away < IN_REACH_KM[1]))
    if not len(some):
        return None
    rtt = pairs.rtt_ms.copy()
    rtt[rng.choice(some)] = rng.uniform(1.05, 1.8) * rtt.min()
    return pairs._replace(rtt_ms=rtt)


def one_scaled(
    _mesh: Mesh, _target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs:
    """One RTT is a tenth of what it should be."""
    rtt = pairs.rtt_ms.copy()
    rtt[rng.integers(len(rtt))] *= 0.1
    return pairs._replace(rtt_ms=rtt)


def one_replaced(
    _mesh: Mesh, _target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs:
    """One RTT is another, drawn from 1 to 300 ms, all logarithms as likely."""
    rtt = pairs.rtt_ms.copy()
    rtt[rng.integers(len(rtt))] = np.exp(rng.uniform(0.0, np.log(300.0)))
    return pairs._replace(rtt_ms=rtt)


def seconds(
    _mesh: Mesh, _target: int, pairs: TargetPairs, _rng: np.random.Generator
) -> TargetPairs:
    """All stand in seconds where milliseconds are expected."""
    return pairs._replace(rtt_ms=0.001 * pairs.rtt_ms)


def anycast_landmark(
    mesh: Mesh, target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs | None:
    """One landmark measures from its place or from that of another 3,000 km off, whichever is quicker."""
    away = sphere.distance_km(pairs.lon[:, None], pairs.lat[:, None], pairs.lon, pairs.lat)
    one, other = np.nonzero((away > APART_KM) & (pairs.rtt_ms < pairs.rtt_ms[:, None]))
    if not len(one):
        return None
    drawn, rtt = int(rng.integers(len(one))), pairs.rtt_ms.copy()
    rtt[one[drawn]] = rtt[other[drawn]]
    return pairs._replace(rtt_ms=rtt)


def all_scaled(
    _mesh: Mesh, _target: int, pairs: TargetPairs, _rng: np.random.Generator
) -> TargetPairs:
    """All are 0.3 times what they should be."""
    return pairs._replace(rtt_ms=0.3 * pairs.rtt_ms)


def anycast(
    mesh: Mesh, target: int, pairs: TargetPairs, rng: np.random.Generator
) -> TargetPairs | None:
    """Each landmark is answered by the quicker of two places more than 3,000 km apart."""
    lon, lat = mesh.target_lonlat
    away = sphere.distance_km(lon, lat, lon[target], lat[target])
    far = np.flatnonzero(away > APART_KM)
    if not len(far):
        return None
    other = usable_pairs(mesh, int(rng.choice(far)), COLOCATED_KM)
    both, here, there = np.intersect1d(pairs.landmark, other.landmark, return_indices=True)
    rtt = np.minimum(pairs.rtt_ms[here], other.rtt_ms[there])
    return TargetPairs(both, pairs.lon[here], pairs.lat[here], rtt)


FAULTS: Final[dict[str, Fault]] = {
    "none": clean,
    "lowest RTT at a wrong landmark": wrong_quickest,
    "low RTT at a wrong landmark": wrong_near,
    "one RTT × 0.1": one_scaled,
    "one RTT replaced": one_replaced,
    "all RTTs × 0.3": all_scaled,
    "seconds for milliseconds": seconds,
    "answered from two places": anycast,
    "a landmark in two places": anycast_landmark,
}


def rows_of(mesh: Mesh, method: Calibrated = CALIBRATED) -> Iterator[dict[str, object]]:
    """One row for each left-out target and fault."""
    known = np.flatnonzero(np.isfinite(mesh.target_lonlat[0]))
    landmark, other = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    part = known[::PARTS]
    near = [nodes_at(mesh, int(number), COLOCATED_KM) for number in part]
    gone_landmark, gone_target = (np.any([one[k] for one in near], axis=0) for k in (0, 1))
    fitted = method.fit(
        mesh.where(~(gone_landmark[landmark] | gone_target[other])), FollowingGrid()
    )
    for number in map(int, part):
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        for fault, plant in FAULTS.items():
            rng = np.random.default_rng([number, len(fault)])
            pairs = plant(mesh, number, usable_pairs(mesh, number, COLOCATED_KM), rng)
            if pairs is None or not len(pairs.rtt_ms):
                continue
            one = fitted.locate(pairs, str(mesh.targets.index[number]))
            yield {
                "mesh": mesh.provenance.label(),
                "fault": fault,
                "said": any(note.kind is NoteKind.CONFLICT for note in one.notes),
                "doubted": any(note.kind is NoteKind.DOUBT for note in one.notes),
                "area_km2": one.area_km2,
                "region": not one.empty,
                "held": not one.empty and one.covers(lon, lat),
                "error_km": one.error_km(lon, lat),
            }


@one_blas_thread
def clean_rows(mesh: Mesh) -> pd.DataFrame:
    """One row for each target of a mesh as it is: what was said of it.

    Levels are not learnt: nothing that is said here depends on them.
    """
    quick = Calibrated("levels not learnt", Settings(max_trials=1))
    targets = targets_of(mesh).tolist()
    where = {"exclude_km": COLOCATED_KM, "colocated_km": COLOCATED_KM}
    found = locate_many(mesh, targets, method=quick, **where)
    kinds = [{note.kind for note in one.notes} for one in found]
    return pd.DataFrame({
        "mesh": mesh.provenance.label(),
        "said": [NoteKind.CONFLICT in some for some in kinds],
        "no region": [one.empty for one in found],
        "doubted": [NoteKind.DOUBT in some for some in kinds],
    })  # fmt: skip


def false_alarms(table: pd.DataFrame) -> pd.DataFrame:
    """Share of targets of which a thing is said though nothing was planted, with its interval."""
    rows = []
    for what in ("said", "no region", "doubted"):
        test = binomtest(int(table[what].sum()), len(table))
        interval = test.proportion_ci(method="exact")
        rows.append({
            "what": what, "targets": len(table), "of them": int(test.k),
            "share": test.statistic, "low": interval.low, "high": interval.high,
        })  # fmt: skip
    return pd.DataFrame(rows)


@one_blas_thread
def measure(
    meshes: list[Mesh], method: Calibrated = CALIBRATED, *, together: bool = False
) -> pd.DataFrame:
    """Shares by mesh and fault; ``held`` is of the targets that were given a region."""
    table = pd.DataFrame([row for mesh in meshes for row in rows_of(mesh, method)])
    if together:
        table["mesh"] = f"{len(meshes)} meshes"
    groups = table.groupby(["mesh", "fault"], sort=False)
    return groups.agg(
        targets=("said", "size"),
        said=("said", "mean"),
        doubted=("doubted", "mean"),
        region=("region", "mean"),
        held=("held", "sum"),
        median_km=("error_km", "median"),
        area_km2=("area_km2", "median"),
    ).assign(held=lambda found: found["held"] / (found["region"] * found["targets"]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="+", help="data set or pairs table")
    parser.add_argument("--trusting", action="store_true", help="doubt no landmark")
    parser.add_argument("--together", action="store_true", help="one table of all meshes")
    parser.add_argument("--clean", action="store_true", help="plant nothing, count false alarms")
    asked = parser.parse_args()
    meshes = [opened(name) for name in asked.mesh]
    if asked.clean:
        table = pd.concat([clean_rows(mesh) for mesh in meshes])
        for name, part in [] if asked.together else table.groupby("mesh", sort=False):
            print(f"{name}\n{false_alarms(part).round(4).to_string(index=False)}\n")
        print(f"{len(meshes)} meshes\n{false_alarms(table).round(4).to_string(index=False)}")
        return
    trusting = Calibrated("trusting", WITHOUT["doubtful landmarks"])
    method = trusting if asked.trusting else CALIBRATED
    print(measure(meshes, method, together=asked.together).round(2).to_string())


if __name__ == "__main__":
    main()
