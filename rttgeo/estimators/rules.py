"""Rules for what the bounds of a delay model leave, and the first of them: all bounds hold."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple, Protocol

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.light import SpeedBound
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import (
    Discs,
    bounding_names,
    common_region,
    conflict_names,
    grid_of,
    quickest,
)
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray


class Constraints(NamedTuple):
    """What a delay model says of one target; arrays of shape (n,), one entry a landmark.

    Attributes
    ----------
    discs
        The outer bounds.
    inner_km
        The inner bounds.
    transit_ms
        What the model takes for the time spent on the way: the RTT, or what last miles leave of it.
    pairs
        The round-trip times as measured.
    """

    discs: Discs
    inner_km: FloatArray
    transit_ms: FloatArray
    pairs: TargetPairs

    def at_speed(self, speed: SpeedBound) -> Discs:
        """Discs of the same landmarks at one speed.

        Parameters
        ----------
        speed
            The speed, as a delay model.

        Returns
        -------
        Discs
            Of the round-trip times as measured.
        """
        return self.discs._replace(radius_km=speed.radius_km(self.pairs.rtt_ms))


class Outcome(NamedTuple):
    """What a rule leaves of the constraints.

    Attributes
    ----------
    region
        Where the target can be.
    bounding, conflict
        Ids of landmarks, as in `rttgeo.Estimate`.
    notes
        What was done otherwise than the rule's name says.
    place
        Longitude and latitude, by a rule that names a place of its own; None for the middle of
        the region.
    """

    region: Region
    bounding: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    place: tuple[float, float] | None = None


class Rule(Protocol):
    """How constraints become a region."""

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """The region of one target, and who shaped it.

        Parameters
        ----------
        constraints
            What the delay model says of one target.
        grid
            What regions are made of.

        Returns
        -------
        Outcome
            The region, and who bounds it or is in conflict.
        """
        ...


@dataclasses.dataclass(frozen=True)
class AllHold:
    """Every bound holds: the region is where all of them allow the target to be."""

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Intersect all rings; every cell that any part of all rings touches is kept.

        Parameters
        ----------
        constraints
            What the delay model says of one target.
        grid
            What regions are made of.

        Returns
        -------
        Outcome
            The region, and who bounds it or is in conflict.
        """
        discs = constraints.discs
        region = _ring_region(grid, discs, constraints.inner_km)
        if not region.n_cells:
            conflict = conflict_names(discs) or ring_conflict(grid, discs, constraints.inner_km)
            return Outcome(region, conflict=conflict)
        bounding = bounding_names(discs)
        conflict = () if bounding else conflict_names(discs)
        notes = (WITHIN_A_CELL,) if conflict else ()
        return Outcome(region, bounding, conflict, notes)


@dataclasses.dataclass(frozen=True)
class QuickestHolds:
    """Only the quickest landmark counts: its place, and its disc as the region."""

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """The disc of the lowest round-trip time; the first of several.

        Parameters
        ----------
        constraints
            What the delay model says of one target.
        grid
            What regions are made of.

        Returns
        -------
        Outcome
            The region, and who bounds it or is in conflict.
        """
        number = quickest(constraints.pairs)
        discs = constraints.discs
        one = discs.only(np.arange(len(discs.name)) == number)
        return Outcome(
            common_region(grid, one),
            bounding=(str(discs.name[number]),),
            place=(float(discs.lon[number]), float(discs.lat[number])),
        )


ALL_HOLD = AllHold()
"""The rule of a method that names no other."""

WITHIN_A_CELL = Note(NoteKind.CELLS, "the discs meet only to within the size of a cell")
"""The note where a cell touches all discs, and no place is in all of them."""


def _ring_region(grid: Grid, discs: Discs, inner_km: FloatArray) -> Region:
    region = common_region(grid, discs)
    grid = grid_of(region)
    # Only cells that lie in a hole whole: then no place of a ring is lost to the size of cells.
    hole = inner_km - grid.cell_radius_km
    some = hole > 0
    if not region.n_cells or not some.any():
        return region
    return region - grid.union(discs.lon[some], discs.lat[some], hole[some])


def ring_conflict(grid: Grid, discs: Discs, inner_km: FloatArray) -> tuple[str, ...]:
    """Landmarks whose rings leave no cell, and none of which can be spared; discs alone do.

    Parameters
    ----------
    grid
        What regions are made of.
    discs
        The outer bounds.
    inner_km
        The inner bounds, shape (n,).

    Returns
    -------
    tuple of str
        Ids of the landmarks, in order.
    """
    kept = np.ones(len(inner_km), dtype=np.bool_)
    for number in range(len(kept)):
        kept[number] = False
        if _ring_region(grid, discs.only(kept), inner_km[kept]).n_cells:
            kept[number] = True
    return tuple(map(str, discs.name[kept]))
