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
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.audit.violations import Contradictions
from rttgeo.errors import BadInputError
from rttgeo.grid import Grid
from rttgeo.locate.calibrated_delays import GENERIC, between, learn_statistics, vectors
from rttgeo.locate.calibrated_field import FILLED_SHARE, Field, make_field
from rttgeo.locate.calibrated_levels import Calibration, choose, choose_snap
from rttgeo.locate.calibrated_prior import Prior
from rttgeo.locate.calibrated_spread import MAX_LEFT_OUT, learn_spread
from rttgeo.locate.calibrated_target import Evidence, NearestLaw, gather, try_target
from rttgeo.locate.estimate import NOTHING_LEARNT, Estimate
from rttgeo.locate.training import TRAINING_COLOCATED_KM, nodes_at, usable_pairs
from rttgeo.mesh import Mesh, TargetPairs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FOLDS = 8
MAX_NODES = 600
MAX_TRIALS = 60


class Known(NamedTuple):
    """The known targets of a mesh as a matrix.

    Attributes
    ----------
    number
        Their row numbers in the target table, shape (n,).
    lon, lat, points
        Their places, degrees and unit vectors.
    rtt_ms
        Shape (n, n_landmarks), NaN where not measured.
    """

    number: IntArray
    lon: FloatArray
    lat: FloatArray
    points: FloatArray
    rtt_ms: FloatArray

    def keep(self, node: BoolArray, landmark: BoolArray) -> Known:
        """Only some of the nodes, and what some of the landmarks measured to them."""
        rtt = np.where(landmark[None, :], self.rtt_ms[node], np.nan)
        return Known(self.number[node], self.lon[node], self.lat[node], self.points[node], rtt)


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """The default estimator.

    Attributes
    ----------
    name
        In `rttgeo.locate.METHODS`.
    prior
        Where targets are before any delay; ``Prior(population=False)`` for one without cities.

    Notes
    -----
    Its regions lie within the fibre circles of the landmarks used, 50 km left to the declared
    places; where those have no common place, within as many as agree. That is no guarantee: light
    in air is quicker. For a region that physics guarantees, use ``exclusion-vacuum``.

    It works on a grid of its own, as fine as the fibre's exclusion region of the target allows
    (0.3° for a region of a thousand km, 3 km for one of a hundred).
    """

    name: str = "calibrated"
    prior: Prior = dataclasses.field(default_factory=Prior)
    audits: ClassVar[bool] = True

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn the field, and on left-out targets how far to believe it."""
        none = np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool)
        bad_landmark, bad_target = Contradictions.of(mesh).misplaced(*none)
        known = known_targets(mesh)
        known = known.keep(~bad_target[known.number], ~bad_landmark)
        landmarks = vectors(*mesh.landmark_lonlat)
        learnt = _learn(known, mesh, landmarks, self.prior, TRAINING_COLOCATED_KM)
        return FittedCalibrated(self, *learnt, bad_landmark)

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
        known, landmarks = known_targets(mesh), vectors(*mesh.landmark_lonlat)
        contradictions = Contradictions.of(mesh)
        found: dict[int, Estimate] = {}
        for fold in folds_of(targets):
            near_landmark, near_target = _near(mesh, fold, colocated_km)
            bad_landmark, bad_target = contradictions.misplaced(near_landmark, near_target)
            node = ~(near_target | bad_target)[known.number]
            landmark = ~(near_landmark | bad_landmark)
            reach = colocated_km if exclude_km is None else max(exclude_km, colocated_km)
            learn = known.keep(node, landmark)
            learnt = _learn(learn, mesh, landmarks, self.prior, reach)
            field = make_field(learnt[0].statistics, known.rtt_ms, known.points, landmarks)
            fitted = FittedCalibrated(self, field, *learnt[1:], bad_landmark)
            for number in fold:
                pairs = usable_pairs(mesh, int(number), exclude_km)
                near_landmark, near_target = nodes_at(mesh, int(number), colocated_km)
                bad_landmark, bad_target = contradictions.misplaced(near_landmark, near_target)
                hidden = np.flatnonzero((near_target | bad_target)[known.number])
                ready = fitted.without(near_landmark, bad_landmark)
                name = str(mesh.targets.index[number])
                found[int(number)] = ready.locate(pairs, name, hidden)
        return [found[int(number)] for number in targets]


@dataclasses.dataclass(frozen=True, eq=False)
class FittedCalibrated:
    """`Calibrated` with what it learnt.

    Attributes
    ----------
    field, law, calibration
        The residual field, the quickest landmark's law, temper and levels.
    misplaced
        Landmarks that the audit found misplaced: not used.
    """

    settings: Calibrated
    field: Field
    law: NearestLaw
    calibration: Calibration
    misplaced: BoolArray

    def without(self, unknown: BoolArray, misplaced: BoolArray) -> FittedCalibrated:
        """As if nothing were known of what some landmarks measured, and with others misplaced."""
        landmark = unknown | misplaced
        if not landmark.any():
            return dataclasses.replace(self, misplaced=misplaced)
        residual = np.where(landmark, np.nan, self.field.residual)
        field = dataclasses.replace(self.field, residual=residual)
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
        none = np.empty(0, dtype=np.int64)
        evidence = gather(
            self.field, self.law, self.settings.prior, pairs, none if hidden is None else hidden
        )
        posterior = evidence.posterior(self.calibration.tempering, self.calibration.levels)
        snapped = evidence.lowest_ms <= self.calibration.snap_ms
        lon, lat = (evidence.lon, evidence.lat) if snapped else evidence.likely_place()
        generic = self.field.statistics.generic or not self.calibration.n_trials
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


def _bound(evidence: Evidence, generic: bool) -> str:
    """What the region rests on; landmarks that conflict are not taken for a hard bound."""
    n, agreed = evidence.n_landmarks, evidence.n_agreed
    among = (
        f"the {n} quickest landmarks" if agreed == n else f"{agreed} of {n} landmarks (conflict)"
    )
    field = "generic delays" if generic else "learnt residual field"
    return f"{field}, within fibre and 50 km of {among}"


def known_targets(mesh: Mesh) -> Known:
    """Return the targets of known place as a matrix; a fixed choice of them if they are many."""
    count = np.diff(mesh.offsets)
    lon, lat = mesh.target_lonlat
    number = np.flatnonzero((count > 0) & np.isfinite(lon))
    if len(number) > MAX_NODES:
        number = np.sort(np.random.default_rng(0).permutation(number)[:MAX_NODES])
    row = np.full(len(mesh.targets), -1)
    row[number] = np.arange(len(number))
    rtt = np.full((len(number), len(mesh.landmarks)), np.nan)
    of_pair = row[mesh.pairs["target"].to_numpy()]
    used = of_pair >= 0
    rtt[of_pair[used], mesh.pairs["landmark"].to_numpy()[used]] = mesh.pairs["rtt_ms"][used]
    return Known(number, lon[number], lat[number], vectors(lon[number], lat[number]), rtt)


def folds_of(targets: IntArray) -> Iterator[IntArray]:
    """Targets in folds by lot: where they are said to be must not say who shares one.

    Nor must it change much which other targets there are: a mesh with one target less would
    else be learnt from in all other parts.
    """
    fold = np.floor(_lots(targets, 2) * FOLDS).astype(int)
    for number in range(FOLDS):
        if (fold == number).any():
            yield np.sort(targets[fold == number])


def _lots(number: IntArray, seed: int) -> FloatArray:
    """A lot, from 0 to 1, for each row number of the target table, whoever else there is."""
    return np.random.default_rng(seed).random(int(number.max(initial=-1)) + 1)[number]


def _near(mesh: Mesh, fold: IntArray, colocated_km: float) -> tuple[BoolArray, BoolArray]:
    """Masks of landmarks and of targets at the place of any target of the fold."""
    landmark, target = np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool)
    for number in fold:
        near_landmark, near_target = nodes_at(mesh, int(number), colocated_km)
        landmark |= near_landmark
        target |= near_target
    return landmark, target


def _learn(
    known: Known, mesh: Mesh, landmarks: FloatArray, prior: Prior, reach_km: float
) -> tuple[Field, NearestLaw, Calibration]:
    """Field, law and calibration from known targets; landmarks within reach do not locate."""
    seen = np.isfinite(known.rtt_ms).any(axis=0) if len(known.rtt_ms) else np.zeros(0, bool)
    statistics = GENERIC
    if seen.any():
        rtt = known.rtt_ms[:, seen]
        dense = bool(np.isfinite(rtt).mean() >= FILLED_SHARE)
        statistics = learn_statistics(rtt, known.points, landmarks[seen], dense)
    field = make_field(statistics, known.rtt_ms, known.points, landmarks)
    if not statistics.generic:
        some = np.argsort(_lots(known.number, 3))[:MAX_LEFT_OUT]
        spread = learn_spread(field, known.rtt_ms, reach_km, some)
        field = dataclasses.replace(
            field, statistics=dataclasses.replace(statistics, spread=spread)
        )
    every = [_pairs_of(known, row, mesh, landmarks, reach_km) for row in range(len(known.lon))]
    usable = np.array([row for row, pairs in enumerate(every) if len(pairs.rtt_ms)], dtype=int)
    law = _nearest_law(known, usable, every)
    some = usable[np.argsort(_lots(known.number[usable], 1))][:MAX_TRIALS]
    gathered = []
    for row in some:
        hidden = np.flatnonzero(between(known.points, known.points[row]) <= reach_km)
        gathered.append(gather(field, law, prior, every[row], hidden))
    return field, law, _calibrate(gathered, known.lon[some], known.lat[some])


def _nearest_law(known: Known, usable: IntArray, every: list[TargetPairs]) -> NearestLaw:
    """Law of the quickest landmark's distance, from the known targets that have one."""
    first = [int(np.argmin(every[row].rtt_ms)) for row in usable]
    lowest = np.array([every[row].rtt_ms[k] for row, k in zip(usable, first, strict=True)])
    lon = np.array([every[row].lon[k] for row, k in zip(usable, first, strict=True)])
    lat = np.array([every[row].lat[k] for row, k in zip(usable, first, strict=True)])
    distance = sphere.distance_km(lon, lat, known.lon[usable], known.lat[usable])
    return NearestLaw.fit(lowest, distance)


def _calibrate(gathered: list[Evidence], lon: FloatArray, lat: FloatArray) -> Calibration:
    """Temper, levels and snap from left-out targets."""
    trials = [try_target(*one) for one in zip(gathered, lon, lat, strict=True)]
    chosen = choose(trials)
    if not chosen.n_trials:
        return chosen
    places = [one.likely_place() for one in gathered]
    own_lon, own_lat = np.array(places).T
    errors = sphere.distance_km(own_lon, own_lat, lon, lat)
    return chosen._replace(snap_ms=choose_snap(trials, errors))


def _pairs_of(
    known: Known, row: int, mesh: Mesh, landmarks: FloatArray, reach_km: float
) -> TargetPairs:
    """One known target's pairs with landmarks out of reach."""
    which = np.flatnonzero(np.isfinite(known.rtt_ms[row]))
    which = which[between(landmarks[which], known.points[row]) > reach_km]
    lon, lat = mesh.landmark_lonlat
    return TargetPairs(which.astype(np.int32), lon[which], lat[which], known.rtt_ms[row, which])
