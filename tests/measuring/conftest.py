"""A simulated Internet behind the loopback imitation of RIPE Atlas."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from rttgeo.measuring import pings
from rttgeo.measuring.replay import Replay
from rttgeo.simulate import simulate_full_mesh

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "atlas"))

from atlas_server import World
from ordering_server import KEY, TARGET, OrderingServer, atlas_probe


@pytest.fixture(scope="session")
def mesh():
    """Sixty nodes that all measured one another. Simulated."""
    return simulate_full_mesh(60, seed=3).mesh


@pytest.fixture(scope="session")
def truth(mesh):
    """Row of the target, and its place."""
    lon, lat = mesh.target_lonlat
    row = int(np.argmin(np.abs(lon - 10) + np.abs(lat - 48)))
    return row, float(lon[row]), float(lat[row])


@pytest.fixture
def service(mesh, truth, tmp_path, monkeypatch):
    """The service: probes are the mesh's landmarks, 1000 on, and ping the target."""
    replay = Replay(mesh)
    name = str(mesh.targets.index[truth[0]])
    there = replay.landmarks(name)
    rtts = replay.measure(name, there)
    number = {1000 + row: one for row, one in enumerate(there)}

    def answers(target, probe):
        assert target == TARGET
        return rtts[number[probe].name]

    probes = [atlas_probe(n, one.lon, one.lat) for n, one in number.items()]
    folder = tmp_path / "server"
    folder.mkdir()
    monkeypatch.setattr(pings, "POLL_S", 0.01)
    monkeypatch.setattr(pings, "SETTLE_S", 0.02)
    monkeypatch.chdir(tmp_path)
    with OrderingServer(World([], [], probes, lambda *_: iter(())), folder, answers) as running:
        monkeypatch.setenv("RTTGEO_ATLAS_HOST", running.host)
        monkeypatch.setenv("RTTGEO_ATLAS_CERTIFICATE", running.certificate)
        monkeypatch.setenv("ATLAS_API_KEY", KEY)
        yield running
