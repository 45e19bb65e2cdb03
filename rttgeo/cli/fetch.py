"""`rttgeo fetch`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rttgeo.cli import fetch_clouds, fetch_globalping, options, output, own_recipe
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import lines

if TYPE_CHECKING:
    from rttgeo.atlas.plans import FetchReport, Plan
    from rttgeo.atlas.recipe import Recipe

EPILOG = """\b
Examples:
  rttgeo fetch                              lists the recipes
  rttgeo fetch atlas-2017-07-11 --plan      how much that would be
  rttgeo fetch atlas-2017-07-11             then it is a data set like the others
  rttgeo fetch mine --date 2020-09-08 --anchors nl-ams-as3333 --countries NL,DE
  rttgeo fetch mine                         continues it
  rttgeo fetch --measurement 1001 1002 --date 2020-09-08 --pairs mine.csv
  rttgeo fetch --measurement 1001           the last day of it, or before its end
  rttgeo fetch clouds-2022                  69 cloud regions to one another
  rttgeo fetch --globalping nzGzfAGL7sZfUs3c --pairs mine.csv
  rttgeo fetch my-recipe.json --directory mine --pairs mine.parquet

What is complete is kept: after an interruption, the same command continues.
Downloads go to $RTTGEO_DOWNLOADS if it is set, else to ./downloads. An API key, if
you have one, is read from $ATLAS_API_KEY, and is sent to no other server.
Exit code 1: parts are missing."""


@click.command(epilog=EPILOG)
@click.argument("names", metavar="[DATASET]", nargs=-1)
@click.option("--plan", "only_plan", is_flag=True, help="Only say how much there is to download.")
@click.option(
    "--measurement",
    "numbers",
    multiple=True,
    metavar="LIST",
    help="Measurements by number, without naming a data set; without a date, their latest day.",
)
@click.option(
    "--globalping",
    "ids",
    multiple=True,
    metavar="LIST",
    help="Globalping measurements by id; waits for one that is still running.",
)
@own_recipe.recipe_options
@click.option("--directory", metavar="DIR", help="Folder of the data set.")
@click.option("--pairs", metavar="FILE", help="Also write the pairs table (.csv, .parquet).")
@options.minimum_options
@click.option(
    "--host",
    metavar="NAME[:PORT]",
    help="Server. Default: $RTTGEO_ATLAS_HOST or $RTTGEO_GLOBALPING_HOST, else the real one.",
)
@click.option(
    "--certificate",
    metavar="FILE",
    help="Trust this certificate (PEM). Default: $RTTGEO_ATLAS_CERTIFICATE or "
    "$RTTGEO_GLOBALPING_CERTIFICATE, else the usual ones.",
)
@options.json_flag
def command(
    names: tuple[str, ...],
    only_plan: bool,
    numbers: tuple[str, ...],
    ids: tuple[str, ...],
    directory: str | None,
    pairs: str | None,
    robust: bool,
    min_samples: int,
    host: str | None,
    certificate: str | None,
    as_json: bool,
    **given: str | None,
) -> int:
    """Download a RIPE Atlas data set, or measurements of Globalping.

    DATASET is the name of a recipe, your own recipe in JSON, or a name of your
    choice for what --date, --anchors and the others describe.
    """
    if pairs is not None and Path(pairs).suffix not in (".csv", ".parquet"):
        raise click.UsageError(f"--pairs {pairs}: expected a name that ends in .csv or .parquet")
    if pairs is None and (robust or min_samples > 1):
        raise click.UsageError("--robust and --min-samples need --pairs")
    dataset, numbers = own_recipe.apart(names, numbers)
    server = {"directory": directory, "host": host, "certificate": certificate}
    if ids:
        if dataset or numbers or only_plan or any(given.values()):
            raise click.UsageError(fetch_globalping.ALONE)
        minimum = {"robust": robust, "min_samples": min_samples}
        return fetch_globalping.globalping(ids, pairs, as_json, minimum, **server)
    if dataset == fetch_clouds.NAME and not numbers:
        return fetch_clouds.clouds(
            pairs, as_json, plan=only_plan, given=any(given.values()), **server
        )
    if numbers:
        dataset = _by_number(dataset, numbers, given, host, certificate)
    if dataset is None:
        if any(given.values()):
            raise click.UsageError("give the data set a name: rttgeo fetch NAME --date …")
        return _list(as_json)
    recipe = own_recipe.own_recipe(dataset, given) or dataset
    try:
        report = _fetched(recipe, server, as_json, only_plan=only_plan)
    except KeyboardInterrupt:
        output.complain(
            "interrupted; what is complete is kept, and the same command continues from there"
        )
        return 130
    if report is None:
        return 0
    if pairs is not None and report.complete:
        from rttgeo.atlas.samples import load_mesh
        from rttgeo.pairs.writing import write_mesh

        mesh = load_mesh(report.plan.folder, robust=robust, min_samples=min_samples)
        write_mesh(mesh, pairs)
        output.complain(f"{pairs}: {number_of(len(mesh), 'pair')}")
    return 0 if report.complete else 1


def _by_number(
    dataset: str | None,
    numbers: tuple[str, ...],
    given: dict[str, str | None],
    host: str | None,
    certificate: str | None,
) -> str:
    """Enter measurements by number; without a time, that of their latest results."""
    wanted = own_recipe.numbers_given(numbers, given)
    if own_recipe.has_time(given):
        return own_recipe.name_of_numbers(dataset, wanted, given)
    from contextlib import closing

    from rttgeo.atlas.latest import latest
    from rttgeo.atlas.opening import atlas_connection
    from rttgeo.atlas.session import RefusedError, TemporaryError, UnreachableError

    try:
        with closing(atlas_connection(host, certificate)) as client:
            found = latest(client, wanted)
    except (TemporaryError, RefusedError) as error:
        raise UnreachableError(str(error)) from error
    given.update(start=found.start, stop=found.stop)
    given["kind"] = given.get("kind") or (
        found.type if found.type in ("ping", "traceroute") else None
    )
    return own_recipe.name_of_numbers(dataset, wanted, {"date": f"until-{found.stop[:13]}"})


def _fetched(
    recipe: str | Recipe, server: dict[str, Any], as_json: bool, *, only_plan: bool
) -> FetchReport | None:
    """Plan, and fetch unless only the plan is asked for; says on standard output what came of it.

    Raises
    ------
    UnreachableError
        When the network is at fault, which may work next time: exit code 1.
    """
    from rttgeo.atlas.download import fetch, plan
    from rttgeo.atlas.session import RefusedError, TemporaryError, UnreachableError

    try:
        if only_plan:
            planned = plan(recipe, **server)
            _say(str(planned), _planned(planned), as_json)
            return None
        report = fetch(
            recipe,
            progress=sys.stderr.isatty(),
            on_plan=lambda found: output.complain(str(found)),
            **server,
        )
    except (TemporaryError, RefusedError) as error:
        raise UnreachableError(str(error)) from error
    _say(str(report), _reported(report), as_json)
    return report


def _window(start: str, stop: str) -> str:
    """A window of time in few words: days alone if it begins and ends at midnight."""
    begun, ended = (
        re.sub(r"T(\d\d:\d\d)(?::00)?(:\d\d)?Z$", r" \1\2", time) for time in (start, stop)
    )
    if begun.endswith(" 00:00") and ended.endswith(" 00:00"):
        return f"{begun[:10]} to {ended[:10]}"
    return f"{begun} to {ended.removeprefix(begun[:10]).strip()} UTC"


def _list(as_json: bool) -> int:
    from rttgeo.atlas.recipe import fetched_names, load_recipe, recipe_names

    recipes = [load_recipe(n) for n in dict.fromkeys((*recipe_names(), *fetched_names()))]
    rows = [(one.name, one.type, _window(one.start, one.stop), one.about) for one in recipes]
    from rttgeo.catalogue.clouds import clouds_recipe

    table = clouds_recipe()
    rows.append((table["name"], "ping", table["date"], table["about"]))
    if as_json:
        told = [*(one.to_dict() for one in recipes), table]
        output.emit(output.to_json({"recipes": told}), None)
    else:
        output.emit(output.table(("recipe", "type", "window", "about"), rows), None)
    return 0


def _say(text: str, document: dict[str, Any], as_json: bool) -> None:
    output.emit(output.to_json(document) if as_json else lines(text), None)


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
        "records": report.parsed.records,
        "samples": report.parsed.samples,
        "rejected_records": dict(report.parsed.rejected),
        "dropped_packets": dict(report.parsed.dropped),
        "complete": report.complete,
    }
