"""`locate` estimates where one target of a mesh is; `locate_many` does so for many."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from rttgeo.auditing.in_order import in_order
from rttgeo.cells.following import FollowingGrid, chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.batch import Estimates
from rttgeo.estimators.estimate import (
    BatchEstimator,
    Estimate,
    Estimator,
    Fitted,
    SelfAuditing,
    heard_in,
)
from rttgeo.estimators.own_answers import fitted_to, located_by
from rttgeo.estimators.own_code import running
from rttgeo.estimators.registry import DEFAULT_METHOD, chosen_estimator
from rttgeo.estimators.training import (
    TRAINING_COLOCATED_KM,
    learnt_from,
    training_mesh,
    usable_counts,
    usable_pairs,
)
from rttgeo.estimators.trust import trusted
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import IntArray


def locate(
    mesh: Mesh,
    target: str | int,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    grid: Grid | None = None,
    resolution_km: float | None = None,
    colocated_km: float = TRAINING_COLOCATED_KM,
    exclude_km: float | None = None,
    audit: bool = True,
) -> Estimate:
    """Locate one target of a mesh.

    Parameters
    ----------
    mesh
        The measurements. The method learns from the other targets whose place is known.
    target
        Id or row number of the target.
    method
        Name in `rttgeo.estimators.METHODS`; an estimator with your own settings; a delay model, for
        `rttgeo.Multilateration` on it; or an import path such as ``my_module:Fastest`` to either,
        whose code is then run.
    grid, resolution_km
        The grid to work on, or the size of its cells in km. By default 26 km, with finer cells
        where a landmark is so near that its circle needs them.
    colocated_km
        Nodes within this distance of the target's true place are not learnt from, km.
    exclude_km
        Leave out landmarks within this distance of the target's true place, km; meant for
        evaluation. None keeps all landmarks except the target itself.
    audit
        Leave out nodes that `rttgeo.audit` finds misplaced, judged by the speed of light in fibre
        and without using the target.

    Returns
    -------
    Estimate
        The estimate; its ``region`` is the 95 % credible region, or what hard constraints allow.

    Raises
    ------
    NotThereError
        When there is no such target or method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, no landmark measured the target, or
        a value is out of range.
    """
    check_mesh(mesh)
    number = mesh.target_number(target)
    if not len(usable_pairs(mesh, number, exclude_km).rtt_ms):
        name = mesh.targets.index[number]
        raise BadInputError(f"target {name!r} has no round-trip time from any usable landmark")
    (found,) = locate_many(
        mesh,
        [number],
        method=method,
        grid=grid,
        resolution_km=resolution_km,
        colocated_km=colocated_km,
        exclude_km=exclude_km,
        audit=audit,
    )
    return found


@one_blas_thread
def locate_many(
    mesh: Mesh,
    targets: Sequence[str | int] | None = None,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    grid: Grid | None = None,
    resolution_km: float | None = None,
    colocated_km: float = TRAINING_COLOCATED_KM,
    exclude_km: float | None = None,
    audit: bool = True,
) -> Estimates:
    """Locate many targets of a mesh; each is left out of what is learnt to locate it.

    The results equal those of `locate` to the bit, whichever other targets are located in the same
    call and in whatever order, and whatever the nodes are called. For methods with a faster way for
    many targets it is quicker.

    Parameters
    ----------
    mesh
        The measurements.
    targets
        Ids or row numbers; None means every target with a usable pair.
    method, grid, resolution_km, colocated_km, exclude_km, audit
        As for `locate`.

    Returns
    -------
    Estimates
        One estimate per target, in their order; ``.to_geodataframe()`` converts them to a table.

    Raises
    ------
    NotThereError
        When there is no such target or method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, a target was not measured, or a value
        is out of range.
    """
    check_mesh(mesh)
    estimator = chosen_estimator(method)
    if isinstance(estimator, SelfAuditing):
        estimator, audit = estimator.with_audit(audit), False
    grid = chosen_grid(grid, resolution_km)
    note = own_cells_note(estimator, grid)
    numbers = _target_numbers(mesh, targets)
    if targets is None:
        numbers = numbers[usable_counts(mesh, exclude_km) > 0]
    reach: _Reach = {"colocated_km": colocated_km, "exclude_km": exclude_km}
    placed = in_order(mesh)
    numbers = placed.target[numbers]
    if not audit:
        some = _each(estimator, placed.mesh, grid, numbers, reach)
        return Estimates(_finished(one, mesh, note) for one in some)
    found: dict[int, Estimate] = {}
    for position, clean in trusted(placed.mesh, numbers, **reach):
        some = _each(estimator, clean, grid, numbers[position], reach)
        found.update(zip(position.tolist(), some, strict=True))
    return Estimates(_finished(found[position], mesh, note) for position in range(len(numbers)))


class _Reach(TypedDict):
    colocated_km: float
    exclude_km: float | None


def _each(
    estimator: Estimator, mesh: Mesh, grid: Grid, numbers: IntArray, reach: _Reach
) -> Sequence[Estimate]:
    """Estimates of some targets of a mesh that has already been audited."""
    if isinstance(estimator, BatchEstimator):
        with running(estimator, f"method {estimator.name!r}", "locate_many", mesh):
            return estimator.locate_many(mesh, grid, numbers, **reach)
    found = []
    learnt = learnt_from(mesh)

    @functools.cache
    def everything() -> Fitted:
        return fitted_to(estimator, mesh.where(learnt[mesh.pairs["target"].to_numpy()]), grid)

    for number in map(int, numbers):
        # Targets that nothing is learnt from share one fit, which has seen none of them.
        fitted = (
            fitted_to(estimator, training_mesh(mesh, number, reach["colocated_km"]), grid)
            if learnt[number]
            else everything()
        )
        pairs = usable_pairs(mesh, number, reach["exclude_km"])
        found.append(located_by(fitted, estimator.name, pairs, str(mesh.targets.index[number])))
    return found


def own_cells_note(estimator: Estimator, grid: Grid) -> tuple[Note, ...]:
    """Note that the grid that was asked for is ignored by a method with cells of its own.

    Parameters
    ----------
    estimator
        The estimator.
    grid
        The grid to work on (`rttgeo.cells.following.chosen_grid`).

    Returns
    -------
    tuple of Note
        One note; none where no grid was asked for, or the method uses it.
    """
    if not getattr(estimator, "own_cells", False) or isinstance(grid, FollowingGrid):
        return ()
    text = f"{estimator.name} uses its own cells: the requested cell size is ignored"
    return (Note(NoteKind.CELLS, text),)


def _finished(estimate: Estimate, mesh: Mesh, notes: tuple[Note, ...]) -> Estimate:
    """The estimate with the provenance of its measurements."""
    if notes:
        estimate = dataclasses.replace(estimate, notes=(*estimate.notes, *notes))
    return estimate.of(mesh.provenance, functools.partial(heard_in, mesh, estimate.target))


def _target_numbers(mesh: Mesh, targets: Sequence[str | int] | None) -> np.ndarray:
    if targets is None:
        return np.arange(len(mesh.targets), dtype=np.int64)
    return np.asarray([mesh.target_number(target) for target in targets], dtype=np.int64)
