"""Landmarks that contradict a claim: light cannot have travelled there and back in their RTT."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.auditing.disjoint import two_places
from rttgeo.auditing.violations import Contradictions
from rttgeo.estimators.training import TRAINING_COLOCATED_KM, keep_pairs, nodes_at, usable_pairs
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray, IntArray
from rttgeo.verification.areas import Area

INDEPENDENT_KM = 50.0
"""Landmarks closer together than this count as one witness: they often share an operator, and its
mistakes."""


def trusted_pairs(mesh: Mesh, target: str, found: Contradictions | None) -> TargetPairs:
    """Select the pairs of a target that may contradict a claim about it.

    These exclude its measurement of itself, and landmarks whose declared place others contradict
    according to an audit that does not use the target, nor anything at its stated place.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Id of the target.
    found
        Contradictions of the mesh; None to trust all landmarks.

    Returns
    -------
    TargetPairs
        Pairs whose landmark can be trusted; may be empty.
    """
    pairs = usable_pairs(mesh, target)
    keep = np.isfinite(pairs.lon)
    if found is not None:
        hidden = nodes_at(mesh, target, TRAINING_COLOCATED_KM)
        misplaced, _ = found.misplaced(*hidden)
        keep &= ~misplaced[pairs.landmark]
    return keep_pairs(pairs, keep)


class Reach(NamedTuple):
    """How far a claim is beyond the reach of each landmark, the most contradicting landmark first.

    Attributes
    ----------
    excess_km
        Distance beyond reach, km, shape (n,), descending; negative within reach.
    distance_km
        Distance from the landmark to the nearest point of the claim, km, shape (n,).
    pairs
        The landmarks with their round-trip times, in the same order.
    """

    excess_km: FloatArray
    distance_km: FloatArray
    pairs: TargetPairs

    @classmethod
    def of(cls, pairs: TargetPairs, area: Area, km_per_ms: float, tolerance_km: float) -> Reach:
        """Compare the area of a claim with round-trip times.

        Parameters
        ----------
        pairs
            Pairs of the target.
        area
            Area of the claim.
        km_per_ms
            Distance that no answer can exceed, km per ms of round-trip time.
        tolerance_km
            How far landmark and claimed place together may be off, km.

        Returns
        -------
        Reach
            One entry per landmark.
        """
        if not len(pairs.rtt_ms):
            return cls(np.empty(0), np.empty(0), pairs)
        distance = area.least_km(pairs.lon, pairs.lat)
        excess = distance - tolerance_km - km_per_ms * pairs.rtt_ms
        order = np.argsort(-excess, kind="stable")
        return cls(excess[order], distance[order], keep_pairs(pairs, order))

    @property
    def witnesses(self) -> int:
        """Landmarks that cannot reach the claim; those near each other count once."""
        against = np.flatnonzero(self.excess_km > 0)
        return len(apart(self.pairs.lon[against], self.pairs.lat[against]))


def disjoint_rows(pairs: TargetPairs, km_per_ms: float, tolerance_km: float) -> IntArray:
    """Find landmarks whose answers came from different places: their discs are disjoint.

    A target that answers from one place has none, provided that all answers are its own.

    Parameters
    ----------
    pairs
        Pairs of the target.
    km_per_ms, tolerance_km
        As for `Reach.of`.

    Returns
    -------
    ndarray of int64
        Rows of the pairs, in order of disc size, each disjoint from all before (the greedy rule of
        `rttgeo.anycast.packing`): at least two, or none if all discs overlap pairwise.
    """
    radius = km_per_ms * pairs.rtt_ms + tolerance_km
    if two_places(pairs.lon, pairs.lat, radius) is None:
        return np.empty(0, dtype=np.int64)
    left = np.argsort(radius, kind="stable")
    taken: list[int] = []
    while len(left):
        one = int(left[0])
        taken.append(one)
        far = sphere.distance_km(pairs.lon[one], pairs.lat[one], pairs.lon[left], pairs.lat[left])
        left = left[np.asarray(far) > radius[one] + radius[left]]
    return np.array(taken, dtype=np.int64)


def apart(lon: FloatArray, lat: FloatArray, km: float = INDEPENDENT_KM) -> IntArray:
    """Take places in order, skipping those near one taken before.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    km
        Smallest distance between two places taken, km.

    Returns
    -------
    ndarray of int64
        Numbers of the places taken, ascending.
    """
    left = np.arange(len(lon), dtype=np.int64)
    taken: list[int] = []
    while len(left):
        one = int(left[0])
        taken.append(one)
        left = left[np.asarray(sphere.distance_km(lon[one], lat[one], lon[left], lat[left])) > km]
    return np.array(taken, dtype=np.int64)
