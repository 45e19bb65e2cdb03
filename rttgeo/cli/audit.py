"""`rttgeo audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.progress import tracked
from rttgeo.cli.reading import read_all
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import printable

if TYPE_CHECKING:
    import pandas as pd

    from rttgeo.auditing.findings import Audit, Finding

EPILOG = """\b
Examples:
  rttgeo audit mesh.csv
  rttgeo audit results.json --places anchors.json
  rttgeo audit mesh.csv --json findings.json --clean clean.csv
  rttgeo audit mesh.csv --nodes this-week.csv && diff last-week.csv this-week.csv

misplaced: its RTTs would be faster than light if it were where it is said to be;
suspicious: faster than light in fibre but not in vacuum, or far in delay from its
neighbours, or its delays fit far better elsewhere (times better: by how much), or
its place is a typical mistake (0, 0; the middle of a country; the sea; a lost sign;
swapped coordinates); impossible: an RTT that no place of either end explains.
Findings are not a failure: the exit code is still 0."""


@click.command(epilog=EPILOG)
@click.argument("pairs", metavar="PAIRS...", nargs=-1)
@options.json_output_option
@click.option(
    "--clean", metavar="FILE", help="Write the table without what the audit found (.csv, .parquet)."
)
@click.option(
    "--nodes", metavar="FILE",
    help="Write a CSV with one sorted row per node: diff compares two of them.",
)  # fmt: skip
@click.option(
    "--tolerance-km", type=click.FloatRange(min=0), metavar="KM",
    help="How far off a stated place may be.",
)  # fmt: skip
@options.places_option
@options.skip_bad_option
def command(
    pairs: tuple[str, ...],
    json_output: str | None,
    clean: str | None,
    nodes: str | None,
    tolerance_km: float | None,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Find landmarks and targets that are not where they are said to be.

    PAIRS: files (CSV, Parquet), - for standard input, or data sets' names; also
    results of RIPE Atlas, Globalping or scamper.
    """
    from rttgeo.auditing.report import audit
    from rttgeo.auditing.violations import TOLERANCE_KM

    pairs, json_output = options.sort_out_json(pairs, json_output)
    if clean is not None:
        if len(pairs) > 1:
            raise click.UsageError("--clean takes one table at a time")
        if Path(clean).suffix not in (".csv", ".parquet"):
            raise click.UsageError(
                f"--clean {clean}: expected a name that ends in .csv or .parquet"
            )
    if nodes is not None and len(pairs) > 1:
        raise click.UsageError("--nodes takes one table at a time")
    meshes = read_all(pairs, places, skip_bad=skip_bad)
    tolerance = TOLERANCE_KM if tolerance_km is None else tolerance_km
    found = [audit(mesh, tolerance_km=tolerance) for mesh in tracked(meshes, "Auditing")]
    if json_output is not None:
        output.emit(output.to_json(_document(found, tolerance)), output.target(json_output))
    if json_output not in options.STANDARD_OUTPUT:
        output.emit("\n\n".join(_text(one) for one in found), None)
    if nodes is not None:
        from rttgeo.machine.escaping import to_csv

        output.emit(to_csv(found[0].nodes), output.target(nodes))
    if clean is not None:
        from rttgeo.pairs.writing import write_mesh

        kept = found[0].clean(meshes[0])
        write_mesh(kept, clean)
        output.complain(f"{clean}: {len(kept):,} of {number_of(len(meshes[0]), 'pair')}")
    return 0


NODES = (
    "node",
    "finding",
    "lat",
    "lon",
    "likely lat",
    "likely lon",
    "within km",
    "evidence",
    "blame",
)
PAIRS = ("landmark", "target", "RTT ms", "distance km", "light km", "beyond km")


def _text(found: Audit) -> str:
    """A sentence, the counts, and tables of the nodes and pairs that were found."""
    parts = [printable(found.sentence()), found.summary()]
    rows = [_row(finding) for finding in (*found.misplaced, *found.suspicious)]
    if rows:
        parts.append(output.table(NODES, rows, right=NODES[2:7]))
    if any(row[-1] == "or its partner" for row in rows):
        parts.append(
            "or its partner: the node at the other end of these pairs may be the misplaced one as well."
        )
    for title, table in (
        ("RTTs that no place explains", found.impossible),
        ("Faster than light in fibre, though not in vacuum", found.faster_than_fibre),
    ):
        if len(table):
            parts.append(_pairs(title, table))
    return "\n\n".join(parts)


def _row(finding: Finding) -> list[str]:
    places = (finding.lat, finding.lon, finding.likely_lat, finding.likely_lon)
    blame = "certain" if finding.certain else "or its partner" if finding.violations else "–"
    return [
        finding.node,
        finding.reason,
        *(output.number(value, 2) for value in places),
        output.number(finding.likely_radius_km),
        finding.evidence(),
        blame,
    ]


def _pairs(title: str, table: pd.DataFrame) -> str:
    from rttgeo.auditing.findings import MOST_PAIRS

    shown = table[["landmark", "target", "rtt_ms", "distance_km", "bound_km", "excess_km"]]
    rows = [
        [one, other, output.milliseconds(rtt), *map(output.number, km)]
        for one, other, rtt, *km in shown.head(MOST_PAIRS).itertuples(index=False)
    ]
    drawn = output.table(PAIRS, rows, right=PAIRS[2:], title=title)
    more = len(table) - MOST_PAIRS
    return f"{drawn}\n… and {more:,} more (--json has all)" if more > 0 else drawn


def _document(found: list[Audit], tolerance_km: float) -> dict[str, object]:
    return {
        "format": "rttgeo-audit",
        "version": 1,
        "tolerance_km": tolerance_km,
        "meshes": [one.to_dict() for one in found],
    }
