"""A block of targets as arrays: the input, and the results.

`rttgeo.estimators.many` solves it, and `rttgeo.estimators.telling` adds the notes.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.statements import Bound, Note
from rttgeo.estimators.constraints import Rule
from rttgeo.estimators.discs import Discs, Names
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.joined import merged, owner_of, sums_of, taken
from rttgeo.kernels.growing import Joined, Pieces
from rttgeo.kernels.narrowing import Marks, runs_of_pieces
from rttgeo.kernels.rings import make_caps
from rttgeo.typing import BoolArray, FloatArray, IntArray

BLOCK = 1000
"""Targets that a thread takes at a time: a fifth of a second of work, and a few megabytes."""


class Asked(NamedTuple):
    """Targets, and what a fitted delay model says about their pairs.

    Attributes
    ----------
    number, name
        Row numbers and ids of the targets, shape (n,).
    landmark, rtt_ms, radius_km
        Landmark number, RTT (ms) and disc radius (km) of each usable pair, concatenated over all
        targets.
    offsets
        Target i's pairs are ``offsets[i]:offsets[i + 1]``, at least one.
    notes
        Notes of the model on some targets, by their positions among these.
    method, bound, rule
        Name of the method, its bound and its rule, the same for all targets.
    """

    number: IntArray
    name: Names
    landmark: IntArray
    rtt_ms: FloatArray
    radius_km: FloatArray
    offsets: IntArray
    notes: dict[int, tuple[Note, ...]]
    method: str
    bound: Bound
    rule: Rule


@dataclasses.dataclass(frozen=True, eq=False)
class Landmarks:
    """Landmarks in the form used in this package.

    Attributes
    ----------
    name
        Their ids, shape (n,).
    lon, lat
        Degrees, shape (n,).
    marks
        The landmarks in the form that the kernels use.
    """

    name: Names
    lon: FloatArray
    lat: FloatArray
    marks: Marks

    @classmethod
    def of(cls, name: Names, lon: FloatArray, lat: FloatArray) -> Landmarks:
        """Lay out landmarks.

        Parameters
        ----------
        name
            Their ids, shape (n,).
        lon, lat
            Degrees, shape (n,).

        Returns
        -------
        Landmarks
            The landmarks, including what the kernels need.
        """
        caps = make_caps(lon, lat, np.zeros(len(lon)))
        known = (caps.lon, caps.lat, caps.cos_lat, caps.sin_half_lat, caps.cos_half_lat)
        return cls(name, lon, lat, Marks(*known, sphere.unit_vectors(lon, lat)))


@dataclasses.dataclass(frozen=True, eq=False)
class Solved:
    """Results for a block of targets, as arrays.

    Attributes
    ----------
    asked
        The targets.
    landmarks, grid
        The landmarks and the grid that the numbers below refer to.
    nside
        The nside of each region's grid, shape (n,).
    ring, start, stop
        Pieces of each region (`rttgeo.kernels.narrowing.Pieces`).
    n_cells
        Shape (n,).
    lon, lat
        The places, degrees, shape (n,).
    bounding, conflict
        Numbers of landmarks.
    notes
        Notes of the targets that have any.
    """

    asked: Asked
    landmarks: Landmarks
    grid: Grid
    nside: IntArray
    ring: Joined
    start: Joined
    stop: Joined
    n_cells: IntArray
    lon: FloatArray
    lat: FloatArray
    bounding: Joined
    conflict: Joined
    notes: dict[int, tuple[Note, ...]]

    def __len__(self) -> int:
        """Count the targets."""
        return len(self.nside)

    def pieces(self, i: int) -> Pieces:
        """Return the region of one target as pieces.

        Parameters
        ----------
        i
            Its position among these.

        Returns
        -------
        Pieces
            None for an empty region.
        """
        own = slice(self.ring.offsets[i], self.ring.offsets[i + 1])
        return Pieces(self.ring.values[own], self.start.values[own], self.stop.values[own])

    def region(self, i: int) -> Region:
        """The region of one target.

        Parameters
        ----------
        i
            Its position among these.

        Returns
        -------
        Region
            As returned by `rttgeo.locate`.
        """
        nside = int(self.nside[i])
        grid = self.grid if nside == self.grid.nside else Grid(nside=nside)
        return Region(grid, *runs_of_pieces(grid.rings, self.pieces(i)))

    def estimate(self, i: int) -> Estimate:
        """Return the estimate of one target.

        Parameters
        ----------
        i
            Its position among these.

        Returns
        -------
        Estimate
            As returned by `rttgeo.locate`.
        """
        asked = self.asked
        return Estimate(
            method=asked.method,
            target=str(asked.name[i]),
            lon=float(self.lon[i]),
            lat=float(self.lat[i]),
            feasible=self.region(i),
            bounding=self._names(self.bounding, i),
            conflict=self._names(self.conflict, i),
            notes=self.notes.get(i, ()),
            bound=asked.bound,
            n_landmarks=int(asked.offsets[i + 1] - asked.offsets[i]),
        )

    def _names(self, joined: Joined, i: int) -> tuple[str, ...]:
        numbers = joined.values[joined.offsets[i] : joined.offsets[i + 1]]
        return tuple(map(str, self.landmarks.name[numbers]))


class Regions(NamedTuple):
    """Regions of targets, each on its own grid.

    Attributes
    ----------
    nside
        Of the grid of each, shape (n,).
    ring, start, stop
        Pieces of each (`rttgeo.kernels.narrowing.Pieces`).
    total
        Sum of the unit vectors of the cells of each, shape (n, 3).
    """

    nside: IntArray
    ring: Joined
    start: Joined
    stop: Joined
    total: FloatArray

    def n_cells(self) -> IntArray:
        """Count the cells of each.

        Returns
        -------
        numpy.ndarray
            Shape (n,).
        """
        return sums_of(self.ring.offsets, self.stop.values - self.start.values)

    def replaced(self, where: IntArray, other: Regions) -> Regions:
        """Replace some of the regions.

        Parameters
        ----------
        where
            Numbers of the regions to replace, shape (m,).
        other
            The m new regions.

        Returns
        -------
        Regions
            The regions, as many as before.
        """
        keep = np.setdiff1d(np.arange(len(self.nside)), where)
        nside, total = self.nside.copy(), self.total.copy()
        nside[where], total[where] = other.nside, other.total
        ring, start, stop = (
            merged([(keep, taken(one, keep)), (where, two)], len(self.nside))
            for one, two in zip(self[1:4], other[1:4], strict=True)
        )
        return Regions(nside, ring, start, stop, total)


class Found(NamedTuple):
    """What the discs of a block of targets allow, before notes are added.

    Attributes
    ----------
    asked, landmarks, grid
        The targets, all landmarks of the mesh, and the grid of the regions.
    regions
        One per target.
    bounding, conflict
        Numbers of landmarks.
    quickest
        Number of the pair with the lowest RTT of each target, among all pairs.
    empty
        Numbers of the targets whose discs have no cell in common.
    used, loose
        Masks of the pairs in the largest group of the model's discs, and in that of the physical
        discs.
    """

    asked: Asked
    landmarks: Landmarks
    grid: Grid
    regions: Regions
    bounding: Joined
    conflict: Joined
    quickest: IntArray
    empty: IntArray
    used: BoolArray
    loose: BoolArray


def discs_of_target(asked: Asked, landmarks: Landmarks, i: int) -> Discs:
    """The discs of one target of a block.

    Parameters
    ----------
    asked
        The block.
    landmarks
        All landmarks of the mesh.
    i
        Position of the target in the block.

    Returns
    -------
    Discs
        One per pair.
    """
    own = slice(asked.offsets[i], asked.offsets[i + 1])
    at = asked.landmark[own]
    return Discs(landmarks.name[at], landmarks.lon[at], landmarks.lat[at], asked.radius_km[own])


def quickest_of(asked: Asked) -> IntArray:
    """Find the pair with the lowest RTT of each target; the first if there are several.

    Parameters
    ----------
    asked
        The block.

    Returns
    -------
    numpy.ndarray
        Numbers among all pairs of the block, shape (n,).
    """
    lowest = np.minimum.reduceat(asked.rtt_ms, asked.offsets[:-1])
    owner = owner_of(asked.offsets)
    hits = np.flatnonzero(asked.rtt_ms == lowest[owner])
    _, first = np.unique(owner[hits], return_index=True)
    return np.asarray(hits[first], dtype=np.int64)
