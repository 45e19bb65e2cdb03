"""Compare a simulated mesh with a real one, by distance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from rttgeo.constants import COLOCATED_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh

BANDS_KM: tuple[float, ...] = (COLOCATED_KM, 100.0, 500.0, 1500.0, 4000.0, 8000.0, 20_100.0)
"""Borders of the distance bands: a city, a country, a region, a continent, an ocean, the rest."""

QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)


def delay_by_distance(
    mesh: Mesh,
    bands_km: Sequence[float] = BANDS_KM,
    quantiles: Sequence[float] = QUANTILES,
) -> pd.DataFrame:
    """Compute quantiles of RTT, and of its stretch over light in fibre, for bands of distance.

    Parameters
    ----------
    mesh
        A mesh with known places of targets; other pairs are left out.
    bands_km
        Limits of the bands, km, ascending.
    quantiles
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row per band that has pairs: ``from_km, to_km, pairs``, and for each quantile q the
        columns ``rtt_ms_q`` and ``stretch_q`` (RTT over the time of light in fibre there and
        back along the great circle).

    Raises
    ------
    BadInputError
        When no pair has a known distance.
    """
    distance, rtt = mesh.distance_km, mesh.pairs["rtt_ms"].to_numpy()
    known = np.isfinite(distance) & (distance >= bands_km[0])
    if not known.any():
        raise BadInputError(f"{mesh.provenance.name} has no pairs of known distance to compare")
    distance, rtt = distance[known], rtt[known]
    stretch = rtt * KM_PER_MS_RTT["fibre"] / distance
    rows = []
    for low, high in pairwise(bands_km):
        inside = (distance >= low) & (distance < high)
        if inside.any():
            row = {"from_km": low, "to_km": high, "pairs": int(inside.sum())}
            for q in quantiles:
                row[f"rtt_ms_{q:g}"] = float(np.quantile(rtt[inside], q))
                row[f"stretch_{q:g}"] = float(np.quantile(stretch[inside], q))
            rows.append(row)
    return pd.DataFrame(rows)


def median_ratio(simulated: Mesh, real: Mesh, least: int = 30) -> pd.DataFrame:
    """Compute the ratio of median RTTs, simulated over real, in bands where both have enough pairs.

    Parameters
    ----------
    simulated, real
        The two meshes, with the places of targets known.
    least
        Bands with fewer pairs in either mesh are left out.

    Returns
    -------
    pandas.DataFrame
        ``from_km, to_km, simulated_ms, real_ms, ratio``.

    Raises
    ------
    BadInputError
        When no pair of a mesh has a known distance.
    """
    tables = [delay_by_distance(mesh) for mesh in (simulated, real)]
    both = tables[0].merge(tables[1], on=["from_km", "to_km"], suffixes=("_a", "_b"))
    both = both[(both["pairs_a"] >= least) & (both["pairs_b"] >= least)]
    result = both[["from_km", "to_km"]].copy()
    result["simulated_ms"], result["real_ms"] = both["rtt_ms_0.5_a"], both["rtt_ms_0.5_b"]
    result["ratio"] = result["simulated_ms"] / result["real_ms"]
    return result.reset_index(drop=True)
