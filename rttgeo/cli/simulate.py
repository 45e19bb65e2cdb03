"""`rttgeo simulate`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import output as out
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import to_csv

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh
    from rttgeo.simulate.plants import Planted

DATASETS = ("atlas-2017-07-11", "atlas-2017-10-02")
EPILOG = """\b
Examples:
  rttgeo simulate --output pairs.parquet
  rttgeo simulate --scale 0.1 --seed 7 | rttgeo locate -
  rttgeo simulate --full-mesh 246 --misplaced 5 --planted truth.json -o mesh.csv

The same options give the same bytes. A file records that it is simulated; a pipe
cannot."""


@click.command(epilog=EPILOG)
@click.option(
    "--dataset",
    type=click.Choice(DATASETS),
    help=f"Which mesh to imitate.  [default: {DATASETS[0]}]",
)
@click.option(
    "--full-mesh",
    type=click.IntRange(min=2),
    metavar="N",
    help="Instead: N servers in cities, each measuring all others.",
)
@click.option("--seed", type=click.IntRange(min=0), default=2017, show_default=True)
@click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    help="Numbers of probes and pairs, relative to the published ones.  [default: 1]",
)
@click.option(
    "--deviation",
    is_flag=True,
    help="Also write the standard deviation of each pair's samples (takes some seconds).",
)
@click.option(
    "--misplaced",
    type=click.IntRange(min=0),
    default=0,
    help="Landmarks declared at a wrong place.",
)
@click.option(
    "--anycast",
    type=click.IntRange(min=0),
    default=0,
    help="Targets that answer from several places.",
)
@click.option(
    "--satellite",
    type=click.IntRange(min=0),
    default=0,
    help="Nodes behind a geostationary satellite.",
)
@click.option("--planted", metavar="FILE", help="Write what was planted to this file, as JSON.")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="Output file: .csv or .parquet.  [default: CSV to standard output]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="A summary in JSON on standard output; needs --output."
)
def command(
    dataset: str | None,
    full_mesh: int | None,
    seed: int,
    scale: float | None,
    deviation: bool,
    misplaced: int,
    anycast: int,
    satellite: int,
    planted: str | None,
    output: str | None,
    as_json: bool,
) -> int:
    """Make a mesh of a simulated Internet: a pairs table of minimum round-trip times."""
    if full_mesh is not None and (dataset or scale is not None or deviation):
        raise click.UsageError(
            "--full-mesh cannot be combined with --dataset, --scale or --deviation"
        )
    if as_json and output is None:
        raise click.UsageError("--json describes a file: it needs --output")
    if output is not None and Path(output).suffix not in (".csv", ".parquet"):
        raise click.UsageError(f"--output {output}: expected a name that ends in .csv or .parquet")
    from rttgeo import simulate

    if full_mesh is not None:
        mesh, done = simulate.simulate_full_mesh(
            full_mesh, seed=seed, misplaced=misplaced, anycast=anycast, satellite=satellite
        )
    else:
        mesh = simulate.simulate_mesh(
            dataset=dataset or DATASETS[0], seed=seed, scale=scale or 1.0, deviation=deviation
        )
        mesh = mesh.renamed(f"simulated-{mesh.provenance.name.removeprefix('atlas-')}")
        mesh, done = simulate.plant(
            mesh, seed=seed, misplaced=misplaced, anycast=anycast, satellite=satellite
        )
    _write(mesh, done, output, planted)
    if as_json:
        out.emit(out.to_json({"file": output, **mesh.summary()}), None)
    return 0


def _write(mesh: Mesh, done: Planted, path: str | None, planted: str | None) -> None:
    from rttgeo.machine.files import write_json
    from rttgeo.pairs.writing import pairs_frame, write_mesh

    if planted is not None:
        write_json(planted, dataclasses.asdict(done))
    if path is None:
        out.emit(to_csv(pairs_frame(mesh)), None, data=True)
    else:
        write_mesh(mesh, path)
    summary = (
        f"{number_of(len(mesh.landmarks), 'landmark')}, "
        f"{number_of(len(mesh.targets), 'target')}, {number_of(len(mesh), 'pair')}"
    )
    out.complain(f"{mesh.provenance.label()}: {summary}")
