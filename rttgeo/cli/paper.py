"""`rttgeo paper`."""

from __future__ import annotations

import time

import click


@click.command()
@click.option(
    "--mesh",
    "meshes",
    multiple=True,
    metavar="FILE",
    help="Build on your own pairs table (CSV, Parquet); may be given again.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME",
    help="Build on this data set (see `rttgeo data`); may be given again.",
)
@click.option("--skip-bad", is_flag=True, help="Leave bad rows of the table out, and count them.")
@click.option("--build", metavar="DIR", help="Where to build (default: paper/build).")
def command(
    meshes: tuple[str, ...], datasets: tuple[str, ...], skip_bad: bool, build: str | None
) -> int:
    """Execute the notebooks and write paper.html and paper.pdf; only what changed runs again."""
    from rttgeo.paper import DEFAULT_DATASETS, build_paper

    if meshes and datasets:
        raise click.UsageError("--mesh and --dataset exclude each other")
    started = time.monotonic()
    paper = build_paper(meshes or datasets or DEFAULT_DATASETS, build=build, skip_bad=skip_bad)
    for missing in paper.not_applicable:
        names = ", ".join(missing.names)
        click.echo(f"Does not apply to {missing.dataset} ({missing.why}): {names}", err=True)
    took = time.monotonic() - started
    click.echo(f"Built in {took:.0f} s; build.log beside it says what took how long", err=True)
    click.echo(paper.html)
    click.echo(paper.pdf)
    return 0
