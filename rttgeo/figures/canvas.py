"""Maps to draw on: Robinson for the world, Lambert azimuthal equal-area for anything smaller."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt
import shapely
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib import patheffects
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts as maps
from rttgeo.figures import style
from rttgeo.figures.projecting import extent_of, outline, project, projected, window_of
from rttgeo.figures.views import LONLAT, View

FINEST_INCHES = 0.0015
"""Detail below this (0.04 mm) is left out of a map: print does not show it, files carry it."""
MARKS = (
    ("*", style.VERMILLION, 70),
    ("X", style.PURPLE, 80),
    ("D", style.GREEN, 24),
    ("P", style.ORANGE, 34),
    ("v", style.BLACK, 26),
)
KNOWN_PLACES = ("true place", "stated place", "target")
DISC_KM = 1.99 * EARTH_RADIUS_KM
TALL_MM = {
    "world": {"third": 46.0, "column": 54.0, "full": 94.0},
    "local": {"third": 56.0, "column": 74.0, "full": 116.0},
}


def new_map(
    view: View, *, width: style.Width = "full", height_mm: float | None = None
) -> tuple[Figure, GeoAxes]:
    """Return a figure with land and borders of a view drawn on it.

    Parameters
    ----------
    view
        What part of the globe.
    width
        ``column`` or ``full``.
    height_mm
        Height in print, mm; that of its kind by default.

    Returns
    -------
    tuple
        The figure and its axes.

    Raises
    ------
    BadInputError
        For another width.
    """
    tall = TALL_MM["world" if view.world else "local"]
    figure = style.new_figure(width, height_mm or tall[width])
    axes = figure.add_subplot(projection=view.projection)
    if view.world:
        axes.set_global()
        axes.spines["geo"].set(linewidth=0.5, edgecolor=style.GREY)
    else:
        _frame(axes, figure, view.radius_km)
    backdrop = _backdrop(view, *extent_of(axes), round(figure.get_figwidth(), 3))
    add_shape(axes, backdrop.land, facecolor=style.LAND, lw=0, zorder=0)
    add_shape(axes, backdrop.borders, facecolor="none", edgecolor=style.BORDER, lw=0.35, zorder=1)
    return figure, axes


def fill(axes: GeoAxes, geometry: shapely.Geometry, **look: Any) -> None:
    """Fill polygons given in longitude and latitude; no outline, so no seam at ±180°.

    Parameters
    ----------
    axes
        The map.
    geometry
        Polygons, in degrees.
    **look
        How it is drawn, as matplotlib names it.
    """
    add_shape(axes, project(axes, geometry), **{"lw": 0, **look})


def line(axes: GeoAxes, geometry: shapely.Geometry, **look: Any) -> None:
    """Draw lines, or the outlines of polygons without the cuts along ±180° and the poles.

    Parameters
    ----------
    axes
        The map.
    geometry
        Lines or polygons, in degrees.
    **look
        How it is drawn, as matplotlib names it.
    """
    colour = look.pop("color", "black")
    add_shape(axes, project(axes, outline(geometry)), facecolor="none", edgecolor=colour, **look)


def dots(axes: GeoAxes, lon: npt.ArrayLike, lat: npt.ArrayLike, **look: Any) -> None:
    """Mark points.

    Parameters
    ----------
    axes
        The map.
    lon, lat
        Degrees.
    **look
        How it is drawn, as matplotlib names it.
    """
    projected = axes.projection.transform_points(
        LONLAT, np.ravel(np.asarray(lon, float)), np.ravel(np.asarray(lat, float))
    )
    axes.scatter(projected[:, 0], projected[:, 1], **{"lw": 0, "zorder": 5, **look})


def mark(axes: GeoAxes, marks: Mapping[str, tuple[float, float]]) -> None:
    """Mark named places: a known one as a star, on top; others each in its own shape and colour.

    Parameters
    ----------
    axes
        The map.
    marks
        Longitude and latitude, degrees, by name.
    """
    others = itertools.count(1)
    for name, (lon, lat) in marks.items():
        number = 0 if name in KNOWN_PLACES else next(others)
        marker, colour, size = MARKS[number % len(MARKS)]
        look = {"marker": marker, "color": colour, "s": size, "ec": "white", "lw": 0.6}
        # A smaller star still shows what lies below it at the same place.
        dots(axes, lon, lat, zorder=7.5 - 0.1 * number, label=name, **look)


def scale_bar(axes: GeoAxes) -> None:
    """Draw a bar of a round number of kilometres in the lower left of a local map.

    Parameters
    ----------
    axes
        The map; one of the world gets no bar.
    """
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
    window = window_of(view.projection, (x0, y0, x1, y1))
    layers = [layer.intersection(window) for layer in layers]
    frame, pixels = shapely.box(x0, y0, x1, y1), width_inches / FINEST_INCHES
    return Backdrop(*(projected(view.projection, one, frame, pixels) for one in layers))


def add_shape(axes: GeoAxes, shape: shapely.Geometry, **look: Any) -> PathPatch | None:
    """Draw all polygons (with holes) or lines of a projected shape as one path.

    Parameters
    ----------
    axes
        The map.
    shape
        In the map's own coordinates.
    **look
        How it is drawn, as matplotlib names it.

    Returns
    -------
    PathPatch | None
        What was drawn; None if there was nothing.
    """
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
