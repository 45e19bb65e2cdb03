"""`Grid`: the equal-area cells that every estimate is made on.

HEALPix (Gorski et al. 2005, doi:10.1086/427976) in ring order: cells of exactly equal area
whose centres lie on rings of constant latitude, numbered ring by ring from the north pole,
eastward within a ring. On a ring a spherical cap is one run of neighbours, so regions are
lists of runs, and no operation here visits the cells one by one.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.arguments import (
    caps_of,
    check_circles,
    check_offsets,
    check_weights,
    holes_of,
)
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import MAX_NSIDE as MAX_NSIDE
from rttgeo.cells.tiling import Tiling, ring_tables
from rttgeo.kernels import batch as batch_kernels
from rttgeo.kernels import caps as cap_kernels
from rttgeo.kernels import rings as ring_kernels
from rttgeo.kernels import votes as vote_kernels
from rttgeo.typing import FloatArray, IntArray


class ManyRegions(NamedTuple):
    """Sizes and centroids of the regions of many targets: arrays of shape (n_targets,).

    Attributes
    ----------
    area_km2
        Areas, km².
    lon, lat
        Centroids, degrees; NaN where there is none.
    n_cells
        Numbers of cells.
    """

    area_km2: FloatArray
    lon: FloatArray
    lat: FloatArray
    n_cells: IntArray


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class Grid(Tiling):
    """Equal-area cells over the whole globe.

    Parameters
    ----------
    resolution_km
        Largest cell size wanted, km (square root of the cell area). The grid is the coarsest whose
        cells are not larger; `cell_size_km` is the actual size (25 gives 12.7 km, 26 gives 25.5
        km).
    nside
        The HEALPix resolution, a power of two from 1 to 8192, instead of a size.

    Raises
    ------
    BadInputError
        When the size or ``nside`` is out of range.
    """

    def empty(self) -> Region:
        """Make an empty region.

        Returns
        -------
        Region
            On this grid.
        """
        return Region.none(self)

    def whole(self) -> Region:
        """Make the region of the whole globe.

        Returns
        -------
        Region
            On this grid.
        """
        return Region.whole(self)

    def for_radius(self, radius_km: float) -> Grid:
        """Choose a grid for a region that lies in a circle of this radius: this grid itself.

        `rttgeo.cells.following.FollowingGrid` chooses finer cells where the circle needs them.

        Parameters
        ----------
        radius_km
            Radius of the circle, km.

        Returns
        -------
        Grid
            This grid.
        """
        return self

    def cap(
        self, lon: float, lat: float, radius_km: float, *, conservative: bool = False
    ) -> Region:
        """Make the region of one spherical cap.

        Parameters
        ----------
        lon, lat
            Centre, degrees.
        radius_km
            Radius, km.
        conservative
            As for `intersection`.

        Returns
        -------
        Region
            On this grid.

        Raises
        ------
        BadInputError
            When the radius is negative or NaN, or the centre is out of range.
        """
        return self.intersection(lon, lat, radius_km, conservative=conservative)

    def intersection(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        radius_km: npt.ArrayLike,
        *,
        conservative: bool = False,
    ) -> Region:
        """Make the region of the cells that lie within all of N circles on the sphere.

        Parameters
        ----------
        lon, lat
            Centres of the circles, degrees, shape (N,) or scalars; with N = 0 the region is the
            globe.
        radius_km
            Great-circle radius of each circle, km. It may be 0 (the centre itself) or anything up
            to infinity: beyond half the circumference, a circle holds the whole globe.
        conservative
            Take every cell of which any part could be inside, instead of the cells whose centres
            are. Each circle is widened by the distance from the centre of a cell to its farthest
            corner, so a point that is in every circle is always in a cell of the region.

        Returns
        -------
        Region
            Exactly the cells whose centres are within the radius of each circle; ties, to a
            micrometre, count as inside.

        Raises
        ------
        BadInputError
            When a value is NaN, a coordinate is out of range, or a radius is negative; the message
            says which.
        """
        caps = caps_of(lon, lat, radius_km)
        if not len(caps.radius):
            return self.whole()
        return self._region(*cap_kernels.intersection(ring_tables(self.nside, conservative), caps))

    def union(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        radius_km: npt.ArrayLike,
        *,
        conservative: bool = False,
    ) -> Region:
        """Make the region of the cells that lie within at least one of N circles.

        Parameters
        ----------
        lon, lat, radius_km, conservative
            As for `intersection`.

        Returns
        -------
        Region
            On this grid; empty if there are no circles.

        Raises
        ------
        BadInputError
            As for `intersection`.
        """
        caps = caps_of(lon, lat, radius_km)
        return Region.from_intervals(
            self, *cap_kernels.cap_runs(ring_tables(self.nside, conservative), caps)
        )

    def votes(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        radius_km: npt.ArrayLike,
        *,
        inner_km: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
    ) -> npt.NDArray[np.int32] | FloatArray:
        """Count how many of N constraints hold at the centre of each cell.

        Parameters
        ----------
        lon, lat, radius_km
            The circles, as for `intersection`.
        inner_km
            Inner radii, km, shape (N,) or a scalar. The constraint is then the ring from the inner
            to the outer radius, both ends included (Octant's positive and negative information). A
            ring whose inner radius exceeds the outer one contains nothing.
        weights
            Weight of each constraint, shape (N,); by default each counts 1.

        Returns
        -------
        numpy.ndarray
            Counts (int32) or sums of weights (float64), shape (n_cells,). Sums have rounding errors
            of about 1e-15 of the total weight, so compare them with a margin.

        Raises
        ------
        BadInputError
            When a circle is invalid, an inner radius is NaN, or a weight is not finite.
        """
        caps = caps_of(lon, lat, radius_km)
        weight = check_weights(weights, len(caps.radius))
        out = np.empty(self.n_cells, dtype=weight.dtype)
        holes, taken = ring_kernels.no_caps(), weight[:0]
        if inner_km is not None:
            holes, has_hole = holes_of(caps, lon, lat, radius_km, inner_km)
            taken = weight[has_hole]
        vote_kernels.count(self.rings, caps, weight, holes, taken, out)
        return out

    def intersect_many(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        radius_km: npt.ArrayLike,
        offsets: npt.ArrayLike,
        *,
        conservative: bool = False,
    ) -> ManyRegions:
        """Compute the size and centroid of the intersections of many sets of circles, in parallel.

        Parameters
        ----------
        lon, lat, radius_km
            The circles of all targets, concatenated, as for `intersection`.
        offsets
            Where each target's circles start, shape (n_targets + 1,): target i has the circles
            ``offsets[i]:offsets[i + 1]``.
        conservative
            As for `intersection`.

        Returns
        -------
        ManyRegions
            Arrays with one entry per target: ``area_km2``, ``lon`` and ``lat`` (centroid, NaN where
            the region is empty or has none), and ``n_cells``.

        Raises
        ------
        BadInputError
            As for `intersection`, or when the offsets do not rise from 0 to the number of circles.
        """
        lon, lat, radius = check_circles(lon, lat, radius_km)
        offsets = check_offsets(offsets, len(radius))
        cells, total = np.zeros(len(offsets) - 1, np.int64), np.zeros((len(offsets) - 1, 3))
        batch_kernels.intersect_many(
            ring_tables(self.nside, conservative),
            lon,
            lat,
            radius,
            offsets,
            cells,
            total,
        )
        middle_lon, middle_lat = sphere.directions(total)
        area_km2 = np.asarray(cells * self.cell_area_km2, dtype=np.float64)
        return ManyRegions(area_km2, middle_lon, middle_lat, cells)

    def _region(self, start: IntArray, stop: IntArray) -> Region:
        return Region(self, start, stop)


def read_region(path: str | Path) -> Region:
    """Read a region that `rttgeo.Region.to_parquet` wrote.

    Parameters
    ----------
    path
        A Parquet file.

    Returns
    -------
    Region
        The region, on a `Grid` with the nside stated in the file.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When the file does not hold a region.
    """
    from rttgeo.cells.runs_file import read_runs

    nside, start, stop = read_runs(path)
    return Region(Grid(nside=nside), start, stop)
