"""Simulation: an Internet of cities, cables and last miles, and the round-trip times over it."""

from __future__ import annotations

import functools

from benchmarks.page.measuring import Work, copying, growing, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table, number


def ours(nodes: int) -> Work:
    """A full mesh."""
    from rttgeo.simulate import simulate_full_mesh

    return lambda: simulate_full_mesh(nodes, seed=nodes)


def by_numpy(nodes: int) -> Work:
    """Great circles times a random stretch: what is usually done instead."""
    import numpy as np

    from rttgeo.sphere import distance_km

    rng = np.random.default_rng(nodes)
    lon, lat = rng.uniform(-180, 180, nodes), rng.uniform(-60, 70, nodes)

    def work() -> None:
        away = distance_km(lon, lat, lon[:, None], lat[:, None])
        away / 102.0 * rng.uniform(1.2, 2.2, away.shape) + rng.exponential(4, away.shape)

    return work


def by_scipy(nodes: int) -> Work:
    """Shortest paths over a net of cables of ten neighbours each, without anything else."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(nodes)
    places = rng.normal(size=(nodes, 3))
    places /= np.linalg.norm(places, axis=1)[:, None]
    away, near = cKDTree(places).query(places, k=min(11, nodes))
    rows = np.repeat(np.arange(nodes), near.shape[1] - 1)
    net = coo_matrix((away[:, 1:].ravel(), (rows, near[:, 1:].ravel())), (nodes, nodes)).tocsr()
    return lambda: dijkstra(net, directed=False)


def run(size: Size) -> Found:
    """Measure."""
    nodes = size.of(500, 60)
    measure = functools.partial(way, size, amount=nodes * nodes)
    ways = [
        measure(
            "a full mesh",
            ours,
            nodes,
            role=OURS,
            says="cities, cables, last miles, congestion, places",
        ),
        measure("numpy, great circles and a random stretch", by_numpy, nodes, says="no net"),
        measure("scipy, shortest paths over ten cables a node", by_scipy, nodes, says="no delays"),
        measure("copying one number per pair", copying, nodes * nodes * 8 / 1e6, role=LIMIT),
    ]
    table = Table(f"Full mesh of {nodes} nodes", "pairs", ways)
    at = [nodes // 4, nodes // 2, nodes]
    took = [one.cpu_seconds for one in growing(ours, at)]
    curves = [Curve("simulate, full mesh", "nodes", [float(n) for n in at], took, "cpu s")]
    sentence = (
        f"{nodes} nodes take {ways[0].seconds:.2f} s, {ways[0].rate / 1e3:,.0f} thousand pairs a "
        "second; great circles with a random stretch, which know no cables, take "
        f"{number(table.times_ours(ways[1]))} of that, and shortest paths alone "
        f"{number(table.times_ours(ways[2]))}."
    )
    return Found(sentence, [table], curves)


SECTION = Section(
    "simulate",
    "Simulation",
    "A full mesh of the simulated Internet from its seed.",
    "numpy's great circles with a stretch, scipy's shortest paths",
    "a copy of one number per pair",
    run,
)
