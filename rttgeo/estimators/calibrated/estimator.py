"""The calibrated estimator: delays as a field over the globe, regions that cover as named.

What a landmark would measure to a place is told from what it measured to known targets near
there (`calibrated_field`). A target's place is then where the whole vector of its round-trip
times fits best, its errors being alike for landmarks near each other; the quickest landmark
and the population speak as well (`calibrated_target`, `calibrated_prior`). How far all that can
be believed is learnt on targets that were left out (`calibrated_levels`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Bound, BoundKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.calibrated.kriging import Field
from rttgeo.estimators.calibrated.learning import Away, Learnt, Lesson, lots
from rttgeo.estimators.calibrated.likelihood import Evidence, gather
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.estimate import NOTHING_LEARNT, Estimate
from rttgeo.estimators.training import TRAINING_COLOCATED_KM, nodes_at, usable_pairs
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, IntArray

FOLDS = 5


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """The default estimator.

    Attributes
    ----------
    name
        In `rttgeo.estimators.METHODS`.
    prior
        Where targets are before any delay; ``Prior(population=False)`` for one without cities.

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
    prior: Prior = dataclasses.field(default_factory=Prior)
    audits: ClassVar[bool] = True

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn the field, and on left-out targets how far to believe it."""
        lesson = Lesson.of(mesh)
        nobody = Away.nobody(mesh)
        bad_landmark, bad_target = lesson.contradictions.misplaced(*nobody)
        learnt = lesson.learn(self.prior, TRAINING_COLOCATED_KM, nobody)
        known = lesson.known.keep(~bad_target[lesson.known.number], ~bad_landmark)
        return FittedCalibrated(self, learnt, lesson.field(learnt.statistics, known), bad_landmark)

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

        Curve, covariances, temper and levels are learnt without any node at the place of any
        target of the fold; the residuals carried over to a target's cells, without any at its
        own place.
        """
        lesson, found = Lesson.of(mesh), dict[int, Estimate]()
        reach = colocated_km if exclude_km is None else max(exclude_km, colocated_km)
        for draw, fold in folds_of(targets):
            near = _near(mesh, fold, colocated_km)
            learnt = lesson.learn(self.prior, reach, near, draw)
            field = lesson.field(learnt.statistics, lesson.known)
            fitted = FittedCalibrated(self, learnt, field, np.zeros(len(mesh.landmarks), bool))

            def located(number: int, fitted: FittedCalibrated = fitted) -> Estimate:
                pairs = usable_pairs(mesh, number, exclude_km)
                near_landmark, near_target = nodes_at(mesh, number, colocated_km)
                bad = lesson.contradictions.misplaced(near_landmark, near_target)
                hidden = np.flatnonzero((near_target | bad[1])[lesson.known.number])
                ready = fitted.without(near_landmark, bad[0])
                return ready.locate(pairs, str(mesh.targets.index[number]), hidden)

            found.update(zip(fold.tolist(), side_by_side(located, fold.tolist()), strict=True))
        return [found[int(number)] for number in targets]


@dataclasses.dataclass(frozen=True, eq=False)
class FittedCalibrated:
    """`Calibrated` with what it learnt.

    Attributes
    ----------
    learnt
        The quickest landmark's law, how targets lie about cities, temper and levels.
    field
        The residual field.
    misplaced
        Landmarks that the audit found misplaced: not used.
    """

    settings: Calibrated
    learnt: Learnt
    field: Field
    misplaced: BoolArray

    def without(self, unknown: BoolArray, misplaced: BoolArray) -> FittedCalibrated:
        """As if nothing were known of what some landmarks measured, and with others misplaced."""
        field = self.field.without(unknown | misplaced)
        return dataclasses.replace(self, field=field, misplaced=misplaced)

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
            pairs = TargetPairs(
                pairs.landmark[trusted],
                pairs.lon[trusted],
                pairs.lat[trusted],
                pairs.rtt_ms[trusted],
            )
        if hidden is None:
            hidden = np.empty(0, dtype=np.int64)
        _, law, prior, calibration = self.learnt
        evidence = gather(self.field, law, prior, pairs, hidden)
        posterior = evidence.posterior(calibration.tempering, calibration.levels)
        snapped = evidence.lowest_ms <= calibration.snap_ms
        lon, lat = (evidence.lon, evidence.lat) if snapped else evidence.likely_place()
        generic = self.field.statistics.generic or not calibration.n_trials
        return Estimate(
            method=self.settings.name,
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


def folds_of(targets: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Numbered folds of targets, by lot: where they are said to be must not say who shares one.

    Nor must it change much which other targets there are: a mesh with one target less would
    else be learnt from in all other parts.
    """
    fold = np.floor(lots(targets, 2) * FOLDS).astype(int)
    for number in range(FOLDS):
        if (fold == number).any():
            yield number, np.sort(targets[fold == number])


def _near(mesh: Mesh, fold: IntArray, colocated_km: float) -> Away:
    """Landmarks and targets at the place of any target of the fold."""
    near = Away.nobody(mesh)
    for number in fold:
        for mask, one in zip(near, nodes_at(mesh, int(number), colocated_km), strict=True):
            mask |= one
    return near
