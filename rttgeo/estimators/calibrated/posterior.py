"""The posterior of the calibrated estimator: regions with nominal coverage, a likely place."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.any_posterior import count_holding
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.cells.region import Region
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.calibrated.cells import FINEST
from rttgeo.estimators.calibrated.conformal import Levels
from rttgeo.kernels.nested import gathered
from rttgeo.typing import FloatArray, IntArray

GRID = Grid(nside=FINEST.nside)
"""The grid of the default method's regions: its finest cells."""
GATHERED_NSIDE = 256
LIKELY_PLACES, LIKELY_TRIED = 500, 250
SINGLE_LOSS = 1e-3
"""Twice the most by which a loss in single precision is wrong, for a probability of 1: logarithms
from -1 to 10 have errors of 1e-6, and the sum of 500 of them no more than 500 times that."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CalibratedPosterior(MixedPosterior):
    """A posterior whose regions are computed at the level that gives the nominal coverage.

    Attributes
    ----------
    levels
        Map from nominal levels to levels of the posterior.
    """

    levels: Levels = dataclasses.field(default_factory=Levels)

    @cached_property
    def promised(self) -> FloatArray:
        """Probability of each piece, shape (n,), such that a region of any level holds it.

        It is the posterior's own probability, redistributed so that its levels are those of
        left-out targets. So cities, countries and regions agree.
        """
        order = self.by_density
        nominal = self.levels.nominal(np.cumsum(self.held[order]))
        nominal[-1:] = 1.0
        share = np.empty(len(order))
        share[order] = np.diff(nominal, prepend=0.0)
        return share

    def credible_region(self, level: float = 0.95) -> Region:
        """Make the region that holds the target this often, judging by left-out targets.

        Parameters
        ----------
        level
            Nominal probability, above 0 and at most 1.

        Returns
        -------
        Region
            The densest cells that hold this probability.
        """
        if not 0 < level <= 1:
            return super().credible_region(level)
        return super().credible_region(self.levels.raw(level))

    def holds(self, lon: float, lat: float, level: float = 0.95) -> bool:
        """Check whether the region of this level holds a point.

        Parameters
        ----------
        lon
            Longitude, degrees.
        lat
            Latitude, degrees.
        level
            Nominal probability, above 0 and at most 1.

        Returns
        -------
        bool
            True inside, False outside.
        """
        row = int(self.row_of(lon, lat))
        if row < 0:
            return False
        return bool(self._held_before(row) < self.levels.raw(level) - 1e-12)

    def _held_before(self, row: int) -> float:
        """Probability of all pieces that come before one in `by_density`, without sorting them."""
        density = self.held / self.size
        here = density[row]
        return float(self.held[density > here].sum() + self.held[:row][density[:row] == here].sum())

    def densest_place(self) -> tuple[float, float]:
        """Find the centre of the densest piece, which is in the region of every level.

        Returns
        -------
        tuple[float, float]
            Longitude and latitude, degrees.
        """
        (lon,), (lat,) = sphere.directions(self.centres(self.by_density[:1]))
        return float(lon), float(lat)

    def likely_place(self) -> tuple[float, float]:
        """Find the centre of the piece with the smallest expected log(distance + s).

        This loss hardly grows at large distances, so the place stays in the main part of a
        posterior in several parts, whereas the median may fall between them. s is the radius of a
        disc as large as the raw 95 % region in coarse cells, so that the result does not depend on
        the scale.

        Returns
        -------
        tuple[float, float]
            Longitude and latitude, degrees.
        """
        heaviest, together, wide = self._gathered()
        likely = _largest(together, LIKELY_PLACES)
        points = self.centres(heaviest[likely])
        dense = np.argsort(-together / wide)
        parts = wide[dense[: count_holding(together[dense], 0.95)]].sum()
        size_km = np.sqrt(parts * self.grid.cell_area_km2 / np.pi)
        best = _least_loss(points[:LIKELY_TRIED], points, together[likely], float(size_km))
        (lon,), (lat,) = sphere.directions(points[[best]])
        return float(lon), float(lat)

    def _gathered(self) -> tuple[IntArray, FloatArray, IntArray]:
        """Pieces grouped by coarse cell: row of the most probable one, total probability and size.

        A city of many small pieces counts as much as one large piece.
        """
        bits = 2 * (self.grid.nside // GATHERED_NSIDE).bit_length() - 2
        return gathered(self.start, self.size, self.held, bits)


def _least_loss(a: FloatArray, b: FloatArray, weight: FloatArray, more_km: float) -> int:
    """Row of the first of ``a`` with the least weighted sum of log(distance to ``b`` + more_km).

    Logarithms in single precision take a tenth of the time: they tell which rows may be the best,
    and only those are compared in double precision.
    """
    rough = _log_distances(a, b, more_km, np.float32) @ weight.astype(np.float32)
    few = np.flatnonzero(rough <= rough.min() + SINGLE_LOSS * max(1.0, float(weight.sum())))
    loss = _log_distances(a[few], b, more_km, np.float64) @ weight
    return int(few[np.argmin(loss)])


def _log_distances(
    a: FloatArray, b: FloatArray, more_km: float, kind: type[np.floating[Any]]
) -> npt.NDArray[np.floating[Any]]:
    """Log(chord in km + more_km) between unit vectors, shape (len(a), len(b)).

    All in one array: asking the system for a megabyte at each step takes longer than the steps.
    """
    square: FloatArray = (2 * a) @ b.T
    # In double precision up to here: near places differ in the last digits only.
    out = np.subtract(2, square, out=square).astype(kind, copy=False)
    np.maximum(out, 0.0, out=out)
    np.sqrt(out, out=out)
    out *= EARTH_RADIUS_KM
    out += more_km
    return np.log(out, out=out)


def _largest(values: FloatArray, count: int) -> IntArray:
    """Rows of the largest values, largest first, without sorting all of them."""
    if len(values) <= count:
        return np.argsort(-values, kind="stable")
    rows = np.sort(np.argpartition(-values, count)[:count])
    order: IntArray = rows[np.argsort(-values[rows], kind="stable")]
    return order
