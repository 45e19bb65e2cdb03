"""Whole methods: thousands of targets by exclusion and CBG, and every method left one out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks import cases
from benchmarks.timing import in_child, once
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.estimators import METHODS, locate_many
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.simulate import simulate_full_mesh

NODES = 246
FULL_MESH_METHODS = ("exclusion", "cbg")
CHILD = """
import json, resource, sys, time
from benchmarks.methods import landmarks_to_targets, warm
from rttgeo.cells.grid import Grid
from rttgeo.estimators import locate_many
mesh, grid = landmarks_to_targets({targets}, 500), Grid(26)
warm(grid)
mesh.distance_km
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, began, cpu = peak(), time.perf_counter(), time.process_time()
held = 0
# Estimates hold their regions: a few at a time, as an evaluation takes them.
for start in range(0, {targets}, 1000):
    some = range(start, min(start + 1000, {targets}))
    held += len(locate_many(mesh, some, method="{method}", grid=grid))
print(json.dumps({{"method": "{method}", "targets": held, "seconds": time.perf_counter() - began,
                  "cpu_seconds": time.process_time() - cpu, "added_mb": peak() - before}}))
"""


def landmarks_to_targets(targets: int, landmarks: int) -> Mesh:
    """A made-up mesh whose round-trip times are the circles of `cases.many_targets`."""
    circles, _ = cases.many_targets(targets, landmarks)
    rng = np.random.default_rng(2)
    lon, lat = cases.places(rng, landmarks)
    t_lon, t_lat = cases.places(rng, targets)
    pairs = pd.DataFrame(
        {
            "target": np.repeat(np.arange(targets), landmarks),
            "landmark": np.tile(np.arange(landmarks), targets),
            "rtt_ms": circles.radius_km / KM_PER_MS_RTT["fibre"],
        }
    )
    return Mesh.build(
        nodes([f"l{i}" for i in range(landmarks)], lon, lat),
        nodes([f"t{i}" for i in range(targets)], t_lon, t_lat),
        pairs,
        Provenance(f"made-up-{targets}", "simulated"),
    )


def warm(grid: Grid) -> None:
    """Load the compiled kernels, so that they are not part of what is measured."""
    small = landmarks_to_targets(20, 30)
    for method in FULL_MESH_METHODS:
        locate_many(small, method=method, grid=grid)


def many_targets(targets: int) -> list[dict[str, object]]:
    """Targets × 500 landmarks by whole methods, and the memory that a quarter and all take."""
    return [
        in_child(CHILD.format(targets=n, method=method))
        for method in FULL_MESH_METHODS
        for n in (targets // 4, targets)
    ]


def leave_one_out() -> list[dict[str, object]]:
    """Every target of a simulated full mesh, left out of its own calibration, by every method."""
    mesh, grid = simulate_full_mesh(NODES).mesh, Grid(26)
    small = simulate_full_mesh(25).mesh
    rows = []
    for method in METHODS:
        locate_many(small, method=method, grid=grid)
        seconds = once(lambda name=method: locate_many(mesh, method=name, grid=grid)) / 1e3
        rows.append({"method": method, "targets": NODES, "seconds": seconds})
    return rows
