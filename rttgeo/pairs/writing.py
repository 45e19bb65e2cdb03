"""Write a `Mesh` as a pairs table."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from rttgeo.errors import BadInputError
from rttgeo.machine.escaping import csv_frame
from rttgeo.machine.files import writing, writing_together
from rttgeo.mesh import OPTIONAL_PAIR_COLUMNS, Mesh, check_mesh
from rttgeo.pairs.stated import DIGEST, METADATA_ENDING, METADATA_KEY
from rttgeo.typing import FloatArray


def pairs_frame(mesh: Mesh) -> pd.DataFrame:
    """Convert a mesh to a table with one row per pair and the columns of the pairs table.

    If readings are coarse, ``rtt_ms`` is the reading and ``resolution_ms`` is by how much the true
    RTT may exceed it; a mesh holds their sum.

    Parameters
    ----------
    mesh
        The mesh.

    Returns
    -------
    pandas.DataFrame
        One row per pair; places in degrees (NaN where unknown), RTTs in ms.
    """
    landmark, target = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    (lon, lat), (t_lon, t_lat) = mesh.landmark_lonlat, mesh.target_lonlat
    columns = {
        "landmark": pd.Categorical.from_codes(landmark, mesh.landmarks.index),
        "landmark_lat": lat[landmark],
        "landmark_lon": lon[landmark],
        "target": pd.Categorical.from_codes(target, mesh.targets.index),
        "target_lat": t_lat[target],
        "target_lon": t_lon[target],
        "rtt_ms": mesh.pairs["rtt_ms"].to_numpy(),
    }
    for name in OPTIONAL_PAIR_COLUMNS:
        if name in mesh.pairs:
            columns[name] = mesh.pairs[name].to_numpy()
    if "resolution_ms" in columns:
        columns["rtt_ms"] = _reading(columns["rtt_ms"], np.nan_to_num(columns["resolution_ms"]))
    return pd.DataFrame(columns)


def _reading(at_most_ms: FloatArray, resolution_ms: FloatArray) -> FloatArray:
    """What was read, as short as it was: 0.343 and not 0.34299999999999997, if that gives the same."""
    read = at_most_ms - resolution_ms
    short = read.round(9)
    return np.where(short + resolution_ms == at_most_ms, short, read)


def write_mesh(mesh: Mesh, path: str | Path) -> Path:
    """Write a pairs table, atomically: ``.csv`` (with its ``.meta.json``) or ``.parquet``.

    Parameters
    ----------
    mesh
        The measurements.
    path
        The file; its ending selects the format.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    BadInputError
        When the file has another ending.
    OSError
        When it cannot be written; an existing file is then unchanged.
    """
    check_mesh(mesh)
    path = Path(path)
    about = dataclasses.asdict(mesh.provenance)
    if path.suffix == ".parquet":
        table = pa.Table.from_pandas(pairs_frame(mesh), preserve_index=False)
        table = table.replace_schema_metadata({METADATA_KEY: _json(about)})
        with writing(path) as file:
            pa.parquet.write_table(table, file, compression="zstd")
    elif path.suffix == ".csv":
        beside = path.with_name(path.name + METADATA_ENDING)
        with writing_together(path, beside) as (file, words):
            digested = _Digested(file)
            write_csv(mesh, cast("BinaryIO", digested))
            words.write(_json(about | {DIGEST: digested.sha256.hexdigest()}))
    else:
        raise BadInputError(f"{path}: expected a name that ends in .csv or .parquet")
    return path


def _json(fields: dict[str, str]) -> bytes:
    return (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode()


class _Digested:
    """A file that knows the SHA-256 of what was written to it."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Do nothing: the file is its owner's to close."""


def write_csv(mesh: Mesh, file: BinaryIO) -> None:
    """Write a pairs table as CSV to an open file; names are escaped for spreadsheets.

    Parameters
    ----------
    mesh
        The mesh.
    file
        Open for writing bytes; it stays open.
    """
    table = pa.Table.from_pandas(csv_frame(pairs_frame(mesh)), preserve_index=False)
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table[index].cast(pa.string()))
        elif pa.types.is_floating(field.type):
            # NaN means "unknown" here; in the table that is an empty cell.
            known = pa.array(table[index].to_numpy(), from_pandas=True)
            table = table.set_column(index, field.name, known)
    pa.csv.write_csv(table, file, pa.csv.WriteOptions(quoting_style="needed"))
