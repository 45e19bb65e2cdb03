"""The same work done the ways that others do it."""

from __future__ import annotations

import healpy
import numba
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from benchmarks.cases import Circles
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts as maps

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class PerCell:
    """Cell centres once and for all, as every per-cell method wants them."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.lon, self.lat = grid.centres()
        self.x, self.y, self.z = _vectors(self.lon, self.lat)
        self.lon_rad, self.lat_rad = np.radians(self.lon), np.radians(self.lat)
        self.cos_lat = np.cos(self.lat_rad)


def _vectors(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    lon, lat = np.radians(lon), np.radians(lat)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def numpy_haversine(cells: PerCell, circles: Circles) -> IntArray:
    """Great-circle distance of every centre, one circle after the other."""
    inside = np.ones(len(cells.lon), dtype=bool)
    lon, lat = np.radians(circles.lon), np.radians(circles.lat)
    for i, radius in enumerate(circles.radius_km):
        h = np.sin((cells.lat_rad - lat[i]) / 2) ** 2
        h += np.cos(lat[i]) * cells.cos_lat * np.sin((cells.lon_rad - lon[i]) / 2) ** 2
        inside &= 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1))) <= radius
    return np.flatnonzero(inside)


def healpy_query_disc(cells: PerCell, circles: Circles) -> IntArray:
    """Healpy's discs, intersected as sorted arrays."""
    vectors = np.stack(_vectors(circles.lon, circles.lat), axis=1)
    kept: IntArray | None = None
    for vector, radius in zip(vectors, circles.radius_km, strict=True):
        disc = healpy.query_disc(
            cells.grid.nside, vector, min(radius / EARTH_RADIUS_KM, np.pi), inclusive=False
        )
        kept = disc if kept is None else np.intersect1d(kept, disc, assume_unique=True)
    assert kept is not None
    return kept


@numba.njit(cache=True, parallel=True)
def _numba_cells(x, y, z, u, v, w, cosine, inside):  # type: ignore[no-untyped-def]
    for i in numba.prange(len(x)):
        inside[i] = True
        for j in range(len(cosine)):
            if x[i] * u[j] + y[i] * v[j] + z[i] * w[j] < cosine[j]:
                inside[i] = False
                break


@numba.njit(cache=True)
def _numba_haversine(lon, lat, cos_lat, c_lon, c_lat, radius, inside):  # type: ignore[no-untyped-def]
    for i in range(len(lon)):
        inside[i] = True
        for j in range(len(radius)):
            h = np.sin((lat[i] - c_lat[j]) / 2) ** 2
            h += cos_lat[i] * np.cos(c_lat[j]) * np.sin((lon[i] - c_lon[j]) / 2) ** 2
            if 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(h, 1.0))) > radius[j]:
                inside[i] = False
                break


def numba_haversine(cells: PerCell, circles: Circles) -> IntArray:
    """The loop as it is usually written: haversine, one thread, out at the first failure."""
    inside = np.empty(len(cells.x), dtype=np.bool_)
    lon, lat = np.radians(circles.lon), np.radians(circles.lat)
    _numba_haversine(
        cells.lon_rad, cells.lat_rad, cells.cos_lat, lon, lat, circles.radius_km, inside
    )
    return np.flatnonzero(inside)


@numba.njit(cache=True, parallel=True, fastmath=True)
def _numba_votes(x, y, z, u, v, w, cosine, votes):  # type: ignore[no-untyped-def]
    for i in numba.prange(len(x)):
        held = 0
        for j in range(len(cosine)):
            held += x[i] * u[j] + y[i] * v[j] + z[i] * w[j] >= cosine[j]
        votes[i] = held


@numba.njit(cache=True)
def _haversine_votes(lon, lat, cos_lat, c_lon, c_lat, radius, votes):  # type: ignore[no-untyped-def]
    for i in range(len(lon)):
        held = 0
        for j in range(len(radius)):
            h = np.sin((lat[i] - c_lat[j]) / 2) ** 2
            h += cos_lat[i] * np.cos(c_lat[j]) * np.sin((lon[i] - c_lon[j]) / 2) ** 2
            held += 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(h, 1.0))) <= radius[j]
        votes[i] = held


def numba_haversine_votes(cells: PerCell, circles: Circles) -> npt.NDArray[np.int32]:
    """The loop as it is usually written: haversine of every cell and circle, one thread."""
    votes = np.empty(len(cells.x), dtype=np.int32)
    lon, lat = np.radians(circles.lon), np.radians(circles.lat)
    _haversine_votes(
        cells.lon_rad, cells.lat_rad, cells.cos_lat, lon, lat, circles.radius_km, votes
    )
    return votes


def _cosines(circles: Circles) -> FloatArray:
    return np.cos(np.minimum(circles.radius_km / EARTH_RADIUS_KM, np.pi))


def numba_per_cell(cells: PerCell, circles: Circles) -> IntArray:
    """The best we know of a loop over cells: dot products, all threads, early exit."""
    inside = np.empty(len(cells.x), dtype=np.bool_)
    u, v, w = _vectors(circles.lon, circles.lat)
    _numba_cells(cells.x, cells.y, cells.z, u, v, w, _cosines(circles), inside)
    return np.flatnonzero(inside)


def numba_votes(cells: PerCell, circles: Circles) -> npt.NDArray[np.int32]:
    """Compiled loop over cells that counts the circles that hold."""
    votes = np.empty(len(cells.x), dtype=np.int32)
    u, v, w = _vectors(circles.lon, circles.lat)
    _numba_votes(cells.x, cells.y, cells.z, u, v, w, _cosines(circles), votes)
    return votes


def shapely_polygons(circles: Circles) -> shapely.Geometry:
    """Circles as polygons of 90 points in longitude and latitude, intersected in turn."""
    shape: shapely.Geometry = shapely.box(-180, -90, 180, 90)
    for lon, lat, radius in zip(*circles, strict=True):
        shape = shape.intersection(maps.circle(lon, lat, radius, 90))
    return shape


def ellipsoid_per_cell(cells: PerCell, circles: Circles, sample: IntArray) -> IntArray:
    """Geodesics on the ellipsoid from each landmark to each cell of a sample (Weinberg et al.)."""
    geod = pyproj.Geod(ellps="WGS84")
    inside = np.ones(len(sample), dtype=bool)
    lon, lat = cells.lon[sample], cells.lat[sample]
    for a, b, radius in zip(*circles, strict=True):
        distance = geod.inv(lon, lat, np.full_like(lon, a), np.full_like(lat, b))[2]
        inside &= np.asarray(distance) <= radius * 1000
    return sample[inside]
