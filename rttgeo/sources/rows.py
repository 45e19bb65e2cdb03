"""Tables of round-trip times other than pairs tables: from censuses and data warehouses.

``census``: what tools for anycast censuses (iGreedy and others) read and write, one row per
minimum, including the landmark's place: ``target,hostname,lat,lon,rtt``, with or without this
header.

``export``: what a query of RIPE Atlas results in BigQuery, ClickHouse or DuckDB gives, one row per
sample: ``prb_id, dst_addr, rtt`` and where there ``msm_id, start_time``, as CSV or Parquet.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import csv_cell, from_csv_cell
from rttgeo.machine.separators import rows_under, with_commas, with_point
from rttgeo.mesh import Mesh
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.series import MAX_RTT_MS, canonical, is_address, number, one_line, read_text

CENSUS: Final = ("target", "hostname", "lat", "lon", "rtt")
EXPORT: Final = ("prb_id", "dst_addr", "rtt")
TEXT_TYPES: Final = {"bigquery": "STRING", "clickhouse": "String", "duckdb": "VARCHAR"}
_APART: Final = re.compile(r'[,"\x00-\x1f\x7f-\x9f]')
"""What those readers, which split at every comma and know no quotes, cannot have in a name."""
_TABLE_NAME: Final = re.compile(r"[\w.\-`\"]+")
MOST_PROBES: Final = 2**31
"""RIPE Atlas numbers its probes by whole numbers of 31 bits."""
Asked = list[tuple[str, str]] | None
"""Takes sources and their targets, where that is wanted."""
SAME_SAMPLE: Final = ("prb_id", "msm_id", "dst_addr", "start_time", "rtt")


def is_census(cells: Sequence[str]) -> bool:
    """Check whether a first line is that of a census, a header or a row.

    Parameters
    ----------
    cells
        Its cells.

    Returns
    -------
    bool
        True if it is.
    """
    if tuple(map(str.lower, cells)) == CENSUS:
        return True
    bare = len(cells) == len(CENSUS) and is_address(cells[0])
    return bare and not any(math.isnan(number(with_point(cell))) for cell in cells[2:])


def is_export(names: Sequence[str]) -> bool:
    """Check whether columns are those of an export of RIPE Atlas samples.

    Parameters
    ----------
    names
        Names of the columns.

    Returns
    -------
    bool
        True if all of `EXPORT` are there.
    """
    return set(EXPORT) <= set(names)


def read_census(
    path: str | Path, dropped: LeftOut, notes: list[str] | None = None, asked: Asked = None
) -> pd.DataFrame:
    """Read ``target,hostname,lat,lon,rtt`` with or without a header.

    Parameters
    ----------
    path
        The CSV; latitude and longitude in degrees, RTTs in ms.
    dropped
        Counts rows left out, by reason; added to in place.
    notes
        Takes what is to be said of how numbers were read.
    asked
        Takes the landmarks and targets of rows that are left out.

    Returns
    -------
    pandas.DataFrame
        One row per minimum: ``source``, ``lon``, ``lat``, ``target``, ``rtt_ms``.

    Raises
    ------
    BadInputError
        With file and line, when the table is not that.
    """
    kept: list[tuple[str, float, float, str, float]] = []
    plain = with_commas(read_text(path), path, is_census, CENSUS)
    _tell(plain.note, notes)
    rows = csv.reader(plain.text.splitlines())
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            where = f"{path}, line {rows.line_num}"
            if not any(cells) or (not kept and tuple(map(str.lower, cells)) == CENSUS):
                continue
            if len(cells) != len(CENSUS):
                raise BadInputError(
                    f"{where}: {number_of(len(cells), 'column')}, expected {','.join(CENSUS)}"
                )
            target, name, *numbers = map(from_csv_cell, cells)
            lat, lon, rtt = (number(text) for text in numbers)
            if not target or not name or not (abs(lat) <= 90 and abs(lon) <= 180):
                raise BadInputError(f"{where}: expected target,hostname,lat,lon,rtt, found {row}")
            good = not sphere.is_nowhere(lon, lat) and 0 < rtt <= MAX_RTT_MS
            if asked is not None and not good:
                asked.append((name, canonical(target)))
            if sphere.is_nowhere(lon, lat):
                dropped.add("rows at 0°, 0°, which is nowhere", where=where, text=name)
            elif not 0 < rtt <= MAX_RTT_MS:
                dropped.add("time not plausible", where=where, text=numbers[2])
            else:
                kept.append((name, lon, lat, canonical(target), rtt))
    except csv.Error as error:
        raise BadInputError(f"{path}, line {rows.line_num}: {error}") from error
    return pd.DataFrame(kept, columns=["source", "lon", "lat", "target", "rtt_ms"])


def read_export(
    path: str | Path, dropped: LeftOut, notes: list[str] | None = None, asked: Asked = None
) -> pd.DataFrame:
    """Read an export of RIPE Atlas samples, CSV or Parquet; a row that occurs twice counts once.

    Parameters
    ----------
    path
        The file, with the columns `EXPORT`; RTTs in ms.
    dropped
        Counts rows left out, by reason; added to in place.
    notes
        Takes what is to be said of how numbers were read.
    asked
        Takes the probes and targets of rows without an answer.

    Returns
    -------
    pandas.DataFrame
        ``source`` (number of the probe), ``target``, ``rtt_ms``.

    Raises
    ------
    BadInputError
        When the file cannot be read or lacks a column.
    """
    table = _table(path, notes)
    missing = [name for name in EXPORT if name not in table.columns]
    if missing:
        raise BadInputError(
            f"{path}: column {missing[0]!r} is missing; expected {', '.join(EXPORT)}"
        )
    known = [name for name in SAME_SAMPLE if name in table.columns]
    again = (
        table.duplicated(known) if len(known) == len(SAME_SAMPLE) else np.zeros(len(table), bool)
    )
    dropped.add("the same row again", int(np.sum(again)))
    table = table[~np.asarray(again)]
    rtt = pd.to_numeric(table["rtt"], errors="coerce")
    probe = pd.to_numeric(table["prb_id"], errors="coerce")
    # Infinity, a fraction or a number beyond all probes' is none.
    is_probe = (probe >= 0) & (probe < MOST_PROBES) & (probe % 1 == 0)
    named = table["dst_addr"].notna() & is_probe
    good = (rtt > 0) & (rtt <= MAX_RTT_MS) & named
    dropped.add("rows without a probe or a target", int((~named).sum()))
    # Exports write a lost packet as nothing, as * or as -1.
    dropped.add("no answer", int((named & ~good).sum()))
    source = probe[named].astype("int64").astype(str)
    target = table["dst_addr"][named].astype(str).map(canonical)
    if asked is not None:
        lost = ~good[named]
        asked += dict.fromkeys(zip(source[lost], target[lost], strict=True))
    kept = good[named]
    return pd.DataFrame({"source": source[kept], "target": target[kept], "rtt_ms": rtt[good]})


def _tell(note: str, notes: list[str] | None) -> None:
    if note and notes is not None:
        notes.append(note)


def _table(path: str | Path, notes: list[str] | None) -> pd.DataFrame:
    try:
        with Path(path).open("rb") as file:
            if file.read(4) == b"PAR1":
                return pd.DataFrame(pq.read_table(path, pre_buffer=False).to_pydict())
        plain = with_commas(read_text(path), path, is_export)
        _tell(plain.note, notes)
        text = StringIO(plain.text)
        return rows_under(pd.read_csv(text, dtype=str, keep_default_na=True), path)
    except BadInputError:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadInputError(f"cannot read {path}: {one_line(error)}") from error


def census_text(rows: Sequence[tuple[str, str, float, float, float]]) -> str:
    """Write ``(target, hostname, lat, lon, rtt)`` rows as the census tools read them.

    Their reader takes the first line for a header, so there is one.

    Parameters
    ----------
    rows
        Places in degrees, RTTs in ms.

    Returns
    -------
    str
        The CSV; commas, quotes and control characters in names become spaces.
    """
    lines = [",".join(CENSUS)]
    for target, name, lat, lon, rtt in rows:
        who, where = (csv_cell(" ".join(_APART.sub(" ", text).split())) for text in (target, name))
        lines.append(f"{who},{where},{lat:.8g},{lon:.8g},{rtt:.9g}")
    return "\n".join(lines) + "\n"


def census_of_mesh(mesh: Mesh) -> str:
    """Write the pairs of a mesh as the census tools read them.

    Their table has no column for how exact a reading is: it gets what the RTT cannot exceed, as a
    bound would.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    str
        The CSV, with its header; places of targets are not in it.
    """
    landmark, target = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    lon, lat = mesh.landmark_lonlat
    columns = (
        mesh.targets.index[target].astype(str),
        mesh.landmarks.index[landmark].astype(str),
        lat[landmark],
        lon[landmark],
        mesh.pairs["rtt_ms"],
    )
    return census_text(list(zip(*columns, strict=True)))


def pairs_sql(dialect: str, samples: str = "samples", probes: str = "probes") -> str:
    """Write the SQL that makes a pairs table of RIPE Atlas samples.

    Parameters
    ----------
    dialect
        One of `TEXT_TYPES`.
    samples
        Table with ``prb_id``, ``dst_addr`` and ``rtt`` (ms), one row per sample.
    probes
        Table with ``id``, ``latitude`` and ``longitude`` (degrees).

    Returns
    -------
    str
        One statement, with a comment in its first line.

    Raises
    ------
    BadInputError
        When a name is not the name of a table.
    """
    for name in (samples, probes):
        if not _TABLE_NAME.fullmatch(name):
            raise BadInputError(f"{name!r} is not the name of a table")
    return f"""-- {dialect}: the minimum RTT of each pair of a RIPE Atlas probe and a target.
SELECT
  CAST(s.prb_id AS {TEXT_TYPES[dialect]}) AS landmark,
  MIN(p.latitude) AS landmark_lat,
  MIN(p.longitude) AS landmark_lon,
  s.dst_addr AS target,
  NULL AS target_lat,
  NULL AS target_lon,
  MIN(s.rtt) AS rtt_ms,
  COUNT(*) AS samples
FROM {samples} AS s
JOIN {probes} AS p ON p.id = s.prb_id
WHERE s.rtt > 0 AND s.dst_addr IS NOT NULL
  AND NOT (p.latitude = 0 AND p.longitude = 0)
GROUP BY s.prb_id, s.dst_addr
ORDER BY target, landmark;
"""
