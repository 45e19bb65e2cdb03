"""Known targets, left out and located as a target of unknown place is: what they teach."""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo import sphere
from rttgeo.delay.calibrated import between
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.conformal import Calibration, Trial, choose, choose_snap
from rttgeo.estimators.calibrated.known import KnownTargets, Mask
from rttgeo.estimators.calibrated.likelihood import Model
from rttgeo.estimators.calibrated.mixture import weighed
from rttgeo.estimators.calibrated.training import TrainingData
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.typing import IntArray


@dataclasses.dataclass(frozen=True, eq=False)
class LeftOut:
    """Who is left out in turn, and what is learnt without them.

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
        Nodes this near a left-out target are left out with it.
    """

    data: TrainingData
    shown: KnownTargets
    model: Model
    mask: Mask
    reach_km: float

    def calibrate(self, rows: IntArray) -> Calibration:
        """Choose tempering, levels and snap from some targets of known place.

        Parameters
        ----------
        rows
            Row numbers in ``shown`` of the targets to try.

        Returns
        -------
        Calibration
            What was chosen; generic where the trials are too few.
        """
        settings = self.data.settings
        tried = [one for one in side_by_side(self.trial, rows.tolist()) if one is not None]
        trials = [trial for trial, _ in tried]
        chosen = choose(trials, settings)
        if not chosen.n_trials:
            return chosen
        errors = np.array([error_km for _, error_km in tried])
        return chosen._replace(snap_ms=choose_snap(trials, errors, settings))

    def trial(self, row: int) -> tuple[Trial, float] | None:
        """Treat a known target as one to be located, and find the error of its likely place.

        Whom the audit blames is asked without it, so that it meets the misplaced landmarks that
        only its own place would have given away.

        Parameters
        ----------
        row
            Row number in ``shown``.

        Returns
        -------
        tuple[Trial, float] | None
            The trial and the error in km; None without pairs, or where no one place can have
            answered them.
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
        error_km = float(sphere.distance_km(*mixture.likely_place(), lon, lat))
        return try_target(mixture, lon, lat), error_km
