"""Columns of many targets are the records of one after the other, to the bit."""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa
import pytest

from rttgeo.auditing.in_order import in_order
from rttgeo.cells.grid import Grid
from rttgeo.census.columns import locate_columns
from rttgeo.census.fields import SCHEMA
from rttgeo.census.gazetteer import country_map, shares_as_text
from rttgeo.data.countries import AT_SEA, NSIDE, rows_of_cells
from rttgeo.estimators import METHODS, locate_many
from rttgeo.estimators.left_out import OnModel
from rttgeo.kernels.naming import cell_at
from rttgeo.mesh import Mesh, nodes
from rttgeo.report.tables import estimate_record, joined
from rttgeo.simulate import simulate_full_mesh
from rttgeo.simulate.misdeclare import misdeclare

PLAIN = ("shortest-ping", "exclusion", "exclusion-vacuum", "cbg", "cbg++")
COARSE = Grid(resolution_km=210.0)


@functools.cache
def mesh_of_all_kinds() -> Mesh:
    """Known and unknown targets, liars, and round-trip times from 0.3 ms to nonsense."""
    mesh = misdeclare(
        simulate_full_mesh(36, seed=3).mesh, "moved", 2, distance_km=3000, seed=1
    ).mesh
    lon, lat = (axis.copy() for axis in mesh.target_lonlat)
    ids = np.array(mesh.targets.index, dtype=object)
    lon[20:], lat[20:] = np.nan, np.nan
    ids[24:] = [f"=unknown {i}" for i in range(len(ids) - 24)]
    pairs = mesh.pairs.copy()
    rng = np.random.default_rng(5)
    scale = np.ones(len(ids))
    scale[26:] = [0.03, 0.2, 0.3, 0.5, 0.6, 0.8, 1.5, 3.0, 20.0, 500.0]
    pairs["rtt_ms"] *= scale[pairs["target"]] * rng.uniform(1.0, 1.2, len(pairs))
    return Mesh.build(mesh.landmarks, nodes(ids, lon, lat), pairs, mesh.provenance)


def facts(estimate):
    region = estimate.region
    runs = region.grid.nside, region.start.tobytes(), region.stop.tobytes()
    place = np.array([estimate.lon, estimate.lat]).tobytes()
    said = estimate.bounding, estimate.conflict, estimate.notes, estimate.bound, estimate.method
    return estimate.target, place, runs, said, estimate.n_landmarks


@pytest.mark.parametrize("grid", [None, COARSE], ids=["following", "coarse"])
@pytest.mark.parametrize("method", PLAIN)
def test_blocks_answer_as_one_target_after_the_other(method, grid):
    from rttgeo.cells.following import chosen_grid

    # As `locate_many` gives it to a method: from west to east.
    mesh, some = in_order(mesh_of_all_kinds()).mesh, np.arange(36)
    asked = {"colocated_km": 1.0, "exclude_km": None}
    many = METHODS[method].locate_many(mesh, chosen_grid(grid), some, **asked)
    slow = OnModel.locate_many(METHODS[method], mesh, chosen_grid(grid), some, **asked)
    assert [facts(one) for one in many] == [facts(one) for one in slow]


@pytest.mark.parametrize("method", [*PLAIN, "wls", "octant"])
def test_columns_are_the_records(method):
    mesh = mesh_of_all_kinds()
    table = locate_columns(mesh, method=method, regions="runs")
    found = locate_many(mesh, table["target"].to_pylist(), method=method)
    rows = [joined(estimate_record(mesh, one)) for one in found]
    slow = pa.Table.from_pylist(rows, schema=SCHEMA)
    for name in SCHEMA.names:
        assert table[name].to_pylist() == slow[name].to_pylist(), name
    regions = [one.region if one.has_region else None for one in found]
    assert table["region_start"].to_pylist() == [
        None if r is None else r.start.tolist() for r in regions
    ]
    assert table["region_nside"].to_pylist() == [
        None if r is None else r.grid.nside for r in regions
    ]


def test_any_order_and_any_number_of_targets_give_the_same_rows():
    mesh = mesh_of_all_kinds()
    whole = locate_columns(mesh, method="cbg++")
    some = [30, 3, 25, 12, 12]
    few = locate_columns(mesh, some, method="cbg++")
    assert few.to_pylist() == whole.take(some).to_pylist()


def test_countries_of_fine_cells_are_those_of_the_map_cell_that_holds_them():
    rng = np.random.default_rng(0)
    rows = country_map()
    for nside in (1024, 8192):
        grid = Grid(nside=nside)
        cells = np.sort(rng.integers(0, grid.n_cells, 3000))
        cells[:4] = 0, 1, grid.n_cells - 2, grid.n_cells - 1
        lon, lat = grid.lonlat(cells)
        expected = np.asarray(Grid(nside=NSIDE).cell_of(lon, lat))
        lat = np.radians(lat)
        near = 2 * np.sin(0.5 * (0.5 * np.pi - np.abs(lat))) ** 2
        found = [
            cell_at(NSIDE, np.sin(b), n, a)
            for a, b, n in zip(np.radians(lon % 360), lat, near, strict=True)
        ]
        assert found == expected.tolist()
        assert (rows[expected] == rows_of_cells(expected) - AT_SEA).all()


def test_shares_are_rounded_as_python_rounds():
    count = np.arange(0, 801)
    for seen in (800, 4000, 2001):
        texts = shares_as_text(count, np.full(len(count), seen)).to_pylist()
        assert texts == [f"{round(int(c) / seen, 4):.2f}" for c in count]
