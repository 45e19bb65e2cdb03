"""The slow, independent answer: every centre tested by the great-circle distance.

Run as a program it compares N random sets of circles and prints how many differ; the tests run
it in a child process with the compiler off.
"""

from __future__ import annotations

import sys

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.kernels.rings import TIE_KM

KINDS = ("plain", "north pole", "south pole", "east end", "west end", "point", "tie", "wide", "all")


def holds(grid: Grid, lon, lat, radius_km) -> np.ndarray:
    """Which centres each circle holds, shape (circles, cells)."""
    cell_lon, cell_lat = grid.centres()
    distance = sphere.distance_km(
        np.asarray(lon)[:, None], np.asarray(lat)[:, None], cell_lon, cell_lat
    )
    return distance <= np.asarray(radius_km)[:, None] + TIE_KM


def circles(rng: np.random.Generator, grid: Grid, kind: str):
    """Random circles, one of which is of the given awkward kind."""
    n = int(rng.integers(1, 9))
    lon = rng.uniform(-180, 180, n)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    radius = rng.uniform(0, 1, n) ** 0.5 * 20100
    place = rng.integers(grid.n_cells)
    cell_lon, cell_lat = (values[0] for values in grid.lonlat(np.array([place])))
    if kind in ("north pole", "south pole"):
        lat[0] = 90.0 if kind == "north pole" else -90.0
    elif kind in ("east end", "west end"):
        lon[0] = 180.0 if kind == "east end" else -180.0
        radius[0] = rng.uniform(0, 900)
    elif kind == "point":
        lon[0], lat[0], radius[0] = cell_lon, cell_lat, 0.0
    elif kind == "tie":
        radius[0] = sphere.distance_km(lon[0], lat[0], cell_lon, cell_lat)
    elif kind == "wide":
        radius = rng.uniform(9000, 20015.0868, n)
    elif kind == "all":
        radius[0] = rng.choice([np.inf, 20016.0, np.pi * 6371.0])
    return lon, lat, radius


def mismatches(seed: int, sets: int, nsides=(1, 2, 4, 16, 32)) -> int:
    """How many of some random sets of circles come out other than by the slow way."""
    rng, wrong = np.random.default_rng(seed), 0
    for number in range(sets):
        grid = Grid(nside=int(nsides[number % len(nsides)]))
        given = circles(rng, grid, KINDS[number % len(KINDS)])
        each = holds(grid, *given)
        wrong += not np.array_equal(
            grid.intersection(*given).cells(), np.flatnonzero(each.all(axis=0))
        )
        wrong += not np.array_equal(grid.union(*given).cells(), np.flatnonzero(each.any(axis=0)))
        wrong += not np.array_equal(grid.votes(*given), each.sum(axis=0))
    return wrong


if __name__ == "__main__":
    print(mismatches(int(sys.argv[1]), int(sys.argv[2]), (1, 4, 8)))
