"""Regions as polygons, and polygons as regions; valid across ±180° and at the poles.

Corners of cells are ratios of integers, so neighbours share theirs to the last bit. Sides of cells
are drawn straight in longitude and latitude.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray


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
