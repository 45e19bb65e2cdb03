"""A mesh to learn from repeatedly, each time without some of its nodes."""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo import sphere
from rttgeo.auditing.violations import Contradictions
from rttgeo.delay.calibrated import DelayStatistics, learn_statistics, vectors
from rttgeo.estimators.calibrated.known import (
    SPREAD_DRAW,
    TRIAL_DRAW,
    KnownTargets,
    Mask,
    known_targets,
    lots,
)
from rttgeo.estimators.calibrated.kriging import ResidualField, residual_field
from rttgeo.estimators.calibrated.likelihood import Model, NearestLaw
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.calibrated.spread import learn_spread
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.sphere import between
from rttgeo.typing import BoolArray, FloatArray, IntArray


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingData:
    """A mesh to learn from.

    Attributes
    ----------
    settings
        Settings of the estimator.
    mesh, known
        The mesh, and its known targets as a matrix.
    landmarks
        Unit vectors, shape (n_landmarks, 3).
    contradictions, impossible
        Pairs that are faster than light in fibre (so their nodes are not trusted), and faster than
        light in vacuum (so their nodes are not even used as trials, since no region can hold their
        declared place).
    """

    settings: Settings
    mesh: Mesh
    known: KnownTargets
    landmarks: FloatArray
    contradictions: Contradictions
    impossible: Contradictions

    @classmethod
    def of(cls, mesh: Mesh, settings: Settings) -> TrainingData:
        """Prepare a mesh: its known targets as a matrix, and its contradictions.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.
        settings
            Settings of the estimator.

        Returns
        -------
        TrainingData
            The data, ready to learn from with any nodes left out.
        """
        tolerance_km = settings.tolerance_km
        return cls(
            settings,
            mesh,
            known_targets(mesh, settings.max_nodes),
            vectors(*mesh.landmark_lonlat),
            Contradictions.of(mesh, tolerance_km=tolerance_km if settings.audit else np.inf),
            Contradictions.of(mesh, "vacuum", tolerance_km),
        )

    def misplaced(self, mask: Mask) -> Mask:
        """Find misplaced nodes with the audit, by light in fibre, without the nodes of a mask.

        Parameters
        ----------
        mask
            Landmarks and targets that must not be learnt from.

        Returns
        -------
        Mask
            Landmarks and targets found misplaced.
        """
        return Mask(*self.contradictions.misplaced(*mask))

    def field(self, statistics: DelayStatistics, known: KnownTargets) -> ResidualField:
        """Make the residual field over known targets.

        Parameters
        ----------
        statistics
            Curve and covariances of the delays.
        known
            Targets of known place, with their round-trip times.

        Returns
        -------
        ResidualField
            The field.
        """
        rtt, points = known.rtt_ms, known.points
        return residual_field(self.settings, statistics, rtt, points, self.landmarks)

    def model(self, shown: KnownTargets, mask: Mask, reach_km: float) -> Model:
        """Learn from some of the known targets; the field is over all of them.

        Landmarks within reach of a node do not count as its quickest one.

        Parameters
        ----------
        shown
            Known targets to learn from.
        mask
            Landmarks and targets that must not be learnt from.
        reach_km
            Landmarks within this distance of a node are not used for it, km.

        Returns
        -------
        Model
            The model.
        """
        shown = self.possible(shown, mask)
        good = shown.without(self.misplaced(mask))
        statistics = self._statistics(good, reach_km)
        prior = Prior.learnt(self.settings, good.points)
        law = self._nearest_law(good, reach_km)
        return Model(self.settings, self.field(statistics, shown), law, prior)

    def possible(self, shown: KnownTargets, mask: Mask) -> KnownTargets:
        """Drop the round-trip times that the audit itself finds impossible.

        Parameters
        ----------
        shown
            Known targets to learn from.
        mask
            Landmarks and targets that must not be learnt from.

        Returns
        -------
        KnownTargets
            The same targets, with NaN in place of these times.
        """
        bad = self.mesh.pairs.iloc[self.contradictions.impossible(*mask)]
        row = np.full(len(self.mesh.targets), -1)
        row[shown.number] = np.arange(len(shown.number))
        at, landmark = row[bad["target"].to_numpy()], bad["landmark"].to_numpy()
        rtt = shown.rtt_ms.copy()
        rtt[at[at >= 0], landmark[at >= 0]] = np.nan
        return shown._replace(rtt_ms=rtt)

    def _statistics(self, good: KnownTargets, reach_km: float) -> DelayStatistics:
        seen = np.isfinite(good.rtt_ms).any(axis=0) if len(good.rtt_ms) else np.zeros(0, bool)
        if not seen.any():
            return DelayStatistics.without_data(self.settings)
        rtt, settings = good.rtt_ms[:, seen], self.settings
        dense = bool(np.isfinite(rtt).mean() >= settings.kriged_share)
        found = learn_statistics(rtt, good.points, self.landmarks[seen], dense, settings)
        if found.generic or not settings.spread:
            return found
        some = np.argsort(self._lots(good, SPREAD_DRAW))[: settings.spread_nodes]
        spread = learn_spread(self.field(found, good), good.rtt_ms, reach_km, some)
        return dataclasses.replace(found, spread=spread)

    def trial_rows(self, shown: KnownTargets, mask: Mask, draw: int) -> IntArray:
        """Draw the known targets to try at random, none with an impossible declared place.

        Parameters
        ----------
        shown
            Known targets to learn from.
        mask
            Landmarks and targets that must not be learnt from.
        draw
            Number of the draw; each gives a different sample.

        Returns
        -------
        IntArray
            Row numbers in ``shown``, at most ``settings.max_trials``.
        """
        fair = ~self.impossible.misplaced(*mask)[1][shown.number]
        order = np.argsort(self._lots(shown, TRIAL_DRAW + draw))
        found: IntArray = order[fair[order]][: self.settings.max_trials]
        return found

    def _lots(self, known: KnownTargets, draw: int) -> FloatArray:
        return lots(self.mesh, known.number, draw)

    def pairs_of(
        self, known: KnownTargets, row: int, reach_km: float, gone: BoolArray | None = None
    ) -> TargetPairs:
        """Select one known target's pairs with landmarks that are out of reach.

        Parameters
        ----------
        known
            Targets of known place, with their round-trip times.
        row
            Row number in ``known``.
        reach_km
            Landmarks within this distance of a node are not used for it, km.
        gone
            Mask of further landmarks to leave out, shape (n_landmarks,), or None.

        Returns
        -------
        TargetPairs
            The remaining pairs; may be empty.
        """
        which = np.flatnonzero(np.isfinite(known.rtt_ms[row]))
        if gone is not None:
            which = which[~gone[which]]
        which = which[between(self.landmarks[which], known.points[row]) > reach_km]
        lon, lat = self.mesh.landmark_lonlat
        return TargetPairs(which.astype(np.int32), lon[which], lat[which], known.rtt_ms[row, which])

    def _nearest_law(self, known: KnownTargets, reach_km: float) -> NearestLaw:
        """Law of the quickest landmark's distance, from the known targets that have one."""
        every = [self.pairs_of(known, row, reach_km) for row in range(len(known.lon))]
        usable = [row for row, pairs in enumerate(every) if len(pairs.rtt_ms)]
        first = [int(np.argmin(every[row].rtt_ms)) for row in usable]
        lowest = np.array([every[row].rtt_ms[k] for row, k in zip(usable, first, strict=True)])
        lon = np.array([every[row].lon[k] for row, k in zip(usable, first, strict=True)])
        lat = np.array([every[row].lat[k] for row, k in zip(usable, first, strict=True)])
        distance = sphere.distance_km(lon, lat, known.lon[usable], known.lat[usable])
        return NearestLaw.fit(lowest, distance, self.settings)
