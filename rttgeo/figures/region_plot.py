"""Regions drawn on maps with cartopy."""

from __future__ import annotations

from typing import Any

import cartopy.crs as ccrs
import matplotlib.pyplot as plt
import numpy as np
import shapely
from cartopy.mpl.geoaxes import GeoAxes

from rttgeo.cells.region import Region
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts as maps

WORLD_KM = 5000.0
"""Regions that reach farther from their middle than this are shown on the whole globe."""


def draw(region: Region, ax: GeoAxes | None = None, **style: Any) -> GeoAxes:
    """Draw a region on a map.

    Parameters
    ----------
    region
        What to draw; an empty one draws the map alone.
    ax
        Axes with any cartopy projection. By default new ones: the globe for a wide region, else
        an equal-area view centred on it, which poles and ±180° do not trouble.
    style
        For matplotlib: ``facecolor``, ``edgecolor``, ``alpha``, ``zorder`` and the like.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        The axes.
    """
    if ax is None:
        ax = _axes_for(region)
    look = {"facecolor": "C3", "edgecolor": "C3", "alpha": 0.5, "linewidth": 0.8, **style}
    if region:
        shape, plate = region.to_shape(), ccrs.PlateCarree()
        ax.add_geometries([shape], crs=plate, **{**look, "edgecolor": "none"})
        ax.add_geometries([_coast(shape)], crs=plate, **{**look, "facecolor": "none"})
    return ax


def _coast(shape: shapely.MultiPolygon) -> shapely.Geometry:
    """The outline without the cut along ±180° and the poles, which is no edge of the region."""
    return shape.boundary.difference(shapely.box(-180, -90, 180, 90).boundary)


def _axes_for(region: Region) -> GeoAxes:
    lon, lat, radius_km = region.bounding_cap() if region else (0.0, 0.0, np.inf)
    if radius_km > WORLD_KM:
        projection: ccrs.Projection = ccrs.EqualEarth(central_longitude=round(lon))
    else:
        projection = ccrs.LambertAzimuthalEqualArea(lon, lat)
    ax = plt.figure(figsize=(8, 5)).add_subplot(projection=projection)
    if radius_km > WORLD_KM:
        ax.set_global()
        land = maps.land("110m").geometry
    else:
        half = 1.15e3 * radius_km * 6378.137 / EARTH_RADIUS_KM
        ax.set_extent((-1.6 * half, 1.6 * half, -half, half), crs=projection)
        # Only what is near: cartopy wrongly fills shapes that reach the far side of the globe.
        near = maps.circle(lon, lat, min(4 * radius_km + 500, 0.7 * HALF_CIRCUMFERENCE_KM))
        land = maps.land("50m").geometry.intersection(near)
    ax.add_geometries(land, crs=ccrs.PlateCarree(), facecolor="0.9", edgecolor="0.6", linewidth=0.4)
    ax.gridlines(color="0.8", linewidth=0.3)
    return ax
