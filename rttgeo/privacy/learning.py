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
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import observed_of, sampled_targets
from rttgeo.privacy.law import GENERIC_SHARED, SHARED, DelayLaw, fit_law
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.protocol import PlacePrior

LEARNT_FROM: Final = 12
"""Targets on which the correlation is chosen: it is one of seven values."""
MISS_DENSITY: Final = 1e-10
"""Per km², granted to a truth where the posterior has none (a twentieth of the globe's)."""


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
