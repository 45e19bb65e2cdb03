"""Runs of cells to and from Parquet files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_atomically
from rttgeo.typing import IntArray

META = b"rttgeo.nside"


def write_runs(path: str | Path, nside: int, start: IntArray, stop: IntArray) -> Path:
    """Write runs as two columns, ``start`` and ``stop``, with nside in the metadata."""
    table = pa.table({"start": start, "stop": stop})
    table = table.replace_schema_metadata({META: str(nside).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return write_atomically(path, buffer.getvalue())


def read_runs(path: str | Path) -> tuple[int, IntArray, IntArray]:
    """Read what `write_runs` wrote: nside, starts and stops, checked as far as nside allows.

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
    start, stop = (table[name].to_numpy().astype(np.int64) for name in ("start", "stop"))
    fits = not len(start) or (start[0] >= 0 and stop[-1] <= 12 * int(nside) ** 2)
    if not (fits and (stop > start).all() and (start[1:] > stop[:-1]).all()):
        raise BadInputError(f"{path}: runs are not sorted, overlap, or leave the grid")
    return int(nside), start, stop
