"""Maps to draw on: Robinson for the world, Lambert azimuthal equal-area for anything smaller."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
import shapely
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib import patheffects
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from scipy import ndimage

from rttgeo import maps, sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.figures import style

GLOBE = ccrs.Globe(ellipse=None, semimajor_axis=EARTH_RADIUS_KM * 1000)
LONLAT = ccrs.PlateCarree(globe=GLOBE)
SEAMS = shapely.MultiLineString(
    [
        [(-180, -90), (-180, 90)],
        [(180, -90), (180, 90)],
        [(-180, -90), (180, -90)],
        [(-180, 90), (180, 90)],
    ]
)
FINEST_INCHES = 0.0015
"""Detail below this (0.04 mm) is left out of a map: print does not show it, files carry it."""
MARKS = (
    ("*", style.VERMILLION, 70),
    ("X", style.PURPLE, 80),
    ("D", style.GREEN, 24),
    ("P", style.ORANGE, 34),
    ("v", style.BLACK, 26),
)
ASK_INCHES = 0.01
ENOUGH_TO_SMOOTH = 200
DISC_KM = 1.99 * EARTH_RADIUS_KM
LEAST_VIEW_KM = 40.0
RIM_INCHES = 0.0003
"""The same for circles, whose corners the eye finds sooner than those of a coast."""
LOCAL_LIMIT_KM = 7000.0
"""A view wider than this is drawn as the whole world."""
TALL_MM = {
    "world": {"third": 46.0, "column": 54.0, "full": 94.0},
    "local": {"third": 56.0, "column": 74.0, "full": 116.0},
}


class View(NamedTuple):
    """What part of the globe a map shows, and how.

    Attributes
    ----------
    lon, lat
        Middle of the map, degrees.
    radius_km
        How far it reaches from there to its nearest side; infinite for the world.
    """

    lon: float
    lat: float
    radius_km: float = np.inf

    @property
    def world(self) -> bool:
        """Whether it is a map of the world."""
        return not self.radius_km <= LOCAL_LIMIT_KM

    @property
    def projection(self) -> ccrs.Projection:
        """Robinson or Lambert azimuthal equal-area around the middle."""
        if self.world:
            return ccrs.Robinson(central_longitude=self.lon, globe=GLOBE)
        return ccrs.LambertAzimuthalEqualArea(self.lon, self.lat, globe=GLOBE)


WORLD = View(0.0, 0.0)
EUROPE = View(12.0, 52.0, 1900.0)


def view_around(lon: npt.ArrayLike, lat: npt.ArrayLike, margin_km: float = 0.0) -> View:
    """Return the view that holds some points with a margin; the world if they are far apart."""
    lon, lat = np.ravel(np.asarray(lon, float)), np.ravel(np.asarray(lat, float))
    try:
        middle = sphere.mean_place(lon, lat)
    except BadInputError:
        return WORLD
    reach = float(sphere.distance_km(*middle, lon, lat).max())
    view = View(*middle, max(1.12 * (reach + margin_km), LEAST_VIEW_KM))
    # The Robinson map of the world keeps Greenwich in the middle unless that cuts the points.
    return View(_middle_longitude(lon), 0.0) if view.world else view


def new_map(
    view: View, *, width: style.Width = "full", height_mm: float | None = None
) -> tuple[Figure, GeoAxes]:
    """Return a figure with land and borders of a view drawn on it."""
    tall = TALL_MM["world" if view.world else "local"]
    figure = style.new_figure(width, height_mm or tall[width])
    axes = figure.add_subplot(projection=view.projection)
    if view.world:
        axes.set_global()
        axes.spines["geo"].set(linewidth=0.5, edgecolor=style.GREY)
    else:
        _frame(axes, figure, view.radius_km)
    backdrop = _backdrop(view, *_extent(axes), round(figure.get_figwidth(), 3))
    _patch(axes, backdrop.land, facecolor=style.LAND, lw=0, zorder=0)
    _patch(axes, backdrop.borders, facecolor="none", edgecolor=style.BORDER, lw=0.35, zorder=1)
    return figure, axes


def fill(axes: GeoAxes, geometry: shapely.Geometry, **look: Any) -> None:
    """Fill polygons given in longitude and latitude; no outline, so no seam at ±180°."""
    _patch(axes, project(axes, geometry), **{"lw": 0, **look})


def line(axes: GeoAxes, geometry: shapely.Geometry, **look: Any) -> None:
    """Draw lines, or the outlines of polygons without the cuts along ±180° and the poles."""
    colour = look.pop("color", "black")
    _patch(axes, project(axes, outline(geometry)), facecolor="none", edgecolor=colour, **look)


def fill_where(axes: GeoAxes, inside: Callable[..., npt.ArrayLike], colour: str) -> int:
    """Fill and outline the places for which a test on (lon, lat) arrays holds; return how many.

    Asked at points a quarter of a millimetre apart in print: a region of a million cells costs no
    more than one of ten, and neither ±180° nor a pole is anything special.
    """
    x, y, on_map, share, count = _held(axes, inside)
    if count:
        axes.contourf(x, y, share, levels=[0.5, 1.5], colors=[colour], alpha=0.45, zorder=2)
        # The edge of the map is no edge of the region.
        inner = np.where(on_map, share, np.nan)
        axes.contour(x, y, inner, levels=[0.5], colors=[style.BLUE], linewidths=0.6, zorder=3)
    found: int = count
    return found


def rim_where(axes: GeoAxes, inside: Callable[..., npt.ArrayLike], colour: str) -> int:
    """Outline the places for which a test holds, as `fill_where` does; return how many."""
    x, y, on_map, share, count = _held(axes, inside)
    if count:
        inner = np.where(on_map, share, np.nan)
        axes.contour(x, y, inner, levels=[0.5], colors=[colour], linewidths=1.2, zorder=3)
    found: int = count
    return found


def _held(axes: GeoAxes, inside: Callable[..., npt.ArrayLike]) -> tuple[Any, ...]:
    """Where on a raster a test holds: x, y, what is on the globe, 0 to 1, how many points."""
    x, y, on_map, lon, lat = _raster(axes, ASK_INCHES)
    held = np.zeros(x.shape)
    held[on_map] = inside(lon, lat)
    count = int(held.sum())
    return x, y, on_map, _smooth(held, on_map) if count >= ENOUGH_TO_SMOOTH else held, count


def shade_land(
    axes: GeoAxes,
    value: Callable[..., npt.ArrayLike],
    *,
    levels: npt.ArrayLike,
    colours: Colormap,
) -> Any:
    """Shade the land by a quantity of (lon, lat) arrays; returns the contour set, for a bar."""
    x, y, on_map, lon, lat = _raster(axes, 2 * ASK_INCHES)
    shown = np.full(x.shape, np.nan)
    shown[on_map] = value(lon, lat)
    shaded = axes.contourf(x, y, shown, levels=levels, cmap=colours, extend="min", zorder=0.5)
    land = _patch(axes, project(axes, maps.land("50m").geometry.union_all()), fc="none", lw=0)
    if land is not None:
        shaded.set_clip_path(land)
    return shaded


def _raster(axes: GeoAxes, step_inches: float) -> tuple[Any, ...]:
    """Points of a raster on the map: x, y, which are on the globe, and those in degrees."""
    x0, y0, x1, y1 = _extent(axes)
    step = (x1 - x0) / (axes.figure.get_figwidth() / step_inches)
    x, y = np.meshgrid(np.arange(x0, x1 + step, step), np.arange(y0, y1 + step, step))
    on_map = shapely.contains_xy(axes.projection.domain, x, y)
    places = LONLAT.transform_points(axes.projection, x[on_map], y[on_map])
    return x, y, on_map, sphere.wrap_lon(places[:, 0]), np.clip(places[:, 1], -90, 90)


def _smooth(held: sphere.FloatArray, on_map: npt.NDArray[np.bool_]) -> sphere.FloatArray:
    """Take the stairs out of an outline; they come from asking on a raster, not from the region."""
    weight = ndimage.gaussian_filter(on_map.astype(float), 1.0)
    return np.where(on_map, ndimage.gaussian_filter(held, 1.0) / np.maximum(weight, 1e-9), 0.0)


def outline(geometry: shapely.Geometry) -> shapely.Geometry:
    """Outline of polygons, or lines as they are, without what runs along ±180° or a pole."""
    lines = geometry if geometry.geom_type.endswith("LineString") else geometry.boundary
    return lines.difference(SEAMS)


def project(axes: GeoAxes, geometry: shapely.Geometry) -> shapely.Geometry:
    """Carry a shape in degrees over to a map, cut to its frame, no finer than print can show."""
    extent, pixels = _extent(axes), axes.figure.get_figwidth() / RIM_INCHES
    near = geometry.intersection(_window(axes.projection, extent))
    return _projected(axes.projection, near, shapely.box(*extent), pixels)


def dots(axes: GeoAxes, lon: npt.ArrayLike, lat: npt.ArrayLike, **look: Any) -> None:
    """Mark points."""
    projected = axes.projection.transform_points(
        LONLAT, np.ravel(np.asarray(lon, float)), np.ravel(np.asarray(lat, float))
    )
    axes.scatter(projected[:, 0], projected[:, 1], **{"lw": 0, "zorder": 5, **look})


def mark(axes: GeoAxes, marks: Mapping[str, tuple[float, float]]) -> None:
    """Mark named places: the target as a star, on top; others each in its own shape and colour."""
    for number, (name, (lon, lat)) in enumerate(marks.items()):
        marker, colour, size = MARKS[number % len(MARKS)]
        look = {"marker": marker, "color": colour, "s": size, "ec": "white", "lw": 0.6}
        # At one and the same place a smaller star still shows what lies below it.
        dots(axes, lon, lat, zorder=7.5 - 0.1 * number, label=name, **look)


def scale_bar(axes: GeoAxes) -> None:
    """Draw a bar of a round number of kilometres in the lower left of a local map."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    if not isinstance(axes.projection, ccrs.LambertAzimuthalEqualArea):
        return
    steps = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000])
    length = float(steps[steps <= max((x1 - x0) / 1000 * 0.22, 1)][-1])
    x, y = x0 + 0.03 * (x1 - x0), y0 + 0.03 * (y1 - y0)
    halo = [patheffects.withStroke(linewidth=2.5, foreground="white")]
    axes.plot(
        [x, x + length * 1000],
        [y, y],
        color="black",
        lw=1.4,
        zorder=9,
        solid_capstyle="butt",
        path_effects=halo,
    )
    axes.text(
        x + length * 500,
        y + 0.012 * (y1 - y0),
        f"{length:,.0f} km",
        ha="center",
        va="bottom",
        fontsize=6.5,
        zorder=9,
        path_effects=halo,
    )


def _frame(axes: GeoAxes, figure: Figure, radius_km: float) -> None:
    width, height = figure.get_size_inches()
    # The projection of the whole globe is a disc: its rim stays out of the corners.
    aspect = min(max(width / height, 1.0), math.sqrt((DISC_KM / radius_km) ** 2 - 1))
    half = radius_km * 1000
    axes.set_xlim(-half * aspect, half * aspect)
    axes.set_ylim(-half, half)
    axes.spines["geo"].set(linewidth=0.5, edgecolor=style.GREY)


class Backdrop(NamedTuple):
    """What lies under every map, projected."""

    land: shapely.Geometry
    borders: shapely.Geometry


@lru_cache(maxsize=16)
def _backdrop(
    view: View, x0: float, y0: float, x1: float, y1: float, width_inches: float
) -> Backdrop:
    scale: maps.Scale = "110m" if view.world else "50m"
    layers = [table(scale).geometry.to_numpy()[0] for table in (maps.land, maps.borders)]
    window = _window(view.projection, (x0, y0, x1, y1))
    layers = [layer.intersection(window) for layer in layers]
    frame, pixels = shapely.box(x0, y0, x1, y1), width_inches / FINEST_INCHES
    return Backdrop(*(_projected(view.projection, one, frame, pixels) for one in layers))


def _window(
    projection: ccrs.Projection, extent: tuple[float, float, float, float]
) -> shapely.Geometry:
    """What of the globe can be on a map, with a margin; never the antipode of a local map.

    There Lambert's projection is torn: a rim that passes it would cross the map from side to side.
    """
    if not isinstance(projection, ccrs.LambertAzimuthalEqualArea):
        return shapely.box(-180, -90, 180, 90)
    x0, y0, x1, y1 = extent
    corner = float(np.hypot(max(-x0, x1), max(-y0, y1))) / 1000
    chord = min(1.05 * corner / (2 * EARTH_RADIUS_KM), 0.97)
    middle = projection.proj4_params
    return maps.circle(middle["lon_0"], middle["lat_0"], 2 * EARTH_RADIUS_KM * math.asin(chord))


def _projected(
    projection: ccrs.Projection,
    geometry: shapely.Geometry,
    frame: shapely.Geometry,
    pixels: float,
) -> shapely.Geometry:
    if geometry.is_empty:
        return geometry
    if isinstance(projection, ccrs.LambertAzimuthalEqualArea):
        # Far from the antipode nothing is torn: point by point is right, and twenty times
        # quicker than cartopy's search for a tear.
        shape = shapely.transform(
            shapely.segmentize(geometry, 1.0),
            lambda points: projection.transform_points(LONLAT, *points.T)[:, :2],
        )
    else:
        shape = projection.project_geometry(geometry, LONLAT)
    x0, _, x1, _ = frame.bounds
    finest = (x1 - x0) / pixels
    shape = shapely.make_valid(shape).intersection(frame.buffer(20 * finest))
    return shapely.simplify(shape, finest)


def _patch(axes: GeoAxes, shape: shapely.Geometry, **look: Any) -> PathPatch | None:
    """One path of all polygons (with holes) or lines of a projected shape; None of nothing."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    lines = [part for part in parts if part.geom_type in ("LineString", "LinearRing")]
    chains = [
        *(ring for area in areas for ring in shapely.get_rings(shapely.normalize(area))),
        *(one for one in lines if not areas or look.get("facecolor") == "none"),
    ]
    if not chains:
        return None
    path = Path.make_compound_path(*(Path(shapely.get_coordinates(one)) for one in chains))
    # Not add_patch: it would measure every point for limits that the view has set already.
    patch = PathPatch(path, **look)
    axes.add_artist(patch)
    return patch


def _extent(axes: GeoAxes) -> tuple[float, float, float, float]:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    return float(x0), float(y0), float(x1), float(y1)


def _middle_longitude(lon: npt.NDArray[np.float64]) -> float:
    """0, or where to centre a world map so that the widest empty stretch is at its sides."""
    ordered = np.sort(lon % 360)
    gaps = np.diff(ordered, append=ordered[0] + 360)
    widest = int(np.argmax(gaps))
    middle = (ordered[widest] + gaps[widest] / 2) % 360
    if gaps[widest] < 60 or abs(middle - 180) < 90:
        return 0.0
    return float(np.round(sphere.wrap_lon(middle + 180)))
