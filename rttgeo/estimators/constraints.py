"""What a delay model says about one target, the protocol of rules, and the outcome of a rule."""

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
    """What a delay model says about one target: arrays of shape (n,), one entry per landmark.

    Attributes
    ----------
    discs
        The outer bounds.
    inner_km
        The inner bounds, km. transit_ms The time spent on the path according to the model, ms: the
        RTT, or the RTT minus the last miles.
    pairs
        The round-trip times as measured.
    """

    discs: Discs
    inner_km: FloatArray
    transit_ms: FloatArray
    pairs: TargetPairs

    def at_speed(self, speed: SpeedBound) -> Discs:
        """Make discs of the same landmarks at one speed.

        Parameters
        ----------
        speed
            The speed, as a delay model.

        Returns
        -------
        Discs
            The discs of the round-trip times as measured.
        """
        return self.discs._replace(radius_km=speed.radius_km(self.pairs.rtt_ms))


class Outcome(NamedTuple):
    """The outcome of applying a rule to constraints.

    Attributes
    ----------
    region
        Where the target can be.
    bounding, conflict
        Ids of landmarks, as in `rttgeo.Estimate`.
    notes
        Where the method departed from what the rule's name says.
    place
        Longitude and latitude, for a rule that gives its own place; None for the centre of the
        region.
    """

    region: Region
    bounding: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    place: tuple[float, float] | None = None


class Rule(Protocol):
    """A rule that turns constraints into a region."""

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Compute the region of one target, and which landmarks shaped it.

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
