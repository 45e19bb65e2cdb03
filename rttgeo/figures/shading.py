"""Maps filled by what holds at each place, asked on a raster and drawn as smooth shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.colors import Colormap
from scipy import ndimage

from rttgeo import sphere
from rttgeo.data import coasts as maps
from rttgeo.figures import style
from rttgeo.figures.canvas import add_shape
from rttgeo.figures.projecting import extent_of, project
from rttgeo.figures.views import LONLAT
from rttgeo.typing import FloatArray

ASK_INCHES = 0.01
ENOUGH_TO_SMOOTH = 200


def fill_where(axes: GeoAxes, inside: Callable[..., npt.ArrayLike], colour: str) -> int:
    """Fill and outline the places for which a test on (lon, lat) arrays holds.

    Asked at points a quarter of a millimetre apart in print: a region of a million cells costs no
    more than one of ten, and neither ±180° nor a pole is anything special.

    Parameters
    ----------
    axes
        The map.
    inside
        The test: takes (lon, lat) arrays in degrees, gives a bool for each place.
    colour
        In hexadecimal, or a name of matplotlib's.

    Returns
    -------
    int
        At how many of the points asked it holds.
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
    """Outline the places for which a test holds, as `fill_where` does.

    Parameters
    ----------
    axes
        The map.
    inside
        The test: takes (lon, lat) arrays in degrees, gives a bool for each place.
    colour
        In hexadecimal, or a name of matplotlib's.

    Returns
    -------
    int
        At how many of the points asked it holds.
    """
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
    """Shade the land by a quantity of (lon, lat) arrays.

    Parameters
    ----------
    axes
        The map.
    value
        The quantity: takes (lon, lat) arrays in degrees, gives a number for each place.
    levels
        Values from one shade to the next.
    colours
        Of the shades.

    Returns
    -------
    matplotlib.contour.QuadContourSet
        To make a colour bar from.
    """
    x, y, on_map, lon, lat = _raster(axes, 2 * ASK_INCHES)
    shown = np.full(x.shape, np.nan)
    shown[on_map] = value(lon, lat)
    shaded = axes.contourf(x, y, shown, levels=levels, cmap=colours, extend="min", zorder=0.5)
    land = add_shape(axes, project(axes, maps.land("50m").geometry.union_all()), fc="none", lw=0)
    if land is not None:
        shaded.set_clip_path(land)
    return shaded


def _raster(axes: GeoAxes, step_inches: float) -> tuple[Any, ...]:
    """Points of a raster on the map: x, y, which are on the globe, and those in degrees."""
    x0, y0, x1, y1 = extent_of(axes)
    step = (x1 - x0) / (axes.figure.get_figwidth() / step_inches)
    x, y = np.meshgrid(np.arange(x0, x1 + step, step), np.arange(y0, y1 + step, step))
    on_map = shapely.contains_xy(axes.projection.domain, x, y)
    places = LONLAT.transform_points(axes.projection, x[on_map], y[on_map])
    return x, y, on_map, sphere.wrap_lon(places[:, 0]), np.clip(places[:, 1], -90, 90)


def _smooth(held: FloatArray, on_map: npt.NDArray[np.bool_]) -> FloatArray:
    """Take the stairs out of an outline; they come from asking on a raster, not from the region."""
    weight = ndimage.gaussian_filter(on_map.astype(float), 1.0)
    return np.where(on_map, ndimage.gaussian_filter(held, 1.0) / np.maximum(weight, 1e-9), 0.0)
