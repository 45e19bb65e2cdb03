"""`rttgeo convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rttgeo.cli import options, output
from rttgeo.cli.reading import read_pairs, tell
from rttgeo.machine.escaping import to_csv

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh
    from rttgeo.sources.convert import Converted

EPILOG = """\b
Examples:
  rttgeo convert ping ams=ping-ams.txt zrh=ping-zrh.txt --places places.csv -o pairs.csv
  rttgeo convert results.json --places probes.json -o pairs.csv
  rttgeo convert atlas results.ndjson.gz --places probes.csv -o pairs.parquet
  rttgeo convert monroe ping.csv gps.csv --places places.csv --target server -o pairs.csv
  rttgeo convert mtr ams=report.txt --target 192.0.2.39 --places places.csv
  rttgeo convert globalping results.json --to census -o census.csv
  rttgeo convert scamper trace.json --places places.csv | rttgeo locate -

\b
FORM may be left out where the first file's content says what it is. It is one of
  ping        logs of ping, in any language            place of: the name before =
  fping       output of fping                          the name before =
  mtr         reports of mtr (--json, --xml, --csv,
              --report and --raw with --target)        the name before =, else mtr's own
  scamper     JSON of scamper or sc_warts2json         the source's address
  atlas       RIPE Atlas results, or a folder of them  the probe's number
  globalping  JSON of Globalping                       (in the file)
  census      target,hostname,lat,lon,rtt              (in the file)
  export      CSV, Parquet: prb_id, dst_addr, rtt      the probe's number
  pairs       a pairs table, or a data set's name      (in the file)
  monroe      MONROE: CSV of pings, then of places     the target (--target)

The table of places has the columns name, lat, lon (degrees), or is RIPE Atlas's
JSON of anchors or probes. A target that is not in it counts as one of unknown
place. Lines that gave no sample are counted on standard error. A data set that
was fetched needs no conversion: rttgeo locate NAME."""

FORM_NAMES = (
    "ping", "fping", "mtr", "scamper", "atlas", "globalping", "census", "export", "monroe",
)  # fmt: skip


class FormOrFile(click.Choice[str]):
    """A form by its name, or the first of the files, whose content says which form it has."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a form, or a file that is there.

        Parameters
        ----------
        value
            As typed.
        param, ctx
            Click's.

        Returns
        -------
        str
            The same.

        Raises
        ------
        click.BadParameter
            When it is neither.
        """
        if value not in self.choices and Path(_file(value)).exists():
            return value
        return super().convert(value, param, ctx)


def _file(one: str) -> str:
    """The file of ``PLACE=FILE``."""
    return one if Path(one).exists() else one.partition("=")[2] or one


@click.command(epilog=EPILOG)
@click.argument("form", metavar="[FORM]", type=FormOrFile((*FORM_NAMES, "pairs")))
@click.argument("files", metavar="[PLACE=]FILE...", nargs=-1)
@click.option(
    "--places",
    metavar="FILE",
    multiple=True,
    help="CSV: name, lat, lon; or RIPE Atlas's JSON of anchors or probes. Repeatable.",
)
@click.option(
    "--target",
    default="",
    metavar="NAME",
    help="For monroe, mtr --report and mtr --raw: what was pinged.",
)
@click.option(
    "--to",
    "into",
    type=click.Choice(("pairs", "census")),
    default="pairs",
    show_default=True,
    help="A pairs table, or the CSV of anycast census tools: target,hostname,lat,lon,rtt.",
)
@click.option(
    "--output", "-o", "output_file", metavar="FILE", help="Table: .csv or .parquet; census: .csv."
)
@click.option("--name", default="", help="Name of the data set.")
@options.minimum_options
def command(
    form: str,
    files: tuple[str, ...],
    places: tuple[str, ...],
    target: str,
    into: str,
    output_file: str | None,
    name: str,
    robust: bool,
    min_samples: int,
) -> int:
    """Make a pairs table from ping, fping, mtr, scamper, RIPE Atlas or MONROE files."""
    if form not in (*FORM_NAMES, "pairs"):
        files = (form, *files)
        form = _recognised(_file(form))
    if not files:
        raise click.UsageError("Missing argument '[PLACE=]FILE...'.")
    endings = (".csv",) if into == "census" else (".csv", ".parquet")
    if output_file is not None and Path(output_file).suffix not in endings:
        raise click.UsageError(f"--output {output_file}: expected an ending {' or '.join(endings)}")
    minimum = {"robust": robust, "min_samples": min_samples}
    if form == "pairs":
        mesh, converted = _pairs(files, places, minimum), None
    else:
        converted = _converted(form, files, places, name=name, target=target, **minimum)
        mesh = converted.mesh
    _write(mesh, into, output_file)
    output.complain(output.pairs(mesh))
    if converted is not None:
        tell(converted)
    return 0


def _recognised(name: str) -> str:
    """The form of a file by its content; what it is goes to standard error."""
    from rttgeo.sources.recognise import describe, form_of

    form = form_of(name)
    if form not in FORM_NAMES:
        raise click.UsageError(
            f"{name}: not in a form that is known by its content; give FORM, one of "
            f"{', '.join((*FORM_NAMES, 'pairs'))}"
        )
    output.complain(describe(name, form))
    return form


def _pairs(files: tuple[str, ...], places: tuple[str, ...], minimum: dict[str, Any]) -> Mesh:
    if len(files) > 1 or places or minimum != {"robust": False, "min_samples": 1}:
        raise click.UsageError("pairs: one table or data set, without --places and --robust")
    return read_pairs(files[0], skip_bad=False)


def _converted(
    form: str, files: tuple[str, ...], places: tuple[str, ...], **more: Any
) -> Converted:
    from rttgeo.sources.convert import WITH_PLACES, mesh_from_files
    from rttgeo.sources.place_files import read_places

    if not places and form not in WITH_PLACES:
        raise click.UsageError(f"Missing option '--places': where is what the {form} files name?")
    return mesh_from_files(form, files, read_places(*places), **more)


def _write(mesh: Mesh, into: str, output_file: str | None) -> None:
    if into == "census":
        from rttgeo.sources.rows import census_of_mesh

        output.emit(census_of_mesh(mesh), output_file, data=True)
    elif output_file is None:
        from rttgeo.pairs.writing import pairs_frame

        output.emit(to_csv(pairs_frame(mesh)), None, data=True)
    else:
        from rttgeo.pairs.writing import write_mesh

        write_mesh(mesh, output_file)
        output.written(output_file)
