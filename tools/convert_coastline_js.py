"""Make rttgeo/report/web/land.js, the coastline of the maps on pages, from Natural Earth.

Longitudes and latitudes in tenths of a degree, each ring as its first point and then steps: some
40 kB instead of 120. ``--check`` only says whether the file is what this script would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import shapely

from rttgeo.data import coasts as maps
from rttgeo.machine.files import write_atomically

TARGET = Path(__file__).resolve().parent.parent / "rttgeo" / "report" / "web" / "land.js"
PER_DEGREE = 10
FEWEST_POINTS = 4
HEAD = """// Made by tools/convert_coastline_js.py from data/naturalearth/land-110m.parquet (Natural Earth,
// public domain). A ring: first longitude and latitude, then steps, all in tenths of a degree.
"""


def steps(ring: shapely.LinearRing) -> list[int]:
    """A ring as whole numbers: the first point, then differences; none for what shrinks away."""
    points = np.rint(np.asarray(ring.coords) * PER_DEGREE).astype(int)
    moved = np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])
    points = points[moved]
    if len(points) < FEWEST_POINTS:
        return []
    return np.concatenate([points[:1], np.diff(points, axis=0)]).ravel().tolist()


def source() -> str:
    """The whole file."""
    polygons = shapely.get_parts(maps.land("110m").geometry.to_numpy())
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    rows = [",".join(map(str, row)) for row in map(steps, rings) if row]
    return HEAD + "const LAND = [\n" + ",\n".join(f"[{row}]" for row in rows) + ",\n];\n"


def main() -> int:
    """Write the file, or compare; 1 when it differs."""
    wanted = source()
    if "--check" in sys.argv[1:]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted
        print("" if same else f"{TARGET} is not what this script makes", end="", file=sys.stderr)
        return 0 if same else 1
    write_atomically(TARGET, wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
