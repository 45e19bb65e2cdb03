"""What part of the globe a map shows, and in which projection."""

from __future__ import annotations

from typing import NamedTuple

import cartopy.crs as ccrs
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError

GLOBE = ccrs.Globe(ellipse=None, semimajor_axis=EARTH_RADIUS_KM * 1000)
LONLAT = ccrs.PlateCarree(globe=GLOBE)
LEAST_VIEW_KM = 40.0
LOCAL_LIMIT_KM = 7000.0
"""A view wider than this is drawn as the whole world."""


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
    """Return the view that holds some points with a margin; the world if they are far apart.

    Parameters
    ----------
    lon, lat
        Points, degrees; if there are none, the world is shown.
    margin_km
        How much to show around them, km.

    Returns
    -------
    View
        Middle and reach of the map.
    """
    lon, lat = np.ravel(np.asarray(lon, float)), np.ravel(np.asarray(lat, float))
    try:
        middle = sphere.mean_place(lon, lat)
    except BadInputError:
        return WORLD
    reach = float(sphere.distance_km(*middle, lon, lat).max())
    view = View(*middle, max(1.12 * (reach + margin_km), LEAST_VIEW_KM))
    # The Robinson map of the world keeps Greenwich in the middle unless that cuts the points.
    return View(_middle_longitude(lon), 0.0) if view.world else view


def _middle_longitude(lon: npt.NDArray[np.float64]) -> float:
    """0, or where to centre a world map so that the widest empty stretch is at its sides."""
    ordered = np.sort(lon % 360)
    gaps = np.diff(ordered, append=ordered[0] + 360)
    widest = int(np.argmax(gaps))
    middle = (ordered[widest] + gaps[widest] / 2) % 360
    if gaps[widest] < 60 or abs(middle - 180) < 90:
        return 0.0
    return float(np.round(sphere.wrap_lon(middle + 180)))
