"""Regions as polygons, and polygons as regions; valid across ±180° and at the poles.

Corners of cells are ratios of integers, so neighbours share theirs to the last bit. Sides of cells
are drawn straight in longitude and latitude.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo.cells.rings import ring_latitudes
from rttgeo.errors import BadInputError
from rttgeo.kernels.rings import Rings
from rttgeo.typing import FloatArray, IntArray


def cell_polygons(rings: Rings, cells: IntArray) -> npt.NDArray[np.object_]:
    """Outline each cell within [-180, 180]; what ±180° cuts in two gives two outlines.

    Parameters
    ----------
    rings
        Rings of the grid.
    cells
        Cell numbers, shape (n,).

    Returns
    -------
    numpy.ndarray
        Polygons in degrees, shape (n + those cut in two,).
    """
    lon, lat = _corners(rings, np.asarray(cells, dtype=np.int64))
    # Only cells of the belt straddle ±180°, and then their northern corner is on it.
    cut = (lon[:, 3] > 180) & (lon[:, 1] < 180)
    whole = np.where((lon[:, 1] >= 180)[:, None], lon - 360, lon)[~cut]
    west, east = [4, 1, 2], [2, 3, 4]
    quads = shapely.polygons(np.stack([whole, lat[~cut]], axis=-1))
    if not cut.any():
        return np.asarray(quads, dtype=object)
    halves = [
        shapely.polygons(np.stack([lon[cut][:, corner] - turn, lat[cut][:, corner]], axis=-1))
        for corner, turn in ((west, 0.0), (east, 360.0))
    ]
    return np.concatenate([quads, *halves])


def along_outline(nside: int, shape: shapely.Geometry) -> tuple[FloatArray, FloatArray]:
    """Place points along the outline of a shape, a quarter of a cell from one to the next.

    So close that no cell of any consequence slips through.

    Parameters
    ----------
    nside
        Of the grid.
    shape
        In degrees.

    Returns
    -------
    tuple
        Longitude and latitude, degrees.
    """
    step = np.degrees(0.25 * math.sqrt(4 * math.pi / (12 * nside**2)))
    points = shapely.get_coordinates(shapely.segmentize(shape, step))
    return points[:, 0], points[:, 1]


def edges(shape: shapely.Geometry) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """List the edges of all rings of all polygons that are not level, southern end first.

    Parameters
    ----------
    shape
        In degrees.

    Returns
    -------
    tuple
        Longitude and latitude of the southern ends, then of the northern ones, degrees, shape (n,)
        each: what `rttgeo.kernels.topology.scanline` takes.

    Raises
    ------
    BadInputError
        When the shape leaves [-180, 180] by [-90, 90].
    """
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise BadInputError(f"the shape spans {shape.bounds}, outside longitudes and latitudes")
    polygons = shapely.get_parts(shape)
    polygons = polygons[shapely.get_dimensions(polygons) == 2]
    xy, ring = shapely.get_coordinates(shapely.get_rings(polygons), return_index=True)
    same = ring[:-1] == ring[1:]
    a, b = xy[:-1][same], xy[1:][same]
    level = a[:, 1] == b[:, 1]
    a, b = a[~level], b[~level]
    swap = (a[:, 1] > b[:, 1])[:, None]
    low, high = np.where(swap, b, a), np.where(swap, a, b)
    columns = (low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return tuple(np.ascontiguousarray(c) for c in columns)  # type: ignore[return-value]


def _corners(rings: Rings, cells: IntArray) -> tuple[FloatArray, FloatArray]:
    """Corners north, west, south, east, north of cells, (n, 5) degrees; longitude from 0 to 360.

    A corner at level v (of 0 … 4 nside) of the polar cap stands at m/v of a quarter turn, one of
    the belt at t/(2 nside). The pole is two corners, one at each meridian of the cell's sides.
    """
    nside = rings.nside
    ring = np.searchsorted(rings.first, cells, side="right") - 1
    index, number = cells - rings.first[ring], ring + 1
    flip = number > 2 * nside
    # South of the equator: the northern cell, upside down.
    k = np.where(flip, 4 * nside - number, number)
    polar = k <= nside
    width = np.minimum(k, nside)
    quarter, j = index // width, index % width
    shifted = (number + nside) % 2 == 0
    belt = 2 * index + shifted
    up = np.where(polar, quarter * (k - 1) + j, belt)
    up_of = np.where(polar, k - 1, 2 * nside)
    down = np.where(k < nside, quarter * (k + 1) + j + 1, belt)
    down_of = np.where(k < nside, k + 1, 2 * nside)
    west = np.where(polar, quarter * k + j, belt - 1)
    east = np.where(polar, quarter * k + j + 1, belt + 1)
    side_of = np.where(polar, k, 2 * nside)
    lon = [90.0 * m / np.maximum(of, 1) for m, of in ((up, up_of), (west, side_of))]
    lon += [90.0 * m / of for m, of in ((down, down_of), (east, side_of))]
    pole = k == 1
    first = np.where(pole, lon[1], lon[0])
    last = np.where(pole, lon[3], lon[0])
    longitudes = np.stack([first, lon[1], lon[2], lon[3], last], axis=1)
    levels = np.stack([k - 1, k, k + 1, k, k - 1], axis=1)
    latitudes = np.degrees(ring_latitudes(nside, levels))
    return longitudes, np.where(flip[:, None], -latitudes, latitudes)
