"""The figures that the papers published, measured on a simulated mesh: what the fit compares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.linear import LinearModel, fit_linear
from rttgeo.estimators.discs import quickest
from rttgeo.mesh import Mesh
from rttgeo.papers.gain import cuts_into

FIBRE = KM_PER_MS_RTT["fibre"]


class Claim(NamedTuple):
    """A published figure: its value, how far off a simulation may be, and what it is.

    Tolerances were set before the simulator was fitted. One that is not met is listed in
    `NOT_MET`, never widened.

    Attributes
    ----------
    value
        As published.
    tolerance
        How far off a simulation may be, in the same unit.
    label
        What it is, with its unit.
    """

    value: float
    tolerance: float
    label: str

    def met_by(self, value: float) -> bool:
        """Check whether a simulated value is no further off than the tolerance.

        Parameters
        ----------
        value
            In the claim's unit.

        Returns
        -------
        bool
            True at the tolerance itself.
        """
        return abs(value - self.value) <= self.tolerance


JULY: dict[str, Claim] = {
    "r": Claim(0.8778, 0.02, "r of distance and minimum RTT"),
    "slope_us_per_km": Claim(17.858, 1.0, "slope, µs/km"),
    "median_radius_km": Claim(2500, 250, "median exclusion radius, km"),
    "median_relative_error": Claim(0.30, 0.04, "median relative error"),
    "best_anchor_error": Claim(0.10, 0.04, "the same, best anchor"),
    "worst_anchor_error": Claim(1.0, 0.1, "the same, worst anchor"),
    "anchors_excluding_nothing": Claim(7, 2, "anchors whose median pair excludes nothing"),
    "below_10_ms_of_amsterdam": Claim(93, 25, "probes under 10 ms of Amsterdam"),
    "below_10_ms_of_turin": Claim(8, 4, "probes under 10 ms of Turin"),
    "below_50_ms_of_buenos_aires": Claim(10, 5, "probes under 50 ms of Buenos Aires"),
    "samples": Claim(6_187_693, 60_000, "samples"),
}
"""White paper, data of 11 July 2017."""

OCTOBER: dict[str, Claim] = {
    "slope_us_per_km": Claim(19.0, 1.0, "slope, all pairs, µs/km"),
    "intercept_ms": Claim(22.317, 3.0, "intercept, all pairs, ms"),
    "r": Claim(0.86, 0.02, "r, all pairs"),
    "short_slope_us_per_km": Claim(16.5, 1.0, "slope, at most 6 hops, µs/km"),
    "short_intercept_ms": Claim(9.3563, 3.0, "intercept, at most 6 hops, ms"),
    "short_r": Claim(0.9006, 0.03, "r, at most 6 hops"),
    "shortest_ping_km": Claim(39, 15, "median error of the lowest-RTT probe, km"),
    "anchors_without_gain": Claim(35, 3, "anchors for which further circles add nothing"),
    "samples": Claim(9_613_126, 100_000, "samples"),
}
"""PAM 2018, data of 2 October 2017; ``short`` is pairs of at most six hops."""

DEVIATION: dict[str, Claim] = {
    "all_us": Claim(82.24, 12.0, "deviation, all pairs, µs"),
    "below_50_ms_us": Claim(63.63, 10.0, "deviation, RTT below 50 ms, µs"),
    "six_hops_us": Claim(57.25, 10.0, "deviation, at most 6 hops, µs"),
}
"""PAM 2018: first percentile of the standard deviation of a pair's samples."""


NOT_MET: dict[tuple[str, str], str] = {
    ("atlas-2017-10-02", "anchors_without_gain"): (
        "the least cut into the closest probe's circle counts; measured meshes have fewer such "
        "targets than the paper, too (see `closest_probes`)"
    ),
}
"""Figures beyond their tolerance at the default seed, by data set and key, and the likely reason."""


def deviation_figures(mesh: Mesh) -> dict[str, float]:
    """Measure the first percentiles of the deviation on a mesh that has it.

    Parameters
    ----------
    mesh
        With the columns ``deviation_ms`` and ``hops`` in its pairs.

    Returns
    -------
    dict
        Microseconds, by the keys of `DEVIATION`.
    """
    deviation = mesh.pairs["deviation_ms"].to_numpy() * 1000
    rtt, hops = mesh.pairs["rtt_ms"].to_numpy(), mesh.pairs["hops"].to_numpy()
    return {
        "all_us": float(np.percentile(deviation, 1)),
        "below_50_ms_us": float(np.percentile(deviation[rtt < 50], 1)),
        "six_hops_us": float(np.percentile(deviation[hops <= 6], 1)),
    }


def july_figures(mesh: Mesh) -> dict[str, float]:
    """Measure the white paper's figures on a mesh.

    Parameters
    ----------
    mesh
        The measurements, with the places of targets known.

    Returns
    -------
    dict
        By the keys of `JULY`.

    Raises
    ------
    NotThereError
        When the mesh lacks an anchor that a figure is about.
    BadInputError
        When no line can be fitted.
    """
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
        "samples": float(mesh.pairs["samples"].sum()),
    }


def october_figures(mesh: Mesh) -> dict[str, float]:
    """Measure PAM 2018's figures on a mesh.

    Parameters
    ----------
    mesh
        With the places of targets, and with the columns ``hops`` and ``samples`` in its pairs.

    Returns
    -------
    dict
        By the keys of `OCTOBER`.

    Raises
    ------
    BadInputError
        When no line can be fitted.
    """
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
        "samples": float(mesh.pairs["samples"].sum()),
    }


def closest_probes(
    mesh: Mesh, apart: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Measure how far each target is from its lowest-RTT landmark, and whether that says it all.

    It says it all when its disc lies wholly in the disc of every other landmark, as in
    `rttgeo.papers.gain.circle_gain`. The paper says so of 35 of 39 anchors (90 %), not how it
    counted. By this strict count it is true of 58 % of 67 sites of anycast root servers seen from
    RIPE Atlas in 2015 (with a twentieth of the area given away: 78 %), of 37 % (43 %) of the 49
    cloud regions that come with rttgeo, and of 30 % (43 %) of 122 servers in cities of the world.

    Parameters
    ----------
    mesh
        The measurements, with the places of targets known.
    apart
        Which pairs count, shape (pairs,).

    Returns
    -------
    tuple
        Distance, km, and whether it says it all; shape (targets,) each.
    """
    away, alone = [], []
    some = mesh.where(apart)
    for target in range(len(some.targets)):
        pairs = some.of_target(target)
        radius = pairs.rtt_ms * FIBRE
        closest = quickest(pairs)
        away.append(float(some.distance_km[some.offsets[target] + closest]))
        alone.append(not cuts_into(pairs, radius, closest).any())
    return np.array(away), np.array(alone)
