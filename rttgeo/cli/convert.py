"""`rttgeo convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.machine.escaping import to_csv

if TYPE_CHECKING:
    from rttgeo.sources.convert import Converted

EPILOG = """\b
Examples:
  rttgeo convert ping ams=ping-ams.txt zrh=ping-zrh.txt --places places.csv -o pairs.csv
  rttgeo convert atlas results.ndjson.gz --places probes.csv -o pairs.parquet
  rttgeo convert monroe ping.csv gps.csv --places places.csv --target server -o pairs.csv
  rttgeo convert scamper trace.json --places places.csv | rttgeo locate -

\b
FORM is one of
  ping        logs of ping, in any language            place of: the name before =
  fping       output of fping                          the name before =
  mtr         reports of mtr --json                    the name before =, else mtr's own
  scamper     JSON of scamper or sc_warts2json         the source's address
  atlas       RIPE Atlas results, or a folder of them  the probe's number
  globalping  JSON of Globalping                       (in the file)
  census      target,hostname,lat,lon,rtt              (in the file)
  export      CSV, Parquet: prb_id, dst_addr, rtt      the probe's number
  monroe      MONROE: CSV of pings, then of places     the target (--target)

The table of places has the columns name, lat, lon (degrees), or is what RIPE
Atlas says of its anchors or probes (JSON). A target that is not in it is one of
unknown place. What gave no sample is counted on standard
error. A data set that was fetched needs no conversion: rttgeo locate NAME."""

FORM_NAMES = (
    "ping", "fping", "mtr", "scamper", "atlas", "globalping", "census", "export", "monroe",
)  # fmt: skip
WITH_PLACES = ("globalping", "census")
"""Forms that say themselves where their sources are."""


@click.command(epilog=EPILOG)
@click.argument("form", metavar="FORM", type=click.Choice(FORM_NAMES))
@click.argument("files", metavar="[PLACE=]FILE...", nargs=-1, required=True)
@click.option(
    "--places",
    metavar="FILE",
    multiple=True,
    help="CSV: name, lat, lon; or RIPE Atlas's JSON of anchors or probes. Repeatable.",
)
@click.option("--target", default="", metavar="NAME", help="Of monroe: what all nodes pinged.")
@click.option(
    "--output", "-o", "output_file", metavar="FILE", help="Pairs table: .csv or .parquet."
)
@click.option("--name", default="", help="Name of the data set.")
@options.minimum_options
def command(
    form: str,
    files: tuple[str, ...],
    places: tuple[str, ...],
    target: str,
    output_file: str | None,
    name: str,
    robust: bool,
    min_samples: int,
) -> int:
    """Make a pairs table of other tools' files: ping, fping, mtr, scamper, RIPE Atlas, MONROE."""
    if output_file is not None and Path(output_file).suffix not in (".csv", ".parquet"):
        raise click.UsageError(f"--output {output_file}: expected an ending .csv or .parquet")
    from rttgeo.pairs.writing import pairs_frame, write_mesh
    from rttgeo.sources.convert import mesh_from_files
    from rttgeo.sources.place_files import read_places

    if not places and form not in WITH_PLACES:
        raise click.UsageError(f"Missing option '--places': where is what the {form} files name?")
    converted = mesh_from_files(
        form,
        files,
        read_places(*places),
        name=name,
        target=target,
        robust=robust,
        min_samples=min_samples,
    )
    mesh = converted.mesh
    if output_file is None:
        output.emit(to_csv(pairs_frame(mesh)), None, data=True)
    else:
        write_mesh(mesh, output_file)
    output.complain(
        f"{len(mesh):,} pairs of {len(mesh.landmarks):,} landmarks and "
        f"{len(mesh.targets):,} targets"
    )
    tell(converted)
    return 0


def tell(converted: Converted) -> None:
    """Say on standard error what was left out, and what else a reader should know.

    Parameters
    ----------
    converted
        What a conversion gave.
    """
    from rttgeo.sources.leftout import LeftOut

    for line in LeftOut(converted.dropped).lines():
        output.complain(f"  left out: {line}")
    for note in converted.notes:
        output.complain(f"  note: {note}")
