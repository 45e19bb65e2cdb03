"""The known targets of a mesh as a matrix, and masks of who is left out of what is learnt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo.delay.calibrated import vectors
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, FloatArray, IntArray


class Mask(NamedTuple):
    """Landmarks and targets that are left out of what is learnt, True for those left out."""

    landmark: BoolArray
    target: BoolArray

    @classmethod
    def empty(cls, mesh: Mesh) -> Mask:
        """All may be learnt from."""
        return cls(np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool))

    def also(self, landmark: BoolArray, target: BoolArray) -> Mask:
        """With further nodes left out."""
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
        Shape (n, n_landmarks), NaN where not measured.
    """

    number: IntArray
    lon: FloatArray
    lat: FloatArray
    points: FloatArray
    rtt_ms: FloatArray

    def keep(self, node: BoolArray, landmark: BoolArray) -> KnownTargets:
        """Only some of the nodes, and what some of the landmarks measured to them."""
        rtt = np.where(landmark[None, :], self.rtt_ms[node], np.nan)
        some = (self.number[node], self.lon[node], self.lat[node], self.points[node])
        return KnownTargets(*some, rtt)

    def without(self, mask: Mask) -> KnownTargets:
        """Without the nodes of a mask, and without what its landmarks measured."""
        return self.keep(~mask.target[self.number], ~mask.landmark)


def known_targets(mesh: Mesh, most: int) -> KnownTargets:
    """Return the targets of known place as a matrix; a fixed choice of them if they are many."""
    count = np.diff(mesh.offsets)
    lon, lat = mesh.target_lonlat
    number = np.flatnonzero((count > 0) & np.isfinite(lon))
    if len(number) > most:
        number = np.sort(np.random.default_rng(0).permutation(number)[:most])
    row = np.full(len(mesh.targets), -1)
    row[number] = np.arange(len(number))
    rtt = np.full((len(number), len(mesh.landmarks)), np.nan)
    of_pair = row[mesh.pairs["target"].to_numpy()]
    used = of_pair >= 0
    rtt[of_pair[used], mesh.pairs["landmark"].to_numpy()[used]] = mesh.pairs["rtt_ms"][used]
    points = vectors(lon[number], lat[number])
    return KnownTargets(number, lon[number], lat[number], points, rtt)


def lots(number: IntArray, seed: int) -> FloatArray:
    """A lot, from 0 to 1, for each row number of the target table, whoever else there is."""
    return np.random.default_rng(seed).random(int(number.max(initial=-1)) + 1)[number]
