"""Places and regions of many targets as well-known binary (WKB), made all at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from rttgeo.cells.region import multipolygons
from rttgeo.cells.tiling import ring_tables
from rttgeo.estimators.blocks import Solved
from rttgeo.estimators.joined import taken
from rttgeo.typing import FloatArray


def points(lon: FloatArray, lat: FloatArray) -> pa.Array:
    """Convert places to well-known binary.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,); NaN makes an empty point.

    Returns
    -------
    pyarrow.Array
        WKB points, shape (n,).
    """
    plain = np.zeros(len(lon), dtype=[("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    plain["order"], plain["kind"], plain["x"], plain["y"] = 1, 1, lon, lat
    size = plain.dtype.itemsize
    offsets = np.arange(len(lon) + 1, dtype=np.int32) * size
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(plain.tobytes())]
    return pa.Array.from_buffers(pa.binary(), len(lon), buffers)


def outlines(solved: Solved) -> pa.Array:
    """Convert the outlines of regions to well-known binary.

    Parameters
    ----------
    solved
        The located targets.

    Returns
    -------
    pyarrow.Array
        Multipolygons, in degrees, cut at ±180°; empty ones for empty regions.
    """
    found = np.empty(len(solved), dtype=object)
    for nside in np.unique(solved.nside):
        where = np.flatnonzero(solved.nside == nside)
        pieces = (taken(one, where) for one in (solved.ring, solved.start, solved.stop))
        shapes = multipolygons(ring_tables(int(nside), False), *pieces)
        found[where] = shapely.to_wkb(shapes)
    return pa.array(found, pa.binary())
