"""The calibrated estimator: prior × likelihood of the delays, tempered, with conformal levels.

The package docstring says in which order it computes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Bound, BoundKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.calibrated.conformal import Calibration
from rttgeo.estimators.calibrated.known import Mask, lots
from rttgeo.estimators.calibrated.left_out import LeftOut
from rttgeo.estimators.calibrated.likelihood import Evidence, Model
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.training import TrainingData
from rttgeo.estimators.estimate import NOTHING_LEARNT, Estimate
from rttgeo.estimators.training import (
    TRAINING_COLOCATED_KM,
    keep_pairs,
    nodes_at,
    usable_pairs,
)
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, IntArray


class Learnt(NamedTuple):
    """All that was learnt: the model, and how far to believe it."""

    model: Model
    calibration: Calibration


def learn(data: TrainingData, mask: Mask, reach_km: float, draw: int = 0) -> Learnt:
    """Learn without the nodes of a mask; nodes within reach of a left-out target go with it.

    ``draw`` numbers the lots by which those are drawn: drawn anew for each fold, their luck is
    not that of all targets.
    """
    shown = data.known.without(mask)
    model = data.model(shown, mask, reach_km)
    left_out = LeftOut(data, shown, model, mask, reach_km)
    return Learnt(model, left_out.calibrate(data.trial_rows(shown, mask, draw)))


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """The default estimator.

    Attributes
    ----------
    name
        In `rttgeo.estimators.METHODS`.
    settings
        What it takes for granted; ``Settings(cities=False)`` for one without cities.

    Notes
    -----
    Its regions lie within the fibre circles of the landmarks used, 50 km left to the declared
    places and a cell's radius to the grid; where those have no common place, within as many as
    agree. That is no guarantee: light in air is quicker. For a region that physics guarantees, use
    ``exclusion-vacuum``.

    It works on cells of its own: 3 km wide at the likeliest cities, elsewhere as fine as the
    fibre's exclusion region of the target allows (25 km for a region of a thousand km).
    """

    name: str = "calibrated"
    settings: Settings = dataclasses.field(default_factory=Settings)
    audits: ClassVar[bool] = True

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn the field, and on left-out targets how far to believe it."""
        data = TrainingData.of(mesh, self.settings)
        mask = Mask.empty(mesh)
        misplaced = data.misplaced(mask)
        learnt = learn(data, mask, TRAINING_COLOCATED_KM)
        field = data.field(learnt.model.field.statistics, data.known.without(misplaced))
        model = learnt.model._replace(field=field)
        return FittedCalibrated(self, model, learnt.calibration, misplaced.landmark)

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: IntArray,
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """Locate targets in folds.

        Curve, covariances, tempering and levels are learnt without any node at the place of any
        target of the fold; the residuals carried over to a target's cells, without any at its
        own place.
        """
        data, found = TrainingData.of(mesh, self.settings), dict[int, Estimate]()
        reach = colocated_km if exclude_km is None else max(exclude_km, colocated_km)
        for draw, fold in folds_of(targets, self.settings.folds):
            learnt = learn(data, _near(mesh, fold, colocated_km), reach, draw)
            field = data.field(learnt.model.field.statistics, data.known)
            model = learnt.model._replace(field=field)
            fitted = FittedCalibrated(
                self, model, learnt.calibration, np.zeros(len(mesh.landmarks), bool)
            )

            def located(number: int, fitted: FittedCalibrated = fitted) -> Estimate:
                pairs = usable_pairs(mesh, number, exclude_km)
                near = Mask(*nodes_at(mesh, number, colocated_km))
                bad = data.misplaced(near)
                hidden = np.flatnonzero((near.target | bad.target)[data.known.number])
                ready = fitted.without(near.landmark, bad.landmark)
                return ready.locate(pairs, str(mesh.targets.index[number]), hidden)

            found.update(zip(fold.tolist(), side_by_side(located, fold.tolist()), strict=True))
        return [found[int(number)] for number in targets]


@dataclasses.dataclass(frozen=True, eq=False)
class FittedCalibrated:
    """`Calibrated` with what it learnt.

    Attributes
    ----------
    estimator
        The estimator.
    model
        The residual field, the quickest landmark's law and the prior.
    calibration
        Tempering, levels and snap.
    misplaced
        Landmarks that the audit found misplaced: not used.
    """

    estimator: Calibrated
    model: Model
    calibration: Calibration
    misplaced: BoolArray

    def without(self, unknown: BoolArray, misplaced: BoolArray) -> FittedCalibrated:
        """As if nothing were known of what some landmarks measured, and with others misplaced."""
        model = self.model._replace(field=self.model.field.without(unknown | misplaced))
        return dataclasses.replace(self, model=model, misplaced=misplaced)

    def locate(self, pairs: TargetPairs, target: str, hidden: IntArray | None = None) -> Estimate:
        """Posterior of one target, and its likely place.

        Raises
        ------
        BadInputError
            When no landmark measured it.
        """
        if not len(pairs.rtt_ms):
            raise BadInputError(f"target {target!r} has no round-trip time from any landmark")
        trusted = ~self.misplaced[pairs.landmark]
        if trusted.any():
            pairs = keep_pairs(pairs, trusted)
        if hidden is None:
            hidden = np.empty(0, dtype=np.int64)
        calibration = self.calibration
        evidence = self.model.gather(pairs, hidden)
        posterior = evidence.posterior(calibration.tempering, calibration.levels)
        snapped = evidence.lowest_ms <= calibration.snap_ms
        lon, lat = (evidence.lon, evidence.lat) if snapped else evidence.likely_place()
        generic = self.model.field.statistics.generic or not calibration.n_trials
        return Estimate(
            method=self.estimator.name,
            target=target,
            lon=lon,
            lat=lat,
            posterior=posterior,
            notes=(NOTHING_LEARNT,) if generic else (),
            bound=_bound(evidence, generic),
            n_landmarks=evidence.n_landmarks,
        )


def _bound(evidence: Evidence, generic: bool) -> Bound:
    """What the region rests on; landmarks that conflict are not taken for a hard bound."""
    n, agreed = evidence.n_landmarks, evidence.n_agreed
    among = (
        f"the {n} quickest landmarks" if agreed == n else f"{agreed} of {n} landmarks (conflict)"
    )
    field = "generic delays" if generic else "learnt residual field"
    return Bound(BoundKind.FITTED, f"{field}, within fibre and 50 km of {among}")


def folds_of(targets: IntArray, count: int) -> Iterator[tuple[int, IntArray]]:
    """Numbered folds of targets, by lot: where they are said to be must not say who shares one.

    Nor must it change much which other targets there are: a mesh with one target less would
    else be learnt from in all other parts.
    """
    fold = np.floor(lots(targets, 2) * count).astype(int)
    for number in range(count):
        if (fold == number).any():
            yield number, np.sort(targets[fold == number])


def _near(mesh: Mesh, fold: IntArray, colocated_km: float) -> Mask:
    """Landmarks and targets at the place of any target of the fold."""
    near = Mask.empty(mesh)
    for number in fold:
        near = near.also(*nodes_at(mesh, int(number), colocated_km))
    return near


CALIBRATED: Final = Calibrated()
"""The default method."""

NO_CITIES: Final = Calibrated("calibrated-no-cities", Settings(cities=False))
"""The same without what is known of cities and coasts."""
