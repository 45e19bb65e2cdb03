"""What a delay model says of one target, what a rule makes of it, and what a rule is."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.light import SpeedBound
from rttgeo.delay.statements import Note
from rttgeo.estimators.discs import Discs
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray


class Constraints(NamedTuple):
    """What a delay model says of one target; arrays of shape (n,), one entry per landmark.

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
            What the delay model says about one target.
        grid
            The grid of the regions.

        Returns
        -------
        Outcome
            The region, and the landmarks that bound it or are in conflict.
        """
        ...
