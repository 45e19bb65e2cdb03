"""Verdicts on true claims and on false ones: false alarms, detection, and whether p-values hold.

    python -m benchmarks.verification azure-2026 [pairs.csv …] [--simulated N] [--json FILE]

The targets of each mesh are located with themselves left out of what is learnt. Each is claimed where
it is declared, and at places 100 to 10,000 km from there in 16 directions. Targets whose declared
places the audit contradicts are left out: nobody knows where they are. Beside what was seen stands
what the verdicts say beforehand of such claims (their ``power``). The claims are made up; the meshes
are what their names say, measured or simulated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import rttgeo
from rttgeo.auditing.report import audit
from rttgeo.auditing.violations import TOLERANCE_KM, Contradictions
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.estimators.api import locate_many
from rttgeo.machine.files import write_json
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh
from rttgeo.simulate import simulate_full_mesh
from rttgeo.sphere import destination
from rttgeo.verification.areas import Circles
from rttgeo.verification.power import LIES_KM, Judge, power
from rttgeo.verification.reach import trusted_pairs
from rttgeo.verification.verdicts import DEFAULT_LEVEL

BEARINGS = 16
LEVELS = (0.01, 0.05, 0.1, 0.2, 0.5)
SIMULATED_NODES = 60


class Judged(NamedTuple):
    """What became of the claims about one target."""

    target: str
    p_value: float | None
    p_strict: float | None
    several: bool
    impossible: bool
    improbable: bool
    lies: list[dict[str, float]]


def known_targets(mesh: Mesh) -> list[str]:
    """Targets whose places nothing contradicts."""
    bad = {finding.node for finding in audit(mesh).misplaced}
    known = np.isfinite(mesh.target_lonlat[0]) & ~mesh.targets.index.isin(bad)
    return [str(name) for name in mesh.targets.index[known]]


def judged(mesh: Mesh) -> Iterator[Judged]:
    """Verdicts on the true and on the false claims about each target."""
    names, found = known_targets(mesh), Contradictions.of(mesh)
    pairs = {name: trusted_pairs(mesh, name, found) for name in names}
    names = [name for name in names if len(pairs[name].rtt_ms)]
    for name, estimate in zip(names, locate_many(mesh, names), strict=True):
        number = mesh.target_number(name)
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        judge = Judge.of(
            pairs[name], estimate, km_per_ms=KM_PER_MS_RTT["vacuum"], tolerance_km=TOLERANCE_KM,
            level=DEFAULT_LEVEL,
        )  # fmt: skip
        standing = judge.standing
        here = Circles(np.array([lon]), np.array([lat]), 0.0)
        impossible, seen = judge.judge(here.lon, here.lat)
        yield Judged(
            name,
            standing.p_value(here, TOLERANCE_KM) if standing else None,
            standing.p_value(here, 0.0) if standing else None,
            bool(len(judge.several)),
            bool(impossible[0]),
            bool(seen[0] and not impossible[0]),
            list(_lies(judge, lon, lat)),
        )


def _lies(judge: Judge, lon: float, lat: float) -> Iterator[dict[str, float]]:
    said = {one.km: one for one in power(judge)}
    for km in LIES_KM:
        away = destination(lon, lat, np.arange(BEARINGS) * 360 / BEARINGS, km)
        impossible, seen = judge.judge(*map(np.asarray, away))
        row = {"km": km, "impossible": float(impossible.mean()), "seen": float(seen.mean())}
        if km in said:
            row |= {"said_impossible": said[km].impossible, "said_seen": said[km].seen}
        yield row


def summary(mesh: Mesh, of_targets: list[Judged]) -> dict[str, Any]:
    """Rates of one mesh."""
    p, strict = (
        np.array([getattr(one, name) for one in of_targets if one.p_value is not None])
        for name in ("p_value", "p_strict")
    )
    lies = pd.DataFrame([row for one in of_targets for row in one.lies]).groupby("km").mean()
    return {
        "mesh": mesh.provenance.label(),
        "targets": len(of_targets),
        "without_p_value": len(of_targets) - len(p),
        "several_places": float(np.mean([one.several for one in of_targets])),
        "true_impossible": float(np.mean([one.impossible for one in of_targets])),
        "true_improbable": float(np.mean([one.improbable for one in of_targets])),
        "p_at_most": {str(level): float((p <= level).mean()) for level in LEVELS},
        "p_at_most_without_tolerance": {
            str(level): float((strict <= level).mean()) for level in LEVELS
        },
        "lies": lies.reset_index().round(4).to_dict(orient="records"),
    }


@one_blas_thread
def measure(meshes: list[Mesh]) -> list[dict[str, Any]]:
    """One summary a mesh."""
    return [summary(mesh, list(judged(mesh))) for mesh in meshes]


def printed(found: list[dict[str, Any]]) -> str:
    """Both tables, for people."""
    true = pd.DataFrame(
        [
            {
                "mesh": one["mesh"], "targets": one["targets"],
                "several": one["several_places"], "impossible": one["true_impossible"],
                "improbable": one["true_improbable"],
                **{f"p≤{level}": share for level, share in one["p_at_most"].items()},
                **{f"strict≤{level}": share
                   for level, share in one["p_at_most_without_tolerance"].items()},
            }
            for one in found
        ]
    )  # fmt: skip
    lies = pd.concat([pd.DataFrame(one["lies"]).assign(mesh=one["mesh"]) for one in found])
    return "\n\n".join(
        [
            "True claims", true.round(3).to_string(index=False),
            "False claims", lies.set_index(["mesh", "km"]).round(2).to_string(),
        ]
    )  # fmt: skip


def main() -> None:
    """Print the tables, and write the figures behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="*", help="data set or pairs table")
    parser.add_argument("--simulated", type=int, default=0, help="so many simulated meshes too")
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args()
    meshes = [
        rttgeo.read_mesh(name) if name.endswith((".csv", ".parquet")) else rttgeo.open_dataset(name)
        for name in asked.mesh
    ]
    meshes += [
        simulate_full_mesh(SIMULATED_NODES, seed=seed).mesh for seed in range(asked.simulated)
    ]
    found = measure(meshes)
    print(printed(found))
    if asked.json is not None:
        write_json(asked.json, {"meshes": found})


if __name__ == "__main__":
    main()
