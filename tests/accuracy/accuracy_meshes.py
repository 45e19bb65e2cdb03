"""Small meshes with known truth for the tests of evaluation, audit and the default estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo import mesh as meshes
from rttgeo import sphere
from rttgeo.mesh import Mesh, Provenance

CITIES = {
    "lisbon": (-9.14, 38.72), "madrid": (-3.70, 40.42), "paris": (2.35, 48.86),
    "london": (-0.13, 51.51), "dublin": (-6.26, 53.35), "amsterdam": (4.90, 52.37),
    "brussels": (4.35, 50.85), "frankfurt": (8.68, 50.11), "zurich": (8.54, 47.37),
    "milan": (9.19, 45.46), "rome": (12.50, 41.90), "vienna": (16.37, 48.21),
    "prague": (14.42, 50.08), "warsaw": (21.01, 52.23), "berlin": (13.40, 52.52),
    "hamburg": (9.99, 53.55), "copenhagen": (12.57, 55.68), "oslo": (10.75, 59.91),
    "stockholm": (18.07, 59.33), "helsinki": (24.94, 60.17), "riga": (24.11, 56.95),
    "kiev": (30.52, 50.45), "bucharest": (26.10, 44.43), "sofia": (23.32, 42.70),
    "athens": (23.73, 37.98), "istanbul": (28.98, 41.01), "belgrade": (20.46, 44.79),
    "budapest": (19.04, 47.50), "zagreb": (15.98, 45.81), "lyon": (4.84, 45.76),
    "barcelona": (2.17, 41.39), "munich": (11.58, 48.14),
}  # fmt: skip


def full_mesh(names: list[str] | None = None, seed: int = 0) -> Mesh:
    """All pairs of European cities: a detour, a last mile at each end, some noise. Simulated."""
    chosen = list(CITIES) if names is None else names
    lon, lat = np.array([CITIES[name] for name in chosen]).T
    rng = np.random.default_rng(seed)
    height = rng.gamma(2.0, 0.5, len(chosen))
    distance = sphere.distance_km(lon[:, None], lat[:, None], lon, lat)
    stretch = 1.5 + 0.3 * rng.random(distance.shape)
    rtt = distance / 102.0 * stretch + height[:, None] + height + rng.gamma(1.0, 0.5, stretch.shape)
    landmark, target = np.nonzero(~np.eye(len(chosen), dtype=bool))
    pairs = pd.DataFrame({"landmark": landmark, "target": target, "rtt_ms": rtt[landmark, target]})
    table = meshes.nodes(chosen, lon, lat)
    return Mesh.build(table, table.copy(), pairs, Provenance("cities", "simulated"))


def moved(mesh: Mesh, node: str, lon: float, lat: float) -> Mesh:
    """The same measurements with one node declared elsewhere, as landmark and as target."""
    tables = []
    for table in (mesh.landmarks, mesh.targets):
        at = table.index == node
        xs, ys = meshes.lonlat(table)
        tables.append(meshes.nodes(table.index, np.where(at, lon, xs), np.where(at, lat, ys)))
    return Mesh.build(*tables, mesh.pairs, mesh.provenance)
