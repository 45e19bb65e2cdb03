"""How probably a false claim about a target would be seen, from where its landmarks stand."""

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
"""How far off the false claims are that are tried."""
TRUTHS = 48
"""Places of the posterior that the target may be at, of equal probability each."""
BEARINGS = 4
"""Directions of the false claims from each: 192 claims, a standard error of 0.04 at the most."""
GOLDEN_TURN = 0.618034
"""Part of a turn between the directions of one place and the next: no direction is left out."""


class Power(NamedTuple):
    """What would become of false claims so far from the truth.

    Attributes
    ----------
    km
        How far.
    impossible
        Probability that they would be called impossible.
    seen
        That they would be called impossible or improbable.
    """

    km: float
    impossible: float
    seen: float


class Judge(NamedTuple):
    """What a claimed place is held against.

    Attributes
    ----------
    pairs
        Landmarks and round-trip times that may speak against it.
    standing
        Regions of the target; None where there are none, or they say nothing (a contradiction).
    km_per_ms, tolerance_km, quorum, level
        As for `rttgeo.verification.verify`.
    several
        Rows of the pairs whose discs do not meet (`rttgeo.verification.reach.disjoint_rows`): then
        only a claim that is in none of these discs is impossible.
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
        """Take what is known of one target.

        Parameters
        ----------
        pairs
            Its trusted pairs; see `rttgeo.verification.reach.trusted_pairs`.
        estimate
            Of its place, itself left out of what was learnt.
        km_per_ms, tolerance_km, quorum, level
            As for `rttgeo.verification.verify`.

        Returns
        -------
        Judge
            Without regions where landmarks contradict each other.
        """
        several = disjoint_rows(pairs, km_per_ms, tolerance_km)
        standing = standing_of(estimate) if not len(several) else None
        return cls(pairs, standing, km_per_ms, tolerance_km, quorum, level, several)

    def judge(self, lon: FloatArray, lat: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Tell which places would be called impossible, and which that or improbable.

        Parameters
        ----------
        lon, lat
            Claimed places, degrees, shape (n,).

        Returns
        -------
        tuple of (BoolArray, BoolArray)
            Masks, shape (n,).
        """
        impossible = self._impossible(lon, lat)
        if self.standing is None:
            return impossible, impossible
        improbable = self.standing.outside(lon, lat, self.tolerance_km, self.level)
        return impossible, impossible | improbable

    def in_no_disc(self, area: Area) -> bool:
        """Tell whether an area is out of reach of every landmark of ``several``.

        Parameters
        ----------
        area
            Of a claim.

        Returns
        -------
        bool
            True, too, where there are none.
        """
        some = keep_pairs(self.pairs, self.several)
        excess_km = Reach.of(some, area, self.km_per_ms, self.tolerance_km).excess_km
        return bool((excess_km > 0).all())

    def within_reach(self) -> Region:
        """Find where light leaves the target, tolerance allowed, whatever it delays.

        Returns
        -------
        Region
            All cells of 13 km, as those of countries, that any such place is in.
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
    """Say how probably a claim would be seen that is false by so many kilometres.

    The target is taken to be where its round-trip times say, as probably as they say it: places
    drawn evenly from its posterior, and claims in evenly spread directions from each.

    Parameters
    ----------
    judge
        What claims about the target are held against.
    lies_km
        How far claims are from the truth, km.

    Returns
    -------
    tuple of Power
        One a distance; empty where the round-trip times say nothing of where it is.
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
