"""`rttgeo minima`."""

from __future__ import annotations

import json
from typing import Any

import click

from rttgeo.cli import options, output
from rttgeo.cli.progress import progress_bar
from rttgeo.machine.counting import counted, number_of

READ = ("bytes", "records", "rows", "samples taken")
"""Counts of what was read, not of what was left out."""

EPILOG = """\b
Examples:
  rttgeo minima dumps/ --places probes.json --places anchors.json -o DAY/
  rttgeo minima ping-00.bz2 ping-01.bz2 --places probes.json --robust -o DAY/
  rttgeo minima samples.parquet --places places.csv -o PAIRS/
  rttgeo locate DAY/pairs.parquet -m exclusion -o RESULTS/

SAMPLES are RIPE Atlas results, compressed or not, such as the hourly dumps of a day, or
Parquet with landmark, target, rtt_ms (or probe, anchor, rtt_us). Memory grows with the
pairs, not with the samples. DAY/pairs.parquet is a pairs table: rtt_ms (the minimum, or
with --robust the lowest with two others close above it), samples, and both minima.
If it is killed, the same command continues with the first file that was not done. Small
files need none of this: rttgeo convert atlas."""


@click.command(epilog=EPILOG)
@click.argument("samples", metavar="SAMPLES...", nargs=-1, required=True)
@click.option(
    "--places",
    metavar="FILE",
    multiple=True,
    required=True,
    help="CSV: name, lat, lon; or RIPE Atlas's JSON of anchors or probes. Repeatable.",
)
@click.option("--output", "-o", "folder", metavar="FOLDER", required=True, help="Output folder.")
@click.option("--name", default="minima", show_default=True, help="Name of the data set.")
@options.minimum_options
def command(
    samples: tuple[str, ...],
    places: tuple[str, ...],
    folder: str,
    name: str,
    robust: bool,
    min_samples: int,
) -> int:
    """Reduce samples, such as a day of RIPE Atlas, to one pairs table.

    SAMPLES: files, or folders of them.
    """
    from rttgeo.census.minima import PAIRS, reduce_samples
    from rttgeo.census.opened import doubts, opened_table
    from rttgeo.sources.place_files import read_places
    from rttgeo.sources.series import in_folder

    files = [path for one in samples for path in in_folder(one)]
    known = read_places(*places)
    for note in known.notes:
        output.complain(f"note: {note}")
    with progress_bar("Reducing", "files") as shown:
        manifest = reduce_samples(
            files, folder, known, min_samples=min_samples, robust=robust, name=name,
            progress=shown,
        )  # fmt: skip
    _say(json.loads(manifest.read_text(encoding="utf-8")))
    with opened_table(manifest.parent / PAIRS) as pairs:
        doubt = doubts(pairs)
    if doubt:
        output.complain(f"  note: {doubt}")
    output.complain(f"Pairs: {manifest.parent / PAIRS}; counts: {manifest}")
    return 0


def _say(told: dict[str, Any]) -> None:
    """What came of the samples, as `rttgeo convert` says it."""
    output.complain(
        f"{number_of(told['pairs'], 'pair')} of {number_of(told['targets'], 'target')}, the minima of "
        f"{number_of(told['samples'], 'sample')} in {number_of(told['files'], 'file')}"
    )
    left_out = {why: n for why, n in told["counted"].items() if n and why not in READ}
    for why, n in sorted(left_out.items(), key=lambda one: -one[1]):
        output.complain(f"  left out: {counted(n, why)}")
    if few := told["pairs_with_too_few_samples"]:
        output.complain(f"  left out: {number_of(few, 'pair')} with too few samples")
