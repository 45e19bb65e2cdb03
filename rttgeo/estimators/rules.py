"""Rules that turn bounds into a region: all must hold, or only the quickest landmark's."""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.constraints import Constraints, Outcome, Rule
from rttgeo.estimators.discs import Discs, bounding_names, conflict_names, quickest
from rttgeo.estimators.meeting import common_region, grid_of
from rttgeo.typing import FloatArray


@dataclasses.dataclass(frozen=True)
class AllHold:
    """Every bound must hold: the region is where all of them allow the target to be."""

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Intersect all rings; every cell that any part of all rings touches is kept.

        Parameters
        ----------
        constraints
            What the delay model says about one target.
        grid
            The grid of the regions.

        Returns
        -------
        Outcome
            The region, and the landmarks that bound it or are in conflict.
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
            What the delay model says about one target.
        grid
            The grid of the regions.

        Returns
        -------
        Outcome
            The region, and the landmarks that bound it or are in conflict.
        """
        number = quickest(constraints.pairs)
        discs = constraints.discs
        one = discs.only(np.arange(len(discs.name)) == number)
        return Outcome(
            common_region(grid, one),
            bounding=(str(discs.name[number]),),
            place=(float(discs.lon[number]), float(discs.lat[number])),
        )


ALL_HOLD: Rule = AllHold()
"""The default rule."""

WITHIN_A_CELL = Note(NoteKind.CELLS, "the discs meet only to within the size of a cell")
"""The note for when a cell touches all discs, although no point is in all of them."""


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
        The grid of the regions.
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
