"""Meshes for the tests of estimators: small, made by a stated rule, or read from real data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.mesh import Mesh, Provenance, nodes


def mesh_of(
    landmarks: dict[str, tuple[float, float]],
    targets: dict[str, tuple[float, float]],
    rtt: dict[tuple[str, str], float],
) -> Mesh:
    """Mesh by hand: places by id (NaN for unknown), RTT by (target, landmark)."""
    t_ids, l_ids = list(targets), list(landmarks)
    pairs = pd.DataFrame(
        {
            "target": [t_ids.index(t) for t, _ in rtt],
            "landmark": [l_ids.index(m) for _, m in rtt],
            "rtt_ms": list(rtt.values()),
        }
    )
    tables = [
        nodes(list(places), *(np.array([p[k] for p in places.values()], float) for k in (0, 1)))
        for places in (landmarks, targets)
    ]
    return Mesh.build(*tables, pairs, Provenance("by hand", "simulated"))


def full_mesh(seed: int, n: int = 30, spread: float = 0.5) -> Mesh:
    """n nodes all over the globe, each landmark and target; detours of a factor 1 to 1 + spread.

    The RTT of each pair is at least that of fibre: nothing physical is violated.
    """
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    table = nodes([f"n{i}" for i in range(n)], lon, lat)
    a, b = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n)))
    distance = sphere.distance_km(lon[a], lat[a], lon[b], lat[b])
    detour = 1 + spread * rng.uniform(size=len(a))
    rtt = detour * distance / KM_PER_MS_RTT["fibre"] + rng.exponential(2.0, len(a)) + 0.05
    pairs = pd.DataFrame({"target": a, "landmark": b, "rtt_ms": rtt})
    return Mesh.build(table, table, pairs, Provenance("random", "simulated"))
