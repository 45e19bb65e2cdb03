"""`rttgeo evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.progress import DELAY_S, shown_in_time
from rttgeo.cli.reading import read_all, read_places_to_be
from rttgeo.machine.escaping import lines, printable

if TYPE_CHECKING:
    from rttgeo.estimators.estimate import Estimator
    from rttgeo.evaluation.report import Evaluation
    from rttgeo.mesh import Mesh

EPILOG = """\b
Examples:
  rttgeo evaluate azure-2026
  rttgeo evaluate a.csv b.csv --method calibrated --method cbg++ --json out.json
  rttgeo evaluate mesh.csv --exclude-km 100 --figures figures/
  rttgeo evaluate mesh.csv --alone --landmarks 15
  rttgeo evaluate azure-2026 -m my_module:Fastest -m cbg++
  rttgeo evaluate mesh.csv --candidates sites.csv      which of these places is it?

What is learnt to locate a target leaves out that target and every node within
--exclude-km of it. SP is shortest ping: a ratio below 1 is better. "in 95 %" is the
share of targets inside their 95 % region. * marks the default method. Targets whose
stated places would need answers faster than light are set aside; the figures with
all targets are given too. The JSON's schema: `rttgeo evaluate --schema`.

With --candidates, top 1 and top 3 are the shares of targets whose own site comes
first, or among the first three; log score is the mean logarithm of its
probability, 0 at best; right region: the site is the nearest to the point.

my_module:Fastest is the delay model or estimator of that name in my_module.py,
here or wherever Python finds it: its code runs with your permissions."""


@click.command(epilog=EPILOG)
@click.argument("pairs", metavar="PAIRS...", nargs=-1)
@click.option(
    "--method", "-m", "methods", multiple=True, metavar="NAME", is_eager=True,
    callback=options.list_methods,
    help="A method, repeatable, or all; `--method help` lists them. "
    "module:Name is one of your own; its code is run.  [default: all]",
)  # fmt: skip
@click.option(
    "--exclude-km", type=click.FloatRange(min=0), default=1.0, show_default=True, metavar="KM",
    help="Hide nodes this close to a target while it is located.",
)  # fmt: skip
@click.option(
    "--alone", is_flag=True,
    help="Locate each target on its own, with no other target's place known.",
)  # fmt: skip
@click.option(
    "--landmarks", type=click.IntRange(min=1), metavar="N",
    help="With --alone: use N landmarks, drawn at random for each target.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="For the random draws and the bootstrap.",
)  # fmt: skip
@options.candidates_option
@options.resolution_option
@options.json_output_option
@click.option(
    "--figures",
    metavar="DIR",
    help="Draw errors, calibration and a map into this folder (SVG, PNG).",
)
@click.option("--schema", is_flag=True, help="Print the schema of the JSON, and nothing else.")
@options.places_option
@options.skip_bad_option
def command(
    pairs: tuple[str, ...],
    methods: tuple[str, ...],
    exclude_km: float,
    alone: bool,
    landmarks: int | None,
    seed: int,
    candidates: str | None,
    resolution_km: float | None,
    json_output: str | None,
    figures: str | None,
    schema: bool,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Compare methods with each other and with shortest ping, where places are known.

    PAIRS: files (CSV, Parquet), - for standard input, or data sets' names; also
    results of RIPE Atlas, Globalping or scamper.
    """
    from rttgeo.evaluation.report import evaluate, json_schema

    if schema:
        output.emit(output.to_json(json_schema()), None)
        return 0
    pairs, json_output = options.sort_out_json(pairs, json_output)
    if landmarks is not None and not alone:
        raise click.UsageError("--landmarks needs --alone")
    chosen = _chosen(methods)
    among = read_places_to_be(candidates)
    meshes = read_all(pairs, places, skip_bad=skip_bad)
    with _Progress(len(meshes) * len(chosen)) as progress:
        result = evaluate(
            meshes,
            chosen,
            exclude_km=exclude_km,
            resolution_km=resolution_km,
            alone=alone,
            landmarks=landmarks,
            seed=seed,
            candidates=among,
            progress=progress.next,
        )
    if json_output is not None:
        output.emit(output.to_json(result.to_dict()), output.target(json_output))
    if json_output not in options.STANDARD_OUTPUT:
        output.emit(lines(result.table()), None)
    if figures is not None:
        _draw(result, meshes, Path(figures))
    return 0


def _chosen(methods: tuple[str, ...]) -> list[Estimator]:
    from rttgeo.estimators.own import find_method
    from rttgeo.estimators.registry import METHODS

    names = list(METHODS) if not methods or "all" in methods else list(dict.fromkeys(methods))
    return [find_method(name) for name in names]


class _Progress:
    """A bar on standard error that moves on at each method of each mesh."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        quiet = not sys.stderr.isatty()
        self.bar = tqdm(total=total, delay=DELAY_S, leave=False, disable=quiet)
        self.in_time = shown_in_time(self.bar)
        self.begun = False

    def __enter__(self) -> _Progress:
        self.in_time.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.in_time.__exit__(None, None, None)
        self.bar.close()

    def next(self, line: str) -> None:
        """Show what is done now; what was done before is done."""
        if self.begun:
            self.bar.update()
        self.begun = True
        self.bar.set_description(printable(line))


def _draw(result: Evaluation, meshes: list[Mesh], folder: Path) -> None:
    from rttgeo.figures.ecdf import error_ecdf
    from rttgeo.figures.evaluation import calibration_plot, error_map, strata_plot
    from rttgeo.figures.style import save

    names = output.file_names(mesh.name for mesh in result.meshes)
    for name, mesh, source in zip(names, result.meshes, meshes, strict=True):
        placed = [m for m in mesh.methods if m.targets["error_km"].notna().any()]
        errors = {m.method: m.targets["error_km"].to_numpy() for m in placed}
        provenance = source.provenance
        figures = {"errors": error_ecdf(errors, of="targets", provenance=provenance, width="full")}
        if any(m.targets["covered_95"].notna().any() for m in mesh.methods):
            figures["calibration"] = calibration_plot(mesh, provenance=provenance)
            judged = [m for m in mesh.methods if m.targets["covered_95"].notna().any()]
            one = next((m for m in judged if m.default), judged[0])
            figures["strata"] = strata_plot(one, provenance=provenance)
        # One map: of the default where it ran, else of the method named last.
        shown = next((m for m in placed if m.default), placed[-1])
        figures["map"] = error_map(shown, provenance=provenance)
        for what, drawn in figures.items():
            for path in save(drawn, folder / f"{what}-{name}"):
                output.complain(f"Figure: {path}")
