"""CBG and CBG++: discs from each landmark's own bestline.

Gueye et al. (IMC 2004, ToN 2006) and Weinberg et al. (IMC 2018).
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rttgeo.cells.grid import Grid
from rttgeo.delay.bestline import Bestline, FittedBestline
from rttgeo.delay.leave_out import LeaveOutBestlines
from rttgeo.delay.light import TWO_THIRDS_C, SpeedBound
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import (
    Discs,
    bounding_names,
    common_region,
    conflict_names,
    disc_estimate,
    discs_of,
    quickest,
    region_estimate,
)
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.subsets import largest_subset
from rttgeo.estimators.training import nodes_at, usable_pairs
from rttgeo.mesh import Mesh, TargetPairs


class _OnBestlines(abc.ABC):
    """What CBG and CBG++ share: they differ in what they do with the discs."""

    name: str

    @property
    @abc.abstractmethod
    def model(self) -> Bestline:
        """The delay model."""

    @abc.abstractmethod
    def with_lines(self, lines: FittedBestline, grid: Grid) -> Fitted:
        """Locate with these bestlines."""

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Fit the bestline of every landmark."""
        return self.with_lines(self.model.fit(mesh), grid)

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
        lines = LeaveOutBestlines.prepare(mesh, self.model)
        estimates = []
        for target in map(int, targets):
            fitted = self.with_lines(lines.without(*nodes_at(mesh, target, colocated_km)), grid)
            pairs = usable_pairs(mesh, target, exclude_km)
            estimates.append(fitted.locate(pairs, str(mesh.targets.index[target])))
        return estimates


@dataclasses.dataclass(frozen=True)
class Cbg(_OnBestlines):
    """Intersection of the bestlines' discs, and its centroid.

    A bestline can promise too little distance: then the region is empty, or misses the target.
    """

    name: str = "cbg"

    @property
    def model(self) -> Bestline:
        """The delay model."""
        return Bestline(slowline=False)

    def with_lines(self, lines: FittedBestline, grid: Grid) -> FittedCbg:
        """Locate with these bestlines."""
        return FittedCbg(self, lines, grid)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedCbg:
    """`Cbg` with its bestlines."""

    settings: Cbg
    lines: FittedBestline
    grid: Grid

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Intersect the discs of all landmarks."""
        quickest(pairs)
        _, radius = self.lines.bounds_km(pairs.rtt_ms, pairs.landmark)
        return disc_estimate(
            self.settings.name,
            target,
            self.grid,
            discs_of(pairs, radius, self.lines.landmark_names),
            pairs,
            bound=self.lines.bound,
            notes=self.lines.notes(pairs.landmark),
        )


@dataclasses.dataclass(frozen=True)
class CbgPlusPlus(_OnBestlines):
    """CBG++: where discs conflict, the largest group that does not.

    First among the discs of a physical speed, then among the bestlines' discs within the place
    that those have in common. The groups are the largest for which a cell of the grid touches
    every disc: exact but for the size of a cell.
    """

    physical: SpeedBound = TWO_THIRDS_C
    name: str = "cbg++"

    @property
    def model(self) -> Bestline:
        """The delay model."""
        return Bestline(slowline=True)

    def with_lines(self, lines: FittedBestline, grid: Grid) -> FittedCbgPlusPlus:
        """Locate with these bestlines."""
        return FittedCbgPlusPlus(self, lines, grid)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedCbgPlusPlus:
    """`CbgPlusPlus` with its bestlines."""

    settings: CbgPlusPlus
    lines: FittedBestline
    grid: Grid

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Find the largest consistent groups, and where they meet."""
        quickest(pairs)
        names = self.lines.landmark_names
        _, radius = self.lines.bounds_km(pairs.rtt_ms, pairs.landmark)
        tight = discs_of(pairs, radius, names)
        region, kept = common_region(self.grid, tight), tight
        conflict: tuple[str, ...] = ()
        notes = self.lines.notes(pairs.landmark)
        if not region.n_cells:
            # Bestline discs lie within the physical ones: only now may those conflict too.
            conflict = conflict_names(tight)
            physical = discs_of(pairs, self.settings.physical.radius_km(pairs.rtt_ms), names)
            possible = common_region(self.grid, physical)
            if not possible.n_cells:
                loose = largest_subset(self.grid, physical)
                possible = loose.region
                notes += _dropped("discs at 2/3 c", physical, loose.kept)
            chosen = largest_subset(self.grid, tight, within=possible)
            region, kept = chosen.region, tight.only(chosen.kept)
            notes += _dropped("bestline discs", tight, chosen.kept)
        return region_estimate(
            self.settings.name,
            target,
            region,
            pairs,
            bounding=bounding_names(kept),
            conflict=conflict,
            bound=self.lines.bound,
            notes=notes,
        )


def _dropped(what: str, discs: Discs, kept: npt.NDArray[np.bool_]) -> tuple[Note, ...]:
    """Say which discs are not in the largest consistent group."""
    gone = discs.name[~kept]
    if not len(gone):
        return ()
    shown = ", ".join(map(str, gone[:5])) + (", …" if len(gone) > 5 else "")
    text = f"{len(gone)} of {len(kept)} {what} left out as inconsistent: {shown}"
    return (Note(NoteKind.CONFLICT, text),)
