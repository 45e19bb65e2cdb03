"""`rttgeo privacy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.output import complain
from rttgeo.cli.progress import tracked
from rttgeo.cli.reading import read_any
from rttgeo.machine.escaping import printable

if TYPE_CHECKING:
    from rttgeo.privacy.assessment import Assessment

PRIORS = ("cities", "land", "globe")
EPILOG = """\b
Examples:
  rttgeo privacy pairs.csv                     may I publish this table?
  rttgeo privacy pairs.csv --html report.html  one page with tables and a figure
  rttgeo privacy pairs.csv --json | jq .exposed
  rttgeo privacy pairs.csv --database geo.csv  what IP geolocation says anyway

The attacker knows the mechanism, how delay grows with distance, and where people
live. The places of targets in the table count as secret: the attacker is trained
and checked on them. A table made by `rttgeo sanitise` is attacked as such. GEO
has the columns target, db_lat, db_lon."""


@click.command(epilog=EPILOG)
@click.argument("pairs", nargs=-1, metavar="PAIRS")
@options.json_output_option
@click.option("--html", "page", metavar="FILE", help="Also write the report as one web page.")
@click.option(
    "--database", metavar="GEO", help="CSV: where IP geolocation puts the targets, for comparison."
)
@click.option(
    "--mobile", is_flag=True, help="With --database: assume that targets are mobile users."
)
@click.option(
    "--prior", type=click.Choice(PRIORS), default="cities", show_default=True,
    help="Where the attacker assumes that targets are.",
)  # fmt: skip
@click.option(
    "--targets", type=click.IntRange(min=1), default=200, show_default=True, metavar="N",
    help="Attack at most this many targets, drawn at random.",
)  # fmt: skip
@click.option(
    "--tolerance-km", type=click.FloatRange(min=0), default=0.0, show_default=True, metavar="KM",
    help="How far off a landmark's stated place may be.",
)  # fmt: skip
@click.option("--no-mitigations", is_flag=True, help="Only say what the table gives away.")
@options.places_option
@options.skip_bad_option
def command(
    pairs: tuple[str, ...],
    json_output: str | None,
    page: str | None,
    database: str | None,
    mobile: bool,
    prior: str,
    targets: int,
    tolerance_km: float,
    no_mitigations: bool,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Show what round-trip times give away, and what each mitigation would leave.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas, Globalping or scamper.
    """
    names, json_output = options.sort_out_json(pairs, json_output)
    if len(names) > 1:
        raise click.UsageError(f"one table at a time, not {len(names)}")
    if mobile and database is None:
        raise click.UsageError("--mobile needs --database")
    mesh = read_any(names[0], places, skip_bad=skip_bad)
    from rttgeo.privacy.assessing import MITIGATIONS, assess
    from rttgeo.privacy.databases import LAWS, read_entries
    from rttgeo.privacy.priors import prior_named

    law = LAWS["mobile" if mobile else "fixed"]
    notes: list[str] = []
    entries = None if database is None else read_entries(database, law(), notes)
    for note in notes:
        complain(f"note: {note}")
    found = assess(
        mesh, prior=prior_named(prior), most=targets, tolerance_km=tolerance_km,
        mechanisms=() if no_mitigations else MITIGATIONS,
        database=entries, watch=tracked,
    )  # fmt: skip
    if json_output != "-":
        output.emit(_text(found), None)
    if json_output is not None:
        document = {"format": "rttgeo-privacy", "version": 1, **found.to_dict()}
        output.emit(output.to_json(document), output.target(json_output))
    if page is not None:
        from rttgeo.report.exposure import save_page

        save_page(found, page)
        complain(f"Report: {page}")
    return 0


def _text(found: Assessment) -> str:
    from rttgeo.report import exposure, mitigations

    first, *others = exposure.sentences(found)
    parts = [printable(first), *(printable(one) for one in others)]
    parts.append(output.table(exposure.EXPOSED, exposure.exposed_rows(found), right=("radius",)))
    parts.append(output.table(exposure.WORST, exposure.worst_rows(found), title="Worst cases"))
    if found.mitigations:
        left, cost = (
            mitigations.left_rows(found.mitigations, found.sample),
            mitigations.cost_rows(found.mitigations),
        )
        parts.append(output.table(mitigations.LEFT, left, title=mitigations.LEFT_TITLE))
        parts.append(
            output.table(
                mitigations.COST, cost, right=mitigations.COST[1:], title=mitigations.COST_TITLE
            )
        )
    if found.mitigations and (deceived := mitigations.deceived_rows(found.mitigations)):
        columns = mitigations.DECEIVED
        parts.append(
            output.table(columns, deceived, right=columns[1:], title=mitigations.DECEIVED_TITLE)
        )
        parts.append(printable(mitigations.deceived_sentence(found.mitigations)))
    parts += [printable(one) for one in exposure.reading(found)]
    return "\n\n".join(parts)
