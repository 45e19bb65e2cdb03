"""The two simplest methods: the quickest landmark, and what light cannot have left behind."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rttgeo.cells.grid import Grid
from rttgeo.delay.light import FIBRE, SpeedBound
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import Names, common_region, disc_estimate, discs_of, quickest
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.training import keep_pairs, usable_pairs
from rttgeo.mesh import Mesh, TargetPairs


class _Untrained(abc.ABC):
    """A method that learns nothing: many targets need no training mesh each."""

    @abc.abstractmethod
    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Only the landmarks' ids are taken from the mesh."""

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: npt.NDArray[np.int64],
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """See `rttgeo.estimators.estimate.BatchEstimator`."""
        fitted = self.fit(mesh, grid)
        return [
            fitted.locate(usable_pairs(mesh, int(t), exclude_km), str(mesh.targets.index[t]))
            for t in targets
        ]


@dataclasses.dataclass(frozen=True)
class ShortestPing(_Untrained):
    """The landmark with the lowest RTT; its disc by the speed of light in fibre is the region."""

    speed: SpeedBound = FIBRE
    name: str = "shortest-ping"

    def fit(self, mesh: Mesh, grid: Grid) -> FittedShortestPing:
        """Only the landmarks' ids are taken from the mesh."""
        return FittedShortestPing(self, grid, mesh.landmarks.index.to_numpy(dtype=object))


@dataclasses.dataclass(frozen=True, eq=False)
class FittedShortestPing:
    """`ShortestPing` with the grid and the landmarks' ids."""

    settings: ShortestPing
    grid: Grid
    names: Names

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Return the quickest landmark and its disc."""
        number = quickest(pairs)
        one = keep_pairs(pairs, np.arange(len(pairs.rtt_ms)) == number)
        discs = discs_of(one, self.settings.speed.radius_km(one.rtt_ms), self.names)
        return Estimate(
            method=self.settings.name,
            target=target,
            lon=float(one.lon[0]),
            lat=float(one.lat[0]),
            feasible=common_region(self.grid, discs),
            bounding=(str(discs.name[0]),),
            bound=self.settings.speed.bound,
            n_landmarks=len(pairs.rtt_ms),
        )


@dataclasses.dataclass(frozen=True)
class Exclusion(_Untrained):
    """Intersection of the discs of a physical speed: sound, so long as the places are true."""

    speed: SpeedBound = FIBRE
    name: str = "exclusion"

    def fit(self, mesh: Mesh, grid: Grid) -> FittedExclusion:
        """Only the landmarks' ids are taken from the mesh."""
        return FittedExclusion(self, grid, mesh.landmarks.index.to_numpy(dtype=object))


@dataclasses.dataclass(frozen=True, eq=False)
class FittedExclusion:
    """`Exclusion` with the grid and the landmarks' ids."""

    settings: Exclusion
    grid: Grid
    names: Names
    notes: tuple[Note, ...] = ()

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Intersect the discs of all landmarks."""
        quickest(pairs)
        discs = discs_of(pairs, self.settings.speed.radius_km(pairs.rtt_ms), self.names)
        return disc_estimate(
            self.settings.name,
            target,
            self.grid,
            discs,
            pairs,
            bound=self.settings.speed.bound,
            notes=self.notes,
        )


def instead_of(method: str, mesh: Mesh, grid: Grid, reason: str) -> FittedExclusion:
    """Exclusion by fibre, under another method's name, when that one cannot be fitted."""
    names = mesh.landmarks.index.to_numpy(dtype=object)
    note = Note(NoteKind.FALLBACK, f"exclusion by fibre instead of {method}: {reason}")
    return FittedExclusion(Exclusion(FIBRE, method), grid, names, (note,))
