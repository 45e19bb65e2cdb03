"""How likely a false claim about a target would be detected, given where its landmarks are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.data.countries import NSIDE
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.training import keep_pairs
from rttgeo.mesh import TargetPairs
from rttgeo.typing import BoolArray, FloatArray, IntArray
from rttgeo.verification.areas import Area
from rttgeo.verification.reach import Reach, apart, disjoint_rows
from rttgeo.verification.standing import Standing, standing_of

LIES_KM: Final = (100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0)
"""How far off the false claims are that are tried, km."""
TRUTHS = 48
"""Number of equally probable places, drawn from the posterior, that the target may be at."""
BEARINGS = 4
"""Directions of the false claims from each place: 192 claims, a standard error of at most 0.04."""
GOLDEN_TURN = 0.618034
"""Turn between the directions used at one place and the next, so that no direction is left out."""


class Power(NamedTuple):
    """What would happen to false claims this far from the truth.

    Attributes
    ----------
    km
        Distance from the truth, km.
    impossible
        Probability that they would be called impossible.
    seen
        Probability that they would be called impossible or improbable.
    """

    km: float
    impossible: float
    seen: float


class Judge(NamedTuple):
    """The evidence that claims about one target are tested against.

    Attributes
    ----------
    pairs
        The landmarks and round-trip times that may contradict a claim.
    standing
        The target's regions; None if there are none, or if its landmarks contradict each other.
    km_per_ms, tolerance_km, quorum, level
        As for `rttgeo.verification.verify`.
    several
        Rows of the pairs whose discs are disjoint (`rttgeo.verification.reach.disjoint_rows`); if
        there are any, only a claim that is in none of these discs is impossible.
    """

    pairs: TargetPairs
    standing: Standing | None
    km_per_ms: float
    tolerance_km: float
    quorum: int
    level: float
    several: IntArray

    @classmethod
    def of(
        cls,
        pairs: TargetPairs,
        estimate: Estimate,
        *,
        km_per_ms: float,
        tolerance_km: float,
        quorum: int = 1,
        level: float,
    ) -> Judge:
        """Collect the evidence about one target.

        Parameters
        ----------
        pairs
            Its trusted pairs; see `rttgeo.verification.reach.trusted_pairs`.
        estimate
            Estimate of its place, made without learning from the target itself.
        km_per_ms, tolerance_km, quorum, level
            As for `rttgeo.verification.verify`.

        Returns
        -------
        Judge
            The evidence; without regions if landmarks contradict each other.
        """
        several = disjoint_rows(pairs, km_per_ms, tolerance_km)
        standing = standing_of(estimate) if not len(several) else None
        return cls(pairs, standing, km_per_ms, tolerance_km, quorum, level, several)

    def judge(self, lon: FloatArray, lat: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Find the places that would be called impossible, and those impossible or improbable.

        Parameters
        ----------
        lon, lat
            Claimed places, degrees, shape (n,).

        Returns
        -------
        tuple of (BoolArray, BoolArray)
            Masks of the places, shape (n,).
        """
        impossible = self._impossible(lon, lat)
        if self.standing is None:
            return impossible, impossible
        improbable = self.standing.outside(lon, lat, self.tolerance_km, self.level)
        return impossible, impossible | improbable

    def in_no_disc(self, area: Area) -> bool:
        """Check whether an area is out of reach of every landmark in ``several``.

        Parameters
        ----------
        area
            Area of a claim.

        Returns
        -------
        bool
            True also if there are no such landmarks.
        """
        some = keep_pairs(self.pairs, self.several)
        excess_km = Reach.of(some, area, self.km_per_ms, self.tolerance_km).excess_km
        return bool((excess_km > 0).all())

    def within_reach(self) -> Region:
        """Find where the target can be according to light alone, whatever delay it adds.

        Returns
        -------
        Region
            All cells of 13 km (as used for countries) that contain such a place, tolerance
            included.
        """
        radius = self.km_per_ms * self.pairs.rtt_ms + self.tolerance_km
        grid = Grid(nside=NSIDE)
        return grid.intersection(self.pairs.lon, self.pairs.lat, radius, conservative=True)

    def _impossible(self, lon: FloatArray, lat: FloatArray) -> BoolArray:
        x, y, rtt_ms = self.pairs.lon, self.pairs.lat, self.pairs.rtt_ms
        far = sphere.distance_km(lon[:, None], lat[:, None], x, y)
        against = far - self.tolerance_km > self.km_per_ms * rtt_ms
        count = against.sum(axis=1)
        if self.quorum > 1:
            for row in np.flatnonzero(count >= self.quorum):
                count[row] = len(apart(x[against[row]], y[against[row]]))
        found: BoolArray = (count >= self.quorum) & against[:, self.several].all(axis=1)
        return found


def power(judge: Judge, lies_km: Sequence[float] = LIES_KM) -> tuple[Power, ...]:
    """Compute how likely claims would be detected that are false by given distances.

    The true place follows the target's posterior: equally probable places are drawn from it, with
    false claims in evenly spread directions from each.

    Parameters
    ----------
    judge
        The evidence that claims about the target are tested against.
    lies_km
        How far claims are from the truth, km.

    Returns
    -------
    tuple of Power
        One per distance; empty if the round-trip times say nothing about where the target is.
    """
    standing = judge.standing
    if standing is None:
        return ()
    at = np.searchsorted(standing.before, (np.arange(TRUTHS) + 0.5) / TRUTHS, side="right") - 1
    lon, lat = sphere.directions(standing.points[at])
    turn = (np.arange(TRUTHS)[:, None] * GOLDEN_TURN + np.arange(BEARINGS) / BEARINGS).ravel()
    start = np.repeat(lon, BEARINGS), np.repeat(lat, BEARINGS)
    found = []
    for km in lies_km:
        claimed = sphere.destination(*start, 360 * (turn % 1), km)
        impossible, seen = judge.judge(*map(np.asarray, claimed))
        found.append(Power(km, round(float(impossible.mean()), 3), round(float(seen.mean()), 3)))
    return tuple(found)
