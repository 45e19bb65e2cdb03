"""The calibrated estimator: prior × likelihood of the delays, tempered, with conformal levels.

The package docstring says in which order it computes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Bound, BoundKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.calibrated.conformal import Calibration
from rttgeo.estimators.calibrated.folds import NO_FOLD
from rttgeo.estimators.calibrated.known import Mask
from rttgeo.estimators.calibrated.likelihood import Evidence, Model
from rttgeo.estimators.calibrated.memory import Reach, learnt_mesh
from rttgeo.estimators.calibrated.settings import Settings
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
    own_cells: ClassVar[bool] = True

    def with_audit(self, audit: bool) -> Calibrated:
        """It asks the audit itself, fold by fold: the same with or without that."""
        return dataclasses.replace(self, settings=dataclasses.replace(self.settings, audit=audit))

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn from all known targets of a mesh; ``grid`` is not used."""
        learnt = learnt_mesh(mesh, self.settings)
        reach = Reach(TRAINING_COLOCATED_KM, TRAINING_COLOCATED_KM)
        model, calibration = learnt.without(NO_FOLD, reach)
        data, misplaced = learnt.data, learnt.data.misplaced(Mask.empty(mesh))
        field = data.field(model.field.statistics, data.known.without(misplaced))
        return FittedCalibrated(self, model._replace(field=field), calibration, misplaced.landmark)

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: IntArray,
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """Locate targets, each left out with its fold; ``grid`` is not used.

        Curve, covariances, tempering and levels are learnt without any node at the place of any
        known target of its fold; the residuals carried over to a target's cells, without any at
        its own place.
        """
        learnt = learnt_mesh(mesh, self.settings)
        reach = Reach(colocated_km, max(colocated_km, exclude_km or 0.0))
        nobody = np.zeros(len(mesh.landmarks), dtype=bool)
        fitted = {
            fold: FittedCalibrated(self, *learnt.without(fold, reach), nobody)
            for fold in np.unique(learnt.fold[targets]).tolist()
        }

        def located(number: int) -> Estimate:
            pairs = usable_pairs(mesh, number, exclude_km)
            near = Mask(*nodes_at(mesh, number, colocated_km))
            bad = learnt.data.misplaced(near)
            hidden = np.flatnonzero((near.target | bad.target)[learnt.data.known.number])
            ready = fitted[int(learnt.fold[number])].without(near.landmark, bad.landmark)
            return ready.locate(pairs, str(mesh.targets.index[number]), hidden)

        return side_by_side(located, targets.tolist())


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


CALIBRATED: Final = Calibrated()
"""The default method."""

NO_CITIES: Final = Calibrated("calibrated-no-cities", Settings(cities=False))
"""The same without what is known of cities and coasts."""
