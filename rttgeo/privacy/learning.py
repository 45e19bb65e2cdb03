"""The attacker's law of delays, learnt from the known targets of a mesh.

Nothing is learnt from the attacked target: known targets are split into folds by a hash of their
places, and for each fold the law is learnt from pairs that have neither end at the place of any of
its targets (`learn_laws`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np

from rttgeo.auditing.in_order import in_full_order
from rttgeo.estimators.calibrated.folds import NO_FOLD, fold_of_place, mask_of
from rttgeo.estimators.training import TRAINING_COLOCATED_KM
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import observed_of, sampled_targets
from rttgeo.privacy.law import GENERIC_SHARED, SHARED, DelayLaw, fit_law
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.typing import BoolArray, FloatArray, IntArray

LEARNT_FROM: Final = 16
"""Number of targets on which the correlation is chosen, which is one of seven values."""
FOLDS: Final = 5
"""Number of folds, as in the default method: four fifths of the known targets are learnt from."""
MISS_DENSITY: Final = 1e-10
"""Density per km² granted to a true place where the posterior has none (a twentieth of a uniform
one)."""


def learn_laws(
    mesh: Mesh, prior: PlacePrior, tolerance_km: float = 0.0, targets: IntArray | None = None
) -> Laws:
    """Learn a law for each fold of targets, without anything at their places.

    Parameters
    ----------
    mesh
        The measurements.
    prior
        Prior over places.
    tolerance_km
        How far off the place of a landmark may be, km.
    targets
        Row numbers of the targets that will be attacked; all by default.

    Returns
    -------
    Laws
        The laws, for the folds of these targets.
    """
    check_mesh(mesh)
    # Not by round-trip times: with and without a mitigation, the same targets are left out together.
    fold = fold_of_place(mesh, FOLDS)
    asked = np.unique(fold if targets is None else fold[targets]).tolist()
    return Laws(
        fold,
        {k: learn_law(mesh.where(_teaching(mesh, fold, k)), prior, tolerance_km) for k in asked},
    )


def _teaching(mesh: Mesh, fold: IntArray, number: int) -> BoolArray:
    """Mask of the pairs that have nothing to do with the targets of a fold, shape (n_pairs,)."""
    members = np.flatnonzero(fold == number)
    landmark, target = (
        mesh.pairs[name].to_numpy().astype(np.int64) for name in ("landmark", "target")
    )
    if (
        number == NO_FOLD
    ):  # Their places are unknown: nothing is learnt from them, unless they are also landmarks.
        named = mesh.landmarks.index.isin(mesh.targets.index[members])
        return np.asarray(~named[landmark])
    gone = mask_of(mesh, members, TRAINING_COLOCATED_KM)
    return np.asarray(~(gone.landmark[landmark] | gone.target[target]))


def learn_law(mesh: Mesh, prior: PlacePrior, tolerance_km: float = 0.0) -> DelayLaw:
    """Fit the law, and choose the correlation that makes the known targets most likely.

    It is meant for targets of other meshes; for those of the same mesh, use `learn_laws`.

    Parameters
    ----------
    mesh
        The measurements; the law is generic if too few places are known.
    prior
        Prior over places.
    tolerance_km
        How far off the place of a landmark may be, km.

    Returns
    -------
    DelayLaw
        The attacker's law of delays.
    """
    check_mesh(mesh)
    law = fit_law(in_full_order(mesh).mesh, tolerance_km)
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
    """Move from the generic correlation to its neighbours as long as that is clearly better.

    Clearly means by more than one standard error of the difference (Breiman et al., Classification
    and Regression Trees, 1984, section 3.4.3); otherwise a few targets would choose at random.
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
