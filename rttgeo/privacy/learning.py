"""The attacker's law of delays, learnt from the targets of a mesh whose places are known.

Nothing is learnt from the attacked target: known targets are split into random folds, as the default method
does, and for each fold the law is learnt from pairs that have neither end at the place of any of its
targets (`learn_laws`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from rttgeo.estimators.calibrated.folds import NO_FOLD, fold_of, mask_of
from rttgeo.estimators.training import TRAINING_COLOCATED_KM
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import observed_of, sampled_targets
from rttgeo.privacy.law import GENERIC_SHARED, SHARED, DelayLaw, fit_law
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.typing import BoolArray, FloatArray, IntArray

LEARNT_FROM: Final = 16
"""Targets on which the correlation is chosen: it is one of seven values."""
FOLDS: Final = 5
"""As many as the default method has: four fifths of the known targets teach."""
MISS_DENSITY: Final = 1e-10
"""Per km², granted to a truth where the posterior has none (a twentieth of the globe's)."""


def learn_laws(
    mesh: Mesh, prior: PlacePrior, tolerance_km: float = 0.0, targets: IntArray | None = None
) -> Laws:
    """Learn a law for each fold of targets, without all that stands at their places.

    Parameters
    ----------
    mesh
        The measurements.
    prior
        Of places.
    tolerance_km
        How far off the place of a landmark may be.
    targets
        Row numbers of those that will be attacked; all by default.

    Returns
    -------
    Laws
        For the folds of these targets.
    """
    fold = fold_of(mesh, FOLDS)
    asked = np.unique(fold if targets is None else fold[targets]).tolist()
    return Laws(
        fold,
        {k: learn_law(mesh.where(_teaching(mesh, fold, k)), prior, tolerance_km) for k in asked},
    )


def _teaching(mesh: Mesh, fold: IntArray, number: int) -> BoolArray:
    """Pairs that have nothing to do with the targets of a fold, shape (pairs,)."""
    members = np.flatnonzero(fold == number)
    landmark, target = (
        mesh.pairs[name].to_numpy().astype(np.int64) for name in ("landmark", "target")
    )
    if number == NO_FOLD:  # Places unknown: they teach nothing, unless they are landmarks too.
        named = mesh.landmarks.index.isin(mesh.targets.index[members])
        return np.asarray(~named[landmark])
    gone = mask_of(mesh, members, TRAINING_COLOCATED_KM)
    return np.asarray(~(gone.landmark[landmark] | gone.target[target]))


def learn_law(mesh: Mesh, prior: PlacePrior, tolerance_km: float = 0.0) -> DelayLaw:
    """Fit the law, and choose the correlation under which known targets are likeliest.

    For targets of other meshes: one of the same mesh is attacked by `learn_laws`.

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

    def scores(shared: float) -> FloatArray:
        cases = [(shared, target) for target in targets.tolist()]
        return np.array(side_by_side(score, cases))

    return dataclasses.replace(law, shared=_uphill(scores))


def _uphill(scores: Callable[[float], FloatArray]) -> float:
    """Go from the generic correlation to its neighbours for as long as that is surely better.

    Better by more than one standard error of the difference (Breiman et al., Classification and
    Regression Trees, 1984, section 3.4.3): a few targets would choose at random otherwise.
    """
    at, known = SHARED.index(GENERIC_SHARED), dict[int, FloatArray]()
    while True:
        near = [k for k in (at, at - 1, at + 1) if 0 <= k < len(SHARED)]
        for k in near:
            if k not in known:
                known[k] = scores(SHARED[k])
        best = max(near, key=lambda k: float(known[k].mean()))
        gain = known[best] - known[at]
        if gain.mean() <= gain.std() / np.sqrt(len(gain)):
            return SHARED[at]
        at = best
