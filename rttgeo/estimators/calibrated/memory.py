"""What was learnt of a mesh is kept: the same content and settings are learnt from once.

So a loop of `rttgeo.locate` costs what one `rttgeo.locate_many` costs. Meshes are told apart by
their content (`rttgeo.Mesh.digest`); the few last ones are kept, so that memory is bounded.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from rttgeo.estimators.calibrated.conformal import Calibration
from rttgeo.estimators.calibrated.folds import NO_FOLD, fold_of, mask_of
from rttgeo.estimators.calibrated.known import Mask
from rttgeo.estimators.calibrated.left_out import LeftOut
from rttgeo.estimators.calibrated.likelihood import Model
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.training import TrainingData
from rttgeo.mesh import Mesh
from rttgeo.typing import IntArray

MESHES_KEPT = 4
"""As many as somebody compares side by side; one of 600 known targets is some tens of MB."""


class Learnt(NamedTuple):
    """All that was learnt without one fold.

    Attributes
    ----------
    model
        Residual field (over all known targets: who is left out is said target by target), law of
        the quickest landmark, and prior.
    calibration
        Tempering, levels, and where the place is the quickest landmark's.
    """

    model: Model
    calibration: Calibration


@dataclasses.dataclass(frozen=True)
class Reach:
    """Distances, km, within which nodes are left out with a target.

    Attributes
    ----------
    learning_km
        Nodes this near a target of a fold are not learnt from for that fold.
    locating_km
        Nodes this near a left-out target neither locate it nor predict its delays.
    """

    learning_km: float
    locating_km: float


class LearntMesh:
    """A mesh with all that was learnt of it so far, fold by fold, each when first asked for."""

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
            Distances within which nodes are taken to be at the target's place, km.

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
        # Trials are drawn anew for each fold: their luck is not that of all targets.
        calibration = left_out.calibrate(data.trial_rows(shown, mask, fold))
        every = data.field(model.field.statistics, data.possible(data.known, mask))
        return Learnt(model._replace(field=every), calibration)


_kept: OrderedDict[tuple[str, Settings], LearntMesh] = OrderedDict()
_lock = threading.Lock()


def learnt_mesh(mesh: Mesh, settings: Settings) -> LearntMesh:
    """Look up what was learnt of a mesh of this content with these settings, empty at first.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    settings
        Settings of the estimator.

    Returns
    -------
    LearntMesh
        The memory of this mesh, shared by all callers.
    """
    key = mesh.digest, settings
    with _lock:
        if key not in _kept:
            _kept[key] = LearntMesh(mesh, settings)
        _kept.move_to_end(key)
        while len(_kept) > MESHES_KEPT:
            _kept.popitem(last=False)
        return _kept[key]
