"""The attacker's law of delays, learnt from the targets of a mesh whose places are known.

An attacker who may know some places learns as well; that all known targets are learnt from, the one
attacked too, is in his favour: six numbers from thousands of pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh
from rttgeo.privacy.attack import Observed, attack
from rttgeo.privacy.law import GENERIC_SHARED, SHARED, DelayLaw, fit_law
from rttgeo.privacy.mechanisms import DropLowest, Mechanism
from rttgeo.privacy.priors import PlacePrior
from rttgeo.privacy.sanitising import Published
from rttgeo.typing import IntArray

LEARNT_FROM: Final = 12
"""Targets on which the correlation is chosen: it is one of seven values."""
MISS_DENSITY: Final = 1e-10
"""Per km², granted to a truth where the posterior has none (a twentieth of the globe's)."""


def observed_of(
    mesh: Mesh, target: int, *, shown: Published | None = None, way: Mechanism | None = None
) -> Observed:
    """Take what was published of one target.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Row number.
    shown
        What a mechanism made of the mesh; the mesh itself by default.
    way
        The mechanism: where it withholds the lowest, a reader who misses no more landmarks of the
        table than that knows which.

    Returns
    -------
    Observed
        Without the node itself where it is a landmark too.
    """
    rows = slice(mesh.offsets[target], mesh.offsets[target + 1])
    landmark = mesh.pairs["landmark"].to_numpy()[rows].astype(np.int64)
    lon, lat = mesh.landmark_lonlat if shown is None else (shown.lon, shown.lat)
    times = mesh.pairs["rtt_ms"].to_numpy() if shown is None else shown.rtt_ms
    rtt_ms, coarse = times[rows], np.zeros(len(landmark))
    if "resolution_ms" in mesh.pairs:
        coarse = np.nan_to_num(mesh.pairs["resolution_ms"].to_numpy()[rows])
    names = np.asarray(mesh.landmarks.index)
    own = names == str(mesh.targets.index[target])
    if isinstance(way, DropLowest) and shown is None:
        gone = np.setdiff1d(np.flatnonzero(~own), landmark)
        if len(gone) <= way.parameter:
            landmark = np.concatenate([landmark, gone])
            rtt_ms = np.concatenate([rtt_ms, np.full(len(gone), np.nan)])
            coarse = np.concatenate([coarse, np.zeros(len(gone))])
    other = ~own[landmark]
    at = landmark[other]
    return Observed(lon[at], lat[at], rtt_ms[other], coarse[other])


def sampled_targets(mesh: Mesh, most: int, *, known: bool = False, seed: int = 2017) -> IntArray:
    """Choose targets that were measured, by lot where there are more than wanted.

    Parameters
    ----------
    mesh
        The measurements.
    most
        How many at most.
    known
        Whether only targets of known place.
    seed
        Of the lots.

    Returns
    -------
    numpy.ndarray
        Row numbers, rising.
    """
    usable = np.diff(mesh.offsets) > 0
    if known:
        usable &= np.isfinite(mesh.target_lonlat[0])
    rows = np.flatnonzero(usable)
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def learn_law(mesh: Mesh, prior: PlacePrior, tolerance_km: float = 0.0) -> DelayLaw:
    """Fit the law, and choose the correlation under which known targets are likeliest.

    Parameters
    ----------
    mesh
        The measurements; the law is generic where too few places are known.
    prior
        Of places.
    tolerance_km
        How far off the place of a landmark may be.

    Returns
    -------
    DelayLaw
        The attacker's.
    """
    law = fit_law(mesh, tolerance_km)
    targets = sampled_targets(mesh, LEARNT_FROM, known=True)
    if law.learnt == DelayLaw.learnt or len(targets) < LEARNT_FROM // 2:
        return law
    lon, lat = mesh.target_lonlat

    def score(case: tuple[float, int]) -> float:
        shared, target = case
        one = dataclasses.replace(law, shared=shared)
        found = attack(observed_of(mesh, target), Mechanism(), one, prior)
        row = int(found.row_of(lon[target], lat[target]))
        area = found.grid.cell_area_km2
        density = found.held[row] / (found.size[row] * area) if row >= 0 else 0.0
        return float(np.log(density + MISS_DENSITY))

    def mean_score(shared: float) -> float:
        cases = [(shared, target) for target in targets.tolist()]
        return float(np.mean(side_by_side(score, cases)))

    return dataclasses.replace(law, shared=_uphill(mean_score))


def _uphill(score: Callable[[float], float]) -> float:
    """Go from the generic correlation to its neighbours for as long as that is better."""
    at, known = SHARED.index(GENERIC_SHARED), dict[int, float]()
    while True:
        near = [k for k in (at - 1, at, at + 1) if 0 <= k < len(SHARED)]
        for k in near:
            if k not in known:
                known[k] = score(SHARED[k])
        best = max(near, key=known.__getitem__)
        if best == at:
            return SHARED[at]
        at = best
