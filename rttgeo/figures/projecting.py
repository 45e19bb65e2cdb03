"""Shapes in degrees carried over to a map: cut to its frame, whole at ±180° and the poles."""

from __future__ import annotations

import math

import cartopy.crs as ccrs
import numpy as np
import shapely
from cartopy.mpl.geoaxes import GeoAxes

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts as maps
from rttgeo.figures.views import LONLAT

SEAMS = shapely.MultiLineString(
    [
        [(-180, -90), (-180, 90)],
        [(180, -90), (180, 90)],
        [(-180, -90), (180, -90)],
        [(-180, 90), (180, 90)],
    ]
)
RIM_INCHES = 0.0003
"""Detail below this is left out: less than for a coast, since corners in a circle catch the eye."""


def outline(geometry: shapely.Geometry) -> shapely.Geometry:
    """Outline polygons, or take lines as they are, without what runs along ±180° or a pole.

    Parameters
    ----------
    geometry
        In degrees.

    Returns
    -------
    shapely.Geometry
        Lines, in degrees.
    """
    lines = geometry if geometry.geom_type.endswith("LineString") else geometry.boundary
    return lines.difference(SEAMS)


def project(axes: GeoAxes, geometry: shapely.Geometry) -> shapely.Geometry:
    """Carry a shape in degrees over to a map, cut to its frame, no finer than print can show.

    Parameters
    ----------
    axes
        The map.
    geometry
        In degrees.

    Returns
    -------
    shapely.Geometry
        In the map's own coordinates.
    """
    extent, pixels = extent_of(axes), axes.figure.get_figwidth() / RIM_INCHES
    near = geometry.intersection(window_of(axes.projection, extent))
    return projected(axes.projection, near, shapely.box(*extent), pixels)


def window_of(
    projection: ccrs.Projection, extent: tuple[float, float, float, float]
) -> shapely.Geometry:
    """Tell which part of the globe a map can show, with a margin; never the antipode of a local map.

    There Lambert's projection is torn: a rim that passes it would cross the map from side to side.

    Parameters
    ----------
    projection
        Of the map.
    extent
        Its ends, as `extent_of` gives them.

    Returns
    -------
    shapely.Geometry
        In degrees.
    """
    if not isinstance(projection, ccrs.LambertAzimuthalEqualArea):
        return shapely.box(-180, -90, 180, 90)
    x0, y0, x1, y1 = extent
    corner = float(np.hypot(max(-x0, x1), max(-y0, y1))) / 1000
    chord = min(1.05 * corner / (2 * EARTH_RADIUS_KM), 0.97)
    middle = projection.proj4_params
    return maps.circle(middle["lon_0"], middle["lat_0"], 2 * EARTH_RADIUS_KM * math.asin(chord))


def projected(
    projection: ccrs.Projection,
    geometry: shapely.Geometry,
    frame: shapely.Geometry,
    pixels: float,
) -> shapely.Geometry:
    """Carry a shape over, cut to a frame, with so many pixels of detail across it.

    Parameters
    ----------
    projection
        Of the map.
    geometry
        In degrees.
    frame
        In the map's own coordinates.
    pixels
        Detail across the frame.

    Returns
    -------
    shapely.Geometry
        In the map's own coordinates.
    """
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


def extent_of(axes: GeoAxes) -> tuple[float, float, float, float]:
    """Read off the ends of a map, in its own coordinates.

    Parameters
    ----------
    axes
        The map.

    Returns
    -------
    tuple
        West, south, east and north, metres.
    """
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    return float(x0), float(y0), float(x1), float(y1)
