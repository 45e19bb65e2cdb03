"""Make `data/land/cells.parquet`: which cells of 25 km land may touch. No arguments.

The default method asks it for its prior, and must not draw the coasts of the Earth for five pings.
A test holds the file against what `rttgeo.data.land.land` works out.
"""

from __future__ import annotations

from pathlib import Path

from rttgeo.cells.grid import Grid
from rttgeo.cells.runs_file import write_runs
from rttgeo.data.land import land
from rttgeo.estimators.calibrated.land import LAND_NSIDE
from rttgeo.machine.files import write_json

DATA = Path(__file__).resolve().parent.parent / "data" / "land"
META = {
    "name": "land",
    "source": (
        "shapes: Natural Earth 1:50m; towns: GeoNames (www.geonames.org), as in cities/cities.parquet"
    ),
    "licence": "public domain; towns CC BY 4.0, attribution: GeoNames, www.geonames.org",
    "columns": (
        f"start, stop: cells of HEALPix nside {LAND_NSIDE} in ring order that land or a town may touch"
    ),
}


def main() -> None:
    """Write the runs of cells and their provenance."""
    region = land(Grid(nside=LAND_NSIDE), 0.0)
    write_runs(DATA / "cells.parquet", LAND_NSIDE, region.start, region.stop)
    write_json(DATA / "cells.parquet.meta.json", META)


if __name__ == "__main__":
    main()
