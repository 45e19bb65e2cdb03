"""Every odd input has a defined answer or a clear error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from locate_meshes import full_mesh, mesh_of

from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators import METHODS, locate, locate_many
from rttgeo.mesh import Mesh, Provenance, TargetPairs, nodes
from rttgeo.papers.gain import circle_gain

COARSE = Grid(nside=16)
NAMES = [
    "shortest-ping", "exclusion", "exclusion-vacuum", "cbg", "cbg++", "octant", "spotter", "wls",
    "geoping",
]  # fmt: skip
every_method = pytest.mark.parametrize("name", NAMES)
NAN = float("nan")


def empty_mesh() -> Mesh:
    none = nodes([], [], [])
    pairs = pd.DataFrame({"target": [], "landmark": [], "rtt_ms": []})
    return Mesh.build(none, none, pairs, Provenance("empty"))


def bare_pairs(rtt: list[float]) -> TargetPairs:
    n = len(rtt)
    return TargetPairs(
        np.arange(n, dtype=np.int32), np.linspace(0, 20, n), np.zeros(n), np.array(rtt, float)
    )


@every_method
def test_empty_mesh(name: str) -> None:
    assert locate_many(empty_mesh(), method=name, grid=COARSE) == []
    with pytest.raises(NotThereError, match="no target 'x'"):
        locate(empty_mesh(), "x", method=name, grid=COARSE)


@every_method
def test_no_pairs_at_all(name: str) -> None:
    fitted = METHODS[name].fit(full_mesh(1, 6), COARSE)
    with pytest.raises(BadInputError, match="without round-trip times"):
        fitted.locate(bare_pairs([]), "t")


@every_method
def test_target_that_nobody_measured(name: str) -> None:
    mesh = mesh_of({"a": (0.0, 0.0)}, {"t": (1.0, 1.0), "u": (2.0, 2.0)}, {("u", "a"): 9.0})
    with pytest.raises(BadInputError, match="'t' has no round-trip time"):
        locate(mesh, "t", method=name, grid=COARSE)
    assert [e.target for e in locate_many(mesh, method=name, grid=COARSE)] == ["u"]


@every_method
def test_one_landmark(name: str) -> None:
    mesh = mesh_of({"a": (20.0, -89.0)}, {"t": (0.0, -89.5)}, {("t", "a"): 5.0})
    estimate = locate(mesh, "t", method=name, grid=COARSE)
    assert estimate.n_landmarks == 1
    assert estimate.error_km(20, -89) < 2 * COARSE.cell_size_km
    assert estimate.covers(0, -89.5)


@every_method
@pytest.mark.parametrize("rtt", [0.0, -5.0, NAN, float("inf")])
def test_impossible_rtt(name: str, rtt: float) -> None:
    with pytest.raises(BadInputError, match="rtt_ms is"):
        mesh_of({"a": (0.0, 0.0)}, {"t": (1.0, 1.0)}, {("t", "a"): rtt})
    # And where a mesh is bypassed.
    fitted = METHODS[name].fit(full_mesh(1, 6), COARSE)
    with pytest.raises(BadInputError, match="round-trip time number"):
        fitted.locate(bare_pairs([5.0, rtt, 7.0, 8.0]), "t")


@every_method
def test_ten_seconds_say_nothing(name: str) -> None:
    mesh = mesh_of({"a": (5.0, 5.0)}, {"t": (0.0, 0.0)}, {("t", "a"): 10_000.0})
    estimate = locate(mesh, "t", method=name, grid=COARSE)
    assert (estimate.lon, estimate.lat) == pytest.approx((5, 5))
    assert estimate.area_km2 == pytest.approx(COARSE.n_cells * COARSE.cell_area_km2)


@every_method
def test_ten_seconds_beside_good_rtts_change_little(name: str) -> None:
    mesh = full_mesh(3, 12)
    pairs = mesh.pairs.copy()
    worst = pairs[(pairs["target"] == 0) & (pairs["landmark"] != 0)]["rtt_ms"].idxmax()
    pairs.loc[worst, "rtt_ms"] = 10_000.0
    late = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    before, after = (locate(m, 0, method=name, grid=COARSE) for m in (mesh, late))
    limit = 20_000 if name in ("geoping", "spotter") else 2000
    assert after.error_km(before.lon, before.lat) < limit
    assert np.isfinite(after.lon)


def test_landmark_without_coordinates() -> None:
    with pytest.raises(BadInputError, match="landmark 'a' has no coordinates"):
        mesh_of({"a": (NAN, NAN)}, {"t": (0.0, 0.0)}, {("t", "a"): 5.0})


@every_method
def test_target_that_is_its_own_landmark(name: str) -> None:
    mesh = mesh_of(
        {"t": (0.0, 0.0), "a": (3.0, 0.0)},
        {"t": (0.0, 0.0)},
        {("t", "t"): 0.02, ("t", "a"): 8.0},
    )
    estimate = locate(mesh, "t", method=name, grid=COARSE)
    assert estimate.n_landmarks == 1  # its ping to itself does not count
    assert estimate.error_km(3, 0) < 2 * COARSE.cell_size_km


@every_method
def test_target_with_itself_only(name: str) -> None:
    mesh = mesh_of({"t": (0.0, 0.0)}, {"t": (0.0, 0.0)}, {("t", "t"): 0.02})
    with pytest.raises(BadInputError, match="any usable landmark"):
        locate(mesh, "t", method=name, grid=COARSE)
    assert locate_many(mesh, method=name, grid=COARSE) == []


@every_method
def test_two_landmarks_at_one_place(name: str) -> None:
    mesh = full_mesh(5, 10)
    lon, lat = (axis.copy() for axis in mesh.landmark_lonlat)
    lon[1], lat[1] = lon[0], lat[0]
    table = nodes(list(mesh.landmarks.index), lon, lat)
    twins = Mesh.build(table, mesh.targets, mesh.pairs, mesh.provenance)
    estimate = locate(twins, "n6", method=name, grid=COARSE)
    assert np.isfinite(estimate.lon)


@every_method
def test_all_landmarks_at_one_place(name: str) -> None:
    places = {f"l{i}": (120.0, 45.0) for i in range(5)}
    mesh = mesh_of(places, {"t": (121.0, 45.0)}, {("t", m): 5.0 for m in places})
    estimate = locate(mesh, "t", method=name, grid=COARSE)
    assert estimate.error_km(120, 45) < 2 * COARSE.cell_size_km


@every_method
def test_no_place_of_any_target_is_known(name: str) -> None:
    mesh = full_mesh(2, 8)
    unknown = nodes([f"t{i}" for i in range(8)], np.full(8, NAN), np.full(8, NAN))
    blind = Mesh.build(mesh.landmarks, unknown, mesh.pairs, mesh.provenance)
    estimate = locate(blind, "t3", method=name, grid=COARSE)
    assert np.isfinite(estimate.lon)
    assert np.isnan(estimate.error_km(NAN, NAN))
    with pytest.raises(BadInputError, match="no known place"):
        locate(blind, "t3", method=name, grid=COARSE, exclude_km=1)


def test_names_that_are_not_there() -> None:
    mesh = full_mesh(2, 8)
    with pytest.raises(
        NotThereError, match=r"no method 'cgb'; did you mean 'cbg'.*\? There are shortest-ping"
    ):
        locate(mesh, "n1", method="cgb", grid=COARSE)
    with pytest.raises(NotThereError, match="no target 'nix'"):
        locate(mesh, "nix", grid=COARSE)
    with pytest.raises(TypeError, match="resoluton_km"):
        locate(mesh, "n1", resoluton_km=5)  # type: ignore[call-arg]


def test_grid_and_resolution_exclude_each_other() -> None:
    with pytest.raises(BadInputError, match="not both"):
        locate(full_mesh(2, 8), "n1", grid=COARSE, resolution_km=10)
    with pytest.raises(BadInputError, match="resolution_km"):
        locate(full_mesh(2, 8), "n1", resolution_km=-10)


def test_gain_of_an_empty_mesh() -> None:
    summary = circle_gain(empty_mesh()).summary()
    assert summary["targets"] == 0
