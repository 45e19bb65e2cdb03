"""What each part of the default method earns: the method as it is, and without each part in turn.

    python -m benchmarks.parts azure-2026 world-60 pairs.csv … [--part NAME …] [--page docs/parts.md]

Each target of each mesh is located by both, left out of all that is learnt for it, and compared
with itself: intervals are over resamples of the targets. ``world-N`` is a simulated full mesh of N
nodes, anything else a data set or a table of measured pairs, named after its folder. Rows are kept
in ``benchmarks/build/parts.json``; ``--page`` writes the tables of the documentation. What is
simulated says how the method works, nothing about the Internet. Rows that are there already are not
measured again: remove the file when the method has changed.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

import rttgeo
from benchmarks.parts_page import page, section_of, with_section
from rttgeo.estimators import locate_many
from rttgeo.estimators.calibrated.ablation import WITHOUT
from rttgeo.estimators.calibrated.estimator import CALIBRATED, Calibrated, without
from rttgeo.evaluation.protocol import contradicted, eligible_targets
from rttgeo.machine import files, opening
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh, Provenance
from rttgeo.simulate import simulate_full_mesh

BUILD = Path(__file__).resolve().parent / "build"
COLOCATED_KM = 1.0
FLOOR_KM = 10.0
"""Added to errors before their logarithm: whether it is 2 or 3 km is all the same."""
RESAMPLES = 2000
FIGURES = ("median", "p90", "log_error", "coverage", "area")
SIGN = {"median": 1, "p90": 1, "log_error": 1, "coverage": -1, "area": 1}
"""Which way a figure goes when it gets worse."""


class Pair(NamedTuple):
    """Targets of one mesh by the method as it is (rows 0) and without a part (rows 1)."""

    error_km: npt.NDArray[np.float64]
    covered: npt.NDArray[np.float64]
    area_km2: npt.NDArray[np.float64]


def opened(name: str) -> Mesh:
    """A simulated mesh, a table of measurements or a data set, by its name on the command line."""
    if size := re.fullmatch(r"world-(\d+)", name):
        return simulate_full_mesh(int(size[1]), seed=int(size[1])).mesh
    if name.endswith((".csv", ".parquet")):
        folder = Path(name).resolve().parent.name
        return rttgeo.read_mesh(name, provenance=Provenance(folder, "measured"))
    return rttgeo.open_dataset(name)


def targets_of(mesh: Mesh) -> npt.NDArray[np.int64]:
    """Targets that can be scored: none whose declared place light contradicts."""
    found = eligible_targets(mesh, COLOCATED_KM)
    return found[~contradicted(mesh)[found]]


def rows_of(mesh: Mesh, method: Calibrated, part: str) -> Iterator[dict[str, Any]]:
    """One row for each target."""
    targets, (lon, lat) = targets_of(mesh), mesh.target_lonlat
    where = {"colocated_km": COLOCATED_KM, "exclude_km": COLOCATED_KM}
    found = locate_many(mesh, targets.tolist(), method=method, **where)
    for number, one in zip(targets, found, strict=True):
        region = one.credible_region(0.95) if one.has_region else None
        held = region is not None and bool(region.contains(lon[number], lat[number]))
        yield {
            "mesh": mesh.provenance.name,
            "kind": mesh.provenance.kind,
            "part": part,
            "target": one.target,
            # None, which JSON has, where there is no place or region: contradictory landmarks.
            "error_km": one.error_km(float(lon[number]), float(lat[number]))
            if np.isfinite(one.lon)
            else None,
            "covered": float(held),
            "area_km2": region.area_km2 if region is not None and region.n_cells else None,
        }


def paired(table: pd.DataFrame, mesh: str, part: str) -> Pair:
    """The same targets of a mesh with and without a part; those located by both."""
    some = table[table["mesh"] == mesh].set_index("target")
    full, less = (some[some["part"] == name] for name in ("", part))
    both = full.join(less.add_suffix("_less"), how="inner")
    both = both[both["error_km"].notna() & both["error_km_less"].notna()]
    return Pair(*(both[[name, f"{name}_less"]].to_numpy(float).T for name in Pair._fields))


def change(pair: Pair, rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float64]]:
    """Figures without the part less those with it, for resamples of the targets.

    Logs of ratios of the median error, of its 90 % quantile, of the geometric mean error and of the
    geometric mean area; the difference of the coverage.
    """
    error, covered, area = (values[:, rows] for values in pair)
    log_error, log_area = np.log(error + FLOOR_KM), np.log(area)
    median, p90 = np.quantile(error, [0.5, 0.9], axis=-1)
    return {
        "median": np.log(median[1] / median[0]),
        "p90": np.log(p90[1] / p90[0]),
        "log_error": (log_error[1] - log_error[0]).mean(axis=-1),
        "coverage": (covered[1] - covered[0]).mean(axis=-1),
        "area": np.nanmean(log_area[1] - log_area[0], axis=-1),
    }


def compare(table: pd.DataFrame, meshes: Iterable[str], part: str) -> dict[str, Any]:
    """Change of each figure with its 95 % interval, mean over meshes, each mesh weighing the same."""
    rng = np.random.default_rng(0)
    own, drawn = [], []
    for mesh in meshes:
        pair = paired(table, mesh, part)
        n = pair.error_km.shape[1]
        own.append(change(pair, np.arange(n)))
        drawn.append(change(pair, rng.integers(n, size=(RESAMPLES, n))))
    found = {}
    for figure in FIGURES:
        low, high = np.quantile(np.mean([one[figure] for one in drawn], axis=0), [0.025, 0.975])
        value = float(np.mean([one[figure] for one in own]))
        worse = SIGN[figure] * (low if SIGN[figure] > 0 else high) > 0
        better = SIGN[figure] * (high if SIGN[figure] > 0 else low) < 0
        sure = "worse" if worse else "better" if better else ""
        found[figure] = {"value": value, "low": float(low), "high": float(high), "sure": sure}
    return found


def summary(table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each part: over all meshes it was measured on (``mesh`` empty), and on each of them."""
    found = []
    for part in WITHOUT:
        meshes = list(dict.fromkeys(table.loc[table["part"] == part, "mesh"]))
        for name, some in ({"": meshes} | {mesh: [mesh] for mesh in meshes}).items():
            if some:
                figures = compare(table, some, part)
                found.append({"part": part, "mesh": name, "meshes": len(some), **figures})
    return found


@one_blas_thread
def measure(meshes: list[Mesh], methods: dict[str, Calibrated], kept: Path) -> pd.DataFrame:
    """Rows of all meshes by all methods; the name of the method as it is is empty."""
    rows: list[dict[str, Any]] = []
    if kept.exists():
        rows = json.loads(opening.read_text(kept))["rows"]
    there = {(row["mesh"], row["part"]) for row in rows}
    for mesh in meshes:
        for part, method in methods.items():
            if (mesh.provenance.name, part) not in there:
                rows += rows_of(mesh, method, part)
                files.write_json(kept, {"rows": rows})
                print(f"{mesh.provenance.label()}: {part or 'as it is'}", flush=True)
    return pd.DataFrame(rows)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="+", help="data set, world-N or pairs table")
    parser.add_argument("--part", action="append", choices=list(WITHOUT), help="default: all")
    parser.add_argument("--page", type=Path, help="write the page of the documentation")
    parser.add_argument("--note", default="", help="a paragraph for it")
    asked = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    chosen = {"": CALIBRATED} | {part: without(part) for part in asked.part or WITHOUT}
    table = measure([opened(name) for name in asked.mesh], chosen, BUILD / "parts.json")
    found = summary(table)
    text = page(table, found, asked.note)
    print(text)
    if asked.page:
        there = section_of(opening.read_text(asked.page)) if asked.page.exists() else ""
        files.write_atomically(asked.page, with_section(text, there))


if __name__ == "__main__":
    main()
