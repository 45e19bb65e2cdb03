"""`rttgeo locate`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from rttgeo.cli import options, output
from rttgeo.cli.arguments import ping_hint
from rttgeo.cli.counted import Counted, counted
from rttgeo.cli.located import Answers, write_answers
from rttgeo.cli.output import complain
from rttgeo.cli.progress import progress_bar
from rttgeo.cli.reading import read_any, read_places_to_be, read_typed
from rttgeo.machine.counting import agreeing, number_of

if TYPE_CHECKING:
    from rttgeo.estimators.estimate import Estimate, Estimator
    from rttgeo.mesh import Mesh

AT_ONCE = 500
FORMATS = ("table", "csv", "geojson", "parquet", "json")
FOLDER = (None, "parquet")
"""Forms of what stands in a folder of results."""
COLUMNS = ("csv", "parquet")
"""Forms that are written as columns, whatever the number of targets."""
LEVEL = 0.95
"""Probability of the regions, where none is asked for."""
TOP = 5
"""Candidates that are listed for each target."""
EPILOG = """\b
Examples:
  rttgeo locate mine.csv --map out.html      where is it, and a map to look at
  rttgeo locate azure-2026 --target "UK South"
  cat mine.csv | rttgeo locate - --json
  rttgeo locate mesh.parquet --format geojson --output regions.geojson
  rttgeo locate --ping amsterdam=20.9 --ping 48.86,2.35=24.1 --ping zurich=18.2
  rttgeo locate mine.csv --candidates sites.csv        which data centre is it?
  rttgeo locate results.json --places anchors.json     results of RIPE Atlas
  rttgeo locate BIG.parquet -m exclusion -o RESULTS/   in shards; run again to resume

"I pinged it from these five places" is a table of five rows: the five landmarks
with their coordinates, the target's name (the same in each row, its coordinates
empty), and the lowest RTT of each.

GeoJSON holds two features per target, its region and its place; Parquet is
GeoParquet with the place as geometry and the region as runs of cells, or with
its outline as geometry (--regions polygons). --method my_module:Fastest takes the
delay model or estimator of that name in my_module.py, here or wherever Python
finds it: its code runs with your permissions. Exit code 1: a target has no estimate, or an empty region."""


@click.command(epilog=EPILOG)
@click.argument("pairs", metavar="[PAIRS]", required=False)
@click.option(
    "--ping",
    "pings",
    multiple=True,
    metavar="PLACE=MS",
    help="Instead of PAIRS: a city or LAT,LON, and the lowest RTT from there. Repeatable.",
)
@click.option(
    "--places",
    multiple=True,
    metavar="FILE",
    help="The probes' places: name,lat,lon or name,city, or RIPE Atlas's JSON. Repeatable.",
)
@click.option(
    "--target", "-t", "targets", multiple=True, metavar="ID", help="Only this target; repeatable."
)
@click.option(
    "--method",
    "-m",
    metavar="NAME",
    is_eager=True,
    callback=options.list_methods,
    help="Default: the best one. `--method help` lists them. "
    "module:Name is one of your own; its code is run.",
)
@options.candidates_option
@click.option(
    "--top", type=click.IntRange(min=1), metavar="K",
    help="With --candidates: how many of them to list for each target.  [default: 5]",
)  # fmt: skip
@options.resolution_option
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=LEVEL,
    show_default=True,
    help="Probability of the region, for methods that have one.",
)
@options.format_options(*FORMATS)
@click.option(
    "--map", "picture", metavar="FILE", help="Also draw it: out.html, .png, .svg or .pdf."
)
@click.option(
    "--regions",
    type=click.Choice(("none", "runs", "polygons")),
    help="What CSV and Parquet keep of regions beside their areas: runs of cells "
    "(Parquet's default) or outlines as polygons, which take much time and space.",
)
@options.skip_bad_option
def command(
    pairs: str | None,
    pings: tuple[str, ...],
    places: tuple[str, ...],
    targets: tuple[str, ...],
    method: str | None,
    candidates: str | None,
    top: int | None,
    resolution_km: float | None,
    level: float,
    form: str | None,
    as_json: bool,
    output: str | None,
    picture: str | None,
    regions: str | None,
    skip_bad: bool,
) -> int:
    """Find where targets are, and say what the answer means.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas (or a folder of them), Globalping, an anycast census.
    The method learns how delay and distance relate from pairs in it that belong to
    other targets of known place.
    """
    if output is not None and (output.endswith("/") or Path(output).is_dir()):
        if (
            not pairs
            or pings
            or places
            or targets
            or picture
            or as_json
            or candidates
            or top
            or form not in FOLDER
        ):
            raise click.UsageError(
                f"--output {output} is a folder: give one PAIRS as Parquet, and of the options "
                "--method, --resolution-km, --level, --regions and --skip-bad"
            )
        return _census(pairs, output, method, resolution_km, level, regions, skip_bad)
    if top is not None and candidates is None:
        raise click.UsageError("--top needs --candidates")
    chosen = options.chosen_format(form, as_json, output, set(FORMATS))
    if regions and (chosen not in COLUMNS or (chosen == "csv" and regions != "none")):
        raise click.UsageError(f"--regions {regions} is for Parquet: give --output NAME.parquet")
    if candidates and regions in ("none", "runs") and chosen == "parquet":
        raise click.UsageError(f"--regions {regions}: with --candidates, Parquet keeps polygons")
    estimator = _estimator(method)
    if picture is not None:
        from rttgeo.report.page import check_ending

        check_ending(picture)
    among = read_places_to_be(candidates)
    mesh = _mesh(pairs, pings, places, skip_bad=skip_bad)
    names = _names(mesh, targets)
    if picture is not None:
        from rttgeo.report.page import check_count

        check_count(picture, len(names))
    if chosen in COLUMNS and among is None:
        kept = regions or ("runs" if chosen == "parquet" else "none")
        count = _write_columns(mesh, names, estimator, resolution_km, level, kept, chosen, output)
        if picture is None:
            return _ended(count, estimator.name, level)
    answers = Answers(mesh, level, chosen, keep=picture is not None)
    answers.candidates, answers.top = among, top or TOP
    for estimate in _located(mesh, names, estimator, resolution_km):
        answers.take(estimate)
    if chosen not in COLUMNS or among is not None:
        write_answers(answers, output)
    if picture is not None:
        from rttgeo.report.page import save_map

        save_map(mesh, answers.kept, picture, level=level)
        complain(f"Map: {picture}")
    return _ended(answers.counted, estimator.name, level)


def _ended(count: Counted, method: str, level: float) -> int:
    """Exit code: 1 where a target has no place. A level that no result has is not ignored."""
    if level != LEVEL and not count.with_level:
        complain(f"note: regions by {method} have no stated probability: --level is ignored")
    return 1 if count.without_place else 0


def _census(
    pairs: str,
    folder: str,
    method: str | None,
    resolution_km: float | None,
    level: float,
    regions: str | None,
    skip_bad: bool,
) -> int:
    """Shards into a folder, of a table that need not fit in memory."""
    from rttgeo.census.shards import census
    from rttgeo.estimators.registry import DEFAULT_METHOD

    estimator = _estimator(method)
    with progress_bar("Locating", "shards") as shown:
        manifest = census(
            pairs,
            folder,
            method=DEFAULT_METHOD if method is None else method,
            resolution_km=resolution_km,
            level=level,
            regions=regions or "none",
            skip_bad=skip_bad,
            told=lambda line: complain(f"note: {line}"),
            progress=shown,
        )
    complain(f"Results: {manifest}")
    count = counted(folder)
    if count.without_place:
        complain(
            f"note: {count.without_place:,} of {number_of(count.targets, 'target')} "
            f"{agreeing(count.without_place, 'has')} no "
            "place, or an empty region"
        )
    return _ended(count, estimator.name, level)


def _mesh(
    pairs: str | None, pings: tuple[str, ...], places: tuple[str, ...], *, skip_bad: bool
) -> Mesh:
    if pairs and pings:
        hint = ping_hint(click.get_current_context().meta.get("rttgeo.arguments", ()))
        raise click.UsageError(hint or f"give either PAIRS ({pairs}) or --ping PLACE=MS, not both")
    if not pairs and not pings:
        raise click.UsageError(
            "nothing to locate: give PAIRS, a file of round-trip times, or --ping PLACE=MS"
        )
    return read_any(pairs, places, skip_bad=skip_bad) if pairs else read_typed(pings, places)


def _estimator(name: str | None) -> Estimator:
    from rttgeo.estimators.own import find_method
    from rttgeo.estimators.registry import DEFAULT_METHOD

    return find_method(DEFAULT_METHOD if name is None else name)


def _names(mesh: Mesh, targets: tuple[str, ...]) -> list[str]:
    from rttgeo.errors import BadInputError
    from rttgeo.estimators.training import usable_counts

    if targets:
        for target in targets:
            mesh.target_number(target)
        return list(dict.fromkeys(targets))
    usable = usable_counts(mesh, None) > 0
    if not usable.any():
        raise BadInputError(f"{mesh.provenance.name}: no target has a usable pair")
    return [str(name) for name in mesh.targets.index[usable]]


def _located(
    mesh: Mesh, names: Sequence[str], method: Estimator, resolution_km: float | None
) -> Iterator[Estimate]:
    from rttgeo.cells.following import chosen_grid
    from rttgeo.estimators.api import locate_many

    grid = chosen_grid(None, resolution_km)
    with progress_bar(f"Locating ({method.name})", "targets", total=len(names)) as shown:
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            yield from locate_many(mesh, some, method=method, grid=grid)
            shown(start + len(some))


def _write_columns(
    mesh: Mesh,
    names: Sequence[str],
    method: Estimator,
    resolution_km: float | None,
    level: float,
    regions: str,
    form: str,
    path: str | None,
) -> Counted:
    """Write answers as columns as they come, and count them."""
    from rttgeo.cells.following import chosen_grid
    from rttgeo.census.columns import column_tables
    from rttgeo.census.fields import schema_of
    from rttgeo.census.writing import write_columns

    numbers = mesh.targets.index.get_indexer(names)
    geometry, count = form == "parquet", Counted()
    tables = column_tables(
        mesh, numbers.astype(np.int64), method, chosen_grid(None, resolution_km),
        level=level, regions=regions, geometry=geometry,
    )  # fmt: skip

    def as_they_come() -> Iterator[Any]:
        nonlocal count
        with progress_bar(f"Locating ({method.name})", "targets", total=len(names)) as shown:
            for table in tables:
                yield table
                count = count.and_of(table)
                shown(count.targets)

    schema = schema_of(regions, geometry=geometry)
    with output.opened(path) as file:
        write_columns(file, as_they_come(), schema, form)
    return count
