"""Full meshes of world cities, and what is planted in meshes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.figures.comparison import stretch_by_distance
from rttgeo.pairs import read_mesh
from rttgeo.paper.notebooks import Job, run_jobs
from rttgeo.papers.spread import published
from rttgeo.simulate import plant, simulate_full_mesh, simulate_mesh
from rttgeo.simulate.compare import delay_by_distance, median_ratio
from rttgeo.sphere import distance_km


@settings(max_examples=15, deadline=None)
@given(n=st.integers(2, 120), seed=st.integers(0, 2**31))
def test_any_full_mesh_obeys_light_and_has_both_directions(n, seed):
    mesh, planted = simulate_full_mesh(n, seed=seed, answered=1.0)
    assert len(mesh) == n * (n - 1)
    assert (mesh.pairs["rtt_ms"] * KM_PER_MS_RTT["fibre"] >= mesh.distance_km).all()
    assert not planted.misplaced and not planted.anycast and not planted.satellite
    assert list(mesh.landmarks.index) == list(mesh.targets.index)


def test_both_directions_are_nearly_alike():
    mesh, _ = simulate_full_mesh(40, seed=1, answered=1.0)
    rtt = np.zeros((40, 40))
    rtt[mesh.pairs["target"], mesh.pairs["landmark"]] = mesh.pairs["rtt_ms"]
    gap = np.abs(rtt - rtt.T)[np.triu_indices(40, 1)]
    assert 0 < np.median(gap) < 1


def test_full_mesh_is_deterministic_and_needs_two_nodes():
    assert simulate_full_mesh(30, seed=4).mesh.pairs.equals(
        simulate_full_mesh(30, seed=4).mesh.pairs
    )
    with pytest.raises(BadInputError, match="two nodes"):
        simulate_full_mesh(1)
    with pytest.raises(BadInputError, match="answered"):
        simulate_full_mesh(10, answered=0)


def test_more_nodes_than_cities_have_names_of_their_own():
    mesh, _ = simulate_full_mesh(600, seed=4, answered=0.05)
    assert mesh.landmarks.index.is_unique and len(mesh.landmarks) == 600


def test_misplaced_landmarks_are_far_from_where_they_say():
    clean, _ = simulate_full_mesh(60, seed=9)
    mesh, planted = simulate_full_mesh(60, seed=9, misplaced=3)
    assert len(planted.misplaced) == 3
    for name, (lon, lat) in planted.misplaced.items():
        row = mesh.landmarks.index.get_loc(name)
        assert (clean.landmark_lonlat[0][row], clean.landmark_lonlat[1][row]) == (lon, lat)
        says = (mesh.landmark_lonlat[0][row], mesh.landmark_lonlat[1][row])
        assert distance_km(*says, lon, lat) >= 700
        at = mesh.targets.index.get_loc(name)
        assert (mesh.target_lonlat[0][at], mesh.target_lonlat[1][at]) == says
    moved = [mesh.landmarks.index.get_loc(name) for name in planted.misplaced]
    still = np.setdiff1d(np.arange(60), moved)
    assert np.array_equal(mesh.landmark_lonlat[0][still], clean.landmark_lonlat[0][still])
    assert np.array_equal(mesh.pairs["rtt_ms"], clean.pairs["rtt_ms"])


def test_anycast_targets_answer_from_the_nearest():
    clean, _ = simulate_full_mesh(60, seed=9, answered=1.0)
    mesh, planted = simulate_full_mesh(60, seed=9, answered=1.0, anycast=2, instances=5)
    assert len(planted.anycast) == 2
    for name, sites in planted.anycast.items():
        assert len(sites) == 5
        before, after = clean.of_target(name), mesh.of_target(name)
        common = np.isin(after.landmark, before.landmark)
        assert (after.rtt_ms[common] <= before.rtt_ms).all()
        assert (after.rtt_ms[common] < before.rtt_ms).any()
        # Somewhere light must have been beaten, or no one could ever tell.
    others = [n for n in clean.targets.index if n not in planted.anycast]
    assert np.array_equal(clean.of_target(others[0]).rtt_ms, mesh.of_target(others[0]).rtt_ms)


def test_satellite_nodes_are_half_a_second_away():
    clean, _ = simulate_full_mesh(50, seed=2)
    mesh, planted = simulate_full_mesh(50, seed=2, satellite=2)
    behind = mesh.landmarks.index.get_indexer(list(planted.satellite))
    extra = (mesh.pairs["rtt_ms"] - clean.pairs["rtt_ms"]).to_numpy()
    times = np.isin(mesh.pairs["landmark"], behind).astype(int) + np.isin(
        mesh.pairs["target"], behind
    )
    assert (extra[times == 0] == 0).all()
    assert ((extra[times == 1] >= 480) & (extra[times == 1] <= 600)).all()


def test_plants_go_into_the_papers_meshes_too():
    mesh = simulate_mesh(scale=0.05)
    planted_mesh, planted = plant(mesh, misplaced=4, anycast=1, satellite=1, seed=3)
    assert len(planted.misplaced) == 4 and len(planted.satellite) == 1
    assert len(planted_mesh.landmarks) == len(mesh.landmarks)
    assert planted_mesh.provenance.kind == "simulated"
    again = plant(mesh, misplaced=4, anycast=1, satellite=1, seed=3)
    assert again.planted == planted and again.mesh.pairs.equals(planted_mesh.pairs)


@pytest.mark.parametrize(
    "plants", [{"misplaced": 9}, {"anycast": 3}, {"anycast": 1, "instances": 1}]
)
def test_more_plants_than_nodes_is_refused(plants):
    with pytest.raises(BadInputError):
        simulate_full_mesh(8, **plants)


# --- Beside real meshes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "low", "high"), [("world-cities-2020", 0.75, 1.3), ("azure-regions", 0.75, 1.6)]
)
def test_world_mesh_is_like_real_ones(shared, folder, low, high):
    real = read_mesh(shared / "data" / folder / "pairs.csv")
    simulated, _ = simulate_full_mesh(246)
    ratio = median_ratio(simulated, real)
    assert len(ratio) >= 4
    assert ratio["ratio"].between(low, high).all(), ratio


def test_atlas_mesh_is_like_real_probes(shared):
    real = read_mesh(shared / "data" / "server-sites-2015" / "pairs.csv")
    ratio = median_ratio(simulate_mesh(), real)
    assert len(ratio) >= 5
    # Fitted to the papers, whose probes were faster than those of 2015 near by.
    assert ratio["ratio"].between(0.4, 1.4).all(), ratio


def test_comparison_has_quantiles_in_order_and_says_who_is_who():
    mesh, _ = simulate_full_mesh(80)
    table = delay_by_distance(mesh)
    assert table["pairs"].sum() == len(mesh)
    assert (table["stretch_0.05"] >= 1).all()
    assert (table["rtt_ms_0.05"] <= table["rtt_ms_0.95"]).all()
    drawn = stretch_by_distance([mesh])
    assert "simulated" in drawn.data and "Data: world-80 (simulated)" in drawn.alt
    assert drawn.facts["world-80_4000_to_8000_km_median_stretch"] > 1.2
    with pytest.raises(BadInputError, match="no meshes"):
        stretch_by_distance([])


@pytest.mark.slow
def test_the_notebook_holds_the_simulation_against_meshes_of_ones_own(root, shared, tmp_path):
    tables = [shared / "data" / f / "pairs.csv" for f in ("world-cities-2020", "server-sites-2015")]
    real = ", ".join(["azure-2026", *(str(table) for table in tables)])
    name = "simulated-2017-07-11"
    notebook = root / "notebooks" / "11-simulator.ipynb"
    (result,) = run_jobs([Job(notebook, name, {"dataset": name, "real": real})], tmp_path)
    found = json.loads(result.read_text())
    alt = {figure["name"]: figure["alt"] for figure in found["figures"]}
    assert "world-246" in alt["stretch"] and alt["stretch"].count("measured") >= 1
    rows = {table["name"]: table["rows"] for table in found["tables"]}
    assert len(rows["spread"]) == len(published())
    assert len({row[0] for row in rows["ratio"]}) == 3
