"""How far the simulated data sets are from the published figures, over several seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from rttgeo.papers import claims
from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.parameters import Parameters

MEASURED: Final = {
    "atlas-2017-07-11": (claims.JULY, claims.july_figures),
    "atlas-2017-10-02": (claims.OCTOBER, claims.october_figures),
}
"""Data sets of the papers: what they published, and how it is measured on a mesh."""

DEFAULT_SEED: Final = 2017
OTHER_SEEDS: Final = tuple(range(21, 31))
"""Seeds that neither the fit saw nor those who chose where it starts."""


def figures_at(seed: int, parameters: Parameters | None = None) -> dict[tuple[str, str], float]:
    """Measure all published figures on the meshes of one seed.

    Parameters
    ----------
    seed
        Of the simulation.
    parameters
        Of the simulator; the fitted ones if not given.

    Returns
    -------
    dict
        Values by data set and key of the claim.

    Raises
    ------
    BadInputError
        When the seed is negative.
    """
    found: dict[tuple[str, str], float] = {}
    for dataset, (_, measure) in MEASURED.items():
        mesh = simulate_mesh(seed=seed, dataset=dataset, parameters=parameters)
        found |= {(dataset, key): value for key, value in measure(mesh).items()}
    return found


def published() -> dict[tuple[str, str], claims.Claim]:
    """List all claims, in the order of `figures_at`.

    Returns
    -------
    dict
        By data set and key.
    """
    return {
        (dataset, key): claim
        for dataset, (table, _) in MEASURED.items()
        for key, claim in table.items()
    }


def spread(
    seeds: Iterable[int] = OTHER_SEEDS, parameters: Parameters | None = None
) -> pd.DataFrame:
    """Each published figure at the default seed and over others.

    Parameters
    ----------
    seeds
        The others; one at least.
    parameters
        Of the simulator; the fitted ones if not given.

    Returns
    -------
    pandas.DataFrame
        One row per claim: ``dataset, key, label, published, tolerance``; ``default`` (at
        `DEFAULT_SEED`), ``least, median, most`` over the seeds, ``within`` (how many of them
        meet the tolerance), ``seeds`` (how many there are), ``met`` (at the default seed) and
        ``median_met``.
    """
    own = figures_at(DEFAULT_SEED, parameters)
    others = [figures_at(seed, parameters) for seed in seeds]
    rows = []
    for (dataset, key), claim in published().items():
        values = np.array([found[dataset, key] for found in others])
        here, middle = own[dataset, key], float(np.median(values))
        rows.append(
            {
                "dataset": dataset,
                "key": key,
                "label": claim.label,
                "published": claim.value,
                "tolerance": claim.tolerance,
                "default": here,
                "least": float(values.min()),
                "median": middle,
                "most": float(values.max()),
                "within": int(sum(claim.met_by(value) for value in values)),
                "seeds": len(values),
                "met": claim.met_by(here),
                "median_met": claim.met_by(middle),
            }
        )
    return pd.DataFrame(rows)


def spread_table(found: pd.DataFrame) -> pd.DataFrame:
    """Write the result of `spread` as people read it, with what is not met named as such.

    Parameters
    ----------
    found
        What `spread` gave.

    Returns
    -------
    pandas.DataFrame
        Texts, one row per claim.
    """
    numbers = ["published", "tolerance", "default", "least", "median", "most"]
    text = found[numbers].map(_short)
    met = np.where(found["met"], "met", "not met")
    within = [f"{row.within} of {row.seeds}" for row in found.itertuples()]
    return pd.DataFrame(
        {
            "Data set": found["dataset"].str.removeprefix("atlas-"),
            "Figure": found["label"],
            "Published": text["published"] + " ± " + text["tolerance"],
            f"Seed {DEFAULT_SEED}": text["default"],
            "Tolerance": met,
            "Least": text["least"],
            "Median": text["median"],
            "Most": text["most"],
            "Met by seeds": within,
        }
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
