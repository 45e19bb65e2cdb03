"""`Region`: a set of cells of a `Grid`, held as sorted runs of cell numbers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.rings import ring_latitudes
from rttgeo.cells.tiling import Tiling
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.errors import BadInputError
from rttgeo.kernels import moments as moment_kernels
from rttgeo.kernels import runs as run_kernels
from rttgeo.kernels import topology
from rttgeo.kernels.growing import Joined
from rttgeo.kernels.rings import TIE_RAD, Rings
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray, IntArray

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from cartopy.mpl.geoaxes import GeoAxes

    from rttgeo.display import MapView


class Region:
    """A set of grid cells, with its area, centroid, outline and set operations.

    Make one with `Grid.intersection`, `Grid.cap` or `Region.from_cells`. Combine regions of the
    same grid with ``&``, ``|``, ``-`` and ``~``.

    Attributes
    ----------
    grid
        The grid whose cells these are.
    start, stop
        int64 arrays of shape (n_runs,): run i holds the cells ``start[i]`` to ``stop[i] - 1``. Runs
        are sorted and as long as possible, so equal regions have equal arrays.
    """

    __slots__ = ("grid", "start", "stop")

    def __init__(self, grid: Tiling, start: IntArray, stop: IntArray) -> None:
        self.grid = grid
        self.start = np.asarray(start, dtype=np.int64)
        self.stop = np.asarray(stop, dtype=np.int64)

    @classmethod
    def none(cls, grid: Tiling) -> Region:
        """Make an empty region.

        Parameters
        ----------
        grid
            The grid.

        Returns
        -------
        Region
            On this grid.
        """
        return cls(grid, np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def whole(cls, grid: Tiling) -> Region:
        """Make the region of the whole globe.

        Parameters
        ----------
        grid
            The grid.

        Returns
        -------
        Region
            On this grid.
        """
        return cls(grid, np.array([0]), np.array([grid.n_cells]))

    @classmethod
    def from_intervals(cls, grid: Tiling, start: npt.ArrayLike, stop: npt.ArrayLike) -> Region:
        """Make the union of intervals of cells, which may come in any order and overlap.

        Parameters
        ----------
        grid
            The grid.
        start, stop
            First cell of each interval and one past its last cell, shape (n,).

        Returns
        -------
        Region
            On this grid.
        """
        start, stop = np.asarray(start, dtype=np.int64), np.asarray(stop, dtype=np.int64)
        order = np.argsort(start, kind="stable")
        return cls(grid, *run_kernels.merge_sorted(start[order], stop[order]))

    @classmethod
    def from_cells(cls, grid: Tiling, cells: npt.ArrayLike) -> Region:
        """Make a region from cell numbers, in any order; repeats are allowed.

        Parameters
        ----------
        grid
            The grid.
        cells
            Cell numbers, of any shape.

        Returns
        -------
        Region
            On this grid.

        Raises
        ------
        BadInputError
            When the grid has no such cell.
        """
        numbers = grid.check_cells(cells).ravel()
        if len(numbers) > 1 and not (np.diff(numbers) > 0).all():
            numbers = np.unique(numbers)
        if not len(numbers):
            return cls.none(grid)
        breaks = np.flatnonzero(np.diff(numbers) > 1)
        start = numbers[np.concatenate([[0], breaks + 1])]
        stop = numbers[np.concatenate([breaks, [len(numbers) - 1]])] + 1
        return cls(grid, start, stop)

    @property
    def runs(self) -> tuple[IntArray, IntArray]:
        """The runs of cells, as ``(start, stop)``."""
        return self.start, self.stop

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int((self.stop - self.start).sum())

    @property
    def area_km2(self) -> float:
        """Area, km²: the number of cells times the area of one, since all are equal."""
        return self.n_cells * self.grid.cell_area_km2

    def cells(self) -> IntArray:
        """List the cells.

        Returns
        -------
        numpy.ndarray
            Cell numbers, sorted, shape (n_cells,).
        """
        return run_kernels.cells_of(self.start, self.stop)

    def __bool__(self) -> bool:
        """Whether the region has any cells."""
        return len(self.start) > 0

    def __len__(self) -> int:
        """Count the cells."""
        return self.n_cells

    def __repr__(self) -> str:
        return (
            f"<Region of {number_of(self.n_cells, 'cell')}, {self.area_km2:,.0f} km², nside "
            f"{self.grid.nside}>"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        return (
            self.grid == other.grid
            and np.array_equal(self.start, other.start)
            and np.array_equal(self.stop, other.stop)
        )

    def __hash__(self) -> int:
        return hash((self.grid, self.start.tobytes(), self.stop.tobytes()))

    def __and__(self, other: Region) -> Region:
        return self._combine(other, run_kernels.intersect)

    def __or__(self, other: Region) -> Region:
        return self._combine(other, run_kernels.unite)

    def __sub__(self, other: Region) -> Region:
        return self & ~other

    def __invert__(self) -> Region:
        return Region(self.grid, *run_kernels.complement(self.start, self.stop, self.grid.n_cells))

    def _combine(self, other: Region, kernel) -> Region:  # type: ignore[no-untyped-def]
        if self.grid != other.grid:
            raise BadInputError(
                f"these regions are on grids of nside {self.grid.nside} and {other.grid.nside}: "
                "resample one of them first"
            )
        return Region(self.grid, *kernel(self.start, self.stop, other.start, other.stop))

    def contains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_] | bool:
        """Check whether each point lies in a cell of the region.

        Parameters
        ----------
        lon, lat
            Points, degrees; the two are broadcast against each other.

        Returns
        -------
        numpy.ndarray or bool
            Of the shape of the points; a bool for a single point.

        Raises
        ------
        BadInputError
            When a point is out of range.
        """
        inside = self.has_cells(self.grid.cell_of(lon, lat))
        return bool(inside) if inside.ndim == 0 else inside

    def centroid(self) -> tuple[float, float]:
        """Find the centroid on the sphere: the mean of the cells' unit vectors.

        Returns
        -------
        tuple
            Longitude and latitude, degrees.

        Raises
        ------
        BadInputError
            When the region is empty, or so evenly spread over the globe that it has no centroid.
        """
        if not self:
            raise BadInputError("an empty region has no centroid")
        total = moment_kernels.sum_of_runs(self.grid.rings, self.start, self.stop)
        if not np.linalg.norm(total) > 1e-9 * self.n_cells:
            raise BadInputError("the region is spread evenly around the globe: it has no centroid")
        (lon,), (lat,) = sphere.directions(total[None, :])
        return float(lon), float(lat)

    def bounding_cap(self) -> tuple[float, float, float]:
        """Find a spherical cap that contains every cell entirely.

        It is centred on the centroid (or on the first cell if there is none), so it is not the
        smallest such cap.

        Returns
        -------
        tuple
            Longitude and latitude of its centre, degrees, and its radius, km.

        Raises
        ------
        BadInputError
            When the region is empty.
        """
        if not self:
            raise BadInputError("an empty region has no bounding cap")
        try:
            lon, lat = self.centroid()
        except BadInputError:
            lon, lat = (float(values[0]) for values in self.grid.lonlat(self.start[:1]))
        farthest = moment_kernels.farthest_in_runs(
            self.grid.rings, self.start, self.stop, np.radians(lon), np.radians(lat)
        )
        radius_km = farthest * EARTH_RADIUS_KM + self.grid.cell_radius_km
        return lon, lat, min(radius_km, HALF_CIRCUMFERENCE_KM)

    def has_cells(self, cells: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Check whether each of these cells belongs to the region.

        Parameters
        ----------
        cells
            Cell numbers, of any shape.

        Returns
        -------
        numpy.ndarray
            Of the same shape.

        Raises
        ------
        BadInputError
            When there is no such cell.
        """
        cells = self.grid.check_cells(cells)
        run = np.searchsorted(self.start, cells, side="right") - 1
        if not len(self.start):
            return np.zeros(np.shape(cells), dtype=bool)
        return np.asarray((run >= 0) & (cells < self.stop[run]))

    def components(self) -> list[Region]:
        """Split the region into its connected parts, largest first.

        Cells are connected when they share an edge or are neighbours on a ring. Among parts of
        equal size, the northernmost comes first.

        Returns
        -------
        list of Region
            An empty list for an empty region.
        """
        label, start, stop = self.labelled()
        count = int(label.max()) + 1 if len(label) else 0
        order = np.argsort(label, kind="stable")
        bounds = np.searchsorted(label[order], np.arange(count + 1))
        rows = [order[bounds[i] : bounds[i + 1]] for i in range(count)]
        parts = [Region.from_intervals(self.grid, start[row], stop[row]) for row in rows]
        return sorted(parts, key=lambda part: -part.n_cells)

    @property
    def n_components(self) -> int:
        """Number of connected parts, as returned by `components`."""
        label, _, _ = self.labelled()
        return int(label.max()) + 1 if len(label) else 0

    def labelled(self) -> tuple[IntArray, IntArray, IntArray]:
        """Label each run of cells with the connected part it belongs to.

        Returns
        -------
        tuple of ndarray of int64
            Number of the part, first cell, and one past the last cell of each run, shape (n,). Here
            each run stays on one ring; runs are sorted by cell.
        """
        ring, start, stop = self._pieces()
        return topology.label_parts(self.grid.rings, ring, start, stop), start, stop

    def dilate(self, km: float) -> Region:
        """Grow the region by all cells whose centres are near those of its own.

        A run counts as the stretch of its ring between the centres at its ends, so a centre within
        ``km`` of that stretch is included as well.

        Parameters
        ----------
        km
            The distance, km, 0 or more.

        Returns
        -------
        Region
            Holds this region.

        Raises
        ------
        BadInputError
            When the distance is negative or not a number.
        """
        if not km >= 0:
            raise BadInputError(f"cannot dilate a region by {km} km, expected 0 or more")
        if not self:
            return self
        arc = min(km / EARTH_RADIUS_KM, np.pi) + TIE_RAD
        near = topology.dilate(self.grid.rings, *self._pieces(), arc)
        return self | Region(self.grid, *near)

    def refine(self, factor: int = 2) -> Region:
        """Convert the region to a finer grid, exactly.

        Parameters
        ----------
        factor
            How many times larger nside becomes, a power of two.

        Returns
        -------
        Region
            The same set of points, on the finer grid.
        """
        return self.resample(type(self.grid)(nside=self.grid.nside * factor))

    def resample(self, grid: Tiling) -> Region:
        """Convert to another grid: exactly to a finer one, to all cells touched on a coarser one.

        Parameters
        ----------
        grid
            The other grid.

        Returns
        -------
        Region
            Holds this region.
        """
        from rttgeo.cells.scale import children_of, parents_of

        if grid == self.grid:
            return self
        if grid.nside > self.grid.nside:
            return Region.from_cells(
                grid, children_of(self.cells(), self.grid.nside, grid.nside).ravel()
            )
        return Region.from_cells(grid, parents_of(self.cells(), self.grid.nside, grid.nside))

    def to_shape(self) -> shapely.MultiPolygon:
        """Outline the region in longitude and latitude, cut at ±180°, closed over the poles.

        Returns
        -------
        shapely.MultiPolygon
            Valid, in degrees.
        """
        import shapely

        ring, start, stop = self._pieces()
        if not len(ring):
            return shapely.MultiPolygon()
        bounds, base = np.array([0, len(ring)]), self.grid.rings.first[ring]
        pieces = (Joined(bounds, one) for one in (ring, start - base, stop - base))
        (outline,) = multipolygons(self.grid.rings, *pieces)
        found: shapely.MultiPolygon = outline
        return found

    @classmethod
    def from_shape(cls, grid: Tiling, shape: shapely.Geometry, *, touching: bool = False) -> Region:
        """Make a region from a shape in longitude and latitude (cut at ±180°, as in GeoJSON).

        Parameters
        ----------
        grid
            The grid.
        shape
            Polygons, in degrees; lines and points select cells only with ``touching``.
        touching
            Include the cells that the outline passes through, and not only those whose centre is
            inside.

        Returns
        -------
        Region
            On this grid.

        Raises
        ------
        BadInputError
            When the shape extends beyond longitudes -180 to 180 or latitudes -90 to 90.
        """
        from rttgeo.cells import shapes

        if shape.is_empty:
            return cls.none(grid)
        inside = cls(grid, *topology.scanline(grid.rings, *shapes.edges(shape)))
        if not touching:
            return inside
        return inside | cls.from_cells(grid, grid.cell_of(*shapes.along_outline(grid.nside, shape)))

    def to_geodataframe(self, *, parts: bool = False) -> gpd.GeoDataFrame:
        """Convert to polygons in degrees (EPSG:4326), cut at ±180° and closed over the poles.

        Parameters
        ----------
        parts
            Return one row per connected part, largest first, instead of a single row.

        Returns
        -------
        geopandas.GeoDataFrame
            The geometry, ``area_km2`` (from the number of cells), ``n_cells`` and ``nside``.
        """
        import geopandas as gpd

        pieces = self.components() if parts else [self]
        return gpd.GeoDataFrame(
            {
                "area_km2": [piece.area_km2 for piece in pieces],
                "n_cells": [piece.n_cells for piece in pieces],
                "nside": [piece.grid.nside for piece in pieces],
            },
            geometry=[piece.to_shape() for piece in pieces],
            crs="EPSG:4326",
        )

    @property
    def __geo_interface__(self) -> dict[str, object]:
        """The outline as a GeoJSON geometry, which shapely and geopandas accept directly."""
        found: dict[str, object] = self.to_shape().__geo_interface__
        return found

    def to_geojson(self, *, parts: bool = False) -> str:
        """Write the region as GeoJSON (RFC 7946).

        Parameters
        ----------
        parts
            Write one feature per connected part, largest first, instead of a single one.

        Returns
        -------
        str
            A FeatureCollection.
        """
        return str(self.to_geodataframe(parts=parts).to_json())

    def to_parquet(self, path: str | Path) -> Path:
        """Write the region to a small Parquet file, atomically; `rttgeo.read_region` reads it.

        Parameters
        ----------
        path
            The file; an existing one is replaced.

        Returns
        -------
        Path
            The same path.

        Raises
        ------
        OSError
            When the file cannot be written.
        """
        from rttgeo.cells import runs_file

        return runs_file.write_runs(path, self.grid.nside, self.start, self.stop)

    def plot(self, ax: GeoAxes | None = None, **style: Any) -> GeoAxes:
        """Draw the region on a map.

        Parameters
        ----------
        ax
            Cartopy axes to draw on; new ones by default.
        **style
            Passed on to `rttgeo.figures.region_plot.draw`.

        Returns
        -------
        GeoAxes
            The axes that were drawn on.
        """
        from rttgeo import display

        return display.region_picture(self, ax, **style)

    def explore(self) -> MapView:
        """Show the region on a zoomable map in a notebook.

        Returns
        -------
        rttgeo.explore.view.MapView
            See `rttgeo.explore.region_map`.

        Raises
        ------
        NotThereError
            When ipywidgets or anywidget is not installed.
        """
        from rttgeo import display

        return display.explore_region(self)

    def _repr_html_(self) -> str:
        from rttgeo import display

        return display.card(
            {
                "Area": f"{self.area_km2:,.0f} km²",
                "Cells": f"{self.n_cells:,} of {self.grid.cell_size_km:.3g} km",
                "Parts": f"{len(self.components()):,}",
            },
            self,
        )

    def _pieces(self) -> tuple[IntArray, IntArray, IntArray]:
        pieces = run_kernels.split_by_ring(self.start, self.stop, self.grid.rings.first)
        return pieces[0], pieces[1], pieces[2]


def multipolygons(
    rings: Rings, ring: Joined, start: Joined, stop: Joined
) -> npt.NDArray[np.object_]:
    """Outline many sets of cells at once: one valid multipolygon per set.

    Corners of cells are ratios of integers, so neighbours share them to the last bit and outlines
    have no slivers. Sides of cells are straight lines in longitude and latitude.

    Parameters
    ----------
    rings
        Rings of the grid.
    ring, start, stop
        Pieces of the sets, with cells numbered within their rings.

    Returns
    -------
    numpy.ndarray
        One `shapely.MultiPolygon` per set, in degrees.
    """
    import shapely

    from rttgeo.kernels.outline import outline_all

    x, y, *offsets = outline_all(rings, _corner_latitudes(rings.nside), ring, start, stop)
    found: npt.NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, np.stack([x, y], axis=1), tuple(offsets)
    )
    return found


@lru_cache(maxsize=16)
def _corner_latitudes(nside: int) -> FloatArray:
    """Latitudes of the corners between rings, degrees, from the north pole southward."""
    found: FloatArray = np.degrees(ring_latitudes(nside, np.arange(4 * nside + 1)))
    return found
