"""Fit the parameters of the simulated Internet to the figures that the papers published.

Run from the top of the checkout; it rewrites ``data/simulate/parameters.json``::

    python tools/fit_simulator.py            # some minutes
    python tools/fit_simulator.py --check    # only report, on seeds the fit has not seen

Cross-entropy search over the misses of `rttgeo.simulate.claims`, each in units of its
tolerance, on both data sets: first what a mesh shows, then what only samples show. Counts of
probes and anchors make the misses a staircase, on which derivatives fail. Random draws are
common to all evaluations; `--check` tells on other seeds how much of the fit was the luck of
these.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from pathlib import Path

import numpy as np
from scipy.optimize import brentq, least_squares

from rttgeo.simulate import claims
from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.parameters import PARAMETER_FILE, Parameters, fitted

OUT = Path(__file__).resolve().parent.parent / "data" / PARAMETER_FILE
SEEDS, CHECK_SEEDS = (2017,), (1, 2, 3)
POPULATION = 24
BOUNDS = {
    "route_noise": (0.1, 0.7), "missing_share": (0.1, 0.6), "missing_cost": (1.2, 4.0),
    "cable_slack": (1.0, 1.25), "land_slack": (1.0, 1.7), "tail_stretch": (1.2, 3.0),
    "central_share": (0.05, 0.9),
    "peering_1": (0.6, 0.99), "peering_2": (0.4, 0.98), "peering_3": (0.1, 0.95),
    "transit_km": (200, 2000), "transit_growth": (1.0, 4.0), "hop_ms": (0.03, 0.6),
    "access_scale": (0.25, 1.8), "anchor_ms": (0.1, 1.5), "anchor_spread": (0.3, 1.8),
    "slow_share": (0.001, 0.3),
    "slow_growth": (1.0, 5.0), "slow_ms": (5.0, 400.0), "visible_low": (0.05, 0.9),
    "home_spread_km": (8.0, 150.0), "ping_km": (200.0, 2500.0), "ping_far": (0.0005, 0.05),
    "ping_mesh": (0.3, 1.0), "trace_km": (200.0, 2500.0), "trace_far": (0.0005, 0.1),
    "trace_mesh": (0.3, 1.0), "long_way": (0.02, 0.9), "trace_excess_ms": (0.2, 40.0),
    "assign_power": (0.8, 4.0),
}  # fmt: skip
"""What is fitted, and between what; bounds are what is plausible, not what fits."""


def to_parameters(unit: np.ndarray, base: Parameters) -> Parameters:
    """Parameters from positions between their bounds (0 to 1, on a logarithmic scale)."""
    values = {
        name: float(low * (high / low) ** u)
        for u, (name, (low, high)) in zip(unit, BOUNDS.items(), strict=True)
    }
    return dataclasses.replace(base, **values)


def to_unit(parameters: Parameters) -> np.ndarray:
    """Positions of parameters between their bounds."""
    return np.array(
        [
            np.clip(np.log(getattr(parameters, name) / low) / np.log(high / low), 0.02, 0.98)
            for name, (low, high) in BOUNDS.items()
        ]
    )


def misses(parameters: Parameters, seeds: tuple[int, ...]) -> np.ndarray:
    """How far each published figure is missed, in tolerances, mean over seeds."""
    rows = []
    for seed in seeds:
        row: list[float] = []
        for dataset, table, measure in (
            ("atlas-2017-07-11", claims.JULY, claims.july_figures),
            ("atlas-2017-10-02", claims.OCTOBER, claims.october_figures),
        ):
            mesh = simulate_mesh(seed=seed, dataset=dataset, parameters=parameters)
            found = measure(mesh)
            row += [(found[k] - claim.value) / claim.tolerance for k, claim in table.items()]
        rows.append(row)
    return np.mean(rows, axis=0)


def fit(start: Parameters, generations: int, seed: int) -> Parameters:
    """Cross-entropy search from a start; the best of all that was tried is what counts.

    Each generation draws parameters around a centre, keeps the best quarter, and moves the
    centre and the spread of each parameter toward theirs.
    """
    rng = np.random.default_rng(seed)
    centre, spread = to_unit(start), np.full(len(BOUNDS), 0.04)
    best = (cost_of(to_parameters(centre, start)), centre)
    for generation in range(generations):
        tries = np.clip(centre + spread * rng.standard_normal((POPULATION, len(BOUNDS))), 0, 1)
        tries[0] = best[1]
        costs = np.array([cost_of(to_parameters(unit, start)) for unit in tries])
        order = np.argsort(costs, kind="stable")
        if costs[order[0]] < best[0]:
            best = (float(costs[order[0]]), tries[order[0]])
        elite = tries[order[: POPULATION // 4]]
        centre = 0.2 * centre + 0.8 * elite.mean(axis=0)
        spread = np.maximum(0.4 * spread + 0.6 * elite.std(axis=0), 0.02)
        print(f"{time.strftime('%X')} generation {generation}: misfit {best[0]:.2f}", flush=True)
    return to_parameters(best[1], start)


def cost_of(parameters: Parameters) -> float:
    """Sum of squared misses beyond 0.8 tolerances, and a little of what is within."""
    found = np.abs(misses(parameters, SEEDS))
    return float((np.maximum(found - 0.8, 0) ** 2 + 0.02 * found**2).sum())


def fit_packets(parameters: Parameters) -> Parameters:
    """Fit what only the samples show: how many there are, and how much the quiet pairs jitter."""
    july, october = "atlas-2017-07-11", "atlas-2017-10-02"
    parameters = with_count(parameters, "dual_stack_share", (0.15, 0.95), july, claims.JULY_SAMPLES)
    parameters = with_count(parameters, "trace_loss", (0.001, 0.4), october, claims.OCTOBER_SAMPLES)
    start = np.log([parameters.jitter_us, parameters.jitter_per_ms])

    def residuals(logs: np.ndarray) -> list[float]:
        tried = with_jitter(parameters, logs)
        mesh = simulate_mesh(
            seed=SEEDS[0], dataset="atlas-2017-10-02", deviation=True, parameters=tried
        )
        found = claims.deviation_figures(mesh)
        return [(found[k] - c.value) / c.tolerance for k, c in claims.DEVIATION.items()]

    best = least_squares(residuals, start, diff_step=0.02, max_nfev=8)
    return with_jitter(parameters, best.x)


def with_count(
    parameters: Parameters,
    name: str,
    between: tuple[float, float],
    dataset: str,
    claim: claims.Claim,
) -> Parameters:
    """Parameters with the value of one at which a data set has as many samples as published."""

    def beyond(value: float) -> float:
        tried = dataclasses.replace(parameters, **{name: value})
        mesh = simulate_mesh(seed=SEEDS[0], dataset=dataset, parameters=tried)
        return float(mesh.pairs["samples"].sum()) - claim.value

    return dataclasses.replace(parameters, **{name: float(brentq(beyond, *between, xtol=1e-3))})


def with_jitter(parameters: Parameters, logs: np.ndarray) -> Parameters:
    """Parameters with the jitter of these two logarithms."""
    level, growth = (float(value) for value in np.exp(logs))
    return dataclasses.replace(parameters, jitter_us=level, jitter_per_ms=growth)


def report(parameters: Parameters, seeds: tuple[int, ...]) -> None:
    """Print each figure's miss."""
    names = [f"july {k}" for k in claims.JULY] + [f"october {k}" for k in claims.OCTOBER]
    for name, miss in zip(names, misses(parameters, seeds), strict=True):
        print(f"{name:40s} {miss:+6.2f} tolerances")


def save(parameters: Parameters) -> None:
    """Write the table, rounded to four digits, in one step."""
    values = {k: float(f"{v:.4g}") for k, v in parameters.to_dict().items()}
    values["carriers"] = parameters.carriers
    table = {
        "version": json.loads(OUT.read_text(encoding="utf-8"))["version"] + 1,
        "fitted_by": "tools/fit_simulator.py",
        "seeds": list(SEEDS),
        "misfit": round(float((misses(Parameters(**values), SEEDS) ** 2).sum()), 2),
        "parameters": values,
    }
    temporary = OUT.with_suffix(".tmp")
    temporary.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    temporary.replace(OUT)


def main() -> None:
    """Fit and write, or only check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="report on other seeds and stop")
    parser.add_argument("--generations", type=int, default=12, help="of the search")
    parser.add_argument("--seed", type=int, default=1, help="of the search, not of the meshes")
    arguments = parser.parse_args()
    if not arguments.check:
        found = fit(fitted(), arguments.generations, arguments.seed)
        save(fit_packets(found))
        fitted.cache_clear()
    report(fitted(), CHECK_SEEDS)


if __name__ == "__main__":
    main()
