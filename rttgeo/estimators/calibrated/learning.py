"""What the default estimator learns from the known targets of a mesh."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.auditing.violations import Contradictions
from rttgeo.delay.calibrated import (
    GENERIC,
    DelayStatistics,
    between,
    learn_statistics,
    vectors,
)
from rttgeo.estimators.calibrated.conformal import Calibration, Trial, choose, choose_snap
from rttgeo.estimators.calibrated.kriging import FILLED_SHARE, Field, make_field
from rttgeo.estimators.calibrated.likelihood import NearestLaw, gather
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.spread import MAX_LEFT_OUT, learn_spread
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, FloatArray, IntArray

MAX_NODES = 600
MAX_TRIALS = 120


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


class Learnt(NamedTuple):
    """What was learnt.

    Attributes
    ----------
    statistics
        Of delays and their residuals.
    law
        Of the quickest landmark's distance.
    prior
        How targets lie about cities.
    calibration
        Temper, levels and snap.
    """

    statistics: DelayStatistics
    law: NearestLaw
    prior: Prior
    calibration: Calibration


class Away(NamedTuple):
    """Masks of the landmarks and targets that must not be learnt from."""

    landmark: BoolArray
    target: BoolArray

    @classmethod
    def nobody(cls, mesh: Mesh) -> Away:
        """All may be learnt from."""
        return cls(np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool))


@dataclasses.dataclass(frozen=True, eq=False)
class Lesson:
    """A mesh to learn from, again and again without some of its nodes.

    Attributes
    ----------
    mesh, known
        The mesh, and its known targets as a matrix.
    landmarks
        Unit vectors, shape (n_landmarks, 3).
    contradictions, impossible
        Pairs that beat light in fibre (nodes are not trusted), and light itself (nodes are not
        even tried, since no region can hold where they say they are).
    """

    mesh: Mesh
    known: Known
    landmarks: FloatArray
    contradictions: Contradictions
    impossible: Contradictions

    @classmethod
    def of(cls, mesh: Mesh) -> Lesson:
        """Make ready."""
        fibre, light = Contradictions.of(mesh), Contradictions.of(mesh, "vacuum")
        return cls(mesh, known_targets(mesh), vectors(*mesh.landmark_lonlat), fibre, light)

    def field(self, statistics: DelayStatistics, known: Known) -> Field:
        """The residual field over known targets."""
        return make_field(statistics, known.rtt_ms, known.points, self.landmarks)

    def learn(self, prior: Prior, reach_km: float, away: Away, draw: int = 0) -> Learnt:
        """Learn without some nodes; landmarks within reach of a trial do not locate it.

        ``draw`` numbers the lots by which trials are drawn: drawn anew for each fold, their luck
        is not that of all targets.
        """
        bad_landmark, bad_target = self.contradictions.misplaced(*away)
        shown = self.known.keep(~away.target[self.known.number], ~away.landmark)
        good = shown.keep(~bad_target[shown.number], ~bad_landmark)
        statistics = self._statistics(good, reach_km)
        every = [self._pairs_of(good, row, reach_km) for row in range(len(good.lon))]
        usable = np.array([row for row, pairs in enumerate(every) if len(pairs.rtt_ms)], dtype=int)
        law, prior = _nearest_law(good, usable, every), prior.learnt(good.points)
        field = self.field(statistics, shown)
        trials = side_by_side(
            lambda row: self._try(shown, row, field, law, prior, reach_km, away),
            self._trial_rows(shown, away, draw).tolist(),
        )
        return Learnt(statistics, law, prior, calibrate([one for one in trials if one is not None]))

    def _statistics(self, good: Known, reach_km: float) -> DelayStatistics:
        seen = np.isfinite(good.rtt_ms).any(axis=0) if len(good.rtt_ms) else np.zeros(0, bool)
        if not seen.any():
            return GENERIC
        rtt = good.rtt_ms[:, seen]
        dense = bool(np.isfinite(rtt).mean() >= FILLED_SHARE)
        statistics = learn_statistics(rtt, good.points, self.landmarks[seen], dense)
        if statistics.generic:
            return statistics
        some = np.argsort(lots(good.number, 3))[:MAX_LEFT_OUT]
        spread = learn_spread(self.field(statistics, good), good.rtt_ms, reach_km, some)
        return dataclasses.replace(statistics, spread=spread)

    def _trial_rows(self, shown: Known, away: Away, draw: int) -> IntArray:
        """Rows of the known targets to try, by lot; none whose declared place is impossible."""
        fair = ~self.impossible.misplaced(*away)[1][shown.number]
        order = np.argsort(lots(shown.number, 10 + draw))
        found: IntArray = order[fair[order]][:MAX_TRIALS]
        return found

    def _try(
        self,
        shown: Known,
        row: int,
        field: Field,
        law: NearestLaw,
        prior: Prior,
        reach_km: float,
        away: Away,
    ) -> tuple[Trial, float] | None:
        """A known target, treated as one to be located will be, and the error of its likely place.

        None without pairs. Whom the audit blames is asked without it, so that it meets the
        misplaced landmarks that only its own place would have given away.
        """
        here = shown.points[row]
        hidden = between(shown.points, here) <= reach_km
        landmark, target = away.landmark.copy(), away.target.copy()
        landmark |= between(self.landmarks, here) <= reach_km
        target[shown.number[hidden]] = True
        bad_landmark, bad_target = self.contradictions.misplaced(landmark, target)
        pairs = self._pairs_of(shown, row, reach_km, bad_landmark)
        if not len(pairs.rtt_ms):
            return None
        gone = np.flatnonzero(hidden | bad_target[shown.number])
        evidence = gather(field.without(bad_landmark), law, prior, pairs, gone)
        lon, lat = float(shown.lon[row]), float(shown.lat[row])
        error_km = float(sphere.distance_km(*evidence.likely_place(), lon, lat))
        return try_target(evidence, lon, lat), error_km

    def _pairs_of(
        self, known: Known, row: int, reach_km: float, gone: BoolArray | None = None
    ) -> TargetPairs:
        """One known target's pairs with landmarks out of reach, and not gone."""
        which = np.flatnonzero(np.isfinite(known.rtt_ms[row]))
        if gone is not None:
            which = which[~gone[which]]
        which = which[between(self.landmarks[which], known.points[row]) > reach_km]
        lon, lat = self.mesh.landmark_lonlat
        return TargetPairs(which.astype(np.int32), lon[which], lat[which], known.rtt_ms[row, which])


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


def lots(number: IntArray, seed: int) -> FloatArray:
    """A lot, from 0 to 1, for each row number of the target table, whoever else there is."""
    return np.random.default_rng(seed).random(int(number.max(initial=-1)) + 1)[number]


def _nearest_law(known: Known, usable: IntArray, every: list[TargetPairs]) -> NearestLaw:
    """Law of the quickest landmark's distance, from the known targets that have one."""
    first = [int(np.argmin(every[row].rtt_ms)) for row in usable]
    lowest = np.array([every[row].rtt_ms[k] for row, k in zip(usable, first, strict=True)])
    lon = np.array([every[row].lon[k] for row, k in zip(usable, first, strict=True)])
    lat = np.array([every[row].lat[k] for row, k in zip(usable, first, strict=True)])
    distance = sphere.distance_km(lon, lat, known.lon[usable], known.lat[usable])
    return NearestLaw.fit(lowest, distance)


def calibrate(tried: list[tuple[Trial, float]]) -> Calibration:
    """Temper, levels and snap from trials and the errors, km, of their likely places."""
    trials = [trial for trial, _ in tried]
    chosen = choose(trials)
    if not chosen.n_trials:
        return chosen
    return chosen._replace(snap_ms=choose_snap(trials, np.array([km for _, km in tried])))
