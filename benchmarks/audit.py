"""The audit on simulated meshes with planted mislocations: what it finds, and what it blames.

``python -m benchmarks.audit [--seeds N]`` writes a table and ``benchmarks/build/audit.json``.
Simulated: that says how the audit works, nothing about how often real nodes are misplaced.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from rttgeo.auditing import audit
from rttgeo.auditing.nodes import Nodes
from rttgeo.auditing.violations import violations
from rttgeo.machine import files
from rttgeo.mesh import Mesh
from rttgeo.simulate import simulate_full_mesh
from rttgeo.simulate.misdeclare import garbled, misdeclare
from rttgeo.simulate.plants import Planted, PlantedMesh
from rttgeo.sphere import distance_km

BUILD = Path(__file__).parent / "build"
SIZES = (30, 60, 122, 246)
DISTANCES_KM = (200.0, 500.0, 1000.0, 2000.0, 5000.0)
OTHER_KINDS = ("swapped", "longitude sign", "latitude for longitude", "zero")
SHARES = (0.0, 0.05)
"""Misplaced nodes over nodes; at least one, or one pair of swapped ones."""


GARBLED = 0.01
"""Share of the RTTs that say 1 ms whatever was measured: nobody is misplaced."""


class Case(NamedTuple):
    """One mesh with mislocations."""

    shape: str
    nodes: int
    kind: str
    planted: PlantedMesh


def cases(seeds: range, sizes: tuple[int, ...] = SIZES) -> Iterator[Case]:
    """Every size, kind and share, as a full mesh and as landmarks to other targets."""
    for size in sizes:
        for seed in seeds:
            full = simulate_full_mesh(size, seed=seed).mesh
            for shape, mesh in (("full", full), ("apart", apart(full))):
                yield Case(shape, size, "none", PlantedMesh(mesh, Planted()))
                count = max(1, round(GARBLED * len(mesh)))
                wrong = garbled(mesh, count, seed=seed)
                yield Case(
                    shape,
                    size,
                    f"{100 * GARBLED:.0f} % of RTTs 1 ms",
                    PlantedMesh(wrong, Planted()),
                )
                for share in SHARES:
                    count = max(1, round(share * size))
                    for km in DISTANCES_KM:
                        planted = misdeclare(mesh, "moved", count, distance_km=km, seed=seed)
                        yield Case(shape, size, f"moved {km:,.0f} km", planted)
                    for kind in OTHER_KINDS:
                        yield Case(shape, size, kind, misdeclare(mesh, kind, count, seed=seed))


def apart(mesh: Mesh) -> Mesh:
    """Every second node as a landmark only, the others as targets only."""
    pairs = mesh.pairs
    keep = (pairs["landmark"] % 2 == 0) & (pairs["target"] % 2 == 1)
    used = pairs[keep].copy()
    landmarks, targets = mesh.landmarks.iloc[::2], mesh.targets.iloc[1::2]
    used["landmark"], used["target"] = used["landmark"] // 2, used["target"] // 2
    return Mesh.build(landmarks, targets, used, mesh.provenance)


def score(case: Case) -> dict[str, object]:
    """Counts of one mesh, to be summed over meshes."""
    mesh, truth = case.planted.mesh, case.planted.planted.misplaced
    found = audit(mesh)
    told = {f.node: f for f in found.misplaced}
    named = set(told) | {f.node for f in found.suspicious}
    planted = set(truth)
    betrayed = {bound: planted & _in_violation(mesh, bound) for bound in ("vacuum", "fibre")}
    hits = planted & set(told)
    off = [distance_km(told[n].likely_lon, told[n].likely_lat, *truth[n]) for n in sorted(hits)]
    inside = [d <= told[n].likely_radius_km for d, n in zip(off, sorted(hits), strict=True)]
    return {
        "shape": case.shape,
        "nodes": case.nodes,
        "kind": case.kind,
        "meshes": 1,
        "planted": len(planted),
        "betrayed_by_light": len(betrayed["vacuum"]),
        "betrayed_by_fibre": len(betrayed["fibre"]),
        "misplaced": len(told),
        "misplaced_right": len(hits),
        "misplaced_of_betrayed": len(hits & betrayed["vacuum"]),
        "named": len(named),
        "named_right": len(planted & named),
        "named_of_betrayed": len(planted & named & betrayed["fibre"]),
        "impossible": len(found.impossible),
        "beat_light": found.n_violations,
        "certain_wrong": sum(f.certain and n not in planted for n, f in told.items()),
        "certain_right": sum(f.certain and n in planted for n, f in told.items()),
        "exact": int(found.exact),
        "off_km": [float(d) for d in off],
        "inside": int(np.sum(inside)),
    }


def _in_violation(mesh: Mesh, bound: str) -> set[str]:
    nodes, table = Nodes.of(mesh), violations(mesh, bound)
    ends = (nodes.landmark[table["landmark"]], nodes.target[table["target"]])
    return {str(name) for name in nodes.names[np.unique(np.concatenate(ends))]}


def summary(rows: list[dict[str, object]], by: list[str]) -> pd.DataFrame:
    """Recall and precision over the meshes of each group."""
    grouped = pd.DataFrame(rows).groupby(by, sort=False)
    total = grouped.sum(numeric_only=True)
    off = grouped["off_km"].agg(lambda lists: pd.Series(np.concatenate(list(lists))).median())
    return pd.DataFrame(
        {
            "meshes": total["meshes"],
            "planted": total["planted"],
            "not betrayed": 1 - total["betrayed_by_fibre"] / total["planted"],
            "recall (light)": total["misplaced_of_betrayed"] / total["betrayed_by_light"],
            "precision (light)": total["misplaced_right"] / total["misplaced"],
            "recall (named)": total["named_of_betrayed"] / total["betrayed_by_fibre"],
            "precision (named)": total["named_right"] / total["named"],
            "recall of all": total["named_right"] / total["planted"],
            "place off, km": off,
            "truth within": total["inside"] / total["misplaced_right"],
            "wrongly misplaced": (total["misplaced"] - total["misplaced_right"]) / total["meshes"],
            "certain": total["certain_right"] / total["misplaced_right"],
            "certain but wrong": total["certain_wrong"] / total["meshes"],
            "wrongly named": (total["named"] - total["named_right"]) / total["meshes"],
        }
    )


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    count = parser.parse_args().seeds
    rows = [score(case) for case in tqdm(cases(range(count)), unit=" mesh", delay=2)]
    with pd.option_context("display.width", 200, "display.max_columns", 30):
        for by in (["kind"], ["shape", "nodes"]):
            print(summary(rows, by).round(3).to_string(na_rep="–"), end="\n\n")
    BUILD.mkdir(exist_ok=True)
    files.write_json(BUILD / "audit.json", {"data": "simulated", "meshes": rows})


if __name__ == "__main__":
    main()
