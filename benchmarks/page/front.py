"""The front door: pairs in a file to places in a file, by the command line and from Python."""

from __future__ import annotations

import functools
from pathlib import Path

from benchmarks.made_up import write_pairs
from benchmarks.page.measuring import (
    Work,
    command,
    copying,
    process,
    process_way,
    reading,
    way,
)
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table, Way

LANDMARKS = 200
BYTES_A_PAIR = 16
"""Landmark, target and RTT, as a mesh holds them."""
METHODS = ("shortest-ping", "exclusion", "cbg", "cbg++")


def from_python(path: str, method: str, targets: int) -> Work:
    """`locate_many`, or the columns of all targets for ``targets`` 0; the mesh is read before."""
    from rttgeo import read_mesh
    from rttgeo.census.columns import locate_columns
    from rttgeo.estimators import locate_many

    mesh = read_mesh(path)
    if not targets:
        return lambda: locate_columns(mesh, method=method)
    return lambda: locate_many(mesh, range(targets), method=method)


def by_peer(path: str, peer: str, targets: int) -> Work:
    """Circles of each target intersected by somebody else's way, on the grid's million cells."""
    from benchmarks import peers
    from benchmarks.cases import Circles
    from rttgeo import read_mesh
    from rttgeo.cells.grid import Grid
    from rttgeo.constants import KM_PER_MS_RTT

    mesh = read_mesh(path)
    cells = peers.PerCell(Grid(26))
    circles = [
        Circles(one.lon, one.lat, one.rtt_ms * KM_PER_MS_RTT["fibre"])
        for one in map(mesh.of_target, range(targets))
    ]
    if peer == "shapely_polygons":
        return lambda: [peers.shapely_polygons(one) for one in circles]
    return lambda: [getattr(peers, peer)(cells, one) for one in circles]


def arrow(path: str) -> Work:
    """The same table by the reader of Arrow, all threads, nothing checked."""
    import pyarrow.parquet as pq

    return lambda: pq.read_table(path)


def run(size: Size) -> Found:
    """Measure."""
    targets = size.of(20_000, 500)
    path = str(write_pairs(size.scratch / f"front-{targets}.parquet", targets, LANDMARKS))
    pairs_mb = targets * LANDMARKS * BYTES_A_PAIR / 1e6
    whole = functools.partial(_command, path, targets, size.scratch)
    measure = functools.partial(way, size)
    few = size.of(200, 20)
    rows = [
        whole("exclusion", "csv"),
        whole("exclusion", "parquet"),
        measure(
            "Python, columns (the mesh is read)", from_python, path, "exclusion", 0,
            amount=targets, role=OURS,
        ),
        measure(
            "Python, locate_many (the mesh is read)", from_python, path, "exclusion", few * 5,
            amount=few * 5, role=OURS, says="an object a target",
        ),
        measure(
            "numba, every cell, dot products, early exit, all threads", by_peer, path,
            "numba_per_cell", few, amount=few, says="cells only, the mesh is read",
        ),
        measure(
            "healpy query_disc, intersected", by_peer, path, "healpy_query_disc",
            size.of(4, 1), amount=size.of(4, 1), says="cells only, the mesh is read",
            warm=False,
        ),
        measure(
            "shapely polygons of 90 points", by_peer, path, "shapely_polygons",
            size.of(20, 2), amount=size.of(20, 2), says="a flat outline only, the mesh is read",
        ),
        measure(
            "numpy haversine, every cell", by_peer, path, "numpy_haversine", 1, amount=1,
            says="cells only, the mesh is read", warm=False,
        ),
        measure("Arrow, reading the table", arrow, path, amount=targets, role=LIMIT),
        measure("reading the file", reading, path, amount=targets, role=LIMIT),
        measure("copying the pairs in memory", copying, pairs_mb, amount=targets, role=LIMIT),
    ]  # fmt: skip
    methods = [whole(method, "parquet") for method in METHODS[:: size.of(1, 3)]]
    curves = [_over_targets(size, "exclusion")] + ([] if size.quick else [_over_landmarks(size)])
    ours, best = rows[0], max(rows[4:8], key=lambda one: one.rate)
    sentence = (
        f"From the command line, reading and writing included, {ours.rate:,.0f} targets of "
        f"{LANDMARKS} landmarks a second by exclusion and {methods[-1].rate:,.0f} by CBG++ "
        f"({ours.cpu_seconds:.1f} and {methods[-1].cpu_seconds:.1f} s of processors for "
        f"{targets:,}); the quickest other way, {best.name}, makes cells only at "
        f"{best.rate:,.0f}, and reading the table by Arrow alone allows {rows[8].rate:,.0f}. "
        "Processor time beyond start-up grows with the targets to the power "
        f"{curves[0].exponent:.2f}."
    )
    tables = [
        Table(f"{targets:,} targets × {LANDMARKS} landmarks by exclusion", "targets", rows),
        Table("The same table by each method, command line, Parquet", "targets", methods),
    ]
    return Found(sentence, tables, curves)


def _command(path: str, targets: int, scratch: Path, method: str, form: str) -> Way:
    out = str(scratch / f"out.{form}")
    arguments = command("locate", path, "--method", method, "--output", out)
    return process_way(
        f"command line, {method} to {form}", arguments, targets, OURS, "file to file, start-up too"
    )


def _over_targets(size: Size, method: str) -> Curve:
    """Processor time of the command beyond that of ten targets."""
    at = [500, 4_000] if size.quick else [2_000, 6_000, 20_000, 60_000]
    none, *took = (_cpu(size, n, LANDMARKS, method) for n in (10, *at))
    beyond = [max(one - none, 1e-3) for one in took]
    return Curve(f"command line, {method}", "targets", [float(n) for n in at], beyond, "cpu s")


def _over_landmarks(size: Size) -> Curve:
    at, targets = (25, 100, 400), 5_000
    none, *took = (
        _cpu(size, n, m, "exclusion") for n, m in [(10, 25), *((targets, m) for m in at)]
    )
    beyond = [max(one - none, 1e-3) for one in took]
    title = f"command line, exclusion, {targets:,} targets"
    return Curve(title, "landmarks", [float(n) for n in at], beyond, "cpu s")


def _cpu(size: Size, targets: int, landmarks: int, method: str) -> float:
    path = write_pairs(size.scratch / f"curve-{targets}-{landmarks}.parquet", targets, landmarks)
    out = str(size.scratch / "curve-out.parquet")
    return process(command("locate", str(path), "--method", method, "--output", out)).cpu_seconds


SECTION = Section(
    "front",
    "Front door",
    "A pairs table (Parquet, made up) to a file of places, areas, cities, bounding landmarks and words.",
    "the circles alone by numba, healpy, shapely, numpy",
    "reading the file, Arrow's reading of it, a copy of the pairs in memory",
    run,
)
