"""The default method: a posterior for each target, learnt from the pairs of known place."""

from __future__ import annotations

import functools

from benchmarks.made_up import write_pairs
from benchmarks.page.measuring import Work, command, copying, growing, process_way, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table

KNOWN = 100
CELL_KM = 52.0


def located(path: str, first: int, targets: int) -> Work:
    """`locate_many` by the default method, fitted anew."""
    from rttgeo import read_mesh
    from rttgeo.estimators import locate_many

    mesh = read_mesh(path)
    return lambda: locate_many(mesh, range(first, first + targets))


def by_numpy(path: str, first: int, targets: int) -> Work:
    """A normal density of distance for each pair, multiplied over cells of 52 km: the plain form."""
    import numpy as np

    from rttgeo import read_mesh
    from rttgeo.cells.grid import Grid
    from rttgeo.sphere import distance_km

    mesh = read_mesh(path)
    lon, lat = Grid(CELL_KM).centres()
    pairs = [mesh.of_target(number) for number in range(first, first + targets)]

    def work() -> None:
        for one in pairs:
            total = np.zeros(len(lon))
            for a, b, rtt in zip(one.lon, one.lat, one.rtt_ms, strict=True):
                mean, spread = 60.0 * rtt, 100.0 + 20.0 * rtt
                total -= 0.5 * ((distance_km(a, b, lon, lat) - mean) / spread) ** 2
            np.exp(total - total.max())

    return work


def run(size: Size) -> Found:
    """Measure."""
    targets, landmarks, known = size.of(200, 10), size.of(200, 40), size.of(KNOWN, 20)
    path = str(write_pairs(size.scratch / "default.parquet", known + targets, landmarks, known))
    measure = functools.partial(way, size)
    few = size.of(4, 1)
    cells = 12 * 128**2
    rows = [
        measure(
            "locate_many, learning included", located, path, known, targets, amount=targets,
            role=OURS, says="place, regions, probability calibrated on targets left out",
        ),
        measure(
            "numpy, one fixed normal density a pair, 52-km cells", by_numpy, path, known, few,
            amount=few, says="nothing learnt, nothing calibrated, cells sixteen times as coarse",
        ),
        measure(
            "copying one number per cell and landmark (52-km cells)", copying,
            few * landmarks * cells * 8 / 1e6, amount=few, role=LIMIT,
        ),
    ]  # fmt: skip
    curves = []
    if not size.quick:
        out = str(size.scratch / "default-out.parquet")
        whole = process_way(
            "command line to Parquet", command("locate", path, "--output", out), known + targets, OURS,
            "each known target left out of what is learnt for it; start-up too",
        )  # fmt: skip
        rows.insert(1, whole)
        curves = [
            _curve("targets", [25, 50, 100, 200], lambda n: (path, known, n)),
            _curve("landmarks", [50, 100, 200], lambda n: (_other(size, n), known, 50)),
        ]
    ours, numpy = rows[0], rows[-2]
    sentence = (
        f"{ours.rate:,.1f} targets of {landmarks} landmarks a second "
        f"({targets / ours.cpu_seconds:,.1f} a second of one processor) with what it learns from "
        f"{known} targets of known place; a fixed normal density over coarser cells in numpy "
        f"makes {numpy.rate:,.1f}."
    )
    return Found(sentence, [Table("The default method", "targets", rows)], curves)


def _other(size: Size, landmarks: int) -> str:
    path = size.scratch / f"default-{landmarks}.parquet"
    return str(write_pairs(path, KNOWN + 50, landmarks, KNOWN))


def _curve(over: str, at: list[int], given) -> Curve:  # type: ignore[no-untyped-def]
    took = [one.cpu_seconds for one in growing(lambda n: located(*given(n)), at)]
    return Curve("default method, learning included", over, [float(n) for n in at], took, "cpu s")


SECTION = Section(
    "default",
    "Default method",
    "A posterior for each target of a made-up table, learning from targets of known place included.",
    "numpy over a globe of coarser cells",
    "a copy of one number for each cell and landmark",
    run,
)
