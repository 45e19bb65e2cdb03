"""The two simplest methods: the quickest landmark, and what light cannot have left behind."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.light import FIBRE, VACUUM
from rttgeo.estimators.discs import common_region, quickest
from rttgeo.estimators.multilateration import Multilateration
from rttgeo.estimators.rules import Constraints, Outcome


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


SHORTEST_PING: Final = Multilateration(FIBRE, QuickestHolds(), "shortest-ping")
"""The landmark with the lowest RTT; its disc by the speed of light in fibre is the region."""

EXCLUSION: Final = Multilateration(FIBRE, name="exclusion")
"""Intersection of the discs of light in fibre: sound, so long as the places are true."""

EXCLUSION_VACUUM: Final = Multilateration(VACUUM, name="exclusion-vacuum")
"""The same by light in vacuum: sound whatever the path is made of."""
