"""`locate`: one target of a mesh, by one method; `locate_many` for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError
from rttgeo.estimators.batch import Estimates
from rttgeo.estimators.estimate import BatchEstimator, Estimate, Estimator
from rttgeo.estimators.registry import DEFAULT_METHOD, method
from rttgeo.estimators.training import (
    TRAINING_COLOCATED_KM,
    training_mesh,
    usable_counts,
    usable_pairs,
)
from rttgeo.estimators.trust import trusted
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh


@one_blas_thread
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
    """Where one target of a mesh is.

    Parameters
    ----------
    mesh
        The measurements. Pairs of other targets whose place is known serve to fit the method.
    target
        Id or row number of the target.
    method
        Name in `rttgeo.estimators.METHODS`, or an estimator with settings of its own.
    grid, resolution_km
        The grid to work on, or the size of its cells in km. When neither is given, 26 km, and
        finer cells where a landmark is so near that its circle needs them.
    colocated_km
        Nodes within this distance of the target's true place are not learnt from.
    exclude_km
        Leave out landmarks within this distance of the target's true place, for an
        evaluation. None keeps all but the target itself.
    audit
        Leave out nodes that `rttgeo.audit` finds misplaced, by fibre and without the target.

    Returns
    -------
    Estimate
        Its ``region`` holds the target with 95 % probability, or by hard constraints.

    Raises
    ------
    NotThereError
        For an unknown target or method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, no landmark measured the target, or
        a value is out of range.
    """
    estimator = chosen_estimator(method)
    grid = chosen_grid(grid, resolution_km)
    number = mesh.target_number(target)
    pairs = usable_pairs(mesh, number, exclude_km)
    name = str(mesh.targets.index[number])
    if not len(pairs.rtt_ms):
        raise BadInputError(f"target {name!r} has no round-trip time from any usable landmark")
    if audit and not audits_itself(estimator):
        one = np.array([number], dtype=np.int64)
        ((_, mesh),) = trusted(mesh, one, colocated_km=colocated_km, exclude_km=exclude_km)
        pairs = usable_pairs(mesh, number, exclude_km)
    fitted = estimator.fit(training_mesh(mesh, number, colocated_km), grid)
    return _told(fitted.locate(pairs, name), mesh)


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
    """Where each of many targets is, each left out of what is learnt for it.

    The same as `locate` on one after the other, by a quicker way where the method has one.

    Parameters
    ----------
    mesh
        The measurements.
    targets
        Ids or row numbers; None takes every target with a usable pair.
    method, grid, resolution_km, colocated_km, exclude_km, audit
        As of `locate`.

    Returns
    -------
    Estimates
        A list in the order of the targets; ``.to_geodataframe()`` makes it one table.

    Raises
    ------
    NotThereError
        For an unknown target or method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, a target was not measured, or a value
        is out of range.
    """
    estimator = chosen_estimator(method)
    grid = chosen_grid(grid, resolution_km)
    numbers = _target_numbers(mesh, targets)
    if targets is None:
        numbers = numbers[usable_counts(mesh, exclude_km) > 0]
    reach: _Reach = {"colocated_km": colocated_km, "exclude_km": exclude_km}
    if not audit or audits_itself(estimator):
        return Estimates(_locate_all(estimator, mesh, grid, numbers, reach))
    found: dict[int, Estimate] = {}
    for position, clean in trusted(mesh, numbers, **reach):
        some = _locate_all(estimator, clean, grid, numbers[position], reach)
        found.update(zip(position.tolist(), some, strict=True))
    return Estimates(found[position] for position in range(len(numbers)))


class _Reach(TypedDict):
    colocated_km: float
    exclude_km: float | None


def _locate_all(
    estimator: Estimator, mesh: Mesh, grid: Grid, numbers: np.ndarray, reach: _Reach
) -> list[Estimate]:
    if isinstance(estimator, BatchEstimator):
        found = estimator.locate_many(mesh, grid, numbers, **reach)
        return [_told(estimate, mesh) for estimate in found]
    return [
        locate(mesh, int(number), method=estimator, grid=grid, audit=False, **reach)
        for number in numbers
    ]


def audits_itself(estimator: Estimator) -> bool:
    """Whether it asks the audit itself, fold by fold."""
    return bool(getattr(estimator, "audits", False))


def _told(estimate: Estimate, mesh: Mesh) -> Estimate:
    """The estimate with where its measurements come from."""
    return estimate.of(mesh.provenance)


def chosen_estimator(chosen: str | Estimator) -> Estimator:
    """The estimator of a name; one that is given is taken as it is."""
    return method(chosen) if isinstance(chosen, str) else chosen


def _target_numbers(mesh: Mesh, targets: Sequence[str | int] | None) -> np.ndarray:
    if targets is None:
        return np.arange(len(mesh.targets), dtype=np.int64)
    return np.asarray([mesh.target_number(target) for target in targets], dtype=np.int64)
