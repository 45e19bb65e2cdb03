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
import pyarrow.compute as pc

from rttgeo import sphere
from rttgeo.auditing.in_order import in_order
from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import ring_tables
from rttgeo.census.gazetteer import (
    city_labels,
    country_labels,
    country_map,
    gazetteer,
    shares_as_text,
)
from rttgeo.census.shapes import outlines, points
from rttgeo.census.spread import ONE_AT_A_TIME, spread
from rttgeo.census.texts import joined_texts, meanings, notes, same
from rttgeo.census.writing import GEOMETRY
from rttgeo.data.countries import NSIDE
from rttgeo.errors import BadInputError
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.blocks import Solved
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate, Estimator
from rttgeo.estimators.joined import merged, pairs_of, taken
from rttgeo.estimators.many_pairs import is_plain
from rttgeo.estimators.multilateration import Multilateration
from rttgeo.estimators.registry import DEFAULT_METHOD, chosen_estimator
from rttgeo.estimators.telling import contained
from rttgeo.estimators.training import TRAINING_COLOCATED_KM, usable_counts
from rttgeo.estimators.trust import trusted
from rttgeo.kernels.growing import Joined
from rttgeo.kernels.naming import name_all, nearest_all
from rttgeo.mesh import Mesh
from rttgeo.report.places import LEAST, SAMPLED
from rttgeo.report.tables import estimate_record, estimate_shape, joined
from rttgeo.typing import IntArray

AT_ONCE = 16_000
"""Targets per table that is handed on: some tens of megabytes."""
AT_ONCE_SLOW = 500
REGIONS = ("none", "runs", "polygons")
"""What is kept of regions in addition to their areas."""
SCHEMA = pa.schema(
    [
        ("method", pa.string()),
        ("target", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("area_km2", pa.float64()),
        ("empty", pa.bool_()),
        ("bounding", pa.string()),
        ("conflict", pa.string()),
        ("notes", pa.string()),
        ("note_kinds", pa.string()),
        ("bound", pa.string()),
        ("bound_kind", pa.string()),
        ("n_landmarks", pa.int64()),
        ("level", pa.float64()),
        ("area50_km2", pa.float64()),
        ("parts", pa.int64()),
        ("lowest_rtt_ms", pa.float64()),
        ("quickest_landmark", pa.string()),
        ("nearest_landmark", pa.string()),
        ("nearest_landmark_km", pa.float64()),
        ("places", pa.string()),
        ("countries", pa.string()),
        ("mesh", pa.string()),
        ("kind", pa.string()),
        ("meaning", pa.string()),
        ("true_lon", pa.float64()),
        ("true_lat", pa.float64()),
        ("error_km", pa.float64()),
        ("inside", pa.bool_()),
    ]
)
"""Lists are joined by semicolons; missing values are null. Units are degrees, km, km² and ms."""
RUN_FIELDS = (
    pa.field("region_nside", pa.int32()),
    pa.field("region_start", pa.list_(pa.int32())),
    pa.field("region_stop", pa.list_(pa.int32())),
)
"""The region as runs of cells of the HEALPix grid of that nside, in ring order."""


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
        ``none``, ``runs`` (adds `RUN_FIELDS`), or ``polygons`` (adds the outline as WKB).
    client
        Client whose workers locate the targets block by block, as for
        `rttgeo.census.spread.spread`; with Dask, the mesh is sent to each worker once. None locates
        them in this process, on all cores.
    progress
        Function to call with the number of blocks that a client has finished, and their total.

    Returns
    -------
    pyarrow.Table
        A table with the columns of `SCHEMA`, in the order of the targets.

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
    size = AT_ONCE if in_blocks(estimator) else AT_ONCE_SLOW
    blocks = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    wishes = _Wishes(mesh, estimator, grid, level, audit, regions)
    if client is None:
        blocks = [numbers]
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


def _block(numbers: IntArray, wishes: _Wishes) -> pa.Table:
    """The table that a worker makes for some targets."""
    mesh, estimator, grid, level, audit, regions = wishes
    with ONE_AT_A_TIME:
        tables = column_tables(
            mesh, numbers, estimator, grid, level=level, audit=audit, regions=regions
        )
        return pa.concat_tables([schema_of(regions, geometry=False).empty_table(), *tables])


def schema_of(regions: str, *, geometry: bool) -> pa.Schema:
    """List the columns of the tables that `column_tables` yields.

    Parameters
    ----------
    regions
        One of `REGIONS`.
    geometry
        Whether each row has a geometry, whatever is kept of the regions.

    Returns
    -------
    pyarrow.Schema
        `SCHEMA`, with the columns of the regions and the geometry.

    Raises
    ------
    BadInputError
        When ``regions`` is not one of `REGIONS`.
    """
    if regions not in REGIONS:
        raise BadInputError(f"regions is {regions!r}, expected one of {', '.join(REGIONS)}")
    schema = SCHEMA
    for field in RUN_FIELDS if regions == "runs" else ():
        schema = schema.append(field)
    return schema.append(GEOMETRY) if geometry or regions == "polygons" else schema


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
    schema = schema_of(regions, geometry=geometry)
    mesh, _, target, _ = in_order(mesh)
    numbers = target[np.asarray(numbers, dtype=np.int64)]
    if not isinstance(estimator, Multilateration) or not in_blocks(estimator):
        for start in range(0, len(numbers), AT_ONCE_SLOW):
            some = numbers[start : start + AT_ONCE_SLOW].tolist()
            found = locate_many(mesh, some, method=estimator, grid=grid, audit=audit)
            yield _of_estimates(mesh, found, schema, level, regions)
        return
    reach = {"colocated_km": TRAINING_COLOCATED_KM}
    groups = [(np.arange(len(numbers)), mesh)]
    if audit:
        groups = [tuple(one) for one in trusted(mesh, numbers, exclude_km=None, **reach)]  # type: ignore[misc]

    def told(solved: Solved) -> pa.Table:
        return _of_solved(mesh, solved, schema, regions)

    ready = [(where, estimator.many(clean, grid, then=told, **reach)) for where, clean in groups]
    for start in range(0, len(numbers), AT_ONCE):
        stop = min(start + AT_ONCE, len(numbers))
        parts, order = [], []
        for where, solve in ready:
            own = where[np.searchsorted(where, start) : np.searchsorted(where, stop)]
            for position, part in solve(numbers[own]):
                parts.append(part)
                order.append(own[position])
        table = pa.concat_tables(parts)
        place = np.argsort(np.concatenate(order), kind="stable")
        yield table if (np.diff(place) == 1).all() else table.take(pa.array(place))


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
    return isinstance(estimator, Multilateration) and is_plain(estimator.model, estimator.rule)


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


def _of_solved(mesh: Mesh, solved: Solved, schema: pa.Schema, regions: str) -> pa.Table:
    """The columns of a block."""
    asked, n = solved.asked, len(solved)
    cells = solved.n_cells
    distinct, which = np.unique(solved.nside, return_inverse=True)
    area = cells * np.array([Grid(nside=int(one)).cell_area_km2 for one in distinct])[which]
    names = solved.landmarks.name
    columns: dict[str, Any] = {
        "method": same(asked.method, n),
        "target": pa.array(asked.name, pa.string()),
        "lon": solved.lon,
        "lat": solved.lat,
        "area_km2": area,
        "empty": cells == 0,
        "bounding": joined_texts(solved.bounding, names),
        "conflict": joined_texts(solved.conflict, names),
        "bound": same(str(asked.bound), n),
        "bound_kind": same(str(asked.bound.kind), n),
        "n_landmarks": np.diff(asked.offsets),
        "level": pa.nulls(n, pa.float64()),
        "area50_km2": pa.nulls(n, pa.float64()),
        "mesh": same(mesh.provenance.name, n),
        "kind": same(mesh.provenance.kind, n),
        "meaning": meanings(solved, area),
    }
    columns |= notes(solved) | _named(solved) | _nearest(mesh, solved) | _truth(mesh, solved)
    if regions == "runs":
        columns |= _runs(solved)
    if regions == "polygons":
        columns["geometry"] = outlines(solved)
    elif "geometry" in schema.names:
        columns["geometry"] = points(solved.lon, solved.lat)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _named(solved: Solved) -> dict[str, Any]:
    """The columns of cities, countries and parts."""
    n = len(solved)
    seen, parts = np.ones(n, np.int64), np.zeros(n, np.int64)
    cities, countries, held = [], [], []
    for nside in np.unique(solved.nside):
        where = np.flatnonzero(solved.nside == nside)
        ring, start, stop = (taken(one, where) for one in (solved.ring, solved.start, solved.stop))
        city, country, count, seen[where], parts[where] = name_all(
            Grid(nside=int(nside)).rings, gazetteer(int(nside)), NSIDE, _map_for(int(nside)),
            ring, start, stop, SAMPLED, LEAST,
        )  # fmt: skip
        cities.append((where, city))
        countries.append((where, country))
        held.append((where, Joined(country.offsets, count)))
    country, count = merged(countries, n), merged(held, n).values
    owner = np.repeat(np.arange(n), np.diff(country.offsets))
    words = pc.binary_join_element_wise(
        pa.array(country_labels()[country.values].tolist(), pa.string()),
        shares_as_text(count, seen[owner]),
        " ",
    )
    return {
        "parts": parts,
        "places": joined_texts(merged(cities, n), city_labels()),
        "countries": joined_texts(Joined(country.offsets, np.arange(len(count))), words),
    }


def _map_for(nside: int) -> np.ndarray:
    """The map of countries if it must be looked up cell by cell; empty if runs suffice."""
    return country_map() if nside > NSIDE else np.zeros(1, np.int16)


def _nearest(mesh: Mesh, solved: Solved) -> dict[str, Any]:
    """The nearest landmark and the lowest RTT, among all that measured each target."""
    pairs, offsets = pairs_of(mesh.offsets, solved.asked.number)
    landmark = mesh.pairs["landmark"].to_numpy()[pairs].astype(np.int64)
    marks, all_of = solved.landmarks.marks, solved.landmarks
    nearest = nearest_all(
        marks.lon, marks.lat, marks.centre, landmark, offsets,
        np.radians(solved.lon), np.radians(solved.lat),
    )  # fmt: skip
    apart = sphere.distance_km(solved.lon, solved.lat, all_of.lon[nearest], all_of.lat[nearest])
    rtt = mesh.pairs["rtt_ms"].to_numpy()[pairs]
    lowest = np.minimum.reduceat(rtt, offsets[:-1])
    owner = np.repeat(np.arange(len(lowest)), np.diff(offsets))
    hits = np.flatnonzero(rtt == lowest[owner])
    quickest = landmark[hits[np.unique(owner[hits], return_index=True)[1]]]
    return {
        "quickest_landmark": pa.array(all_of.name[quickest], pa.string()),
        "nearest_landmark": pa.array(all_of.name[nearest], pa.string()),
        "nearest_landmark_km": [round(one, 3) for one in apart.tolist()],
        "lowest_rtt_ms": lowest,
    }


def _truth(mesh: Mesh, solved: Solved) -> dict[str, Any]:
    """What is known of the true places, and how the estimates compare with them."""
    lon, lat = (axis[solved.asked.number] for axis in mesh.target_lonlat)
    known = np.isfinite(lon)
    inside = np.zeros(len(lon), dtype=bool)
    some = np.flatnonzero(known)
    regions = solved.nside, solved.ring, solved.start, solved.stop
    inside[some] = contained(*regions, some, lon[some], lat[some])
    error = sphere.distance_km(solved.lon, solved.lat, lon, lat)
    floats = {"true_lon": lon, "true_lat": lat, "error_km": error}
    found: dict[str, Any] = {name: pa.array(v, mask=~known) for name, v in floats.items()}
    return found | {"inside": pa.array(inside, mask=~known)}


def _runs(solved: Solved) -> dict[str, Any]:
    """Canonical runs of all regions at once: adjoining pieces are merged."""
    bounds = solved.ring.offsets
    first = np.empty(len(solved.ring.values), np.int64)
    nside = np.repeat(solved.nside, np.diff(bounds))
    for one in np.unique(solved.nside).tolist():
        own = nside == one
        first[own] = ring_tables(one, False).first[solved.ring.values[own]]
    start, stop = first + solved.start.values, first + solved.stop.values
    begins, ends = np.ones(len(start), dtype=bool), np.ones(len(start), dtype=bool)
    begins[1:] = start[1:] != stop[:-1]
    begins[bounds[bounds < len(start)]] = True
    ends[:-1] = begins[1:]
    before = np.concatenate([[0], np.cumsum(begins)])
    offsets = pa.array(before[bounds].astype(np.int32))
    found: dict[str, Any] = {"region_nside": solved.nside.astype(np.int32)}
    for name, values in (("region_start", start[begins]), ("region_stop", stop[ends])):
        found[name] = pa.ListArray.from_arrays(offsets, pa.array(values.astype(np.int32)))
    return found
