"""Targets left out once, with all that bears on them, so that many ideas can be tried on the same.

What the default method learns for a target is learnt here in the same way and by its own code,
except for its calibration: tempering and levels are chosen on the targets of the mesh's other
folds as they were located here, which costs a fifth and is the same for every idea.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.parts import COLOCATED_KM, targets_of
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.conformal import choose
from rttgeo.estimators.calibrated.doubt import weighed
from rttgeo.estimators.calibrated.folds import fold_of, mask_of
from rttgeo.estimators.calibrated.known import KnownTargets, Mask
from rttgeo.estimators.calibrated.likelihood import Model
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.training import TrainingData
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.estimators.training import keep_pairs, nodes_at, usable_pairs
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.sphere import distance_km
from rttgeo.typing import IntArray

Place = Callable[["LeftOut", Mixture], tuple[float, float]]


class LeftOut(NamedTuple):
    """One target, and what was learnt without it.

    Attributes
    ----------
    name, fold, lon, lat
        Its id, its fold, and its true place in degrees.
    pairs
        Its round-trip times (ms), ready to use.
    known
        All known targets with their round-trip times; the rows are those of the field's nodes.
    hidden
        Rows of those at its own place.
    shown
        Rows of those outside of its fold, which statistics may be learnt from.
    model, mixture
        What was learnt, and the evidence of the default method; None without one place.
    """

    name: str
    fold: int
    lon: float
    lat: float
    pairs: TargetPairs
    known: KnownTargets
    hidden: IntArray
    shown: IntArray
    model: Model
    mixture: Mixture | None


def left_out(mesh: Mesh, settings: Settings) -> list[LeftOut]:
    """Leave each target of a mesh out in turn, as the default method does.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    settings
        Settings of the estimator.

    Returns
    -------
    list[LeftOut]
        One entry for each target that can be scored.
    """
    data, fold, targets = (
        TrainingData.of(mesh, settings),
        fold_of(mesh, settings.folds),
        targets_of(mesh),
    )
    found: list[LeftOut] = []
    for one in np.unique(fold[targets]).tolist():
        mask = mask_of(mesh, np.flatnonzero(fold == one), COLOCATED_KM)
        model = data.model(data.known.without(mask), mask, COLOCATED_KM)
        every = data.possible(data.known, mask)
        model = model._replace(field=data.field(model.field.statistics, every))
        shown = np.flatnonzero(~mask.target[every.number])

        def of(
            number: int,
            fold: int = one,
            model: Model = model,
            known: KnownTargets = every,
            shown: IntArray = shown,
        ) -> LeftOut:
            return _left_out(data, number, fold, model, known, shown)

        found += side_by_side(of, targets[fold[targets] == one].tolist())
    return found


def _left_out(
    data: TrainingData, number: int, fold: int, model: Model, known: KnownTargets, shown: IntArray
) -> LeftOut:
    mesh = data.mesh
    near = Mask(*nodes_at(mesh, number, COLOCATED_KM))
    bad = data.misplaced(near)
    hidden = np.flatnonzero((near.target | bad.target)[known.number])
    own = model._replace(field=model.field.without(near.landmark | bad.landmark))
    pairs = usable_pairs(mesh, number, COLOCATED_KM)
    trusted = ~bad.landmark[pairs.landmark]
    agreed = agreement(keep_pairs(pairs, trusted) if trusted.any() else pairs, data.settings)
    mixture = weighed(own, agreed.pairs, hidden) if agreed.one_place else None
    lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
    name = str(mesh.targets.index[number])
    return LeftOut(name, fold, lon, lat, agreed.pairs, known, hidden, shown, own, mixture)


def likely(left: LeftOut, mixture: Mixture) -> tuple[float, float]:
    """Say where the default method puts a target."""
    return mixture.likely_place()


def scored(
    every: Sequence[LeftOut],
    mixtures: Sequence[Mixture | None],
    settings: Settings,
    place: Place = likely,
) -> Iterator[dict[str, Any]]:
    """Locate the targets by some evidence, each with what those of other folds taught.

    Parameters
    ----------
    every
        Targets of one mesh.
    mixtures
        The evidence for each of them.
    settings
        Settings of the estimator.
    place
        Says where a target is put.

    Yields
    ------
    dict
        Name, error (km), whether the 95 % region holds the target, and its area (km²); None where
        there is no place.
    """
    trials = [
        try_target(mixture, left.lon, left.lat) if mixture is not None else None
        for left, mixture in zip(every, mixtures, strict=True)
    ]
    folds = {left.fold for left in every}
    chosen = {
        fold: choose(
            [t for one, t in zip(every, trials, strict=True) if t is not None and one.fold != fold],
            settings,
        )
        for fold in folds
    }
    for left, mixture in zip(every, mixtures, strict=True):
        row: dict[str, Any] = {
            "target": left.name,
            "error_km": None,
            "covered": 0.0,
            "area_km2": None,
        }
        if mixture is not None:
            posterior = mixture.posterior(chosen[left.fold].tempering, chosen[left.fold].levels)
            at = place(left, mixture)
            # As in the default method, the place is never outside of the 95 % region.
            lon, lat = at if posterior.holds(*at) else posterior.densest_place()
            row["error_km"] = float(distance_km(lon, lat, left.lon, left.lat))
            row["covered"] = float(posterior.holds(left.lon, left.lat))
            row["area_km2"] = posterior.credible_region(0.95).area_km2
        yield row
