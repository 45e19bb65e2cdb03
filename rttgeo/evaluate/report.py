"""`evaluate`: methods on meshes; `Evaluation`: what came out, as a table, as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import pandas as pd

from rttgeo import files
from rttgeo.errors import BadInputError
from rttgeo.evaluate.metrics import method_metrics
from rttgeo.evaluate.protocol import MeshResult, eligible_targets, run_method
from rttgeo.grid import Grid
from rttgeo.locate.estimate import Estimator
from rttgeo.locate.registry import DEFAULT_METHOD, METHODS, method
from rttgeo.mesh import Mesh

FORMAT = "rttgeo-evaluation"
VERSION = 1
DEFAULT_EXCLUDE_KM = 1.0
DEFAULT_RESOLUTION_KM = 25.0

TABLE_COLUMNS = {
    "method": "method",
    "targets": "targets",
    "empty": "empty",
    "median_km": "median km",
    "p75_km": "p75 km",
    "p90_km": "p90 km",
    "median_ratio": "median ÷ SP",
    "p90_ratio": "p90 ÷ SP",
    "within_100_km": "≤100 km",
    "coverage50": "cov 50",
    "coverage90": "cov 90",
    "coverage95": "cov 95",
    "median_area95_km2": "area 95 km²",
    "seconds_per_target": "s/target",
}


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
        """Make it plain values in the documented form (see `rttgeo.evaluate`)."""
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
                figures.pop("difference_km")
                rows.append({"mesh": mesh.name, **figures})
        return pd.DataFrame(rows)

    def table(self) -> str:
        """Text for people: one block a mesh, one line a method, ``*`` at the default."""
        frame = self.frame()
        return "\n\n".join(_block(mesh, frame[frame["mesh"] == mesh.name]) for mesh in self.meshes)

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
        ``"all"``, a name in `rttgeo.locate.METHODS`, or a list of names and estimators.
    exclude_km
        Landmarks and targets within this distance of a target are hidden while it is located:
        from calibration, and as landmarks. 100 makes the hard case.
    resolution_km, grid
        Size of the cells (25 km when neither is given), or a grid.
    seed
        Of the bootstrap intervals.
    progress
        Called with a line of text before each method.

    Raises
    ------
    NotThereError
        For an unknown method.
    BadInputError
        When a mesh has no target that can be evaluated, or a value is out of range.
    """
    if not 0 <= exclude_km < float("inf"):
        raise BadInputError(f"exclude_km is {exclude_km}, expected 0 or more")
    if grid is not None and resolution_km is not None:
        raise BadInputError("give a grid or a resolution_km, not both")
    meshes = [mesh] if isinstance(mesh, Mesh) else list(mesh)
    chosen = _chosen(methods)
    grid = grid or Grid(resolution_km=resolution_km or DEFAULT_RESOLUTION_KM)
    say = progress or (lambda line: None)
    results = [_evaluate_mesh(one, chosen, grid, exclude_km, say) for one in meshes]
    return Evaluation(tuple(results), exclude_km, seed)


def write_json(evaluation: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write the documented JSON in one step: readers see the old file or the whole new one."""
    files.write_json(Path(path), evaluation.to_dict())


def json_schema() -> dict[str, object]:
    """Return the JSON schema of `Evaluation.to_dict`."""
    text = resources.files("rttgeo.evaluate").joinpath("schema.json").read_text(encoding="utf-8")
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
            )
        )
    return MeshResult(
        mesh.provenance.name,
        mesh.provenance.kind,
        len(mesh.landmarks),
        len(targets),
        len(mesh.pairs),
        tuple(results),
    )


def _mesh_dict(mesh: MeshResult, seed: int) -> dict[str, object]:
    return {
        "name": mesh.name,
        "kind": mesh.kind,
        "landmarks": mesh.n_landmarks,
        "targets": mesh.n_targets,
        "pairs": mesh.n_pairs,
        "methods": [method_metrics(result, seed) for result in mesh.methods],
    }


def _block(mesh: MeshResult, frame: pd.DataFrame) -> str:
    lines = frame[list(TABLE_COLUMNS)].rename(columns=TABLE_COLUMNS)
    lines["method"] = [
        f"{name} *" if default else name
        for name, default in zip(frame["method"], frame["default"], strict=True)
    ]
    title = f"{mesh.name} ({mesh.kind}): {mesh.n_targets} targets, {mesh.n_pairs} pairs"
    return f"{title}\n{lines.to_string(index=False, float_format=_short, na_rep='–')}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
