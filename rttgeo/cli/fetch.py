"""`rttgeo fetch`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rttgeo.cli import options, output

if TYPE_CHECKING:
    from rttgeo.atlas import FetchReport, Plan

EPILOG = """\b
Examples:
  rttgeo fetch                              the recipes there are
  rttgeo fetch atlas-2017-07-11 --plan      how much that would be
  rttgeo fetch atlas-2017-07-11             afterwards a data set like the others
  rttgeo fetch my-recipe.json --directory mine --pairs mine.parquet

What is complete is kept: interrupted, the same command goes on from there.
Downloads stand below $RTTGEO_DOWNLOADS, else below ./downloads. A key for the
API, if you have one, is read from $ATLAS_API_KEY. Exit code 1: not complete."""


@click.command(epilog=EPILOG)
@click.argument("dataset", required=False)
@click.option("--plan", "only_plan", is_flag=True, help="Only say how much there is to download.")
@click.option("--directory", metavar="DIR", help="Folder of the data set.")
@click.option("--pairs", metavar="FILE", help="Also write the pairs table (.csv, .parquet).")
@click.option("--host", default="atlas.ripe.net", show_default=True, metavar="NAME[:PORT]")
@click.option("--certificate", metavar="FILE", help="Trust this certificate.")
@options.json_flag
def command(
    dataset: str | None,
    only_plan: bool,
    directory: str | None,
    pairs: str | None,
    host: str,
    certificate: str | None,
    as_json: bool,
) -> int:
    """Download a RIPE Atlas data set: DATASET is a recipe's name, or a recipe of yours in JSON."""
    if dataset is None:
        return _list(as_json)
    if pairs is not None and Path(pairs).suffix not in (".csv", ".parquet"):
        raise click.UsageError(f"--pairs {pairs}: expected a name that ends in .csv or .parquet")
    from rttgeo import atlas
    from rttgeo.atlas.client import RefusedError, TemporaryError, UnreachableError

    server = {"directory": directory, "host": host, "certificate": certificate}
    try:
        if only_plan:
            planned = atlas.plan(dataset, **server)  # type: ignore[arg-type]
            _say(str(planned), _planned(planned), as_json)
            return 0
        report = atlas.fetch(
            dataset,
            progress=sys.stderr.isatty(),
            on_plan=lambda plan: click.echo(str(plan), err=True),
            **server,  # type: ignore[arg-type]
        )
    except (TemporaryError, RefusedError, UnreachableError) as error:
        # The network's fault, not the input's: the same command may go well next time.
        click.echo(f"rttgeo: {error}", err=True)
        return 1
    _say(str(report), _reported(report), as_json)
    if pairs is not None and report.complete:
        from rttgeo.pairs import write_mesh

        mesh = atlas.load_mesh(report.plan.folder)
        write_mesh(mesh, pairs)
        click.echo(f"{pairs}: {len(mesh):,} pairs", err=True)
    return 0 if report.complete else 1


def _list(as_json: bool) -> int:
    from rttgeo.atlas import load_recipe, recipe_names

    recipes = [load_recipe(name) for name in recipe_names()]
    rows = [(one.name, one.type, f"{one.start} – {one.stop}", one.about) for one in recipes]
    if as_json:
        output.emit(output.to_json({"recipes": [one.to_dict() for one in recipes]}), None)
    else:
        output.emit(output.table(("recipe", "type", "window", "about"), rows), None)
    return 0


def _say(text: str, document: dict[str, Any], as_json: bool) -> None:
    output.emit(output.to_json(document) if as_json else output.clean_lines(text), None)


def _planned(plan: Plan) -> dict[str, Any]:
    return {
        "recipe": plan.recipe.name,
        "folder": str(plan.folder),
        "measurements": plan.measurements,
        "parts": len(plan.parts),
        "done": plan.done,
        "bytes": plan.bytes,
        "seconds": plan.seconds,
        "missing": list(plan.missing),
    }


def _reported(report: FetchReport) -> dict[str, Any]:
    return {
        **_planned(report.plan),
        "downloaded": report.downloaded,
        "downloaded_bytes": report.bytes,
        "took_seconds": report.seconds,
        "missing": list(report.missing),
        "unplaced_probes": len(report.unplaced),
        "complete": report.complete,
    }
