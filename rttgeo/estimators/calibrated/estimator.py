"""The calibrated estimator: prior × likelihood of the delays, tempered, with conformal levels.

The docstring of the package lists the steps in order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.auditing.disjoint import two_places
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.arcs import conflicting_discs
from rttgeo.estimators.calibrated.ablation import WITHOUT
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.conformal import Calibration
from rttgeo.estimators.calibrated.doubt import weighed
from rttgeo.estimators.calibrated.folds import NO_FOLD
from rttgeo.estimators.calibrated.known import Mask
from rttgeo.estimators.calibrated.likelihood import Evidence, Model
from rttgeo.estimators.calibrated.memory import Reach, learnt_mesh
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.posterior import GRID, CalibratedPosterior
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.estimate import NOTHING_LEARNT, Estimate
from rttgeo.estimators.training import (
    TRAINING_COLOCATED_KM,
    keep_pairs,
    nodes_at,
    usable_pairs,
)
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, IntArray

SHOWN_NAMES = 5
"""Most landmarks named in a note."""

SEVERAL_PLACES: Final = Note(
    NoteKind.ANYCAST,
    "no single wrong landmark explains it: `rttgeo anycast` tells how many places the target "
    "answers from, and which",
)
"""The note on an estimate without a region, for a target that answers from several places."""


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """The default estimator.

    Attributes
    ----------
    name
        Name in `rttgeo.estimators.METHODS`.
    settings
        What it assumes; ``Settings(cities=False)`` for a method that does not use cities.

    Notes
    -----
    Its regions lie within the circles of light in fibre around the landmarks used, with a tolerance
    of 50 km for declared places and a cell's radius for the grid, and within the circles of light
    in vacuum, with 5 km for both together. If those have no point in common, regions lie within as
    many as agree. This is not a guarantee, since light is faster in air than in fibre. For a region
    that physics guarantees, use ``exclusion-vacuum``.

    It uses its own cells: 3 km wide at the most likely cities, elsewhere as fine as the target's
    exclusion region in fibre allows (25 km for a region of a thousand km).
    """

    name: str = "calibrated"
    settings: Settings = dataclasses.field(default_factory=Settings)
    own_cells: ClassVar[bool] = True

    def with_audit(self, audit: bool) -> Calibrated:
        """Switch the audit on or off; the estimator runs it itself, fold by fold.

        Parameters
        ----------
        audit
            Whether to leave out misplaced nodes and impossible pairs.

        Returns
        -------
        Calibrated
            A copy of the estimator with this setting.
        """
        return dataclasses.replace(self, settings=dataclasses.replace(self.settings, audit=audit))

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn from all known targets of a mesh.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.
        grid
            Not used, since the estimator chooses its own cells.

        Returns
        -------
        FittedCalibrated
            What was learnt, ready to locate further targets.
        """
        learnt = learnt_mesh(mesh, self.settings)
        reach = Reach(TRAINING_COLOCATED_KM, TRAINING_COLOCATED_KM)
        model, calibration = learnt.without(NO_FOLD, reach)
        data, misplaced = learnt.data, learnt.data.misplaced(Mask.empty(mesh))
        possible = data.possible(data.known, Mask.empty(mesh))
        field = data.field(model.field.statistics, possible.without(misplaced))
        names = tuple(map(str, mesh.landmarks.index))
        fitted = model._replace(field=field)
        return FittedCalibrated(self, fitted, calibration, misplaced.landmark, names)

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: IntArray,
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """Locate targets of a mesh, leaving each out together with its fold.

        Curve, covariances, tempering and levels are learnt without any node at the place of any
        known target in its fold. Residuals are carried over to a target's cells without any from
        its own place.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.
        grid
            Not used, since the estimator chooses its own cells.
        targets
            Row numbers of the targets, shape (n,).
        colocated_km
            Nodes within this distance of a target count as being at its place, km.
        exclude_km
            Landmarks within this distance of a target are left out, km; None keeps all but the
            target itself.

        Returns
        -------
        Sequence[Estimate]
            One estimate per target, in their order.
        """
        learnt = learnt_mesh(mesh, self.settings)
        reach = Reach(colocated_km, max(colocated_km, exclude_km or 0.0))
        nobody = np.zeros(len(mesh.landmarks), dtype=bool)
        names = tuple(map(str, mesh.landmarks.index))
        fitted = {
            fold: FittedCalibrated(self, *learnt.without(fold, reach), nobody, names)
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
    """A fitted `Calibrated`.

    Attributes
    ----------
    estimator
        The estimator.
    model
        The residual field, the quickest landmark's law and the prior.
    calibration
        Tempering and levels.
    misplaced
        Mask of the landmarks that the audit found misplaced, which are not used.
    names
        Ids of the landmarks.
    """

    estimator: Calibrated
    model: Model
    calibration: Calibration
    misplaced: BoolArray
    names: tuple[str, ...]
    in_threads: ClassVar[bool] = True

    def without(self, unknown: BoolArray, misplaced: BoolArray) -> FittedCalibrated:
        """Drop what some landmarks measured to known targets, and treat others as misplaced.

        Parameters
        ----------
        unknown
            Mask of the landmarks whose measurements are dropped, shape (n_landmarks,).
        misplaced
            Mask of the landmarks at a wrong declared place, shape (n_landmarks,).

        Returns
        -------
        FittedCalibrated
            A copy that knows this; the model's other parts are shared.
        """
        model = self.model._replace(field=self.model.field.without(unknown | misplaced))
        return dataclasses.replace(self, model=model, misplaced=misplaced)

    def locate(self, pairs: TargetPairs, target: str, hidden: IntArray | None = None) -> Estimate:
        """Compute the posterior of one target, and its likely place.

        Parameters
        ----------
        pairs
            Round-trip times (ms) of one target, with the landmarks' numbers and places.
        target
            Id of the target.
        hidden
            Row numbers of the known targets that must not be learnt from, or None.

        Returns
        -------
        Estimate
            The estimate; without a place if the landmarks contradict each other too much.

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
        agreed = agreement(pairs, self.model.settings)
        group = self._names(pairs.landmark[agreed.group])
        generic = self.model.field.statistics.generic or not self.calibration.n_trials
        notes: tuple[Note, ...] = (NOTHING_LEARNT,) if generic else ()
        if not agreed.one_place:
            return self._no_place(pairs, target, group, several=agreed.several)
        if len(agreed.left_out):
            notes += (_left_out(self._names(pairs.landmark[agreed.left_out]), len(pairs.rtt_ms)),)
        mixture = weighed(self.model, agreed.pairs, hidden)
        notes += self._doubted(mixture, agreed.pairs)
        evidence = mixture.main
        if unlike := self.calibration.seen.unlike(evidence.lowest_ms, evidence.n_landmarks):
            text = f"the target is unlike those that the method was calibrated on: {unlike}"
            notes += (Note(NoteKind.UNLIKE, text),)
        if evidence.n_agreed < evidence.n_landmarks:
            notes += (_disagreeing(evidence),)
            group = group or self._names(evidence.landmark[_smallest_group(evidence)])
        posterior, (lon, lat) = self._posterior_and_place(mixture)
        return Estimate(
            method=self.estimator.name,
            target=target,
            lon=lon,
            lat=lat,
            posterior=posterior,
            conflict=group,
            notes=notes,
            bound=_bound(evidence, generic),
            n_landmarks=evidence.n_landmarks,
        )

    def _posterior_and_place(
        self, mixture: Mixture
    ) -> tuple[CalibratedPosterior, tuple[float, float]]:
        """The posterior, and a likely place in the 95 % region."""
        calibration = self.calibration
        posterior = mixture.posterior(calibration.tempering, calibration.levels)
        place = mixture.likely_place()
        return posterior, place if posterior.holds(*place) else posterior.densest_place()

    def _doubted(self, mixture: Mixture, pairs: TargetPairs) -> tuple[Note, ...]:
        """Notes on landmarks that may be wrong: the region extends beyond their circles."""
        row, probability = mixture.doubted
        if not len(row):
            return ()
        names = self._names(pairs.landmark[row])
        likely = probability[0] >= self.model.settings.likely_doubt
        said = "; ".join(
            f"{name} is {'probably' if p >= self.model.settings.likely_doubt else 'possibly'} wrong "
            f"({p:.2f}), since the others would not predict the {rtt_ms:.3g} ms that it measured"
            for name, p, rtt_ms in zip(names, probability, pairs.rtt_ms[row], strict=True)
        )
        weight = "hardly counts" if likely else "is not used as a bound"
        return (Note(NoteKind.DOUBT, f"{said}: its measurement {weight}"),)

    def _no_place(
        self, pairs: TargetPairs, target: str, group: tuple[str, ...], *, several: bool
    ) -> Estimate:
        """The estimate if no single place can have answered: no region, and who proves it."""
        radius_km = KM_PER_MS_RTT["vacuum"] * pairs.rtt_ms + self.model.settings.tolerance_km
        sure = two_places(pairs.lon, pairs.lat, radius_km) is not None
        medium = "even light in vacuum" if sure else "light in fibre"
        text = (
            f"no single place can have given all answers: too many landmarks contradict each other by "
            f"more than {medium} allows; an anycast target answers from several places"
        )
        notes: tuple[Note, ...] = (Note(NoteKind.CONFLICT, text),)
        if several:
            notes += (SEVERAL_PLACES,)
        return Estimate(
            method=self.estimator.name,
            target=target,
            feasible=_nowhere(),
            conflict=group,
            notes=notes,
            bound=Bound(BoundKind.FITTED, "light in fibre, with 50 km for declared places"),
            n_landmarks=len(pairs.rtt_ms),
        )

    def _names(self, landmark: npt.NDArray[np.integer[Any]]) -> tuple[str, ...]:
        return tuple(self.names[int(row)] for row in landmark)


def _nowhere() -> Region:
    none = np.empty(0, dtype=np.int64)
    return Region.from_intervals(GRID, none, none)


def _left_out(names: tuple[str, ...], among: int) -> Note:
    shown = ", ".join(names[:SHOWN_NAMES]) + (", …" if len(names) > SHOWN_NAMES else "")
    text = (
        f"{len(names)} of {number_of(among, 'landmark')} {agreeing(len(names), 'contradicts')} "
        f"the others, left out: {shown}"
    )
    return Note(NoteKind.CONFLICT, text)


def _disagreeing(evidence: Evidence) -> Note:
    text = (
        f"the circles of {number_of(evidence.n_landmarks, 'landmark')} have no point in common: "
        f"the region is where {evidence.n_agreed} of them agree"
    )
    return Note(NoteKind.CONFLICT, text)


def _smallest_group(evidence: Evidence) -> IntArray:
    """Rows of the smallest group of landmarks whose circles have no point in common."""
    lon, lat = sphere.directions(evidence.circles.points)
    return conflicting_discs(lon, lat, evidence.circles.radius_km)


def _bound(evidence: Evidence, generic: bool) -> Bound:
    """What the region rests on; conflicting landmarks are not used as a hard bound."""
    n, agreed = evidence.n_landmarks, evidence.n_agreed
    among = (
        f"the {number_of(n, 'quickest landmark')}"
        if agreed == n
        else f"{agreed} of {number_of(n, 'landmark')} (conflict)"
    )
    field = "generic delays" if generic else "learnt residual field"
    circles = evidence.circles
    text = f"{field}, within fibre and {circles.tolerance_km:g} km of {among}"
    if circles.by_vacuum().any():
        text += f", and within vacuum and {circles.vacuum_km:g} km"
    left_km = circles.tolerance_km, circles.vacuum_km
    return Bound(BoundKind.FITTED, text, None, *left_km)


CALIBRATED: Final = Calibrated()
"""The default method."""

NO_CITIES: Final = Calibrated("calibrated-no-cities", Settings(cities=False))
"""The same without cities and coasts."""


def without(part: str) -> Calibrated:
    """Make the default method without one of the parts in `WITHOUT`.

    Parameters
    ----------
    part
        Name in `rttgeo.estimators.calibrated.ablation.WITHOUT`.

    Returns
    -------
    Calibrated
        The estimator, not yet fitted.
    """
    return Calibrated(f"without {part}", WITHOUT[part])


def ablations() -> list[Calibrated]:
    """Make the default method without each part in turn.

    Returns
    -------
    list of Calibrated
        One estimator for each part in `rttgeo.estimators.calibrated.ablation.WITHOUT`.
    """
    return [without(part) for part in WITHOUT]
