"""Regions as polygons: one valid multipolygon each, across ±180° and at the poles.

Corners of cells are ratios of integers, so neighbours share theirs to the last bit and outlines
have no slivers. Sides of cells are drawn straight in longitude and latitude.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo.cells.rings import ring_latitudes
from rttgeo.kernels.growing import Joined
from rttgeo.kernels.outline import outline_all
from rttgeo.kernels.rings import Rings
from rttgeo.typing import FloatArray, IntArray


def outline(rings: Rings, ring: IntArray, start: IntArray, stop: IntArray) -> shapely.MultiPolygon:
    """Outline a set of cells: one valid multipolygon, counter-clockwise, within [-180, 180].

    Parameters
    ----------
    rings
        Rings of the grid.
    ring, start, stop
        Ring, first cell, and cell behind the last of each piece, sorted.

    Returns
    -------
    shapely.MultiPolygon
        In degrees.
    """
    if not len(ring):
        return shapely.MultiPolygon()
    bounds, base = np.array([0, len(ring)]), rings.first[ring]
    pieces = (Joined(bounds, one) for one in (ring, start - base, stop - base))
    (found,) = multipolygons(rings, *pieces)
    return found


def multipolygons(
    rings: Rings, ring: Joined, start: Joined, stop: Joined
) -> npt.NDArray[np.object_]:
    """Outline many sets of cells, all through one buffer.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring, start, stop
        Pieces of the sets, cells numbered within their rings.

    Returns
    -------
    numpy.ndarray
        One `shapely.MultiPolygon` a set, in degrees.
    """
    x, y, *offsets = outline_all(rings, _corner_latitudes(rings.nside), ring, start, stop)
    found: npt.NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, np.stack([x, y], axis=1), tuple(offsets)
    )
    return found


@lru_cache(maxsize=16)
def _corner_latitudes(nside: int) -> FloatArray:
    """Latitude of the corners between rings, degrees, from the north pole on."""
    found: FloatArray = np.degrees(ring_latitudes(nside, np.arange(4 * nside + 1)))
    return found
