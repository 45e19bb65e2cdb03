"""Planted faults: whether the default method says so, and whether its 95 % regions still hold.

    python -m benchmarks.faults azure-2026 [pairs.csv …] [--trusting]

Every third target is left out of what is learnt, and located with its own round-trip times, with
one of them wrong, and with those of two targets. The faults are planted; the meshes are what their
names say, measured or simulated. ``--trusting`` takes every landmark to be right whose disc meets
those of the others.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import pandas as pd

import rttgeo
from rttgeo import sphere
from rttgeo.cells.following import FollowingGrid
from rttgeo.delay.statements import NoteKind
from rttgeo.estimators.calibrated.ablation import WITHOUT
from rttgeo.estimators.calibrated.estimator import CALIBRATED, Calibrated
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
    "all RTTs × 0.3": all_scaled,
    "answered from two places": anycast,
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
def measure(meshes: list[Mesh], method: Calibrated = CALIBRATED) -> pd.DataFrame:
    """Shares by mesh and fault; ``held`` is of the targets that were given a region."""
    table = pd.DataFrame([row for mesh in meshes for row in rows_of(mesh, method)])
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
    asked = parser.parse_args()
    meshes = [
        rttgeo.read_mesh(name) if name.endswith((".csv", ".parquet")) else rttgeo.open_dataset(name)
        for name in asked.mesh
    ]
    trusting = Calibrated("trusting", WITHOUT["doubtful landmarks"])
    method = trusting if asked.trusting else CALIBRATED
    print(measure(meshes, method).round(2).to_string())


if __name__ == "__main__":
    main()
