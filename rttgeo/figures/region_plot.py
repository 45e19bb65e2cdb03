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
from rttgeo.estimators.estimate import Estimate
from rttgeo.figures import style

WORLD_KM = 5000.0
"""Regions that reach farther from their middle than this are shown on the whole globe."""

FILL_ALPHA = 0.45
"""The land and the grid of a user's map stay visible through it."""


def draw(region: Region, ax: GeoAxes | None = None, **look: Any) -> GeoAxes:
    """Draw a region on a map.

    Parameters
    ----------
    region
        What to draw; an empty one draws the map alone.
    ax
        Axes with any cartopy projection. By default new ones: the globe for a wide region, else
        an equal-area view centred on it, which poles and ±180° do not trouble.
    look
        For matplotlib: ``facecolor``, ``edgecolor``, ``alpha``, ``zorder`` and the like.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        The axes.
    """
    if ax is None:
        ax = _axes_for(region)
    look = {"facecolor": "C3", "edgecolor": "C3", "alpha": 0.5, "linewidth": 0.8, **look}
    if region:
        shape, plate = region.to_shape(), ccrs.PlateCarree()
        ax.add_geometries([shape], crs=plate, **{**look, "edgecolor": "none"})
        ax.add_geometries([_coast(shape)], crs=plate, **{**look, "facecolor": "none"})
    return ax


def draw_estimate(estimate: Estimate, ax: GeoAxes) -> GeoAxes:
    """Draw an estimate on a user's map: 95 % and 50 % regions, or the hard one, and its place.

    Parameters
    ----------
    estimate
        With a region.
    ax
        Axes with any cartopy projection; their view is left as it is.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        The same axes; ``ax.legend()`` names what was drawn.

    Raises
    ------
    NotThereError
        When the method gives only a place.
    """
    soft = estimate.posterior is not None
    regions = (
        {f"{100 * level:.0f} % region": estimate.credible_region(level) for level in (0.95, 0.5)}
        if soft
        else {"region": estimate.region}
    )
    for (name, region), colour in zip(regions.items(), (style.SKY, style.BLUE), strict=False):
        # The inner region may be a few towns: its rims must be seen.
        rim = 0.8 if colour == style.SKY else 1.6
        look = {"facecolor": colour, "edgecolor": colour, "alpha": FILL_ALPHA, "linewidth": rim}
        draw(region, ax, **look, zorder=2)
        # A filled shape on a map has no entry in a legend of its own.
        ax.fill([], [], color=colour, alpha=FILL_ALPHA, lw=0, label=name)
    if np.isfinite(estimate.lon + estimate.lat):
        ax.plot(
            [estimate.lon],
            [estimate.lat],
            marker="o",
            markersize=6,
            linestyle="none",
            color=style.ORANGE,
            markeredgecolor="white",
            transform=ccrs.PlateCarree(),
            label="estimate",
            zorder=4,
        )
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
