"""`rttgeo data`."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from rttgeo.cli import options, output

EPILOG = """\b
Examples:
  rttgeo data                            the data sets that have a name
  rttgeo data provenance azure-2026      what it is and where it comes from
  rttgeo data checksums                  is every file as it was committed?
  rttgeo data sql --dialect duckdb       a query that makes pairs from RIPE Atlas samples"""


@click.group(invoke_without_command=True, epilog=EPILOG)
@options.json_flag
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List the data sets, where they come from, and whether they are complete."""
    if context.invoked_subcommand is None:
        return _list(as_json)
    context.obj = as_json
    return 0


@command.command("list")
@options.json_flag
@click.pass_obj
def list_command(outer: bool | None, as_json: bool) -> int:
    """List the data sets that have a name (the default)."""
    return _list(as_json or bool(outer))


def _list(as_json: bool) -> int:
    from rttgeo.catalogue.datasets import DATASETS

    rows = [{"name": d.name, "kind": d.kind, "about": d.about} for d in DATASETS.values()]
    rows += _recipes()
    if as_json:
        output.emit(output.to_json({"datasets": rows}), None)
        return 0
    columns = ("name", "kind", "about")
    output.emit(output.table(columns, [[row[c] for c in columns] for row in rows]), None)
    return 0


def _recipes() -> list[dict[str, str]]:
    """RIPE Atlas data sets: those with a recipe here, and what was fetched by one's own."""
    from rttgeo.atlas.recipe import fetched_names, load_recipe, recipe_names

    there, rows = fetched_names(), []
    for name in dict.fromkeys((*recipe_names(), *there)):
        recipe = load_recipe(name)
        about = recipe.about or f"recipe of yours: {recipe.type}, {recipe.start} – {recipe.stop}"
        kind = "fetched" if name in there else "not fetched"
        rows.append({"name": name, "kind": kind, "about": f"{about} (rttgeo fetch {name})"})
    return [*rows, _clouds()]


def _clouds() -> dict[str, str]:
    """The table that is fetched from where it is published."""
    from rttgeo.catalogue.clouds import clouds_file, clouds_recipe

    name, about = (clouds_recipe()[field] for field in ("name", "about"))
    kind = "fetched" if clouds_file().is_file() else "not fetched"
    return {"name": name, "kind": kind, "about": f"{about} (rttgeo fetch {name})"}


@command.command("provenance")
@click.argument("name", metavar="PAIRS")
@options.json_flag
@click.pass_obj
def provenance_command(outer: bool | None, name: str, as_json: bool) -> int:
    """Say what a data set or a pairs table is, and where it comes from."""
    from rttgeo.cli.reading import read_pairs

    mesh = read_pairs(name, skip_bad=False)
    told: dict[str, Any] = {**dataclasses.asdict(mesh.provenance), **mesh.summary()}
    if as_json or outer:
        output.emit(output.to_json(told), None)
        return 0
    rows = [(key.replace("_", " "), _words(value)) for key, value in told.items()]
    output.emit(output.table(("", told["name"]), rows), None)
    return 0


@command.command("sql")
@click.option(
    "--dialect", type=click.Choice(("bigquery", "clickhouse", "duckdb")), default="duckdb",
    show_default=True,
)  # fmt: skip
@click.option("--samples", default="samples", show_default=True, metavar="TABLE")
@click.option("--probes", default="probes", show_default=True, metavar="TABLE")
def sql_command(dialect: str, samples: str, probes: str) -> int:
    """Print the SQL that makes a pairs table of RIPE Atlas samples in a data warehouse.

    It reads a table of samples (prb_id, dst_addr, rtt in ms) and one of probes
    (id, latitude, longitude). Save its result as CSV or Parquet for rttgeo locate.
    """
    from rttgeo.sources.rows import pairs_sql

    output.emit(pairs_sql(dialect, samples, probes), None)
    return 0


@command.command("checksums")
@options.json_flag
@click.pass_obj
def checksums_command(outer: bool | None, as_json: bool) -> int:
    """Compare every data file with its SHA-256 in data/README.md.

    Exit code 1 when one is missing or has changed. Files that the table does
    not list are shown with their digest, and do no harm.
    """
    from rttgeo.data.checksums import check_data

    checked = check_data()
    if as_json or outer:
        output.emit(output.to_json({"files": [one._asdict() for one in checked]}), None)
    else:
        rows = [(one.name, one.verdict, one.found or one.stated) for one in checked]
        output.emit(output.table(("file", "verdict", "SHA-256"), rows), None)
    return 1 if any(one.verdict in ("missing", "changed") for one in checked) else 0


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"
    return str(value) if value not in ("", None) else "not stated"
