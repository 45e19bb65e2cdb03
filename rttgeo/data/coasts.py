"""Land, countries, and circles on the globe as shapes that a map can be drawn from.

Nothing is downloaded: Natural Earth comes with rttgeo (`data/naturalearth`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import antimeridian
import geopandas as gpd
import numpy as np
import shapely

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError

Scale = Literal["110m", "50m"]
CIRCLE_POINTS = 360


def land(scale: Scale = "110m") -> gpd.GeoDataFrame:
    """Give all land as one row, cut at ±180° and closed over the South Pole; EPSG:4326.

    Parameters
    ----------
    scale
        ``110m`` for world maps, ``50m`` for a continent or closer. Ice shelves are not land.

    Returns
    -------
    geopandas.GeoDataFrame
        One row, in degrees.

    Raises
    ------
    BadInputError
        For another scale.
    """
    return _layer("land", scale).copy()


def countries(scale: Scale = "110m") -> gpd.GeoDataFrame:
    """One row per country: ``iso_number`` (ISO 3166-1 numeric, may be empty), ``name``, geometry.

    Borders are Natural Earth's, which shows who holds an area in fact. EPSG:4326.

    Parameters
    ----------
    scale
        ``110m`` for world maps, ``50m`` for a continent or closer.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per country, in degrees.

    Raises
    ------
    BadInputError
        For a scale other than ``110m`` and ``50m``.
    """
    return _layer("countries", scale).copy()


def borders(scale: Scale = "110m") -> gpd.GeoDataFrame:
    """Return the lines between countries, without the coasts, as one row; EPSG:4326.

    Parameters
    ----------
    scale
        ``110m`` for world maps, ``50m`` for a continent or closer.

    Returns
    -------
    geopandas.GeoDataFrame
        One row, lines in degrees.

    Raises
    ------
    BadInputError
        For a scale other than ``110m`` and ``50m``.
    """
    return _layer("borders", scale).copy()


def circle(
    lon: float, lat: float, radius_km: float, points: int = CIRCLE_POINTS
) -> shapely.Polygon | shapely.MultiPolygon:
    """All places within a great-circle distance, as a shape in longitude and latitude.

    Right across ±180°, over the poles and beyond a hemisphere: what crosses ±180° comes in two
    parts, what holds a pole runs along it.

    Parameters
    ----------
    lon, lat
        Centre, degrees.
    radius_km
        From 0 up; at half the circumference and above the circle is the whole world.
    points
        How many points of the rim are computed.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, within [-180, 180] by [-90, 90]; empty for radius 0.

    Raises
    ------
    BadInputError
        For a centre off the globe or a radius that is negative or not a number.
    """
    sphere.check_lonlat([lon], [lat])
    if not radius_km >= 0:
        raise BadInputError(f"a circle's radius is {radius_km}, expected 0 km or more")
    if radius_km == 0:
        return shapely.Polygon()
    if radius_km >= HALF_CIRCUMFERENCE_KM:
        return shapely.box(-180, -90, 180, 90)
    if radius_km > HALF_CIRCUMFERENCE_KM / 2:
        # Everything but the circle around the antipode: the small side of a rim is the one that
        # a closed ring in the plane can be trusted to enclose.
        far_lon = float(sphere.wrap_lon(lon + 180))
        hole = _cap(far_lon, -lat, HALF_CIRCUMFERENCE_KM - radius_km, points)
        return shapely.box(-180, -90, 180, 90).difference(hole)
    return _cap(lon, lat, radius_km, points)


def spherical_area_km2(shape: shapely.Geometry) -> float:
    """Give the area on the sphere of a shape in degrees.

    Exact for the shape whose edges are straight in Lambert's cylindrical equal-area projection
    (x = λ, y = sin φ), to which its points are carried over.

    Parameters
    ----------
    shape
        Polygons, longitude before latitude, degrees.

    Returns
    -------
    float
        Area, km².
    """

    def to_equal_area(points: np.ndarray) -> np.ndarray:
        lon, lat = np.radians(points.T)
        return np.column_stack([lon, np.sin(lat)])

    return float(shapely.transform(shape, to_equal_area).area * EARTH_RADIUS_KM**2)


@lru_cache(maxsize=4096)  # cutting a rim at ±180° takes 50 ms, and a figure asks several times
def _cap(
    lon: float, lat: float, radius_km: float, points: int
) -> shapely.Polygon | shapely.MultiPolygon:
    if 90 - abs(lat) < 1e-9:
        # A parallel, which crosses ±180° at a point of the ring: there is nothing to cut.
        rim = 90 - np.degrees(radius_km / EARTH_RADIUS_KM)
        return shapely.box(-180, rim, 180, 90) if lat > 0 else shapely.box(-180, -90, 180, -rim)
    # A hemisphere or less. Bearings fall, so the ring runs counter-clockwise around its centre.
    bearing = np.linspace(360, 0, points, endpoint=False)
    ring = np.column_stack(sphere.destination(lon, lat, bearing, radius_km))
    crosses = np.abs(np.diff(ring[:, 0], append=ring[0, 0])) > 180
    polygon = shapely.Polygon(ring)
    if crosses.any():
        polygon = antimeridian.fix_polygon(polygon, fix_winding=False)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


@lru_cache
def _layer(name: str, scale: str) -> gpd.GeoDataFrame:
    if scale not in get_args(Scale):
        raise BadInputError(f"map scale {scale!r}, expected one of {', '.join(get_args(Scale))}")
    return gpd.read_parquet(data_path(f"naturalearth/{name}-{scale}.parquet"), pre_buffer=False)
