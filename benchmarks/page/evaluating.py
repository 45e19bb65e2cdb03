"""Evaluation: every method on a mesh of known places, each target left out of what is learnt."""

from __future__ import annotations

import functools

from benchmarks.page.measuring import Work, copying, growing, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table

METHODS = ("shortest-ping", "exclusion", "cbg", "cbg++", "octant", "spotter", "calibrated")


def ours(nodes: int, methods: tuple[str, ...]) -> Work:
    """`rttgeo.evaluation.report.evaluate` on a simulated mesh."""
    from rttgeo.evaluation.report import evaluate
    from rttgeo.simulate import simulate_full_mesh

    mesh = simulate_full_mesh(nodes, seed=nodes).mesh
    return lambda: evaluate(mesh, list(methods))


def by_pandas(nodes: int) -> Work:
    """Shortest ping and its errors, and no more: a table sorted, joined, measured."""
    from rttgeo.simulate import simulate_full_mesh
    from rttgeo.sphere import distance_km

    mesh = simulate_full_mesh(nodes, seed=nodes).mesh
    (lon, lat), (t_lon, t_lat) = mesh.landmark_lonlat, mesh.target_lonlat

    def work() -> None:
        best = mesh.pairs.loc[mesh.pairs.groupby("target")["rtt_ms"].idxmin()]
        a, b = best["landmark"].to_numpy(), best["target"].to_numpy()
        distance_km(lon[a], lat[a], t_lon[b], t_lat[b])

    return work


def by_numpy_cbg(nodes: int, targets: int) -> Work:
    """CBG as it is usually written: a linear program a landmark, each cell against each circle."""
    import numpy as np
    from scipy.optimize import linprog

    from benchmarks.cases import Circles
    from benchmarks.peers import PerCell, numpy_haversine
    from rttgeo.cells.grid import Grid
    from rttgeo.simulate import simulate_full_mesh

    mesh = simulate_full_mesh(nodes, seed=nodes).mesh
    cells = PerCell(Grid(105.0))
    landmark, target = (mesh.pairs[name].to_numpy() for name in ("landmark", "target"))
    rtt, away = mesh.pairs["rtt_ms"].to_numpy(), mesh.distance_km

    def work() -> None:
        for number in range(targets):
            line = np.zeros((nodes, 2))
            for i in range(nodes):
                own = (landmark == i) & (target != number)
                x, y = away[own], rtt[own]
                found = linprog(
                    [-x.sum(), -len(x)], A_ub=np.column_stack([x, np.ones(len(x))]), b_ub=y,
                    bounds=[(0.01, None), (None, None)],
                )  # fmt: skip
                line[i] = found.x if found.x is not None else (0.01, 0.0)
            own = target == number
            radius = np.maximum((rtt[own] - line[landmark[own], 1]) / line[landmark[own], 0], 1.0)
            lon, lat = (axis[landmark[own]] for axis in mesh.landmark_lonlat)
            numpy_haversine(cells, Circles(lon, lat, radius))

    return work


def run(size: Size) -> Found:
    """Measure."""
    nodes, methods = size.of(80, 25), METHODS if not size.quick else ("cbg", "calibrated")
    measure = functools.partial(way, size)
    few = size.of(3, 1)
    ways = [
        measure("cbg", ours, nodes, ("cbg",), amount=nodes, role=OURS),
        *(measure(one, ours, nodes, (one,), amount=nodes, role=OURS) for one in methods if one != "cbg"),
        measure(
            "CBG by scipy.linprog and numpy, 105-km cells", by_numpy_cbg, nodes, few, amount=few,
            says="no figures, cells sixteen times as coarse", warm=False,
        ),
        measure("pandas, shortest ping", by_pandas, nodes, amount=nodes, says="errors only"),
        measure("copying the pairs", copying, nodes * nodes * 16 / 1e6, amount=nodes, role=LIMIT),
    ]  # fmt: skip
    table = Table(f"Full mesh of {nodes} nodes (simulated), by each method", "targets", ways)
    at = [20, 40, 80] if not size.quick else [10, 25]
    took = [one.cpu_seconds for one in growing(lambda n: ours(n, ("cbg",)), at)]
    curves = [
        Curve(
            "evaluate, cbg: nodes are targets and landmarks",
            "nodes",
            [float(n) for n in at],
            took,
            "cpu s",
        )
    ]
    other = next(one for one in ways if one.name.startswith("CBG by"))
    sentence = (
        f"{nodes} targets are evaluated by CBG in {ways[0].seconds:.2f} s, comparison with "
        "shortest ping and intervals included; scipy and numpy take "
        f"{table.times_ours(other):,.0f} times as long for CBG alone on coarser cells. The "
        f"default method takes {ways[-4].seconds:.1f} s."
    )
    return Found(sentence, [table], curves)


SECTION = Section(
    "evaluate",
    "Evaluation",
    "A simulated full mesh: each target located without what it taught, errors, coverage, intervals.",
    "CBG by scipy and numpy, shortest ping by pandas",
    "a copy of the pairs",
    run,
)
