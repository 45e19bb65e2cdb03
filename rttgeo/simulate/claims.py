"""The figures that the papers published, measured on a simulated mesh: what the fit compares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.linear import LinearModel, fit_linear
from rttgeo.mesh import Mesh
from rttgeo.sphere import destination, distance_km

FIBRE = KM_PER_MS_RTT["fibre"]
NO_GAIN_SHARE = 0.95


class Claim(NamedTuple):
    """A published figure: its value, and how far off a simulation may be."""

    value: float
    tolerance: float


JULY: dict[str, Claim] = {
    "r": Claim(0.8778, 0.02),
    "slope_us_per_km": Claim(17.858, 1.0),
    "median_radius_km": Claim(2500, 250),
    "median_relative_error": Claim(0.30, 0.04),
    "best_anchor_error": Claim(0.10, 0.04),
    "worst_anchor_error": Claim(1.0, 0.4),
    "anchors_excluding_nothing": Claim(7, 2),
    "below_10_ms_of_amsterdam": Claim(93, 35),
    "below_10_ms_of_turin": Claim(8, 5),
    "below_50_ms_of_buenos_aires": Claim(10, 6),
}
"""White paper, data of 11 July 2017."""

OCTOBER: dict[str, Claim] = {
    "slope_us_per_km": Claim(19.0, 1.0),
    "intercept_ms": Claim(22.317, 3.0),
    "r": Claim(0.86, 0.03),
    "short_slope_us_per_km": Claim(16.5, 1.0),
    "short_intercept_ms": Claim(9.3563, 5.0),
    "short_r": Claim(0.9006, 0.03),
    "shortest_ping_km": Claim(39, 25),
    "anchors_without_gain": Claim(35, 5),
}
"""PAM 2018, data of 2 October 2017; ``short`` is pairs of at most six hops."""


JULY_SAMPLES = Claim(6_187_693, 60_000)
"""Received samples of the white paper's data set."""

OCTOBER_SAMPLES = Claim(9_613_126, 100_000)
"""Received samples of PAM 2018's data set."""

DEVIATION: dict[str, Claim] = {
    "all_us": Claim(82.24, 12.0),
    "below_50_ms_us": Claim(63.63, 10.0),
    "six_hops_us": Claim(57.25, 10.0),
}
"""PAM 2018: first percentile of the standard deviation of a pair's samples."""


def deviation_figures(mesh: Mesh) -> dict[str, float]:
    """First percentiles of the deviation (keys of `DEVIATION`) of a mesh that has it."""
    deviation = mesh.pairs["deviation_ms"].to_numpy() * 1000
    rtt, hops = mesh.pairs["rtt_ms"].to_numpy(), mesh.pairs["hops"].to_numpy()
    return {
        "all_us": float(np.percentile(deviation, 1)),
        "below_50_ms_us": float(np.percentile(deviation[rtt < 50], 1)),
        "six_hops_us": float(np.percentile(deviation[hops <= 6], 1)),
    }


def july_figures(mesh: Mesh) -> dict[str, float]:
    """The white paper's figures on a mesh (keys of `JULY`)."""
    distance, rtt = mesh.distance_km, mesh.pairs["rtt_ms"].to_numpy()
    apart = distance >= COLOCATED_KM
    fit = LinearModel().fit(mesh)
    error = fit.relative_error(distance[apart], rtt[apart])
    target = mesh.pairs["target"].to_numpy()
    by_anchor = [float(np.median(error[target[apart] == t])) for t in np.unique(target[apart])]
    radius = np.array([np.median(rtt[target == t]) * FIBRE for t in np.unique(target)])

    def below(anchor: str, limit_ms: float) -> float:
        return float((mesh.of_target(anchor).rtt_ms < limit_ms).sum())

    return {
        "r": fit.r,
        "slope_us_per_km": fit.slope_ms_per_km * 1000,
        "median_radius_km": float(np.median(rtt)) * FIBRE,
        "median_relative_error": float(np.median(error)),
        "best_anchor_error": min(by_anchor),
        "worst_anchor_error": max(by_anchor),
        "anchors_excluding_nothing": float((radius >= HALF_CIRCUMFERENCE_KM).sum()),
        "below_10_ms_of_amsterdam": below("nl-ams-as3333", 10),
        "below_10_ms_of_turin": below("it-trn-as12779", 10),
        "below_50_ms_of_buenos_aires": below("ar-bue-as4270", 50),
    }


def october_figures(mesh: Mesh) -> dict[str, float]:
    """PAM 2018's figures on a mesh (keys of `OCTOBER`)."""
    distance, rtt = mesh.distance_km, mesh.pairs["rtt_ms"].to_numpy()
    apart = distance >= COLOCATED_KM
    fit = fit_linear(distance[apart], rtt[apart])
    few = apart & (mesh.pairs["hops"].to_numpy() <= 6)
    short = fit_linear(distance[few], rtt[few])
    nearest, alone = closest_probes(mesh, apart)
    return {
        "slope_us_per_km": fit.slope_ms_per_km * 1000,
        "intercept_ms": fit.intercept_ms,
        "r": fit.r,
        "short_slope_us_per_km": short.slope_ms_per_km * 1000,
        "short_intercept_ms": short.intercept_ms,
        "short_r": short.r,
        "shortest_ping_km": float(np.median(nearest)),
        "anchors_without_gain": float(alone.sum()),
    }


def closest_probes(
    mesh: Mesh, apart: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """How far each target is from its lowest-RTT landmark, and whether that one says it all.

    It says it all when the other landmarks' discs leave at least 95 % of its disc's area.
    """
    away, alone = [], []
    lon, lat = mesh.landmark_lonlat
    for target in range(len(mesh.targets)):
        rows = np.arange(mesh.offsets[target], mesh.offsets[target + 1])
        rows = rows[apart[rows]]
        pairs = mesh.pairs.iloc[rows]
        radius = pairs["rtt_ms"].to_numpy() * FIBRE
        landmark = pairs["landmark"].to_numpy()
        first = int(radius.argmin())
        away.append(float(mesh.distance_km[rows][first]))
        left = share_left(lon[landmark], lat[landmark], radius, first)
        alone.append(left >= NO_GAIN_SHARE)
    return np.array(away), np.array(alone)


def share_left(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    radius_km: npt.NDArray[np.float64],
    first: int,
) -> float:
    """Share of the area of the disc `first` that lies in all other discs too.

    Counted on 400 points spread evenly over the disc (Vogel's sunflower).
    """
    gap = distance_km(lon, lat, lon[first], lat[first])
    cutting = np.flatnonzero(radius_km < gap + radius_km[first])
    k = np.arange(400) + 0.5
    turn = np.degrees(k * np.pi * (3 - np.sqrt(5)))
    x, y = destination(lon[first], lat[first], turn, radius_km[first] * np.sqrt(k / 400))
    inside = np.ones(len(k), dtype=bool)
    for other in cutting:
        inside &= distance_km(x, y, lon[other], lat[other]) <= radius_km[other]
    return float(inside.mean())


def misfit(figures: dict[str, float], claims: dict[str, Claim]) -> float:
    """Sum of squared misses, each in units of its tolerance."""
    return sum(((figures[k] - claim.value) / claim.tolerance) ** 2 for k, claim in claims.items())
