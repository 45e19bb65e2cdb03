"""How much the answers of the default method hang on the draw of its folds.

    python -m benchmarks.draws azure-2026 pairs.csv … [--draws 6] [--folds 20]

The folds of targets that are left out together follow from a hash. Here each target is located
with several other hashes. A line for each mesh tells how many times as large the largest 95 % region
of a target is as its smallest, and what share of the true places the regions of one draw hold.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.parts import opened, targets_of
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.calibrated import folds, training
from rttgeo.estimators.calibrated.estimator import Calibrated
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, FloatArray

APART = 100
"""Between the numbers of two draws: a draw uses fewer numbers than that."""


@contextmanager
def another_draw(number: int) -> Iterator[None]:
    """Draw folds, trials and nodes by another hash, for as long as this lasts."""
    kept = folds.FOLD_DRAW, training.SPREAD_DRAW, training.TRIAL_DRAW
    folds.FOLD_DRAW, training.SPREAD_DRAW, training.TRIAL_DRAW = (
        one + APART * number for one in kept
    )
    try:
        yield
    finally:
        folds.FOLD_DRAW, training.SPREAD_DRAW, training.TRIAL_DRAW = kept


def drawn(mesh: Mesh, number: int, folds_each: int) -> tuple[FloatArray, BoolArray]:
    """Area (km²) of each target's 95 % region by a draw, and whether it holds the true place."""
    # No two draws have the same settings: nothing that another one learnt is looked up.
    trials = Settings().max_trials + number
    method = Calibrated(settings=Settings(max_trials=trials, folds=folds_each))
    targets = targets_of(mesh)
    with another_draw(number):
        found = locate_many(mesh, targets.tolist(), method=method)
    lon, lat = (axis[targets] for axis in mesh.target_lonlat)
    truth = zip(found, lon, lat, strict=True)
    held = [one.has_region and one.covers(x, y) for one, x, y in truth]
    return np.array([one.area_km2 for one in found]), np.array(held)


def line(mesh: Mesh, draws: int, folds_each: int) -> str:
    """What the draws of a mesh had in common, in one line."""
    areas, held = zip(*(drawn(mesh, number, folds_each) for number in range(draws)), strict=True)
    area = np.array(areas)
    area = area[:, (np.isfinite(area) & (area > 0)).all(axis=0)]
    ratio, share = area.max(axis=0) / area.min(axis=0), np.mean(held, axis=1)
    return (
        f"{mesh.provenance.label()}: {area.shape[1]} targets, {draws} draws of "
        f"{folds_each} folds: largest ÷ smallest "
        f"region {np.median(ratio):.1f} in the median, {np.quantile(ratio, 0.9):.0f} for one in ten; "
        f"{share.min() * 100:.0f} to {share.max() * 100:.0f} % of the true places held"
    )


def main() -> None:
    """Print a line for each mesh."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mesh", nargs="+")
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--folds", type=int, default=Settings().folds)
    asked = parser.parse_args()
    for name in asked.mesh:
        print(line(opened(name), asked.draws, asked.folds), flush=True)


if __name__ == "__main__":
    main()
