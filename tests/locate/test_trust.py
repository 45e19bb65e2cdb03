"""All estimators take the audit's result; without contradictions nothing changes."""

from __future__ import annotations

import numpy as np
from locate_meshes import full_mesh, mesh_of

from rttgeo import mesh as meshes
from rttgeo.cells.grid import Grid
from rttgeo.estimators import locate, locate_many
from rttgeo.estimators.trust import trusted
from rttgeo.mesh import Mesh

GRID = Grid(resolution_km=110.0)
METHODS = ["shortest-ping", "exclusion", "cbg++", "octant", "wls", "geoping"]


def declared(mesh: Mesh, row: int, lon: float, lat: float) -> Mesh:
    """One node of a full mesh declared elsewhere, in both tables."""
    at = np.arange(len(mesh.landmarks)) == row
    xs, ys = mesh.landmark_lonlat
    table = meshes.nodes(mesh.landmarks.index, np.where(at, lon, xs), np.where(at, lat, ys))
    return Mesh.build(table, table.copy(), mesh.pairs, mesh.provenance)


def antipode(mesh: Mesh, row: int) -> tuple[float, float]:
    lon, lat = (float(axis[row]) for axis in mesh.landmark_lonlat)
    return (lon + 360) % 360 - 180, -lat


def test_a_misplaced_node_changes_no_more_than_if_it_were_not_there():
    mesh = full_mesh(3)
    lied = declared(mesh, 7, *antipode(mesh, 7))
    absent = mesh.where((mesh.pairs["landmark"] != 7) & (mesh.pairs["target"] != 7))
    targets = [n for n in range(len(mesh.targets)) if n != 7][:8]
    for method in METHODS:
        said, expected = (
            locate_many(one, targets, method=method, grid=GRID, exclude_km=1.0)
            for one in (lied, absent)
        )
        for a, b in zip(said, expected, strict=True):
            np.testing.assert_array_equal([a.lon, a.lat], [b.lon, b.lat])
            assert a.n_landmarks == b.n_landmarks


def test_one_by_one_is_as_many_at_once():
    mesh = full_mesh(3)
    lied = declared(mesh, 7, *antipode(mesh, 7))
    for method in METHODS:
        for number, many in enumerate(locate_many(lied, [7, 2], method=method, grid=GRID)):
            one = locate(lied, [7, 2][number], method=method, grid=GRID)
            np.testing.assert_array_equal([one.lon, one.lat], [many.lon, many.lat])


def test_it_can_be_switched_off_and_does_nothing_to_a_good_mesh():
    mesh = full_mesh(3)
    lied = declared(mesh, 7, *antipode(mesh, 7))
    (with_audit,) = locate_many(lied, [2], method="exclusion", grid=GRID)
    (without,) = locate_many(lied, [2], method="exclusion", grid=GRID, audit=False)
    assert without.n_landmarks == with_audit.n_landmarks + 1
    ((position, same),) = trusted(mesh, np.arange(5), colocated_km=1.0, exclude_km=None)
    assert same is mesh
    assert position.tolist() == [0, 1, 2, 3, 4]


def test_a_target_known_to_misplaced_landmarks_alone_is_located_with_them():
    places = {"a": (0.0, 0.0), "b": (3.0, 0.0), "bad": (179.0, 0.0)}
    rtt = {(t, m): 5.0 for t in places for m in places if t != m}
    mesh = mesh_of(places, {**places, "x": (np.nan, np.nan)}, {**rtt, ("x", "bad"): 9.0})
    estimate = locate(mesh, "x", method="shortest-ping")
    assert (estimate.lon, estimate.n_landmarks) == (179.0, 1)
