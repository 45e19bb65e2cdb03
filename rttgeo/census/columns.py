"""Estimates of many targets as Arrow columns: the fields of `rttgeo.report.tables.estimate_record`.

A method with hard constraints fills them in blocks, without an object per target; any other method
locates one target after another. The values are the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rttgeo.auditing.in_order import arranged, in_order
from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.census.fields import RUN_FIELDS, SCHEMA, schema_of
from rttgeo.census.shapes import points
from rttgeo.census.solved import of_solved
from rttgeo.census.spread import ONE_AT_A_TIME, spread
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.blocks import Solved
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate, Estimator
from rttgeo.estimators.many_pairs import is_plain
from rttgeo.estimators.model import Model, fit
from rttgeo.estimators.multilateration import FittedMultilateration, Multilateration
from rttgeo.estimators.registry import DEFAULT_METHOD, chosen_estimator
from rttgeo.estimators.training import TRAINING_COLOCATED_KM, learnt_from, usable_counts
from rttgeo.estimators.trust import trusted
from rttgeo.mesh import Mesh
from rttgeo.report.tables import estimate_record, estimate_shape, joined
from rttgeo.typing import IntArray

Locate = Callable[[IntArray], pa.Table]
"""Locates some of the targets that it was made for, given by their positions among those, ascending;
returns their rows in that order."""

AT_ONCE = 16_000
"""Targets per table that is handed on: some tens of megabytes."""
AT_ONCE_SLOW = 500


def locate_columns(
    mesh: Mesh,
    targets: Sequence[str | int] | None = None,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    grid: Grid | None = None,
    resolution_km: float | None = None,
    level: float = AREA_LEVEL,
    audit: bool = True,
    regions: str = "none",
    client: Any = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> pa.Table:
    """Locate many targets and return one table: `rttgeo.locate_many` at the speed of the engine.

    The values equal those of `rttgeo.locate` to the bit.

    Parameters
    ----------
    mesh
        The measurements.
    targets
        Ids or row numbers; None means every target with a usable pair.
    method, grid, resolution_km, audit
        As for `rttgeo.locate_many`.
    level
        Probability of the region, for methods that give probabilities.
    regions
        ``none``, ``runs`` (adds `rttgeo.census.fields.RUN_FIELDS`), or ``polygons`` (adds the
        outline as WKB).
    client
        Client whose workers locate the targets block by block, as for
        `rttgeo.census.spread.spread`; with Dask, the mesh is sent to each worker once. None locates
        them in this process, on all cores.
    progress
        Function to call with the number of blocks that a client has finished, and their total.

    Returns
    -------
    pyarrow.Table
        A table with the columns of `rttgeo.census.fields.SCHEMA`, in the order of the targets.

    Raises
    ------
    NotThereError
        When there is no such target or method.
    BadInputError
        When a value is out of range, a target was not measured, or workers died.
    """
    estimator, grid = chosen_estimator(method), chosen_grid(grid, resolution_km)
    if targets is None:
        numbers = np.flatnonzero(usable_counts(mesh) > 0)
    else:
        numbers = np.array([mesh.target_number(one) for one in targets], dtype=np.int64)
    blocks, model = [numbers], None
    if client is not None:
        blocks = [numbers[some] for some in slices(len(numbers), estimator)]
        if not learnt_from(mesh)[numbers].all():
            model = fit(mesh, method=estimator, grid=grid, audit=audit)
    wishes = _Wishes(mesh, estimator, grid, level, audit, regions, model)
    tables = spread(
        client,
        _block,
        blocks,
        shared=wishes,
        progress=lambda done: progress(done, len(blocks)),
    )
    return pa.concat_tables([schema_of(regions, geometry=False).empty_table(), *tables])


class _Wishes(NamedTuple):
    """What all blocks have in common."""

    mesh: Mesh
    estimator: Estimator
    grid: Grid
    level: float
    audit: bool
    regions: str
    model: Model | None


def _block(numbers: IntArray, wishes: _Wishes) -> pa.Table:
    """The table that a worker makes for some targets."""
    mesh, estimator, grid, level, audit, regions, model = wishes
    options = {"level": level, "regions": regions}
    empty = schema_of(regions, geometry=False).empty_table()
    with ONE_AT_A_TIME:
        if model is None:
            tables = column_tables(mesh, numbers, estimator, grid, audit=audit, **options)  # type: ignore[arg-type]
            return pa.concat_tables([empty, *tables])
        learnt = learnt_from(mesh)[numbers]
        known, unknown = np.flatnonzero(learnt), np.flatnonzero(~learnt)
        others = column_tables(mesh, numbers[known], estimator, grid, audit=audit, **options)  # type: ignore[arg-type]
        locate = by_model(mesh, numbers[unknown], model, **options)  # type: ignore[arg-type]
        parts = [(known, pa.concat_tables([empty, *others]))]
        if len(unknown):
            parts.append((unknown, locate(np.arange(len(unknown)))))
        return interleaved(parts)


def column_tables(
    mesh: Mesh,
    numbers: IntArray,
    estimator: Estimator,
    grid: Grid,
    *,
    level: float = AREA_LEVEL,
    audit: bool = True,
    regions: str = "none",
    geometry: bool = False,
) -> Iterator[pa.Table]:
    """Locate targets and yield tables of a few thousand at a time.

    Parameters
    ----------
    mesh
        The measurements.
    numbers
        Row numbers of the targets.
    estimator, grid, level, audit, regions
        As for `locate_columns`.
    geometry
        Add the place as a point if outlines are not requested.

    Yields
    ------
    pyarrow.Table
        Tables with the columns of `schema_of`, in the order of the targets.
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    options = {"level": level, "audit": audit, "regions": regions, "geometry": geometry}
    locate = by_one_another(mesh, numbers, estimator, grid, **options)  # type: ignore[arg-type]
    for some in slices(len(numbers), estimator):
        yield locate(some)


def slices(count: int, estimator: Estimator) -> Iterator[IntArray]:
    """Divide targets into as many as are located at a time.

    Parameters
    ----------
    count
        How many targets there are.
    estimator
        The method.

    Yields
    ------
    numpy.ndarray
        Their positions, ascending.
    """
    size = AT_ONCE if in_blocks(estimator) else AT_ONCE_SLOW
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def by_one_another(
    mesh: Mesh,
    numbers: IntArray,
    estimator: Estimator,
    grid: Grid,
    *,
    level: float = AREA_LEVEL,
    audit: bool = True,
    regions: str = "none",
    geometry: bool = False,
) -> Locate:
    """Prepare to locate targets of a mesh by what is learnt from the others in it.

    Parameters
    ----------
    mesh, numbers, estimator, grid, level, audit, regions, geometry
        As for `column_tables`.

    Returns
    -------
    Locate
        Not for two threads at a time.
    """
    schema = schema_of(regions, geometry=geometry)
    mesh, _, target, _ = in_order(mesh)
    numbers = target[numbers]
    if not isinstance(estimator, Multilateration) or not in_blocks(estimator):

        def one_by_one(positions: IntArray) -> pa.Table:
            some = numbers[positions].tolist()
            found = locate_many(mesh, some, method=estimator, grid=grid, audit=audit)
            return _of_estimates(mesh, found, schema, level, regions)

        return one_by_one
    reach = {"colocated_km": TRAINING_COLOCATED_KM}
    groups = [(np.arange(len(numbers)), mesh)]
    if audit:
        groups = [tuple(one) for one in trusted(mesh, numbers, exclude_km=None, **reach)]  # type: ignore[misc]

    def told(solved: Solved) -> pa.Table:
        return of_solved(mesh, solved, schema, regions)

    return _of_groups(
        numbers, [(where, estimator.many(some, grid, then=told, **reach)) for where, some in groups]
    )


def by_model(
    mesh: Mesh,
    numbers: IntArray,
    model: Model,
    *,
    level: float = AREA_LEVEL,
    regions: str = "none",
    geometry: bool = False,
) -> Locate:
    """Prepare to locate targets that a model has not learnt from: nothing is learnt anew.

    Parameters
    ----------
    mesh
        The measurements of these targets, with the landmarks of the model, in its order.
    numbers
        Row numbers of the targets.
    model
        The method, fitted to known targets.
    level, regions, geometry
        As for `column_tables`.

    Returns
    -------
    Locate
        The values equal those of `by_one_another` in a mesh that also holds what the model learnt
        from.
    """
    schema = schema_of(regions, geometry=geometry)
    fitted = model.fitted
    # Landmarks at one place have the order that the known targets gave them when the model was made.
    mesh = arranged(mesh, np.argsort(model.order), np.arange(len(mesh.targets))).mesh
    misplaced = model.misplaced[np.argsort(model.order)]
    if not isinstance(fitted, FittedMultilateration) or not _plain(fitted.settings):

        def one_by_one(positions: IntArray) -> pa.Table:
            found = model.locate_many(mesh, numbers[positions].tolist())
            return _of_estimates(mesh, found, schema, level, regions)

        return one_by_one

    def told(solved: Solved) -> pa.Table:
        return of_solved(mesh, solved, schema, regions)

    if not misplaced.any():
        return _of_groups(numbers, [(np.arange(len(numbers)), fitted.many(mesh, told))])
    clean = mesh.where(~misplaced[mesh.pairs["landmark"].to_numpy()])
    alone = usable_counts(clean)[numbers] == 0
    groups = [(np.flatnonzero(~alone), fitted.many(clean, told))]
    if alone.any():
        unaudited = model.unaudited
        assert isinstance(unaudited, FittedMultilateration)
        groups.append((np.flatnonzero(alone), unaudited.many(mesh, told)))
    return _of_groups(numbers, groups)


def interleaved(parts: Sequence[tuple[IntArray, pa.Table]]) -> pa.Table:
    """Put the rows of several tables into one.

    Parameters
    ----------
    parts
        For each table, the positions of its rows in the result.

    Returns
    -------
    pyarrow.Table
        The rows in the order of their positions.
    """
    table = pa.concat_tables([one for _, one in parts])
    place = np.argsort(np.concatenate([where for where, _ in parts]), kind="stable")
    return table if (np.diff(place) == 1).all() else table.take(pa.array(place))


def _of_groups(
    numbers: IntArray,
    groups: Sequence[tuple[IntArray, Callable[[IntArray], Iterator[tuple[IntArray, pa.Table]]]]],
) -> Locate:
    """Locates targets that belong to one group each, by their positions."""

    def locate(positions: IntArray) -> pa.Table:
        parts = []
        for where, solve in groups:
            own = np.intersect1d(where, positions, assume_unique=True)
            for position, part in solve(numbers[own]):
                parts.append((np.searchsorted(positions, own[position]), part))
        return interleaved(parts)

    return locate


def in_blocks(estimator: Estimator) -> bool:
    """Tell whether compiled code computes the method in blocks.

    Parameters
    ----------
    estimator
        The method.

    Returns
    -------
    bool
        False for one that locates target by target.
    """
    return isinstance(estimator, Multilateration) and _plain(estimator)


def _plain(method: Multilateration) -> bool:
    return is_plain(method.model, method.rule)


def _of_estimates(
    mesh: Mesh, found: Sequence[Estimate], schema: pa.Schema, level: float, regions: str
) -> pa.Table:
    """The columns, filled from one estimate after another."""
    import shapely

    rows = [joined(estimate_record(mesh, one, level=level)) for one in found]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    columns: dict[str, Any] = {name: table[name] for name in SCHEMA.names}
    if regions == "runs":
        held = [one.credible_region(level) if one.has_region else None for one in found]
        for field, part in zip(RUN_FIELDS, ("grid.nside", "start", "stop"), strict=True):
            get = operator.attrgetter(part)
            columns[field.name] = [None if r is None else get(r) for r in held]
    if "geometry" in schema.names:
        if regions == "polygons":
            shapes = [estimate_shape(one, level) for one in found]
            columns["geometry"] = shapely.to_wkb(shapes).tolist()
        else:
            columns["geometry"] = points(
                np.array([one.lon for one in found]), np.array([one.lat for one in found])
            )
    return pa.table([columns[name] for name in schema.names], schema=schema)
