"""`rttgeo sanitise`."""

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

NAMES = (
    "none", "round", "buckets", "floor", "noise", "noise-per-peer", "min-of-n", "drop-lowest",
    "spin-disabled", "blur", "median",
)  # fmt: skip
EPILOG = """\b
Examples:
  rttgeo sanitise pairs.csv -o public.csv --mechanism noise --parameter 20
  rttgeo sanitise pairs.csv -o public.parquet --mechanism blur --parameter 100

\b
  round           up to a multiple (ms)       drop-lowest    of each target (pairs)
  buckets         1, 2, 5 … from this on (ms) spin-disabled  one pair in so many
  floor           nothing below it (ms)       blur           landmarks, by up to (km)
  noise           Laplace, of this scale (ms) median         one number per target (ms)
  noise-per-peer  one delay, up to this (ms)  min-of-n       of so many noisy samples

Places of targets and all columns except the RTT are left out. The mechanism is
named in the table's metadata, and the report says what can still be inferred by
someone who knows it. Noise is drawn from the system's randomness: two runs give
two tables, and publishing both halves the protection."""


@click.command(epilog=EPILOG)
@options.pairs_argument
@click.option("--output", "-o", "path", required=True, metavar="FILE", help=".csv or .parquet.")
@click.option("--mechanism", "name", type=click.Choice(NAMES), required=True)
@click.option(
    "--parameter",
    type=float,
    metavar="X",
    help="The mechanism's parameter; its usual one by default.",
)
@click.option("--rename-targets", is_flag=True, help="Number the targets, in random order.")
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="For tests only: anyone who knows it can remove the noise.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@options.places_option
@options.skip_bad_option
def command(
    pairs: str,
    path: str,
    name: str,
    parameter: float | None,
    rename_targets: bool,
    seed: int | None,
    as_json: bool,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Write a table that may be published, and say what can still be inferred from it.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas, Globalping or scamper.
    """
    mesh = read_any(pairs, places, skip_bad=skip_bad)
    import numpy as np

    from rttgeo.pairs.writing import write_mesh
    from rttgeo.privacy.assessing import remaining
    from rttgeo.privacy.mechanisms import mechanism
    from rttgeo.privacy.sanitising import published, sanitise

    way = mechanism(name, parameter)
    shown = published(mesh, way, np.random.default_rng(seed))
    public = sanitise(mesh, way, shown=shown, rename_targets=rename_targets)
    # The attack first: an unusable table is not written.
    left = remaining(mesh, shown, way, tracked)
    write_mesh(public, path)
    if as_json:
        output.emit(
            output.to_json({"format": "rttgeo-privacy", "version": 1, **left.to_dict()}), None
        )
    else:
        output.emit(_text(left, path, way.describe()), None)
    if seed is not None and way.random:
        complain("A seed was given: anyone who guesses it can remove the noise.")
    elif seed is not None:
        complain(f"note: nothing is random in {name}: --seed is ignored")
    return 0


def _text(left: Assessment, path: str, how: str) -> str:
    from rttgeo.report import exposure

    parts = [printable(f"{path}: {how}. What someone who knows that can still infer:")]
    parts += [printable(one) for one in exposure.sentences(left)]
    parts.append(output.table(exposure.EXPOSED, exposure.exposed_rows(left), right=("radius",)))
    parts.append(output.table(exposure.WORST, exposure.worst_rows(left), title="Worst cases"))
    parts += [printable(one) for one in exposure.reading(left)]
    return "\n\n".join(parts)
