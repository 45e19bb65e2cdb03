"""Write result columns to files as they arrive, as CSV or GeoParquet, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rttgeo.machine.escaping import FORMULA

GEOMETRY = pa.field("geometry", pa.binary())
"""The place as a point, or the region's outline; WKB, longitude and latitude."""
GEO = b"geo"
"""Key under which GeoParquet keeps its metadata."""
NEEDS_QUOTES = '[",\r\n]'


def csv_parts(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """Convert tables to lines of CSV, header first; texts are escaped for spreadsheets.

    Parameters
    ----------
    tables
        Tables with the schema, without lists and binaries.
    schema
        Columns of the tables.

    Yields
    ------
    bytes
        Complete lines in UTF-8, each ending with a line feed.
    """
    yield (",".join(schema.names) + "\n").encode()
    for table in tables:
        texts = [_cells(table[name].combine_chunks()) for name in schema.names]
        lines = pc.binary_join_element_wise(*texts, ",")
        if len(lines):
            yield "\n".join(lines.to_pylist()).encode() + b"\n"


def _cells(column: pa.Array) -> pa.Array:
    """A column as texts; empty where a value is missing."""
    if pa.types.is_boolean(column.type):
        column = pc.if_else(column, "True", "False")
    elif pa.types.is_string(column.type):
        column = _quoted(column)
    return pc.fill_null(column.cast(pa.string()), "")


def _quoted(column: pa.Array) -> pa.Array:
    formula = pc.match_substring_regex(column, FORMULA)
    if pc.any(formula).as_py():
        escaped = pc.binary_join_element_wise("'", column, "")
        column = pc.if_else(formula, escaped, column)
    odd = pc.match_substring_regex(column, NEEDS_QUOTES)
    if not pc.any(odd).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(odd, pc.binary_join_element_wise('"', doubled, '"', ""), column)


def write_parquet(
    file: BinaryIO,
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    more: dict[bytes, bytes] | None = None,
) -> int:
    """Write tables as one Parquet file, as GeoParquet 1.1 if there is a geometry.

    Parameters
    ----------
    file
        Open for writing.
    tables
        Of the schema.
    schema
        Columns of the tables.
    more
        Further metadata.

    Returns
    -------
    int
        Number of rows written.
    """
    schema, rows = schema.with_metadata({**(more or {}), **_about_geometry(schema)}), 0
    # Closed also when a table cannot be made: collected later, the writer would complain to stderr.
    with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
        for table in tables:
            writer.write_table(table.replace_schema_metadata(schema.metadata))
            rows += len(table)
    return rows


def _about_geometry(schema: pa.Schema) -> dict[bytes, bytes]:
    """What GeoParquet says of a geometry; nothing if there is none."""
    if GEOMETRY.name not in schema.names:
        return {}
    about = {"encoding": "WKB", "geometry_types": []}
    geo = {
        "version": "1.1.0",
        "primary_column": GEOMETRY.name,
        "columns": {GEOMETRY.name: about},
    }
    return {GEO: json.dumps(geo).encode()}


def write_columns(file: Any, tables: Iterable[pa.Table], schema: pa.Schema, form: str) -> None:
    """Write tables as CSV or Parquet.

    Parameters
    ----------
    file
        Open for writing bytes.
    tables
        Of the schema.
    schema
        Columns of the tables.
    form
        ``csv`` or ``parquet``.
    """
    if form == "parquet":
        write_parquet(file, tables, schema)
        return
    for part in csv_parts(tables, schema):
        file.write(part)
