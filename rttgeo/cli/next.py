"""`rttgeo next`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rttgeo.cli import options, output
from rttgeo.cli.next_places import candidates, places_for, table_of, worth
from rttgeo.cli.reading import read_any
from rttgeo.machine.escaping import printable, to_csv

if TYPE_CHECKING:
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explanation.candidates import NextPlace

FORMATS = ("table", "json", "csv")
EPILOG = """\b
Examples:
  rttgeo next azure-2026 "UK South"
  rttgeo next pings.csv server --probes probes.json --count 10
  rttgeo next pings.csv server --probes my-places.csv --json

Measure from all of the places: each line gives the area that is expected to be left
after that place and all before it. None is within 25 km of a landmark that has already
measured. Without --probes they are cities of at least 100,000 people.

This is an expectation, not a promise: how much it helps was measured, see the page
"What to measure next" in the documentation. `rttgeo measure` makes the measurements."""


@click.command(epilog=EPILOG)
@options.pairs_argument
@click.argument("target", required=False)
@click.option(
    "--probes",
    metavar="FILE",
    help="Choose among these: RIPE Atlas's probes.json, or a CSV with name,lat,lon.",
)
@click.option(
    "--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many places."
)
@click.option("--method", default=None, help="Default: the best one.")
@options.format_options(*FORMATS)
@options.places_option
@options.skip_bad_option
def command(
    pairs: str,
    target: str | None,
    probes: str | None,
    count: int,
    method: str | None,
    form: str | None,
    as_json: bool,
    output: str | None,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Suggest where to measure a target from next: real places, in order.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas, Globalping or scamper. TARGET may be left out where there is
    only one.
    """
    chosen = options.chosen_format(form, as_json, output, set(FORMATS))
    some = candidates(probes)
    mesh = read_any(pairs, places, skip_bad=skip_bad)
    target = options.only_target(mesh, target, "after PAIRS")
    from rttgeo.estimators.api import locate
    from rttgeo.estimators.own import find_method
    from rttgeo.estimators.registry import DEFAULT_METHOD

    estimate = locate(mesh, target, method=find_method(method or DEFAULT_METHOD))
    _write(estimate, places_for(mesh, estimate, some, count), chosen, output)
    return 0


def _write(estimate: Estimate, places: list[NextPlace], form: str, path: str | None) -> None:
    records: list[dict[str, Any]] = [one.to_dict() for one in places]
    if form == "json":
        document = {
            "format": "rttgeo-next",
            "version": 1,
            "target": estimate.target,
            "method": estimate.method,
            "area95_km2": estimate.area_km2,
            "next": records,
        }
        output.emit(output.to_json(document), path)
    elif form == "csv":
        import pandas as pd

        output.emit(to_csv(pd.DataFrame(records)), path, data=True)
    else:
        title = (
            f"{printable(estimate.target)}: 95 % within {output.number(estimate.area_km2)} km² now"
        )
        if places:
            listed = table_of(places, title, to_file=path is not None)
            text = f"{worth(places)}\n\n{listed}"
        else:
            text = f"{title}; no place would bring a landmark nearer\n"
        output.emit(text, path)
