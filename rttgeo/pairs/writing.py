"""From a `Mesh` to a pairs table on disk."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from rttgeo.errors import BadInputError
from rttgeo.mesh import OPTIONAL_PAIR_COLUMNS, Mesh
from rttgeo.pairs.stated import METADATA_KEY


def pairs_frame(mesh: Mesh) -> pd.DataFrame:
    """A mesh as a table for people: one row a pair, the columns of the pairs table."""
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
    return pd.DataFrame(columns)


def write_mesh(mesh: Mesh, path: str | Path) -> Path:
    """Write a pairs table as ``.csv`` (with its ``.meta.json``) or ``.parquet``, in one move each.

    Raises
    ------
    BadInputError
        For any other ending.
    """
    path = Path(path)
    about = json.dumps(dataclasses.asdict(mesh.provenance), indent=1, ensure_ascii=False) + "\n"
    table = pa.Table.from_pandas(pairs_frame(mesh), preserve_index=False)
    part = path.with_name(path.name + ".part")
    if path.suffix == ".parquet":
        table = table.replace_schema_metadata({METADATA_KEY: about.encode()})
        pa.parquet.write_table(table, part, compression="zstd")
    elif path.suffix == ".csv":
        for index, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type):
                table = table.set_column(index, field.name, table[index].cast(pa.string()))
            elif pa.types.is_floating(field.type):
                # NaN is this side's "unknown"; in the table that is an empty cell.
                known = pa.array(table[index].to_numpy(), from_pandas=True)
                table = table.set_column(index, field.name, known)
        pa.csv.write_csv(table, part, pa.csv.WriteOptions(quoting_style="needed"))
        beside = path.with_name(path.name + ".meta.json")
        beside_part = beside.with_name(beside.name + ".part")
        beside_part.write_text(about, encoding="utf-8")
        os.replace(beside_part, beside)
    else:
        raise BadInputError(f"{path}: expected a name that ends in .csv or .parquet")
    os.replace(part, path)
    return path
