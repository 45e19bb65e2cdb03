"""`evaluate`: compare methods on meshes; `Evaluation`: the results, as a table or JSON."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError
from rttgeo.estimators.candidates import Candidates
from rttgeo.estimators.estimate import Estimator
from rttgeo.estimators.registry import DEFAULT_METHOD, METHODS, chosen_estimator, method
from rttgeo.evaluation import text
from rttgeo.evaluation.alone import Drawn, locate_alone, shortest_ping_alone
from rttgeo.evaluation.metrics import method_metrics
from rttgeo.evaluation.protocol import (
    Baseline,
    Locate,
    contradicted,
    eligible_targets,
    run_method,
    shortest_ping,
)
from rttgeo.evaluation.results import MeshResult, MethodResult
from rttgeo.evaluation.strata import strata
from rttgeo.machine import escaping, files
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import IntArray

FORMAT = "rttgeo-evaluation"
VERSION = 1
SHORTEST_PING = "shortest-ping"
DEFAULT_EXCLUDE_KM = 1.0


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """The results of methods on one or several meshes.

    Attributes
    ----------
    meshes
        Results for each mesh; each method's ``targets`` table has one row per target.
    exclude_km
        Distance around a target within which nodes were hidden, km.
    seed
        Seed of the bootstrap, and of the random choice of landmarks.
    alone, landmarks
        Whether each target was located by itself, and from how many landmarks (None means all).
    """

    meshes: tuple[MeshResult, ...]
    exclude_km: float
    seed: int = 0
    alone: bool = False
    landmarks: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values in the documented form (see `rttgeo.evaluation`).

        Returns
        -------
        dict[str, object]
            Values by name, ready for JSON.
        """
        return {
            "format": FORMAT,
            "version": VERSION,
            "exclude_km": self.exclude_km,
            "alone": self.alone,
            "landmarks_drawn": self.landmarks,
            "meshes": [_mesh_dict(mesh, self.seed) for mesh in self.meshes],
        }

    def frame(self) -> pd.DataFrame:
        """Tabulate all figures.

        Returns
        -------
        pd.DataFrame
            One row per mesh and method.
        """
        rows = [
            text.flat(method_metrics(result, self.seed), mesh.name)
            for mesh in self.meshes
            for result in mesh.methods
        ]
        return pd.DataFrame(rows)

    def strata(self) -> pd.DataFrame:
        """Tabulate coverage and error by kind of target: one row per mesh, method and stratum.

        The columns are ``mesh``, ``method`` and those of `rttgeo.evaluation.strata.strata`.

        Returns
        -------
        pd.DataFrame
            Coverage as shares, errors in km.
        """
        parts = [
            strata(result.targets).assign(mesh=mesh.name, method=result.method)
            for mesh in self.meshes
            for result in mesh.methods
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        meshes = ", ".join(mesh.name for mesh in self.meshes)
        methods = ", ".join(dict.fromkeys(one.method for m in self.meshes for one in m.methods))
        return f"<Evaluation of {methods} on {meshes}>"

    def _repr_html_(self) -> str:
        """Show the tables in a notebook."""
        return f"<pre>{escaping.html(self.table())}</pre>"

    def table(self) -> str:
        """Format as text: errors and regions for each mesh, one line per method, and strata.

        ``*`` marks the default method. If the speed of light contradicts the places of some
        targets, the figures without them are followed by those for all targets. Strata are shown
        for the default method, or for the first one if the default was not run.

        Returns
        -------
        str
            Blocks of lines, one for each mesh.
        """
        return "\n\n".join(text.block(mesh, self.seed, self.way()) for mesh in self.meshes)

    def way(self) -> str:
        """Describe how the targets were located; empty for the usual way.

        Returns
        -------
        str
            Words for a heading; may be empty.
        """
        if not self.alone:
            return ""
        drawn = (
            "all its landmarks"
            if self.landmarks is None
            else f"{number_of(self.landmarks, 'landmark')} drawn at random"
        )
        return f"each target alone, from {drawn}, no other place known"

    def per_target(self) -> pd.DataFrame:
        """Tabulate the results for every target that was not set aside.

        Returns
        -------
        pd.DataFrame
            One row per mesh, method and target.
        """
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
    alone: bool = False,
    landmarks: int | None = None,
    candidates: Candidates | None = None,
    progress: Callable[[str], None] | None = None,
) -> Evaluation:
    """Compare methods on meshes with known places, leaving each target out of its own calibration.

    Parameters
    ----------
    mesh
        One mesh or several.
    methods
        ``"all"``, or one method or a list of them, each as for `rttgeo.locate`.
    exclude_km
        Nodes within this distance of a target are hidden while it is located, km: they are neither
        learnt from nor used as landmarks. 100 km makes the task hard.
    resolution_km, grid
        As for `rttgeo.locate`.
    seed
        Seed of the bootstrap intervals, and of the random choice of landmarks.
    alone
        Locate each target by itself, without all other targets, so that only the places of its
        landmarks are known (see `rttgeo.evaluation.alone`).
    landmarks
        With ``alone``, locate each target from this many landmarks, drawn at random.
    candidates
        Candidate places of the targets: each method also chooses among them, with shortest ping as
        the comparison. See `rttgeo.estimators.candidate_files.read_candidates`.
    progress
        Function to call with a line of text before each method.

    Returns
    -------
    Evaluation
        The results for every method and target; ``to_dict`` gives the documented JSON.

    Raises
    ------
    NotThereError
        When there is no such method.
    BadInputError
        When a mesh has no target that can be evaluated, or a value is out of range.
    """
    if not 0 <= exclude_km < float("inf"):
        raise BadInputError(f"exclude_km is {exclude_km}, expected 0 or more")
    if landmarks is not None and not alone:
        raise BadInputError("landmarks is used only together with alone: set alone=True as well")
    meshes: list[Mesh] = [mesh]  # type: ignore[list-item]
    if isinstance(mesh, Sequence) and not isinstance(mesh, str):
        meshes = list(mesh)
    for one in meshes:
        check_mesh(one)
    chosen = _chosen(methods)
    if candidates is not None and SHORTEST_PING not in dict(chosen):
        chosen.append((SHORTEST_PING, method(SHORTEST_PING)))
    grid = chosen_grid(grid, resolution_km)
    say = progress or (lambda line: None)
    way = _Way(grid, exclude_km, alone, landmarks, seed, candidates)
    results = [_evaluate_mesh(one, chosen, way, say) for one in meshes]
    return Evaluation(tuple(results), exclude_km, seed, alone, landmarks)


class _Way(NamedTuple):
    """How the targets are located."""

    grid: Grid
    exclude_km: float
    alone: bool
    landmarks: int | None
    seed: int
    candidates: Candidates | None

    def baseline(self, mesh: Mesh, targets: IntArray) -> Baseline:
        """Shortest ping, from the same landmarks."""
        if not self.alone:
            return shortest_ping(mesh, targets, self.exclude_km)
        return shortest_ping_alone(mesh, targets, self.drawn())

    def locate(self, mesh: Mesh, estimator: Estimator) -> Locate | None:
        """Function that locates the targets; None to locate them all together."""
        if not self.alone:
            return None
        return partial(locate_alone, mesh, estimator, self.grid, self.drawn())

    def drawn(self) -> Drawn:
        """How landmarks are drawn."""
        return Drawn(self.landmarks, self.exclude_km, self.seed)


def write_json(evaluation: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write the documented JSON atomically: readers see the old file or the complete new one.

    Parameters
    ----------
    evaluation
        The results to write.
    path
        File to write.
    """
    files.write_json(Path(path), evaluation.to_dict())


def json_schema() -> dict[str, object]:
    """Return the JSON schema of `Evaluation.to_dict`.

    Returns
    -------
    dict[str, object]
        The schema as plain values.
    """
    text = resources.files("rttgeo.evaluation").joinpath("schema.json").read_text(encoding="utf-8")
    schema: dict[str, object] = json.loads(text)
    return schema


def _chosen(methods: str | Sequence[str | Estimator]) -> list[tuple[str, Estimator]]:
    if isinstance(methods, str):
        methods = list(METHODS) if methods == "all" else [methods]
    found = [chosen_estimator(one) for one in methods]
    return [(one.name, one) for one in found]


def _evaluate_mesh(
    mesh: Mesh, methods: list[tuple[str, Estimator]], way: _Way, say: Callable[[str], None]
) -> MeshResult:
    targets = eligible_targets(mesh, way.exclude_km)
    aside = contradicted(mesh)[targets]
    if aside.all():
        aside[:] = False
    names = tuple(str(name) for name in mesh.targets.index[targets[aside]])
    baseline = way.baseline(mesh, targets)
    results = []
    for name, estimator in methods:
        say(f"{mesh.provenance.name}: {name}, {number_of(len(targets), 'target')}")
        results.append(
            run_method(
                mesh,
                estimator,
                targets,
                way.grid,
                exclude_km=way.exclude_km,
                default=name == DEFAULT_METHOD,
                baseline=baseline,
                aside=aside,
                locate=way.locate(mesh, estimator),
                candidates=way.candidates,
            )
        )
    return MeshResult(
        mesh.provenance.name,
        mesh.provenance.kind,
        len(mesh.landmarks),
        len(targets) - len(names),
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
        "methods": [_method_dict(result, seed) for result in mesh.methods],
    }


def _method_dict(result: MethodResult, seed: int) -> dict[str, object]:
    """The figures of a method, overall and by stratum, and those for all targets."""
    parts = strata(result.targets).astype(object)
    return {
        **method_metrics(result, seed),
        "all_targets": method_metrics(result.every(), seed),
        "strata": parts.where(parts.notna(), None).to_dict(orient="records"),
    }
