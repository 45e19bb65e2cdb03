"""Discs around landmarks: which ones bound their intersection, and which contradict each other.

Every method with hard constraints builds on these; `rttgeo.estimators.meeting` intersects them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.delay.protocol import check_rtt
from rttgeo.errors import BadInputError
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray

Names = npt.NDArray[np.object_]


class Discs(NamedTuple):
    """Discs that a target lies in, one per landmark; aligned arrays of shape (n,).

    Attributes
    ----------
    name
        Ids of the landmarks.
    lon, lat
        Their places, degrees.
    radius_km
        Great-circle radius of each disc.
    """

    name: Names
    lon: FloatArray
    lat: FloatArray
    radius_km: FloatArray

    def only(self, keep: npt.NDArray[np.bool_]) -> Discs:
        """Keep some of them.

        Parameters
        ----------
        keep
            Mask, shape (n,).

        Returns
        -------
        Discs
            In the same order.
        """
        return Discs(self.name[keep], self.lon[keep], self.lat[keep], self.radius_km[keep])


def discs_of(pairs: TargetPairs, radius_km: FloatArray, names: Names) -> Discs:
    """Discs of one target.

    Parameters
    ----------
    pairs
        Its pairs, n of them.
    radius_km
        Of each pair's disc, shape (n,).
    names
        Ids of all landmarks of the mesh, in table order.

    Returns
    -------
    Discs
        One per pair, in the order of the pairs.
    """
    return Discs(names[pairs.landmark], pairs.lon, pairs.lat, radius_km)


def bounding_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the landmarks whose discs bound the intersection, in order.

    Parameters
    ----------
    discs
        The discs, one per landmark.

    Returns
    -------
    tuple of str
        Empty when nothing bounds it.
    """
    return tuple(map(str, discs.name[bounding_discs(discs.lon, discs.lat, discs.radius_km)]))


def conflict_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the smallest group of landmarks whose discs conflict, in order.

    Parameters
    ----------
    discs
        The discs, one per landmark.

    Returns
    -------
    tuple of str
        Empty when all discs share a place.
    """
    group = conflicting_discs(discs.lon, discs.lat, discs.radius_km)
    return tuple(map(str, discs.name[group]))


def quickest(pairs: TargetPairs) -> int:
    """Which of a target's pairs has the lowest RTT; the first of several.

    Parameters
    ----------
    pairs
        The target's round-trip times.

    Returns
    -------
    int
        Number of the pair, from 0.

    Raises
    ------
    BadInputError
        When there are none, or one of them is not positive and finite.
    """
    check_rtt(pairs.rtt_ms)
    if not len(pairs.rtt_ms):
        raise BadInputError("a target without round-trip times cannot be located")
    return int(np.argmin(pairs.rtt_ms))
