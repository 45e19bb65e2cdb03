"""Whether a method keeps its promise for every kind of target: coverage and error by stratum."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from rttgeo.data.continents import continents
from rttgeo.delay.heights import fit_heights
from rttgeo.errors import unknown_name
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray

LIMITS: Final[dict[str, tuple[str, tuple[float, ...], str]]] = {
    "lowest RTT": ("lowest_rtt_ms", (2.0, 5.0, 15.0, 50.0), " ms"),
    "landmarks": ("n_landmarks", (5.0, 15.0, 60.0, 200.0), ""),
    "last mile": ("last_mile_ms", (1.0, 5.0, 20.0), " ms"),
}
"""Strata by a number: its column, the limits between strata, and its unit."""
CONTINENT: Final = "continent"
KINDS: Final = ("lowest RTT", "landmarks", CONTINENT, "last mile")
FEW = 30
"""With fewer targets than this, 95 % coverage cannot be told from 90 %: its standard error is 4
%."""
LEVELS = (50, 90, 95)


def with_kinds(table: pd.DataFrame, mesh: Mesh, targets: IntArray) -> pd.DataFrame:
    """Add the columns that strata are made from to a table with one row per target.

    Parameters
    ----------
    table
        Table of a `rttgeo.evaluation.MethodResult`, with the true places.
    mesh, targets
        The measurements, and the row numbers of the targets.

    Returns
    -------
    pandas.DataFrame
        With ``continent`` (of the true place) and ``last_mile_ms`` (from
        `rttgeo.delay.heights.fit_heights` on the whole mesh, which only the evaluation sees).
    """
    return table.assign(
        continent=continents(table["true_lon"].to_numpy(), table["true_lat"].to_numpy()),
        last_mile_ms=fit_heights(mesh).target_ms[targets],
    )


def strata(table: pd.DataFrame) -> pd.DataFrame:
    """Compute coverage and error of one method by stratum.

    Parameters
    ----------
    table
        One row per target, as in `rttgeo.evaluation.MethodResult`.

    Returns
    -------
    pandas.DataFrame
        One row per non-empty stratum: ``by`` (a name in `KINDS`), ``stratum`` (words), ``targets``
        (their number), ``few`` (fewer than `FEW`, so the figures are only a hint), ``median_km``,
        ``p90_km``, ``median_ratio`` (over that of shortest ping), ``coverage50``, ``coverage90``,
        ``coverage95`` (shares; NaN without regions).
    """
    rows = []
    for kind in KINDS:
        for name, mine in strata_of(table, kind).items():
            rows.append({"by": kind, "stratum": name, **_figures(mine)})
    return pd.DataFrame(rows)


def strata_of(table: pd.DataFrame, kind: str) -> dict[str, pd.DataFrame]:
    """Split targets into the non-empty strata of one kind, in order.

    Parameters
    ----------
    table
        One row per target, as in `rttgeo.evaluation.results.MethodResult`.
    kind
        A name in `KINDS`.

    Returns
    -------
    dict[str, pd.DataFrame]
        Rows of ``table``, by name of the stratum.

    Raises
    ------
    NotThereError
        When there is no such kind.
    """
    if kind not in KINDS:
        raise unknown_name("kind of stratum", kind, KINDS)
    number, names = _parts(table, kind)
    return {
        name: table[number == part] for part, name in enumerate(names) if (number == part).any()
    }


def _parts(table: pd.DataFrame, kind: str) -> tuple[IntArray, list[str]]:
    """The stratum of a kind that each target is in, and the names of the strata."""
    if kind == CONTINENT:
        number, names = pd.factorize(table[CONTINENT], sort=True)
        return number.astype(np.int64), list(map(str, names))
    column, limits, unit = LIMITS[kind]
    below = [f"under {limit:g}{unit}" for limit in limits[:1]]
    below += [f"{low:g} to {high:g}{unit}" for low, high in pairwise(limits)]
    values: FloatArray = table[column].to_numpy(dtype=float)
    return np.searchsorted(limits, values, side="right"), [
        *below,
        f"{limits[-1]:g}{unit} and above",
    ]


def _figures(part: pd.DataFrame) -> dict[str, object]:
    median, baseline = part["error_km"].median(), part["baseline_km"].median()
    figures: dict[str, object] = {
        "targets": len(part),
        "few": len(part) < FEW,
        "median_km": median,
        "p90_km": part["error_km"].quantile(0.9),
        "median_ratio": median / baseline if baseline > 0 else np.nan,
    }
    return figures | {f"coverage{level}": part[f"covered_{level}"].mean() for level in LEVELS}
