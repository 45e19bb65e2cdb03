"""Polygons: outlines of regions, from runs of cells to well-known binary."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from benchmarks import cases
from benchmarks.page.measuring import Work, copying, timed, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table
from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import ring_tables
from rttgeo.estimators.many import Landmarks
from rttgeo.kernels.front import meeting_all
from rttgeo.kernels.growing import Joined

LANDMARKS = 100


def regions(targets: int, nside: int) -> tuple[Joined, Joined, Joined]:
    """Pieces of the regions of made-up targets."""
    rng, (circles, offsets) = np.random.default_rng(2), cases.many_targets(targets, LANDMARKS)
    lon, lat = cases.places(rng, LANDMARKS)
    marks = Landmarks.of(np.arange(LANDMARKS).astype(str), lon, lat).marks
    landmark = np.tile(np.arange(LANDMARKS), targets)
    rings = ring_tables(nside, True)
    ring, start, stop, _ = meeting_all(rings, marks, landmark, circles.radius_km, offsets)
    return ring, start, stop


def ours(targets: int, nside: int) -> Work:
    """Outlines, all at once."""
    import shapely

    from rttgeo.cells.region import multipolygons

    made, rings = regions(targets, nside), ring_tables(nside, False)
    return lambda: shapely.to_wkb(multipolygons(rings, *made))


def _corners(targets: int, nside: int) -> list[Any]:
    """Each cell as a polygon of four corners, by healpy."""
    import healpy
    import shapely

    found = []
    ring, start, stop = regions(targets, nside)
    base = ring_tables(nside, False).first[ring.values]
    for a, b in itertools.pairwise(ring.offsets):
        runs = zip(base[a:b] + start.values[a:b], base[a:b] + stop.values[a:b], strict=True)
        cells = np.concatenate([np.arange(*run) for run in runs])
        corner = healpy.boundaries(nside, cells, step=1)
        lon = np.degrees(np.arctan2(corner[:, 1], corner[:, 0]))
        lat = np.degrees(np.arcsin(np.clip(corner[:, 2], -1, 1)))
        lon = np.where(
            lon - lon[:, :1] > 180, lon - 360, np.where(lon - lon[:, :1] < -180, lon + 360, lon)
        )
        found.append(shapely.polygons(np.stack([lon, lat], axis=2)))
    return found


def by_shapely(targets: int, nside: int) -> Work:
    """The union of the cells' polygons, made before."""
    import shapely

    made = _corners(targets, nside)
    return lambda: [shapely.to_wkb(shapely.union_all(one)) for one in made]


def by_coverage(targets: int, nside: int) -> Work:
    """The same, told that they do not overlap."""
    import shapely

    made = _corners(targets, nside)
    return lambda: [shapely.to_wkb(shapely.coverage_union_all(one)) for one in made]


def by_geopandas(targets: int, nside: int) -> Work:
    """A table of cells dissolved by target."""
    import geopandas as gpd

    made = _corners(targets, nside)
    owner = np.repeat(np.arange(len(made)), [len(one) for one in made])
    frame = gpd.GeoDataFrame({"target": owner}, geometry=np.concatenate(made))
    return lambda: frame.dissolve("target").geometry.to_wkb()


def run(size: Size) -> Found:
    """Measure."""
    nside, targets, few = size.of(256, 64), size.of(2000, 40), size.of(10, 4)
    measure = functools.partial(way, size)
    work = ours(targets, nside)
    megabytes = sum(map(len, work())) / 1e6  # type: ignore[arg-type, call-overload]
    ways = [
        measure("outlines by runs, one buffer", ours, targets, nside, amount=targets, role=OURS),
        measure(
            "shapely union_all of cells",
            by_shapely,
            few,
            nside,
            amount=few,
            says="cells made before",
        ),
        measure(
            "shapely coverage_union_all",
            by_coverage,
            few,
            nside,
            amount=few,
            says="cells made before",
        ),
        measure(
            "geopandas dissolve", by_geopandas, few, nside, amount=few, says="cells made before"
        ),
        measure(
            "copying the binary that comes of it", copying, megabytes, amount=targets, role=LIMIT
        ),
    ]
    table = Table(
        f"Regions of {LANDMARKS} circles, {Grid(nside=nside).n_cells:,} cells", "regions", ways
    )
    at = [nside // 4, nside // 2, nside]
    took = [timed(ours(size.of(300, 20), n)).seconds for n in at]
    curves = [Curve("outlines", "cells", [float(12 * n * n) for n in at], took)]
    best = max(ways[1:4], key=lambda one: one.rate)
    sentence = (
        f"{ways[0].rate:,.0f} outlines a second, {table.times_ours(best):,.0f} times as fast as "
        f"the quickest other way ({best.name}, whose cells were made before). Time grows with the "
        f"cells of the globe to the power {curves[0].exponent:.2f}: an outline is as long as the "
        "square root of them."
    )
    return Found(sentence, [table], curves)


SECTION = Section(
    "polygons",
    "Polygons",
    "Outlines of regions as well-known binary.",
    "shapely's unions, geopandas' dissolve",
    "a copy of the binary",
    run,
)
