"""Cells of a grid as polygons, one each: what outlines of regions are held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo.cells.rings import ring_latitudes
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
