"""The engine: where circles meet, on a grid of a million cells."""

from __future__ import annotations

import functools

from benchmarks import cases, peers
from benchmarks.page.measuring import Work, copying, timed, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table
from rttgeo.cells.grid import Grid

LANDMARKS = 200
TARGETS = 1000


def engine(resolution_km: float) -> Work:
    """200 circles by rttgeo."""
    grid, circles = Grid(resolution_km), cases.one_target(LANDMARKS)
    return lambda: grid.intersection(*circles)


def other(peer: str, resolution_km: float) -> Work:
    """The same by a way of `benchmarks.peers`."""
    cells, circles = peers.PerCell(Grid(resolution_km)), cases.one_target(LANDMARKS)
    if peer == "shapely_polygons":
        return lambda: peers.shapely_polygons(circles)
    return lambda: getattr(peers, peer)(cells, circles)


def batch(targets: int, landmarks: int, nside: int) -> Work:
    """Many targets by all threads."""
    circles, offsets = cases.many_targets(targets, landmarks)
    grid = Grid(nside=nside)
    return lambda: grid.intersect_many(*circles, offsets)


def run(size: Size) -> Found:
    """Measure."""
    km = 26.0 if not size.quick else 105.0
    measure = functools.partial(way, size, amount=1)
    grid = Grid(km)
    rows = [
        measure("rttgeo", engine, km, role=OURS),
        measure("numba, dot products, early exit, all threads", other, "numba_per_cell", km),
        measure("numba, haversine, early exit", other, "numba_haversine", km),
        measure(
            "shapely polygons of 90 points", other, "shapely_polygons", km, says="flat outline"
        ),
        measure("healpy query_disc, intersected", other, "healpy_query_disc", km),
        measure("numpy haversine, every cell", other, "numpy_haversine", km, warm=False),
        measure("copying one byte a cell", copying, grid.n_cells / 1e6, role=LIMIT),
    ]
    targets = size.of(TARGETS, 100)
    curves = [
        _curve("targets", [targets // 8, targets // 2, targets * 2], lambda n: (n, LANDMARKS, 256)),
        _curve("landmarks", [25, 100, 400], lambda n: (targets, n, 256)),
        _curve("cells", [64, 128, 256, 512], lambda n: (targets, LANDMARKS, n), cells=True),
    ]
    many = timed(batch(targets, LANDMARKS, 256))
    best = max(rows[1:6], key=lambda one: one.rate)
    table = Table(f"{LANDMARKS} circles on {grid.n_cells:,} cells", "intersections", rows)
    sentence = (
        f"{LANDMARKS} circles meet on {grid.n_cells:,} cells in {1e3 * rows[0].seconds:.2f} ms, "
        f"{table.times_ours(best):,.0f} times as fast as the quickest other way ({best.name}); "
        f"a batch does {targets / many.seconds:,.0f} targets a second, and its time grows with the "
        f"cells to the power {curves[2].exponent:.2f}."
    )
    return Found(sentence, [table], curves)


def _curve(over: str, at: list[int], given, *, cells: bool = False) -> Curve:  # type: ignore[no-untyped-def]
    took = [timed(batch(*given(n))).seconds for n in at]
    counts = [float(12 * n * n if cells else n) for n in at]
    return Curve("batch of intersections", over, counts, took)


SECTION = Section(
    "engine",
    "Engine",
    "Cells that all circles of a target hold: made-up circles, the same for everybody.",
    "numba over all cells, healpy, shapely, numpy",
    "one byte a cell copied once",
    run,
)
