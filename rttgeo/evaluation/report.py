"""`evaluate`: methods on meshes; `Evaluation`: what came out, as a table, as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import cast

import pandas as pd

from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimator
from rttgeo.estimators.registry import DEFAULT_METHOD, METHODS, method
from rttgeo.evaluation.metrics import method_metrics
from rttgeo.evaluation.protocol import (
    MeshResult,
    contradicted,
    eligible_targets,
    run_method,
    shortest_ping,
)
from rttgeo.machine import files
from rttgeo.mesh import Mesh

FORMAT = "rttgeo-evaluation"
VERSION = 1
DEFAULT_EXCLUDE_KM = 1.0

ERROR_COLUMNS = {
    "method": "method",
    "answered": "placed",
    "median_km": "median km",
    "mean_km": "mean km",
    "p75_km": "p75 km",
    "p90_km": "p90 km",
    "within_10_km": "≤10 km",
    "within_40_km": "≤40 km",
    "within_100_km": "≤100 km",
    "within_500_km": "≤500 km",
    "median_ratio": "median ÷ SP",
    "p90_ratio": "p90 ÷ SP",
    "difference": "median − SP km [95 %]",
}
REGION_COLUMNS = {
    "method": "method",
    "empty": "empty",
    "fallback": "fallback",
    "coverage50": "cov 50",
    "coverage90": "cov 90",
    "coverage95": "cov 95",
    "median_area50_km2": "area 50 km²",
    "median_area90_km2": "area 90 km²",
    "median_area95_km2": "area 95 km²",
    "widened95_km": "widened km",
    "median_equal_area95_km2": "area at 95 % km²",
    "seconds_per_target": "s/target",
}
DIFFERENCE = ("difference_median_km", "difference_low_km", "difference_high_km")
WORDS = ("method", "difference")


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Methods compared on one or several meshes.

    Attributes
    ----------
    meshes
        Results mesh by mesh; each method's ``targets`` table has one row a target.
    exclude_km
        How far around a target nodes were hidden.
    seed
        Of the bootstrap.
    """

    meshes: tuple[MeshResult, ...]
    exclude_km: float
    seed: int = 0

    def to_dict(self) -> dict[str, object]:
        """Make it plain values in the documented form (see `rttgeo.evaluation`)."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "exclude_km": self.exclude_km,
            "meshes": [_mesh_dict(mesh, self.seed) for mesh in self.meshes],
        }

    def frame(self) -> pd.DataFrame:
        """All figures, one row a mesh and method."""
        rows = []
        for mesh in self.meshes:
            for result in mesh.methods:
                figures = method_metrics(result, self.seed)
                apart = cast("dict[str, object]", figures.pop("difference_km"))
                apart = {f"difference_{key}_km": value for key, value in apart.items()}
                rows.append({"mesh": mesh.name, **figures, **apart})
        return pd.DataFrame(rows)

    def table(self) -> str:
        """Text for people: errors and regions of each mesh, one line a method.

        ``*`` marks the default.
        """
        blocks = []
        for mesh in self.meshes:
            frame = Evaluation((mesh,), self.exclude_km, self.seed).frame()
            blocks.append(_block(mesh, frame))
        return "\n\n".join(blocks)

    def per_target(self) -> pd.DataFrame:
        """One row a mesh, method and target."""
        return pd.concat(
            [
                result.targets.assign(mesh=mesh.name, method=result.method)
                for mesh in self.meshes
                for result in mesh.methods
            ],
            ignore_index=True,
        )


def evaluate(
    mesh: Mesh | Sequence[Mesh],
    methods: str | Sequence[str | Estimator] = "all",
    *,
    exclude_km: float = DEFAULT_EXCLUDE_KM,
    resolution_km: float | None = None,
    grid: Grid | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Evaluation:
    """Compare methods on meshes whose places are known, each target left out of its calibration.

    Parameters
    ----------
    mesh
        One mesh or several.
    methods
        ``"all"``, a name in `rttgeo.estimators.METHODS`, or a list of names and estimators.
    exclude_km
        Landmarks and targets within this distance of a target are hidden while it is located:
        from calibration, and as landmarks. 100 makes the hard case.
    resolution_km, grid
        As in `rttgeo.locate`.
    seed
        Of the bootstrap intervals.
    progress
        Called with a line of text before each method.

    Returns
    -------
    Evaluation
        With every target and every method; ``to_dict`` is the documented JSON.

    Raises
    ------
    NotThereError
        For an unknown method.
    BadInputError
        When a mesh has no target that can be evaluated, or a value is out of range.
    """
    if not 0 <= exclude_km < float("inf"):
        raise BadInputError(f"exclude_km is {exclude_km}, expected 0 or more")
    meshes = [mesh] if isinstance(mesh, Mesh) else list(mesh)
    chosen = _chosen(methods)
    grid = chosen_grid(grid, resolution_km)
    say = progress or (lambda line: None)
    results = [_evaluate_mesh(one, chosen, grid, exclude_km, say) for one in meshes]
    return Evaluation(tuple(results), exclude_km, seed)


def write_json(evaluation: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write the documented JSON in one step: readers see the old file or the whole new one."""
    files.write_json(Path(path), evaluation.to_dict())


def json_schema() -> dict[str, object]:
    """Return the JSON schema of `Evaluation.to_dict`."""
    text = resources.files("rttgeo.evaluation").joinpath("schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema


def _chosen(methods: str | Sequence[str | Estimator]) -> list[tuple[str, Estimator]]:
    if isinstance(methods, str):
        methods = list(METHODS) if methods == "all" else [methods]
    found = [method(one) if isinstance(one, str) else one for one in methods]
    return [(one.name, one) for one in found]


def _evaluate_mesh(
    mesh: Mesh,
    methods: list[tuple[str, Estimator]],
    grid: Grid,
    exclude_km: float,
    say: Callable[[str], None],
) -> MeshResult:
    targets = eligible_targets(mesh, exclude_km)
    wrong = contradicted(mesh)
    if wrong[targets].all():
        wrong[:] = False
    names = tuple(str(name) for name in mesh.targets.index[targets[wrong[targets]]])
    targets = targets[~wrong[targets]]
    baseline = shortest_ping(mesh, targets, exclude_km)
    results = []
    for name, estimator in methods:
        say(f"{mesh.provenance.name}: {name}, {len(targets)} targets")
        results.append(
            run_method(
                mesh,
                estimator,
                targets,
                grid,
                exclude_km=exclude_km,
                default=name == DEFAULT_METHOD,
                baseline=baseline,
            )
        )
    return MeshResult(
        mesh.provenance.name,
        mesh.provenance.kind,
        len(mesh.landmarks),
        len(targets),
        len(mesh.pairs),
        tuple(results),
        names,
    )


def _mesh_dict(mesh: MeshResult, seed: int) -> dict[str, object]:
    return {
        "name": mesh.name,
        "kind": mesh.kind,
        "landmarks": mesh.n_landmarks,
        "targets": mesh.n_targets,
        "pairs": mesh.n_pairs,
        "contradicted": list(mesh.contradicted),
        "methods": [method_metrics(result, seed) for result in mesh.methods],
    }


def _block(mesh: MeshResult, frame: pd.DataFrame) -> str:
    shown = frame.assign(
        method=[
            f"{name} *" if default else name
            for name, default in zip(frame["method"], frame["default"], strict=True)
        ],
        difference=[_interval(*row) for row in frame[list(DIFFERENCE)].to_numpy(dtype=float)],
    )
    title = f"{mesh.name} ({mesh.kind}): {mesh.n_targets} targets, {mesh.n_pairs} pairs"
    if mesh.contradicted:
        title += f"; not scored, for light contradicts their places: {', '.join(mesh.contradicted)}"
    tables = [
        shown[list(columns)]
        .rename(columns=columns)
        .astype({name: float for key, name in columns.items() if key not in WORDS})
        .to_string(index=False, float_format=_short, na_rep="–")
        for columns in (ERROR_COLUMNS, REGION_COLUMNS)
    ]
    return "\n\n".join([f"{title}\n{tables[0]}", tables[1]])


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:+,.0f} [{low:+,.0f}, {high:+,.0f}]" if math.isfinite(value) else "–"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
