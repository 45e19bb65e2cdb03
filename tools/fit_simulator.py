"""Fit the parameters of the simulated Internet to the figures that the papers published.

Run from the top of the checkout; it rewrites ``data/simulate/parameters.json``::

    python tools/fit_simulator.py            # some minutes on two cores
    python tools/fit_simulator.py --check    # only report, on seeds the fit has not seen

It starts at the defaults of `rttgeo.simulate.parameters.Parameters`, not at what the file holds,
so that running it again gives the same file. The misses of `rttgeo.papers.claims`, in units of
their tolerances, are taken on both data sets and over several seeds at once: first what a mesh
shows, then what only samples show. Counts of probes and anchors make the misses a staircase, on
which derivatives fail; so each step draws parameters around the best so far, fits a plane to
their misses, goes to the plane's minimum, and keeps the best of all that was tried.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, least_squares, lsq_linear
from tqdm import tqdm

from rttgeo.machine.files import write_json
from rttgeo.papers import claims
from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.parameters import PARAMETER_FILE, Parameters, fitted

FloatArray = npt.NDArray[np.float64]

OUT = Path(__file__).resolve().parent.parent / "data" / PARAMETER_FILE
SEEDS, CHECK_SEEDS = (2017, 1, 2), (31, 32, 33, 34, 35)
DEFAULT_COUNTS = 10.0  # so often the first seed, which the paper uses
TRIES = 20
STEPS = 2
DAMPING = (0.3, 1.0, 3.0, 10.0)
BOUNDS = {
    "route_noise": (0.1, 0.7), "cable_slack": (1.0, 1.25), "land_slack": (1.0, 1.7),
    "central_share": (0.01, 0.9), "peering_2": (0.8, 0.998), "peering_3": (0.1, 0.95),
    "peering_spread": (0.2, 3.0), "transit_km": (300, 3000), "hop_ms": (0.03, 0.6),
    "handover_ms": (0.1, 3.0), "handover_spread": (0.2, 1.5), "access_scale": (0.15, 1.0),
    "hosted_share": (0.005, 0.1), "anchor_ms": (0.1, 2.0), "anchor_spread": (0.3, 1.8),
    "slow_share": (0.001, 0.3), "slow_ms": (5.0, 300.0), "visible_low": (0.05, 0.9),
    "home_spread_km": (8.0, 30.0), "town_share": (0.2, 0.9), "town_km": (25.0, 120.0),
    "ping_km": (500.0, 4000.0), "ping_far": (0.0005, 0.1), "ping_mesh": (0.2, 1.0),
    "trace_km": (90.0, 4000.0), "trace_far": (0.01, 1.0), "trace_mesh": (0.2, 1.0),
    "long_way": (0.01, 0.9), "trace_excess_ms": (0.2, 30.0), "trace_excess_shape": (0.4, 10.0),
    "trace_excess_hosted": (0.05, 1.0), "assign_power": (0.8, 4.0),
}  # fmt: skip
"""What is fitted, and between what is plausible; other parameters stay at their defaults."""

FROM_PACKETS = ("dual_stack_share", "trace_loss", "jitter_us", "jitter_per_ms")
"""What is fitted afterwards, to the samples."""

JULY, OCTOBER = "atlas-2017-07-11", "atlas-2017-10-02"
MEASURED = (
    (JULY, claims.JULY, claims.july_figures),
    (OCTOBER, claims.OCTOBER, claims.october_figures),
)


WEIGHT = {
    "median_radius_km": 3.0, "median_relative_error": 3.0, "r": 3.0, "slope_us_per_km": 3.0,
    "shortest_ping_km": 3.0, "short_intercept_ms": 2.0, "below_10_ms_of_amsterdam": 2.0,
}  # fmt: skip
"""Of the figures that matter most to what the papers say, and of those that an earlier fit missed;
others count once."""


class Tried(NamedTuple):
    """Parameters as positions between their bounds, and the misses there, (seeds, claims)."""

    unit: FloatArray
    misses: FloatArray

    @property
    def loss(self) -> float:
        """What is minimised; see `loss_of`."""
        return loss_of(self.misses)


def to_parameters(unit: FloatArray, base: Parameters) -> Parameters:
    """Parameters from positions between their bounds (0 to 1, on a logarithmic scale)."""
    values = {
        name: float(low * (high / low) ** u)
        for u, (name, (low, high)) in zip(unit, BOUNDS.items(), strict=True)
    }
    return dataclasses.replace(base, **values)


def to_unit(parameters: Parameters) -> FloatArray:
    """Positions of parameters between their bounds."""
    return np.array(
        [
            np.clip(np.log(getattr(parameters, name) / low) / np.log(high / low), 0.02, 0.98)
            for name, (low, high) in BOUNDS.items()
        ]
    )


def misses_of(task: tuple[Parameters, int]) -> list[float]:
    """How far each published figure is missed at one seed, in tolerances."""
    parameters, seed = task
    row: list[float] = []
    for dataset, table, measure in MEASURED:
        found = measure(simulate_mesh(seed=seed, dataset=dataset, parameters=parameters))
        row += [(found[k] - c.value) / c.tolerance for k, c in table.items() if k != "samples"]
    return row


def loss_of(misses: FloatArray) -> float:
    """Squared misses: of the mean over seeds, and of single seeds beyond their tolerance.

    Beyond three tolerances a miss counts little more, so that a figure that cannot be met does not
    outweigh all others.
    """
    middle = np.abs(misses.mean(axis=0))
    beyond = _soft(np.maximum(np.abs(misses) - 0.9, 0.0))
    beyond[0] *= DEFAULT_COUNTS
    return float(((0.5 * _soft(middle) + beyond.mean(axis=0)) * weights()).sum())


def weights() -> FloatArray:
    """Weight of each miss, in the order of `misses_of`."""
    keys = [key for _, table, _ in MEASURED for key in table if key != "samples"]
    return np.array([WEIGHT.get(key, 1.0) for key in keys])


def _soft(size: FloatArray) -> FloatArray:
    return np.where(size < 3.0, size**2, 7.5 + 0.5 * size)


def evaluate(
    units: Iterable[FloatArray], base: Parameters, pool: ProcessPoolExecutor
) -> list[Tried]:
    """Try parameters on all seeds."""
    units = list(units)
    tasks = [(to_parameters(unit, base), seed) for unit in units for seed in SEEDS]
    found = list(tqdm(pool.map(misses_of, tasks), total=len(tasks), leave=False, file=sys.stderr))
    table = np.array(found).reshape(len(units), len(SEEDS), -1)
    return [Tried(unit, rows) for unit, rows in zip(units, table, strict=True)]


def fit(start: Parameters, steps: int, seed: int, pool: ProcessPoolExecutor) -> Tried:
    """Search from a start: planes fitted to what was tried near by, and the best of all kept."""
    rng = np.random.default_rng(seed)
    best, radius = evaluate([to_unit(start)], start, pool)[0], 0.03
    known = [best]
    for step in range(steps):
        around = best.unit + radius * rng.standard_normal((TRIES, len(BOUNDS)))
        known += evaluate(np.clip(around, 0, 1), start, pool)
        centre = min(known, key=lambda t: t.loss)
        leaps = evaluate([leap(centre, known, radius, d) for d in DAMPING], start, pool)
        known += leaps
        new = min(known, key=lambda t: t.loss)
        leapt = any(new is one for one in leaps)
        radius = radius if leapt else max(0.7 * radius, 0.015)
        best = new
        print(f"{time.strftime('%X')} step {step + 1}: loss {best.loss:.3f}", flush=True)
    return best


def leap(centre: Tried, known: list[Tried], radius: float, damping: float) -> FloatArray:
    """Where a plane through the misses near the centre has its least weighted square."""
    offsets = np.array([t.unit - centre.unit for t in known])
    changes = np.array([(t.misses - centre.misses).mean(axis=0) for t in known])
    size = np.sqrt((offsets**2).sum(axis=1) / len(BOUNDS))
    weight = np.exp(-((size / (2 * radius)) ** 2))[:, None]
    ridge = 0.3 * radius * np.sqrt(len(known)) * np.eye(len(BOUNDS))
    slopes = np.linalg.lstsq(
        np.vstack([offsets * weight, ridge]),
        np.vstack([changes * weight, np.zeros((len(BOUNDS), changes.shape[1]))]),
        rcond=None,
    )[0]
    now = centre.misses.mean(axis=0)
    # Misses far beyond reach pull as hard as those of two tolerances, no harder.
    pull = np.sqrt(weights() / np.maximum(np.abs(now) / 2, 1))
    matrix = np.vstack([slopes.T * pull[:, None], damping * np.eye(len(BOUNDS))])
    goal = np.concatenate([-now * pull, np.zeros(len(BOUNDS))])
    low = np.maximum(-centre.unit, -4 * radius) - 1e-9
    high = np.minimum(1 - centre.unit, 4 * radius) + 1e-9
    found: FloatArray = lsq_linear(matrix, goal, (low, high)).x
    return np.clip(centre.unit + found, 0, 1)


def fit_packets(parameters: Parameters) -> Parameters:
    """Fit what only the samples show: how many there are, and how much the quiet pairs jitter."""
    for name, between, dataset, table in (
        ("dual_stack_share", (0.05, 0.98), JULY, claims.JULY),
        ("trace_loss", (0.001, 0.4), OCTOBER, claims.OCTOBER),
    ):
        parameters = with_count(parameters, name, between, dataset, table["samples"].value)
    start = np.log([parameters.jitter_us, parameters.jitter_per_ms])

    def residuals(logs: FloatArray) -> list[float]:
        tried = with_jitter(parameters, logs)
        mesh = simulate_mesh(seed=SEEDS[0], dataset=OCTOBER, deviation=True, parameters=tried)
        found = claims.deviation_figures(mesh)
        return [(found[k] - c.value) / c.tolerance for k, c in claims.DEVIATION.items()]

    best = least_squares(residuals, start, diff_step=0.02, max_nfev=4)
    return with_jitter(parameters, best.x)


def with_count(
    parameters: Parameters,
    name: str,
    between: tuple[float, float],
    dataset: str,
    published: float,
) -> Parameters:
    """Parameters with the value of one at which the seeds' mean number of samples is published."""

    def beyond(value: float) -> float:
        tried = dataclasses.replace(parameters, **{name: value})
        counts = [
            simulate_mesh(seed=seed, dataset=dataset, parameters=tried).pairs["samples"].sum()
            for seed in SEEDS
        ]
        return float(np.mean(counts)) - published

    return dataclasses.replace(parameters, **{name: float(brentq(beyond, *between, xtol=1e-3))})


def with_jitter(parameters: Parameters, logs: FloatArray) -> Parameters:
    """Parameters with the jitter of these two logarithms."""
    level, growth = (float(value) for value in np.exp(logs))
    return dataclasses.replace(parameters, jitter_us=level, jitter_per_ms=growth)


def report(parameters: Parameters, seeds: tuple[int, ...], pool: ProcessPoolExecutor) -> None:
    """Print each figure's miss: least, middle and greatest over seeds."""
    rows = np.array(list(pool.map(misses_of, [(parameters, seed) for seed in seeds])))
    names = [
        f"{dataset} {key}" for dataset, table, _ in MEASURED for key in table if key != "samples"
    ]
    print(f"misses in tolerances over seeds {seeds}: least, median, greatest")
    for name, column in zip(names, rows.T, strict=True):
        low, middle, high = column.min(), np.median(column), column.max()
        print(f"{name:40s} {low:+6.2f} {middle:+6.2f} {high:+6.2f}")


def rounded(parameters: Parameters) -> Parameters:
    """Parameters with four digits each, as they are written."""
    values = {k: float(f"{v:.4g}") for k, v in parameters.to_dict().items()}
    return dataclasses.replace(Parameters(**values), carriers=parameters.carriers)


def save(parameters: Parameters, arguments: argparse.Namespace, loss: float) -> None:
    """Write the table, and how it came about, in one step."""
    table = {
        "fitted_by": f"python tools/fit_simulator.py --steps {arguments.steps}"
        f" --seed {arguments.seed}",
        "started_at": "the defaults of rttgeo.simulate.parameters.Parameters, chosen by trying, "
        "at these and other seeds",
        "fitted": [*BOUNDS, *FROM_PACKETS],
        "seeds": list(SEEDS),
        "loss": round(loss, 3),
        "parameters": parameters.to_dict(),
    }
    write_json(OUT, table)


def main() -> None:
    """Fit and write, or only check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="report on other seeds and stop")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the search")
    parser.add_argument("--seed", type=int, default=1, help="of the search, not of the meshes")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        if not arguments.check:
            best = fit(Parameters(), arguments.steps, arguments.seed, pool)
            found = rounded(fit_packets(to_parameters(best.unit, Parameters())))
            again = [misses_of((found, seed)) for seed in SEEDS]
            save(found, arguments, loss_of(np.array(again)))
            report(found, SEEDS, pool)
        fitted.cache_clear()
        report(fitted(), CHECK_SEEDS, pool)


if __name__ == "__main__":
    main()
