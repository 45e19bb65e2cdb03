"""CBG++'s rule: where discs conflict, the largest group that does not (Weinberg et al., IMC 2018)."""

from __future__ import annotations

import dataclasses

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.light import TWO_THIRDS_C, SpeedBound
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.constraints import Constraints, Outcome
from rttgeo.estimators.discs import Discs, bounding_names, conflict_names
from rttgeo.estimators.meeting import common_region, touched_by_all
from rttgeo.estimators.subsets import largest_subset
from rttgeo.typing import BoolArray


@dataclasses.dataclass(frozen=True)
class LargestGroup:
    """CBG++'s rule: where discs conflict, the largest group that does not.

    The group is found first among the discs of a physical speed, then among the model's discs
    within the intersection of those. It is the largest group for which a cell of the grid touches
    every disc: exact up to the size of a cell. Inner bounds are not used.

    Attributes
    ----------
    physical
        The speed that no disc of a model should exceed; CBG++ uses 2/3 of the speed of light in
        vacuum.
    """

    physical: SpeedBound = TWO_THIRDS_C

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Find the largest consistent groups, and where their discs overlap.

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
        tight = constraints.discs
        region = common_region(grid, tight)
        if region.n_cells:
            return Outcome(region, bounding_names(tight))
        # Bestline discs lie within the physical ones: only now may those conflict too.
        possible, notes = self._possible(constraints, grid)
        chosen = largest_subset(grid, tight, within=possible)
        return Outcome(
            chosen.region,
            bounding_names(tight.only(chosen.kept)),
            conflict_names(tight),
            notes + dropped_note("discs of the delay model", tight, chosen.kept),
        )

    def _possible(self, constraints: Constraints, grid: Grid) -> tuple[Region, tuple[Note, ...]]:
        """Where the physical discs overlap, or the largest group of them."""
        physical = constraints.at_speed(self.physical)
        possible = touched_by_all(grid, physical)
        if possible.n_cells:
            return possible, ()
        loose = largest_subset(grid, physical)
        return loose.region, dropped_note(f"discs of {self.physical.name}", physical, loose.kept)


def dropped_note(what: str, discs: Discs, kept: BoolArray) -> tuple[Note, ...]:
    """Make a note on the discs that are not in the largest consistent group.

    Parameters
    ----------
    what
        Description of the discs, in words.
    discs
        The discs, one per landmark.
    kept
        Mask of the discs in the group.

    Returns
    -------
    tuple of Note
        One, or none.
    """
    gone = discs.name[~kept]
    if not len(gone):
        return ()
    shown = ", ".join(map(str, gone[:5])) + (", …" if len(gone) > 5 else "")
    text = f"{len(gone)} of {len(kept)} {what} left out as inconsistent: {shown}"
    return (Note(NoteKind.CONFLICT, text),)
