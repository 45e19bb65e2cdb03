"""Runs of cells to and from Parquet files."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_atomically
from rttgeo.machine.parquet import one_line, open_parquet
from rttgeo.typing import IntArray

META = b"rttgeo.nside"
COLUMNS = ("start", "stop")


def write_runs(path: str | Path, nside: int, start: IntArray, stop: IntArray) -> Path:
    """Write runs as two columns, ``start`` and ``stop``, with nside in the metadata.

    Parameters
    ----------
    path
        The file; an existing file is replaced.
    nside
        Of the grid.
    start, stop
        First cells, and the cells behind the last, shape (n,).

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    table = pa.table({"start": start, "stop": stop})
    table = table.replace_schema_metadata({META: str(nside).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return write_atomically(path, buffer.getvalue())


def read_runs(path: str | Path) -> tuple[int, IntArray, IntArray]:
    """Read what `write_runs` wrote, checked as far as nside allows.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple
        nside, starts and stops.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When it does not hold a region.
    """
    if not Path(path).is_file():
        raise NotThereError(f"no file {path}")
    with Path(path).open("rb") as file, one_line(str(path)):
        opened = open_parquet(file, str(path))
        schema = opened.schema_arrow
        nside = (schema.metadata or {}).get(META, b"")
        whole = all(pa.types.is_integer(field.type) for field in schema)
        # Eight digits are cells of a decimetre: more are no grid's.
        if not (nside.isdigit() and len(nside) <= 8 and whole and schema.names == list(COLUMNS)):
            raise BadInputError(f"{path} does not hold a region (columns start, stop, and nside)")
        table = opened.read()
        table.validate(full=True)
        if any(column.null_count for column in table.columns):
            raise BadInputError(f"{path}: a run without its start or stop")
        start, stop = (column.cast(pa.int64()).to_numpy() for column in table.columns)
    fits = not len(start) or (start[0] >= 0 and stop[-1] <= 12 * int(nside) ** 2)
    if not (fits and (stop > start).all() and (start[1:] > stop[:-1]).all()):
        raise BadInputError(f"{path}: runs are not sorted, overlap, or leave the grid")
    return int(nside), start, stop
