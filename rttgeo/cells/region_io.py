"""Regions to and from files and tables."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.cells.shapes import region_polygons
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_atomically

META = b"rttgeo.nside"


def to_geodataframe(region: Region, *, parts: bool = False) -> gpd.GeoDataFrame:
    """One row, or one a connected part (the largest first): area, cells, geometry (EPSG:4326)."""
    pieces = region.components() if parts else [region]
    return gpd.GeoDataFrame(
        {
            "area_km2": [piece.area_km2 for piece in pieces],
            "n_cells": [piece.n_cells for piece in pieces],
            "nside": [piece.grid.nside for piece in pieces],
        },
        geometry=[region_polygons(piece) for piece in pieces],
        crs="EPSG:4326",
    )


def write_parquet(region: Region, path: str | Path) -> Path:
    """Write the runs as two columns, ``start`` and ``stop``, with nside in the metadata."""
    table = pa.table({"start": region.start, "stop": region.stop})
    table = table.replace_schema_metadata({META: str(region.grid.nside).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return write_atomically(path, buffer.getvalue())


def read_parquet(path: str | Path) -> Region:
    """Read what `write_parquet` wrote, checking all of it.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When it does not hold a region.
    """
    if not Path(path).is_file():
        raise NotThereError(f"no file {path}")
    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise BadInputError(f"{path} is not a Parquet file: {error}") from None
    nside = (table.schema.metadata or {}).get(META, b"")
    if not nside.isdigit() or table.column_names != ["start", "stop"]:
        raise BadInputError(f"{path} does not hold a region (columns start, stop, and nside)")
    grid = Grid(nside=int(nside))
    start, stop = (table[name].to_numpy().astype(np.int64) for name in ("start", "stop"))
    fits = not len(start) or (start[0] >= 0 and stop[-1] <= grid.n_cells)
    if not (fits and (stop > start).all() and (start[1:] > stop[:-1]).all()):
        raise BadInputError(f"{path}: runs are not sorted, overlap, or leave the grid")
    return Region(grid, start, stop)
