"""Verdicts on true claims and on false ones: false alarms, detection, and whether p-values hold.

    python -m benchmarks.verification azure-2026 [pairs.csv …] [--simulated N] [--json FILE]

The targets of each mesh are located with themselves left out of what is learnt. Each is claimed where
it is declared, and at places 100 to 10,000 km from there in 16 directions. Targets whose declared
places the audit contradicts are left out: nobody knows where they are. Beside what was seen stands
what the verdicts say beforehand of such claims (their ``power``), and what was seen of the same targets:
nothing is said of those whose landmarks contradict each other. The claims are made up; the meshes
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
from rttgeo.auditing.violations import TOLERANCE_KM
from rttgeo.machine.files import write_json
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh
from rttgeo.simulate import simulate_full_mesh
from rttgeo.verification.areas import CirclesArea
from rttgeo.verification.power import LIES_KM, power
from rttgeo.verification.rates import Known, known_targets, share_seen

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


def judged(mesh: Mesh) -> Iterator[Judged]:
    """Verdicts on the true and on the false claims about each target."""
    for one in known_targets(mesh):
        standing = one.judge.standing
        here = CirclesArea(np.array([one.lon]), np.array([one.lat]), 0.0)
        impossible, seen = share_seen(one, 0.0)
        yield Judged(
            one.target,
            standing.p_value(here, TOLERANCE_KM) if standing else None,
            standing.p_value(here, 0.0) if standing else None,
            bool(len(one.judge.several)),
            impossible > 0,
            seen > impossible,
            list(_lies(one)),
        )


def _lies(one: Known) -> Iterator[dict[str, float]]:
    said = {each.km: each for each in power(one.judge)}
    for km in LIES_KM:
        impossible, seen = share_seen(one, km)
        row = {"km": km, "impossible": impossible, "seen": seen}
        if km in said:
            row |= {"said_impossible": said[km].impossible, "said_seen": said[km].seen}
            row |= {"seen_where_said": seen}
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
