"""Convert Natural Earth land, countries and borders from npm `world-atlas` into `data/`.

Run once; the results are committed, so that nothing is downloaded when a map is drawn::

    npm pack world-atlas@2.0.2
    python tools/convert_world_atlas.py world-atlas-2.0.2.tgz

TopoJSON stores each border once, as an arc of small differences between neighbouring points.
In `world-atlas` the rings run on across ±180° and around the South Pole without a seam, which is
right on a sphere and paints half the globe on a plane: here they are cut there.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from collections import Counter
from pathlib import Path

import antimeridian
import geopandas as gpd
import numpy as np
import shapely

from rttgeo.machine.files import writing

VERSION = "2.0.2"
SHA256 = "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97"
DATA = Path(__file__).resolve().parent.parent / "data" / "naturalearth"
SCALES = ("110m", "50m")


def decode_arcs(topology: dict) -> list[np.ndarray]:
    """Arcs as arrays of (lon, lat): running sums of the differences, scaled and moved."""
    scale, translate = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(arc, axis=0) * scale + translate for arc in topology["arcs"]]


def ring_of(numbers: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """One closed ring, counter-clockwise if exterior; ~n names arc n walked backwards."""
    pieces = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    points = np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    # world-atlas winds exteriors clockwise (D3's convention), GeoJSON the other way. Turned by
    # convention and not by signed area, which means nothing for a ring around a pole.
    ring = np.round(points[::-1], 5)
    # At scale 50m the shore of Antarctica is closed a hundred metres short of the pole.
    ring[ring[:, 1] < -89.99, 1] = -90
    return ring


def polygons_of(geometry: dict, arcs: list[np.ndarray]) -> shapely.MultiPolygon:
    """All polygons of one object, cut at ±180° and closed over the poles."""
    parts = {"Polygon": [geometry["arcs"]], "MultiPolygon": geometry["arcs"]}[geometry["type"]]
    cut: list[shapely.Polygon] = []
    for rings in parts:
        shell, *holes = (ring_of(ring, arcs) for ring in rings)
        polygon = shapely.Polygon(shell, holes)
        if np.any(np.abs(np.diff(shell[:, 0])) > 180):
            polygon = antimeridian.fix_polygon(polygon, fix_winding=False)
        cut.extend(shapely.get_parts(polygon))
    # Rounding to the arcs' grid has made a few shores touch themselves.
    valid = shapely.make_valid(shapely.MultiPolygon(cut))
    areal = [part for part in shapely.get_parts(valid) if part.geom_type.endswith("Polygon")]
    return shapely.MultiPolygon(list(shapely.get_parts(areal)))


def table_of(topology: dict, layer: str) -> gpd.GeoDataFrame:
    """One row for all land, or one a country with its ISO 3166-1 number and its name."""
    arcs = decode_arcs(topology)
    objects = topology["objects"][layer]["geometries"]
    columns = {}
    if layer == "countries":
        columns["iso_number"] = [country.get("id", "") for country in objects]
        columns["name"] = [country["properties"]["name"] for country in objects]
    return gpd.GeoDataFrame(
        columns, geometry=[polygons_of(one, arcs) for one in objects], crs="EPSG:4326"
    )


def borders_of(topology: dict) -> gpd.GeoDataFrame:
    """Lines between countries: the arcs that two countries share, and so no coast."""
    countries = topology["objects"]["countries"]["geometries"]
    users: Counter[int] = Counter()
    for country in countries:
        # Parts of one country at ±180° do not meet in an arc, so no arc is counted for itself.
        users.update({n if n >= 0 else ~n for n in flat(country["arcs"])})
    arcs = decode_arcs(topology)
    lines = [np.round(arcs[n], 5) for n in sorted(users) if users[n] > 1]
    merged = shapely.line_merge(shapely.MultiLineString(lines))
    return gpd.GeoDataFrame(geometry=[merged], crs="EPSG:4326")


def flat(numbers: list) -> list[int]:
    """Arc numbers of all rings, however deep they are nested."""
    return [n for part in numbers for n in (flat(part) if isinstance(part, list) else [part])]


def main(tarball: Path) -> None:
    """Convert three layers at two scales."""
    if hashlib.sha256(tarball.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{tarball} is not world-atlas {VERSION} as published")
    DATA.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as package:
        for scale in SCALES:
            land, countries = (
                json.load(package.extractfile(f"package/{name}-{scale}.json"))  # type: ignore[arg-type]
                for name in ("land", "countries")
            )
            write(table_of(land, "land"), f"land-{scale}")
            write(table_of(countries, "countries"), f"countries-{scale}")
            write(borders_of(countries), f"borders-{scale}")


def write(table: gpd.GeoDataFrame, name: str) -> None:
    """Write one layer and print its checksum."""
    path = DATA / f"{name}.parquet"
    with writing(path) as file:
        table.to_parquet(file, compression="zstd", index=False)
    print(hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(DATA.parent))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
