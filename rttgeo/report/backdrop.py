"""What lies under the map of an answer: coasts, borders, names; and outlines as its script reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts
from rttgeo.data.cities import cities
from rttgeo.data.countries import all_countries

PER_DEGREE: Final = 1000
"""Outlines are in thousandths of a degree, 0.1 km: less than the smallest cell, 3 km, shows."""
LOCAL_KM: Final = 4_000.0
"""Views up to this radius show coasts and borders at 1:50 million; the world needs 1:110 million."""
KM_PER_DEGREE: Final = EARTH_RADIUS_KM * math.pi / 180
SEEN: Final = 500
"""Of the radius of a view, a part so small is not seen: about a pixel of a large screen."""
MOST_NAMED: Final = 60
"""Cities offered for labels: about as many as a screen has room for."""
MOST_COUNTRIES: Final = 120
"""The largest countries are named on a world; the names of small islands would hide them."""


def backdrop(views: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Gather coasts, borders and names around views; of a world names only, as the script has its land.

    Parameters
    ----------
    views
        ``lon``, ``lat`` (degrees) and ``radius_km`` of circles to be looked at.

    Returns
    -------
    dict
        ``coast`` and ``borders`` as `encoded` writes them, ``countries`` and ``cities`` with places;
        the ``km`` of a country is the side of a square as large as it is there.
    """
    near = [view for view in views if view["radius_km"] <= LOCAL_KM]
    if not near:
        world = shapely.box(-180, -90, 180, 90)
        names = {"countries": _countries(world)[:MOST_COUNTRIES], "cities": _cities(world)}
        return {"coast": [], "borders": [], **names}
    area = shapely.union_all([_around(view) for view in near])
    finest = min(view["radius_km"] for view in near) / KM_PER_DEGREE / SEEN
    land, lines, far = (
        layer.geometry.iloc[0]
        for layer in (coasts.land("50m"), coasts.borders("50m"), coasts.land("110m"))
    )
    coast = shapely.union(
        shapely.intersection(shapely.simplify(land, finest), area), shapely.difference(far, area)
    )
    return {
        "coast": encoded(coast),
        "borders": encoded(shapely.intersection(shapely.simplify(lines, finest), area)),
        "countries": _countries(area),
        "cities": _cities(area),
    }


def _around(view: dict[str, float]) -> shapely.Geometry:
    """What a view shows and as much around, in degrees."""
    high = 3 * view["radius_km"] / KM_PER_DEGREE
    south, north = max(-90.0, view["lat"] - high), min(90.0, view["lat"] + high)
    nearest_pole = min(89.0, max(abs(south), abs(north)))
    wide = min(180.0, high / math.cos(math.radians(nearest_pole)))
    west, east = view["lon"] - wide, view["lon"] + wide
    boxes = [shapely.box(west + turn, south, east + turn, north) for turn in (-360, 0, 360)]
    return shapely.intersection(shapely.union_all(boxes), shapely.box(-180, -90, 180, 90))


def _countries(area: shapely.Geometry) -> list[dict[str, Any]]:
    """Names of countries at a place of theirs inside the area, the largest first."""
    known = coasts.countries("50m")
    known = known[known.intersects(area)]
    parts = shapely.intersection(known.geometry.to_numpy(), area)
    order = np.argsort(-shapely.area(parts), kind="stable")
    # Degrees of longitude are shorter by the cosine of the latitude.
    middle = np.radians(shapely.get_y(shapely.centroid(parts)))
    km = KM_PER_DEGREE * np.sqrt(shapely.area(parts) * np.cos(middle))
    # In the largest part of each: Norway's name is on the mainland and not on Svalbard.
    mains = [max(shapely.get_parts(part), key=shapely.area) for part in parts]
    at = shapely.point_on_surface(mains)
    # As answers call them; the names of the map are shortened, and some are old.
    called = {one.number: one.name.strip() for one in all_countries() if one.number}
    names = [
        called.get(int(number or 0), str(name))
        for number, name in zip(known["iso_number"], known["name"], strict=True)
    ]
    return [
        {"name": names[row], "km": round(float(km[row]))} | (place(at[row].x, at[row].y) or {})
        for row in order.tolist()
    ]


def _cities(area: shapely.Geometry) -> list[dict[str, Any]]:
    """The most populous cities of an area, without those that are parts of others."""
    known = cities()
    inside = shapely.contains_xy(area, known.lon, known.lat)
    rows = np.flatnonzero(inside & (known.whole == np.arange(len(known))))[:MOST_NAMED]
    return [
        {"name": str(known.name[row])} | (place(float(known.lon[row]), float(known.lat[row])) or {})
        for row in rows
    ]


def place(lon: float | None, lat: float | None) -> dict[str, float] | None:
    """Write a place as the script reads it.

    Parameters
    ----------
    lon, lat
        Degrees.

    Returns
    -------
    dict or None
        In ten-thousandths of a degree; None for what is no place.
    """
    if lon is None or lat is None or not math.isfinite(lon + lat):
        return None
    return {"lon": round(lon, 4), "lat": round(lat, 4)}


def encoded(shape: shapely.Geometry) -> list[list[int]]:
    """Write outlines as whole numbers: for each line its start and then steps.

    Parameters
    ----------
    shape
        Polygons or lines in degrees.

    Returns
    -------
    list of list of int
        Longitudes and latitudes by turns, in thousandths of a degree.
    """
    rings: list[list[int]] = []
    for part in shapely.get_parts(shape):
        lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for line in lines:
            if line.geom_type not in ("LinearRing", "LineString"):
                continue
            points = np.rint(shapely.get_coordinates(line) * PER_DEGREE).astype(np.int64)
            steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
            moved = np.any(steps != 0, axis=1) | (np.arange(len(steps)) == 0)
            rings.append(steps[moved].ravel().tolist())
    return rings
