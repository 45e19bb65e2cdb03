"""Whether the default method keeps its word for every kind of target, over several meshes.

    python -m benchmarks.strata azure-2026 world-120 pairs.csv … [--targets 150]

Each target is left out of all that is learnt for it, as in `rttgeo evaluate`. Targets whose declared
place light contradicts are left out; of larger meshes some are taken, evenly. ``world-N`` is a
simulated mesh. Measured and simulated meshes stand in tables of their own. Rows are kept in
``benchmarks/build/strata.json``, and the pictures beside them: rows that are there already are not
measured again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from benchmarks.parts import COLOCATED_KM, opened, targets_of
from rttgeo import sphere
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.training import usable_pairs
from rttgeo.evaluation.results import LEVELS, MethodResult
from rttgeo.evaluation.strata import FEW, KINDS, strata, strata_of, with_kinds
from rttgeo.figures.evaluation import strata_plot
from rttgeo.figures.style import save
from rttgeo.machine import files
from rttgeo.mesh import Mesh, Provenance

BUILD = Path(__file__).resolve().parent / "build"
ROWS = BUILD / "strata.json"
LEAST = 0.90
"""Coverage of 95 % regions below which a stratum breaks its word."""


def rows_of(mesh: Mesh, count: int) -> pd.DataFrame:
    """One row per target, as an evaluation has them."""
    every = targets_of(mesh)
    targets = every[np.unique(np.linspace(0, len(every) - 1, min(count, len(every))).astype(int))]
    where = {"colocated_km": COLOCATED_KM, "exclude_km": COLOCATED_KM}
    rows = []
    for number, one in zip(
        targets.tolist(), locate_many(mesh, targets.tolist(), **where), strict=True
    ):
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        pairs = usable_pairs(mesh, number, COLOCATED_KM)
        first = int(np.argmin(pairs.rtt_ms))
        regions = {f"covered_{100 * at:g}": np.nan for at in LEVELS}
        if one.has_region and not one.empty:
            regions = {
                f"covered_{100 * at:g}": float(one.credible_region(at).contains(lon, lat))
                for at in LEVELS
            }
        rows.append({
            "target": one.target,
            "true_lon": lon,
            "true_lat": lat,
            "error_km": one.error_km(lon, lat),
            "baseline_km": float(sphere.distance_km(pairs.lon[first], pairs.lat[first], lon, lat)),
            "lowest_rtt_ms": float(pairs.rtt_ms.min()),
            "n_landmarks": one.n_landmarks,
            **regions,
        })  # fmt: skip
    table = with_kinds(pd.DataFrame(rows), mesh, targets)
    return table.assign(mesh=mesh.provenance.name, kind=mesh.provenance.kind)


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Strata of many targets; coverage and its interval are those of the regions that were given."""
    found = strata(table)
    rows = []
    for kind, name in zip(found["by"], found["stratum"], strict=True):
        inside = strata_of(table, kind)[name]["covered_95"].dropna()
        low, high = (np.nan, np.nan)
        if len(inside):
            low, high = binomtest(int(inside.sum()), len(inside)).proportion_ci(method="exact")
        word = "few" if len(inside) < FEW else "BELOW" if inside.mean() < LEAST else ""
        rows.append({"regions": len(inside), "low": low, "high": high, "note": word})
    shown = found[["by", "stratum", "targets", "median_ratio", "coverage50", "coverage95"]]
    return pd.concat([shown, pd.DataFrame(rows)], axis=1)


def picture(table: pd.DataFrame, kind: str) -> None:
    """The shares of truths found over the claimed levels, a line a stratum, one picture a kind."""
    number = table["mesh"].nunique()
    whence = Provenance(f"{number} meshes", "measured" if kind == "measured" else "simulated")
    for by in KINDS:
        drawn = strata_plot(MethodResult("calibrated", True, table, np.nan), by, provenance=whence)
        save(drawn, BUILD / f"strata-{kind}-{by.replace(' ', '-')}", ["png"])


def main() -> None:
    """Measure what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="+", help="data set, pairs table or world-N")
    parser.add_argument("--targets", type=int, default=150, help="of each mesh, at most")
    asked = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    rows = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else []
    for name in asked.mesh:
        mesh = opened(name)
        if mesh.provenance.name not in {row["mesh"] for row in rows}:
            rows += json.loads(rows_of(mesh, asked.targets).to_json(orient="records"))
            files.write_json(ROWS, rows)
    for kind, table in pd.DataFrame(rows).groupby("kind", sort=False):
        sizes = ", ".join(
            f"{name} {n}" for name, n in table["mesh"].value_counts(sort=False).items()
        )
        without = int(table["covered_95"].isna().sum())
        print(
            f"{kind}: {len(table)} targets ({sizes}), {without} of them without a region; few: under {FEW}"
        )
        print(told(table).round(2).to_string(index=False), end="\n\n")
        picture(table, str(kind))


if __name__ == "__main__":
    main()
