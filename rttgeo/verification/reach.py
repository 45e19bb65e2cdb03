"""Which landmarks speak against a claim: light cannot have gone there and back in their time."""

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
"""Landmarks nearer to each other than this are one witness: often one operator, one mistake."""


def trusted_pairs(mesh: Mesh, target: str, found: Contradictions | None) -> TargetPairs:
    """Take the pairs of a target that may speak against a claim about it.

    Neither its measurement of itself, nor those of landmarks that stand where others contradict
    them: so the audit says that has not seen the target, nor anything at its stated place.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Id of the target.
    found
        Contradictions of the mesh; None takes the landmarks as they are.

    Returns
    -------
    TargetPairs
        Pairs whose landmark has a place, possibly none.
    """
    pairs = usable_pairs(mesh, target)
    keep = np.isfinite(pairs.lon)
    if found is not None:
        hidden = nodes_at(mesh, target, TRAINING_COLOCATED_KM)
        misplaced, _ = found.misplaced(*hidden)
        keep &= ~misplaced[pairs.landmark]
    return keep_pairs(pairs, keep)


class Reach(NamedTuple):
    """How far a claim is beyond the reach of landmarks, the one most against it first.

    Attributes
    ----------
    excess_km
        By how many km; negative within reach. Shape (n,), falling.
    distance_km
        From the landmark to the nearest point of the claim.
    pairs
        The landmarks with their round-trip times, in the same order.
    """

    excess_km: FloatArray
    distance_km: FloatArray
    pairs: TargetPairs

    @classmethod
    def of(cls, pairs: TargetPairs, area: Area, km_per_ms: float, tolerance_km: float) -> Reach:
        """Hold the area of a claim against round-trip times.

        Parameters
        ----------
        pairs
            Of the target.
        area
            Of the claim.
        km_per_ms
            Speed that no answer outruns, km per ms of round-trip time.
        tolerance_km
            How far landmark and claimed place together may be off.

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
        """Landmarks out of whose reach the claim is, those near each other counted once."""
        against = np.flatnonzero(self.excess_km > 0)
        return len(apart(self.pairs.lon[against], self.pairs.lat[against]))


def disjoint_rows(pairs: TargetPairs, km_per_ms: float, tolerance_km: float) -> IntArray:
    """Find landmarks whose answers came from as many places: no two of their discs meet.

    A target that answers from one place has none such, if all answers are its own.

    Parameters
    ----------
    pairs
        Of the target.
    km_per_ms, tolerance_km
        As for `Reach.of`.

    Returns
    -------
    ndarray of int64
        Rows of the pairs, by rising disc: each that meets none before (the greedy rule of
        `rttgeo.anycast.packing`), at least two; empty where every two discs meet.
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
    """Take places one after the other, each that is far from all taken before.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    km
        How far.

    Returns
    -------
    ndarray of int64
        Numbers of the places taken, rising.
    """
    left = np.arange(len(lon), dtype=np.int64)
    taken: list[int] = []
    while len(left):
        one = int(left[0])
        taken.append(one)
        left = left[np.asarray(sphere.distance_km(lon[one], lat[one], lon[left], lat[left])) > km]
    return np.array(taken, dtype=np.int64)
