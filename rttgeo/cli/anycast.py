"""`rttgeo anycast`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.output import complain
from rttgeo.cli.progress import tracked
from rttgeo.cli.reading import read_any
from rttgeo.machine.escaping import printable, to_csv

if TYPE_CHECKING:
    from rttgeo.anycast.results import Enumeration

FORMATS = ("table", "json", "csv")
RIGHT = ("lon", "lat", "within km", "RTT ms", "explains", "at least", "places", "landmarks")
EPILOG = """\b
Examples:
  rttgeo anycast pairs.csv                      which targets, and how many places
  rttgeo anycast pairs.csv --target 192.0.2.1 --map out.html
  rttgeo anycast census.parquet --quorum 2 --format csv --output instances.csv

Two discs that do not meet prove two places, because no answer is faster than light
in fibre (--medium vacuum: light in vacuum). Landmarks that are not where they are
declared, or that see several services next to them that no neighbour sees there, are
left out first and named. CSV has the columns of iGreedy's successors."""


@click.command(epilog=EPILOG)
@options.pairs_argument
@options.places_option
@click.option(
    "--target", "-t", "targets", multiple=True, metavar="ID", help="Only this target; repeatable."
)
@click.option(
    "--medium", type=click.Choice(["fibre", "vacuum"]), default="fibre", show_default=True,
    help="No answer is faster than light in this.",
)  # fmt: skip
@click.option(
    "--quorum", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="Landmarks needed as evidence for each place.",
)  # fmt: skip
@click.option(
    "--tolerance-km", type=click.FloatRange(min=0), default=0.0, show_default=True, metavar="KM",
    help="How far off a landmark's stated place may be.",
)  # fmt: skip
@click.option("--no-audit", is_flag=True, help="Do not check the landmarks' places first.")
@options.format_options(*FORMATS)
@click.option(
    "--map", "picture", metavar="FILE", help="Also draw it: out.html, .png, .svg or .pdf."
)
@options.skip_bad_option
def command(
    pairs: str,
    places: tuple[str, ...],
    targets: tuple[str, ...],
    medium: str,
    quorum: int,
    tolerance_km: float,
    no_audit: bool,
    form: str | None,
    as_json: bool,
    output: str | None,
    picture: str | None,
    skip_bad: bool,
) -> int:
    """Find targets that answer from several places: how many, and where.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    a table of an anycast census (target,hostname,lat,lon,rtt), and results of RIPE
    Atlas or Globalping.
    """
    chosen = options.chosen_format(form, as_json, output, set(FORMATS))
    if picture is not None:
        from rttgeo.report.page import check_ending

        check_ending(picture)
    mesh = read_any(pairs, places, skip_bad=skip_bad)
    from rttgeo.anycast.enumerating import enumerate_instances

    found = enumerate_instances(
        mesh, list(dict.fromkeys(targets)) or None, medium=medium, quorum=quorum,
        tolerance_km=tolerance_km, audited=not no_audit, watch=_watched,
    )  # fmt: skip
    _write(found, mesh.provenance.label(), chosen, output)
    if picture is not None:
        from rttgeo.report.instances import save_instances

        save_instances(found, mesh.provenance, picture)
        complain(f"Map: {picture}")
    return 0


def _watched(names: Sequence[str]) -> Iterator[str]:
    return tracked(names, "Enumerating")


def _write(found: Enumeration, label: str, form: str, path: str | None) -> None:
    if form == "json":
        document = {"format": "rttgeo-anycast", "version": 1, **found.to_dict()}
        output.emit(output.to_json(document), path)
    elif form == "csv":
        table = found.census_table()
        output.emit(to_csv(table), path)
    else:
        output.emit(_text(found, label, path is not None), path)


def _text(found: Enumeration, label: str, to_file: bool) -> str:
    from rttgeo.report import instances

    parts = [instances.summary(found), *instances.left_out(found)]
    if len(found.targets) == 1:
        rows = [instances.row(one) for one in found.targets[0].instances]
        columns: Sequence[str] = instances.COLUMNS
    else:
        columns = ("target", "at least", "places", "landmarks", "rests on")
        rows = [
            [
                one.target, f"{one.at_least:,}", f"{len(one.instances):,}",
                f"{one.n_landmarks:,}", one.alone or ("several" if one.anycast else "–"),
            ]
            for one in found.targets
        ]  # fmt: skip
    table = output.table(columns, rows, right=RIGHT, title=label, to_file=to_file)
    places = [printable(line) for line in instances.where(found)]
    return "\n\n".join([*(printable(part) for part in parts), table, *places])
