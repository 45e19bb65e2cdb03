"""How fast the engine is beside other ways to do the same work: ``python -m benchmarks.engine``.

Writes ``benchmarks/build/engine.json``, ``engine.md`` and ``engine.png``. All input is made up
from fixed seeds. Nothing is asserted but that the answers agree; read ratios, not times.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from tqdm import tqdm

from benchmarks import cases, methods, peers, report
from benchmarks.timing import in_child, milliseconds, once
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior, area_log_density, knots_km
from rttgeo.kernels import posterior as posterior_kernels
from rttgeo.sphere import distance_km, unit_vectors

BUILD = Path(__file__).resolve().parent / "build"
LANDMARKS = 200
GEODESIC_SHARE = 400  # one cell in so many is put to the ellipsoidal geodesics


def intersection(grid: Grid, circles: cases.Circles) -> dict[str, Any]:
    """200 circles on a grid of about a million cells, the same cells from everyone."""
    cells = peers.PerCell(grid)
    ours = grid.intersection(*circles)
    ways = {
        "numpy haversine, every cell": lambda: peers.numpy_haversine(cells, circles),
        "healpy query_disc, intersected": lambda: peers.healpy_query_disc(cells, circles),
        "numba haversine, every cell, early exit": lambda: peers.numba_haversine(cells, circles),
        "numba dot product, all threads, early exit": lambda: peers.numba_per_cell(cells, circles),
    }
    rows = []
    for name, work in ways.items():
        differ = len(np.setxor1d(work(), ours.cells()))
        rows.append(
            {"way": name, "ms": milliseconds(work, least=2, seconds=1), "cells_off": differ}
        )
    rows.append(_polygons(circles, ours.area_km2))
    rows.append(_geodesics(cells, circles))
    rows.append({"way": "rttgeo", "ms": milliseconds(lambda: grid.intersection(*circles))})
    rows[-1]["cells_off"] = 0
    return {"cells": grid.n_cells, "circles": LANDMARKS, "region_cells": len(ours), "rows": rows}


def _polygons(circles: cases.Circles, area_km2: float) -> dict[str, Any]:
    from rttgeo.data.coasts import spherical_area_km2

    found = spherical_area_km2(peers.shapely_polygons(circles))
    off = 100 * (found / area_km2 - 1)
    took = milliseconds(lambda: peers.shapely_polygons(circles), least=3)
    name = f"shapely polygons of 90 points (area {off:+.1f} %)"
    return {"way": name, "ms": took, "cells_off": None}


def _geodesics(cells: peers.PerCell, circles: cases.Circles) -> dict[str, Any]:
    sample = np.arange(0, cells.grid.n_cells, GEODESIC_SHARE)
    took = once(lambda: peers.ellipsoid_per_cell(cells, circles, sample)) * GEODESIC_SHARE
    name = f"pyproj geodesics, every cell (scaled from 1 in {GEODESIC_SHARE})"
    return {"way": name, "ms": took, "cells_off": None}


def votes(grid: Grid) -> dict[str, Any]:
    """How many of 200 circles hold each cell."""
    circles, cells = cases.one_target(LANDMARKS), peers.PerCell(grid)
    differ = int((peers.numba_votes(cells, circles) != grid.votes(*circles)).sum())
    ours = grid.votes(*circles)
    usual = int((peers.numba_haversine_votes(cells, circles) != ours).sum())
    rows = [
        {
            "way": "numba haversine, every cell",
            "ms": milliseconds(lambda: peers.numba_haversine_votes(cells, circles), least=2),
            "cells_off": usual,
        },
        {
            "way": "numba dot product, all threads, every cell",
            "ms": milliseconds(lambda: peers.numba_votes(cells, circles), seconds=2),
            "cells_off": differ,
        },
        {"way": "rttgeo", "ms": milliseconds(lambda: grid.votes(*circles)), "cells_off": 0},
    ]
    return {"cells": grid.n_cells, "circles": LANDMARKS, "rows": rows}


@numba.njit(cache=True)
def _touch(values: np.ndarray, times: int) -> None:
    for i in range(times):
        for j in range(len(values)):
            values[j] += i


def posterior(grid: Grid) -> dict[str, Any]:
    """The product of 200 densities on 12.7 km cells, against reading and writing the cells."""
    circles, knots = cases.one_target(LANDMARKS), knots_km()
    true = distance_km(circles.lon, circles.lat, 10.0, 50.0)
    spread = 100 + 0.15 * true
    mean = true + np.random.default_rng(3).normal(size=LANDMARKS) * spread
    tables = -0.5 * ((knots - mean[:, None]) / spread[:, None]) ** 2 - np.log(spread[:, None])
    tables = area_log_density(tables, knots)
    region = grid.intersection(*circles)
    cells, which = region.cells(), np.arange(LANDMARKS)
    marks = unit_vectors(circles.lon, circles.lat)
    out, globe = np.zeros(len(cells)), np.zeros(grid.n_cells)

    def full() -> None:
        posterior_kernels.sum_tables(grid.rings, cells, marks, tables, which, out)

    def pruned(**more: Any) -> Posterior:
        return Posterior.from_tables(grid, circles.lon, circles.lat, tables, **more)

    return {
        "landmarks": LANDMARKS,
        "cells_of_globe": grid.n_cells,
        "cells_of_region": len(cells),
        "cells_kept": len(pruned(region=region).cells),
        "read_write_region_once_ms": milliseconds(lambda: _touch(out, 1)),
        "read_write_region_each_landmark_ms": milliseconds(lambda: _touch(out, LANDMARKS)),
        "read_write_globe_once_ms": milliseconds(lambda: _touch(globe, 1)),
        "every_cell_of_region_ms": milliseconds(full),
        "coarse_to_fine_in_region_ms": milliseconds(lambda: pruned(region=region)),
        "coarse_to_fine_on_globe_ms": milliseconds(pruned),
    }


def batch(targets: int) -> dict[str, Any]:
    """Targets × 500 landmarks by exclusion, and the curves behind it."""
    circles, offsets = cases.many_targets(targets, 500)
    grid = Grid(26)
    grid.intersect_many(*circles, offsets)
    seconds = once(lambda: grid.intersect_many(*circles, offsets)) / 1e3
    return {
        "targets": targets,
        "landmarks": 500,
        "seconds": seconds,
        "targets_per_second": targets / seconds,
        "over_landmarks": [_rate(500, n, Grid(26), 0) for n in (10, 30, 100, 300, 1000)],
        "over_cells": [_rate(500, 200, Grid(nside=n), 0) for n in (64, 128, 256, 512, 1024)],
        "over_threads": [
            _rate(1000, 500, Grid(26), n) for n in range(1, numba.config.NUMBA_NUM_THREADS + 1)
        ],
    }


def _rate(targets: int, landmarks: int, grid: Grid, threads: int) -> dict[str, Any]:
    circles, offsets = cases.many_targets(targets, landmarks)
    before = numba.get_num_threads()
    numba.set_num_threads(threads or before)
    took = milliseconds(lambda: grid.intersect_many(*circles, offsets), least=2, seconds=0.5)
    numba.set_num_threads(before)
    return {
        "landmarks": landmarks,
        "cells": grid.n_cells,
        "threads": threads or before,
        "targets_per_second": 1e3 * targets / took,
    }


START = """
import json, time
began = time.perf_counter(); import rttgeo; first = time.perf_counter()
from rttgeo.cells.grid import Grid; second = time.perf_counter()
region = Grid(26).intersection([0, 5, 9], [50, 51, 47], [900, 700, 900]); third = time.perf_counter()
print(json.dumps({"import_rttgeo_s": first - began, "import_grid_s": second - first,
                  "first_region_s": third - second}))
"""
MEMORY = """
import json, resource, sys
from benchmarks import cases
from rttgeo.cells.grid import Grid
grid = Grid(26)
grid.intersect_many([0, 1], [50, 50], [900, 900], [0, 2])
circles, offsets = cases.many_targets({targets}, 500)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak(); grid.intersect_many(*circles, offsets); after = peak()
print(json.dumps({{"targets": {targets}, "peak_mb": after, "input_mb": 3 * circles[0].nbytes / 1e6,
                   "added_by_the_engine_mb": after - before}}))
"""


def start(scratch: Path) -> dict[str, Any]:
    """What the first call costs, with compiled kernels cached and without."""
    return {
        "cached": (in_child(START), in_child(START))[1],
        "never_compiled": in_child(START, NUMBA_CACHE_DIR=str(scratch / f"cache-{time.time_ns()}")),
    }


def memory() -> list[dict[str, Any]]:
    """Peak memory of the batch in fresh processes, over the number of targets."""
    return [in_child(MEMORY.format(targets=n)) for n in (250, 1000, 4000)]


def main() -> None:
    """Measure everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the targets")
    parser.add_argument("--only", metavar="PART", help="one part, as JSON, and no report")
    chosen = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    grid, targets = Grid(26), 400 if chosen.quick else 4000
    parts: dict[str, Callable[[], Any]] = {
        "intersection": lambda: intersection(grid, cases.one_target(LANDMARKS)),
        "loose": lambda: intersection(grid, cases.loose(LANDMARKS)),
        "votes": lambda: votes(grid),
        "posterior": lambda: posterior(Grid(13)),
        "batch": lambda: batch(targets),
        "methods": lambda: methods.many_targets(targets),
        "leave_one_out": methods.leave_one_out,
        "start": lambda: start(BUILD),
        "memory": memory,
    }
    if chosen.only:
        if chosen.only not in parts:
            parser.error(f"no part {chosen.only!r}; there are {', '.join(parts)}")
        print(json.dumps(parts[chosen.only](), indent=1))
        return
    found: dict[str, Any] = {
        "machine": f"{platform.machine()}, {numba.config.NUMBA_NUM_THREADS} threads"
    }
    found |= {name: part() for name, part in tqdm(parts.items(), unit=" parts")}
    report.write(found, BUILD)
    print((BUILD / "engine.md").read_text())


if __name__ == "__main__":
    main()
