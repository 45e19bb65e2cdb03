"""What more circles add to the closest probe's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locate_meshes import full_mesh, mesh_of

from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_AREA_KM2, KM_PER_MS_RTT
from rttgeo.delay.light import speed_bound
from rttgeo.estimators.training import usable_pairs
from rttgeo.pairs import read_mesh
from rttgeo.papers.gain import circle_gain
from rttgeo.sphere import cap_area_km2

FIBRE = KM_PER_MS_RTT["fibre"]


def test_caps() -> None:
    assert cap_area_km2(0) == 0
    assert cap_area_km2(10) == pytest.approx(np.pi * 100, rel=1e-5)
    assert cap_area_km2(np.pi / 2 * 6371) == pytest.approx(EARTH_AREA_KM2 / 2)
    assert cap_area_km2(1e6) == pytest.approx(EARTH_AREA_KM2)


def test_three_cases_by_hand() -> None:
    landmarks = {"near": (0.0, 0.0), "far": (10.0, 0.0)}
    targets = {"inside": (0.0, 1.0), "half": (0.1, 0.0), "apart": (0.0, -1.0)}
    apart = float(np.radians(10) * 6371)
    rtt = {
        ("inside", "near"): 5.0,
        ("inside", "far"): 5.0 + 1.01 * apart / FIBRE,
        # A great circle through the middle of the near one: exactly half is left, nearly.
        ("half", "near"): 1.0,
        ("half", "far"): apart / FIBRE,
        ("apart", "near"): 1.0,
        ("apart", "far"): 2.0,
    }
    gain = circle_gain(mesh_of(landmarks, targets, rtt))
    table = gain.table
    assert table.loc["inside", "area_factor"] == 1
    assert not table.loc["inside", "improved"]
    assert table.loc["half", "improved"]
    assert table.loc["half", "area_factor"] == pytest.approx(2, rel=0.05)
    assert not table.loc["apart", "feasible"]
    assert np.isnan(table.loc["apart", "area_factor"])
    summary = gain.summary()
    assert (summary["targets"], summary["improved"]) == (3, 1)
    assert (summary["not_improved"], summary["conflicting"]) == (1, 1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_areas_are_those_of_a_uniform_grid(seed: int, n: int) -> None:
    mesh = full_mesh(seed, n)
    table = circle_gain(mesh).table
    grid = Grid(nside=64)
    for name, row in table.iterrows():
        pairs = usable_pairs(mesh, str(name))
        radius = FIBRE * pairs.rtt_ms
        best = int(np.argmin(radius))
        alone = grid.cap(pairs.lon[best], pairs.lat[best], radius[best])
        together = grid.intersection(pairs.lon, pairs.lat, radius)
        slack = 40 * grid.cell_area_km2
        assert row["alone_km2"] == pytest.approx(alone.area_km2, rel=0.03, abs=slack)
        assert row["together_km2"] == pytest.approx(together.area_km2, rel=0.05, abs=slack)
        if together.n_cells < alone.n_cells:
            assert row["improved"]


def test_faster_light_cuts_less() -> None:
    mesh = full_mesh(8, 20)
    fibre, vacuum = (circle_gain(mesh, speed_bound(s)).summary() for s in ("fibre", "vacuum"))
    assert int(vacuum["improved"]) <= int(fibre["improved"])


def test_a_dense_mesh_gains_less_than_a_sparse_one(shared: Path) -> None:
    dense, sparse = (
        circle_gain(read_mesh(shared / "data" / name / "pairs.csv")).summary()
        for name in ("server-sites-2015", "world-cities-2020")
    )
    assert float(dense["share_not_improved"]) > float(sparse["share_not_improved"]) > 0.1
