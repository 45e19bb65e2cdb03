"""What is learnt from a mesh, fold by fold: model and calibration, each learnt once and kept.

A calibration is learnt from known targets, each of which is left out and located like one of
unknown place. Results are kept, so that a loop of `rttgeo.locate` costs the same as one
`rttgeo.locate_many`. Meshes are distinguished by their content (`rttgeo.Mesh.digest`); only the
last few are kept, so that memory is bounded. What takes longest to learn, the calibration, is also
kept for later processes (`on_disk`).
"""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rttgeo.estimators.calibrated import on_disk
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.conformal import Calibration, Trial, choose
from rttgeo.estimators.calibrated.doubt import weighed
from rttgeo.estimators.calibrated.folds import NO_FOLD, fold_of, mask_of
from rttgeo.estimators.calibrated.known import KnownTargets, Mask
from rttgeo.estimators.calibrated.likelihood import Model
from rttgeo.estimators.calibrated.seen import Seen
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.training import TrainingData
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.machine.waiting import waiting
from rttgeo.mesh import Mesh
from rttgeo.sphere import between
from rttgeo.typing import IntArray

MESHES_KEPT = 4
"""Number of meshes kept: as many as one might compare side by side. One with 600 known targets
takes some tens of MB."""


@dataclasses.dataclass(frozen=True, eq=False)
class LeftOut:
    """Trials on left-out targets, and what is learnt from the others.

    Attributes
    ----------
    data
        The mesh.
    shown
        The known targets outside of ``mask``.
    model
        What was learnt from them.
    mask
        Nodes that are not learnt from: the fold that the calibration is for.
    reach_km
        Nodes within this distance of a left-out target are left out with it, km.
    """

    data: TrainingData
    shown: KnownTargets
    model: Model
    mask: Mask
    reach_km: float

    def calibrate(self, rows: IntArray) -> Calibration:
        """Choose tempering and levels from some targets of known place.

        Parameters
        ----------
        rows
            Row numbers in ``shown`` of the targets to try.

        Returns
        -------
        Calibration
            Tempering and levels; generic if there are too few trials.
        """
        trials = [one for one in side_by_side(self.trial, rows.tolist()) if one is not None]
        chosen = choose(trials, self.data.settings)
        if not chosen.n_trials:
            return chosen
        seen = Seen.of([t.lowest_ms for t in trials], [t.landmarks for t in trials])
        return chosen._replace(seen=seen)

    def trial(self, row: int) -> Trial | None:
        """Locate a known target as if its place were unknown.

        The audit is run without it, so that it faces misplaced landmarks that only its own place
        would have revealed.

        Parameters
        ----------
        row
            Row number in ``shown``.

        Returns
        -------
        Trial | None
            The trial; None without pairs, or if no single place can have answered them.
        """
        data, shown, here = self.data, self.shown, self.shown.points[row]
        hidden = between(shown.points, here) <= self.reach_km
        target = self.mask.target.copy()
        target[shown.number[hidden]] = True
        near = between(data.landmarks, here) <= self.reach_km
        misplaced = data.misplaced(Mask(self.mask.landmark | near, target))
        pairs = data.pairs_of(shown, row, self.reach_km, misplaced.landmark)
        if not len(pairs.rtt_ms):
            return None
        agreed = agreement(pairs, data.settings)
        if not agreed.one_place:
            return None
        gone = np.flatnonzero(hidden | misplaced.target[shown.number])
        field = self.model.field.without(misplaced.landmark)
        mixture = weighed(self.model._replace(field=field), agreed.pairs, gone)
        lon, lat = float(shown.lon[row]), float(shown.lat[row])
        tried = try_target(mixture, lon, lat)
        return tried._replace(landmarks=mixture.main.n_landmarks)


class Learnt(NamedTuple):
    """Everything that was learnt without one fold.

    Attributes
    ----------
    model
        Residual field (over all known targets, since the ones to leave out are given for each
        target), law of the quickest landmark, and prior.
    calibration
        Tempering and levels.
    """

    model: Model
    calibration: Calibration


@dataclasses.dataclass(frozen=True)
class Reach:
    """Distances within which nodes are left out with a target, km.

    Attributes
    ----------
    learning_km
        Nodes within this distance of a target in a fold are not learnt from for that fold.
    locating_km
        Nodes within this distance of a left-out target neither locate it nor predict its delays.
    """

    learning_km: float
    locating_km: float


class LearntMesh:
    """A mesh with everything learnt from it so far, fold by fold, each learnt on first use."""

    def __init__(self, mesh: Mesh, settings: Settings) -> None:
        self.data = TrainingData.of(mesh, settings)
        self.fold: IntArray = fold_of(mesh, settings.folds)
        self._learnt: dict[tuple[int, Reach], Learnt] = {}
        self._lock = threading.RLock()

    def without(self, fold: int, reach: Reach) -> Learnt:
        """Learn without the known targets of a fold, or look up what was learnt before.

        Parameters
        ----------
        fold
            Number of the fold; `folds.NO_FOLD` to learn from all known targets.
        reach
            Distances within which nodes count as being at the target's place, km.

        Returns
        -------
        Learnt
            Model and calibration.
        """
        with self._lock:
            if (fold, reach) not in self._learnt:
                self._learnt[fold, reach] = self._learn(fold, reach)
            return self._learnt[fold, reach]

    def _learn(self, fold: int, reach: Reach) -> Learnt:
        data = self.data
        mask = Mask.empty(data.mesh)
        if fold != NO_FOLD:
            members = np.flatnonzero(self.fold == fold)
            mask = mask_of(data.mesh, members, reach.learning_km)
        shown = data.known.without(mask)
        model = data.model(shown, mask, reach.locating_km)
        left_out = LeftOut(data, shown, model, mask, reach.locating_km)
        # Trials are drawn anew for each fold, so that a lucky draw does not affect all targets.
        rows = data.trial_rows(shown, mask, fold)
        calibration = self._calibration(left_out, rows, (fold, reach))
        every = data.field(model.field.statistics, data.possible(data.known, mask))
        return Learnt(model._replace(field=every), calibration)

    def _calibration(self, left_out: LeftOut, rows: IntArray, which: object) -> Calibration:
        """Calibrate, or look up what was learnt by another process."""
        settings = self.data.settings
        if len(rows) < settings.min_trials:
            return left_out.calibrate(rows)
        key = on_disk.key_of(self._taught, settings, which)
        found = on_disk.look_up(key, settings)
        if found is None:
            with waiting(f"Learning from {self.data.mesh.provenance.name}: kept for the next time"):
                found = left_out.calibrate(rows)
            if found.n_trials:
                on_disk.keep(key, found)
        return found

    @cached_property
    def _taught(self) -> str:
        return on_disk.taught_digest(self.data.mesh)


_kept: OrderedDict[tuple[str, Settings], LearntMesh] = OrderedDict()
_lock = threading.Lock()


def learnt_mesh(mesh: Mesh, settings: Settings) -> LearntMesh:
    """Look up what was learnt from a mesh with this content and these settings.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    settings
        Settings of the estimator.

    Returns
    -------
    LearntMesh
        The memory of this mesh, shared by all callers; empty at first.
    """
    key = mesh.digest, settings
    with _lock:
        if key not in _kept:
            _kept[key] = LearntMesh(mesh, settings)
        _kept.move_to_end(key)
        while len(_kept) > MESHES_KEPT:
            _kept.popitem(last=False)
        return _kept[key]
