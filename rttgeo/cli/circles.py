"""`rttgeo circles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.output import complain
from rttgeo.cli.reading import read_any
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import printable, to_csv

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

FORMATS = ("table", "csv", "geojson", "parquet", "json")
EPILOG = (
    """\b
Examples:
  rttgeo circles mine.csv
  rttgeo circles azure-2026 --target "UK South" --format geojson > circles.geojson
  rttgeo circles azure-2026 --target "UK South" --map circles.png

A circle holds all places that the bound allows: its radius is the RTT times the
medium's km per ms of RTT. Media: """
    + ", ".join(f"{name} ({factor:.1f})" for name, factor in KM_PER_MS_RTT.items())
    + """.
Only vacuum is a law of nature; fibre holds for paths through glass."""
)


@click.command(epilog=EPILOG)
@options.pairs_argument
@click.option("--target", "-t", metavar="ID", help="Needed when the table has several targets.")
@click.option(
    "--medium", type=click.Choice(list(KM_PER_MS_RTT)), default="fibre", show_default=True
)
@options.format_options(*FORMATS)
@click.option(
    "--map", "picture", metavar="FILE", help="Also draw them: out.html, .png, .svg or .pdf."
)
@options.places_option
@options.skip_bad_option
def command(
    pairs: str,
    target: str | None,
    medium: str,
    form: str | None,
    as_json: bool,
    output: str | None,
    picture: str | None,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Draw the circles that light allows around the landmarks of a target.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas, Globalping or scamper.
    """
    chosen = options.chosen_format(form, as_json, output, set(FORMATS))
    if picture is not None:
        from rttgeo.report.page import check_ending

        check_ending(picture)
    mesh = read_any(pairs, places, skip_bad=skip_bad)
    target = options.only_target(mesh, target, "with --target")
    from rttgeo.report.tables import circles_table

    _write(circles_table(mesh, target, medium=medium), chosen, output, mesh.provenance.label())
    if picture is not None:
        from rttgeo.report.page import save_circles

        save_circles(mesh, target, picture, medium=medium)
        complain(f"Map: {picture}")
    return 0


def _write(table: gpd.GeoDataFrame, form: str, path: str | None, label: str) -> None:

    plain = table.drop(columns="geometry")
    if form == "table":
        rows = [
            [
                row.landmark,
                output.number(row.landmark_lon, 3),
                output.number(row.landmark_lat, 3),
                output.number(row.rtt_ms, 2),
                output.number(row.radius_km) if row.excludes else "anywhere",
            ]
            for row in plain.itertuples()
        ]
        columns = ("landmark", "lon", "lat", "RTT ms", "radius km")
        title = f"{plain['target'].iloc[0]}: circles by {plain['medium'].iloc[0]}; {label}"
        drawn = output.table(
            columns, rows, right=columns[1:], title=title, to_file=path is not None
        )
        output.emit(f"{_sentence(plain)}\n\n{drawn}", path)
    elif form == "csv":
        output.emit(to_csv(plain), path, data=True)
    elif form == "parquet":
        from rttgeo.report.tables import geoparquet

        output.emit(geoparquet(table), path)
    else:
        output.emit(_text(table, form), path)


def _sentence(plain: pd.DataFrame) -> str:
    """What the circles say together."""
    from rttgeo.report.headline import begun, called
    from rttgeo.report.light import LIGHT

    name, medium = begun(called(str(plain["target"].iloc[0]))), str(plain["medium"].iloc[0])
    light = LIGHT.get(medium, medium)
    nearest = plain.loc[plain["radius_km"].idxmin()]
    if not nearest["excludes"]:
        return printable(f"{name} can be anywhere: by {light}, no circle excludes a place.")
    within = f"within {output.number(nearest['radius_km'])} km of {nearest['landmark']}"
    all_of_them = f", and in all of its {number_of(len(plain), 'circle')}" if len(plain) > 1 else ""
    return printable(f"{name} is {within}{all_of_them}, by {light}.")


def _text(table: gpd.GeoDataFrame, form: str) -> str:
    from rttgeo.report.tables import feature

    records = table.drop(columns="geometry").to_dict("records")
    if form == "json":
        return output.to_json({"format": "rttgeo-circles", "version": 1, "circles": records})
    features = [
        feature(shape, record) for shape, record in zip(table.geometry, records, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return output.to_json(collection, indent=None)
