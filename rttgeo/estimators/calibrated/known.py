"""The known targets of a mesh as a matrix, and masks of the nodes that are not learnt from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo.auditing.in_order import Words, mixed, words_of
from rttgeo.delay.calibrated import vectors
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, FloatArray, IntArray

FOLD_DRAW, SPREAD_DRAW, NODE_DRAW, TRIAL_DRAW = 2, 3, 4, 10
"""Numbers of the draws, so that they are independent of each other."""


class Mask(NamedTuple):
    """Masks of the landmarks and targets that are not learnt from (True means left out)."""

    landmark: BoolArray
    target: BoolArray

    @classmethod
    def empty(cls, mesh: Mesh) -> Mask:
        """Make a mask that leaves nothing out.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.

        Returns
        -------
        Mask
            Masks of shape (n_landmarks,) and (n_targets,), all False.
        """
        return cls(np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool))

    def also(self, landmark: BoolArray, target: BoolArray) -> Mask:
        """Leave out further nodes as well.

        Parameters
        ----------
        landmark
            Mask of further landmarks, shape (n_landmarks,).
        target
            Mask of further targets, shape (n_targets,).

        Returns
        -------
        Mask
            The union of both masks.
        """
        return Mask(self.landmark | landmark, self.target | target)


class KnownTargets(NamedTuple):
    """The known targets of a mesh as a matrix.

    Attributes
    ----------
    number
        Their row numbers in the target table, shape (n,).
    lon, lat, points
        Their places, degrees and unit vectors.
    rtt_ms
        Round-trip times, ms, shape (n, n_landmarks); NaN where not measured.
    """

    number: IntArray
    lon: FloatArray
    lat: FloatArray
    points: FloatArray
    rtt_ms: FloatArray

    def keep(self, node: BoolArray, landmark: BoolArray) -> KnownTargets:
        """Keep only some of the nodes, and only the measurements of some landmarks.

        Parameters
        ----------
        node
            Mask or row numbers of the nodes to keep.
        landmark
            Mask of the landmarks to keep, shape (n_landmarks,); the RTTs of the others become NaN.

        Returns
        -------
        KnownTargets
            The known targets kept.
        """
        rtt = np.where(landmark[None, :], self.rtt_ms[node], np.nan)
        some = (self.number[node], self.lon[node], self.lat[node], self.points[node])
        return KnownTargets(*some, rtt)

    def without(self, mask: Mask) -> KnownTargets:
        """Leave out the nodes of a mask, and what its landmarks measured.

        Parameters
        ----------
        mask
            Landmarks and targets that must not be learnt from.

        Returns
        -------
        KnownTargets
            The other known targets.
        """
        return self.keep(~mask.target[self.number], ~mask.landmark)


def known_targets(mesh: Mesh, most: int) -> KnownTargets:
    """Collect the known targets as a matrix; if there are many, a random sample of them.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    most
        Draw this many at random if there are more.

    Returns
    -------
    KnownTargets
        Known targets in the order of the mesh, with a matrix of RTTs (ms), NaN where not measured.
    """
    count = np.diff(mesh.offsets)
    lon, lat = mesh.target_lonlat
    number = np.flatnonzero((count > 0) & np.isfinite(lon))
    if len(number) > most:
        lot = lots(mesh, number, NODE_DRAW)
        number = np.sort(number[np.argsort(lot, kind="stable")[:most]])
    row = np.full(len(mesh.targets), -1)
    row[number] = np.arange(len(number))
    rtt = np.full((len(number), len(mesh.landmarks)), np.nan)
    of_pair = row[mesh.pairs["target"].to_numpy()]
    used = of_pair >= 0
    rtt[of_pair[used], mesh.pairs["landmark"].to_numpy()[used]] = mesh.pairs["rtt_ms"][used]
    points = vectors(lon[number], lat[number])
    return KnownTargets(number, lon[number], lat[number], points, rtt)


def lots(mesh: Mesh, number: IntArray, draw: int) -> FloatArray:
    """Draw a pseudo-random number from 0 to 1 for each of some targets.

    Parameters
    ----------
    mesh
        The measurements.
    number
        Row numbers of the targets, shape (n,).
    draw
        Number of the draw: different draws are independent.

    Returns
    -------
    numpy.ndarray
        Numbers, shape (n,), from a hash of each target's round-trip times: they depend neither on
        what a node is called nor on where it is declared.
    """
    words = rtt_words(mesh.pairs["rtt_ms"].to_numpy(), mesh.offsets, number)
    return np.asarray(mixed(words ^ np.uint64(draw)) / 2.0**64)


def rtt_words(rtt_ms: FloatArray, offsets: IntArray, number: IntArray) -> Words:
    """Hash the round-trip times of each target, whatever their order.

    Parameters
    ----------
    rtt_ms
        Round-trip times of all pairs, ms, by target.
    offsets
        Where each target's pairs start (`rttgeo.mesh.Mesh.offsets`).
    number
        Row numbers of the targets, shape (n,).

    Returns
    -------
    numpy.ndarray
        Words of 64 bits, shape (n,).
    """
    count = (offsets[1:] - offsets[:-1])[number]
    ends = np.cumsum(count)
    rows = np.repeat(offsets[number] - (ends - count), count) + np.arange(count.sum())
    # Sums of unsigned words wrap around, so that differences of running sums are exact.
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed(words_of(rtt_ms[rows])))])
    return np.asarray(total[ends] - total[ends - count])
