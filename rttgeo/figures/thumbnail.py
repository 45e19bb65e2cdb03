"""A small map in SVG for notebooks: land, a region, places. No script, no names, nothing loaded."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts as maps
from rttgeo.machine import escaping

if TYPE_CHECKING:
    from rttgeo.cells.region import Region

WIDTH, HEIGHT = 360, 180
LEAST_SPAN_DEG = 6.0
MARGIN = 1.3
MOST_DOTS = 2000
LAND, SEA, REGION, LANDMARK, PLACE = "#d3d0c7", "#f4f7f9", "#0072b2", "#444444", "#d55e00"

Places = tuple[npt.ArrayLike, npt.ArrayLike]


def thumbnail(
    region: Region | None = None, *, dots: Places | None = None, place: Places | None = None
) -> str:
    """Draw a map twice as wide as tall, in plain degrees, around the region; the world without.

    Parameters
    ----------
    region
        Shaded; asked at each pixel, so that it costs the same whatever its size.
    dots
        Small marks, (lon, lat) in degrees; those whose place is unknown (NaN) are left out.
    place
        Larger marks on top.

    Returns
    -------
    str
        An SVG element.
    """
    west, south, span = _view(region)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="map" style="background:{SEA};border-radius:4px">',
        f'<path d="{_land(west, south, span)}" fill="{LAND}"/>',
    ]
    if region is not None and region:
        parts.append(
            f'<path d="{_cells(region, west, south, span)}" fill="{REGION}" opacity=".6"/>'
        )
    for marks, radius, colour in ((dots, 1.6, LANDMARK), (place, 3.5, PLACE)):
        if marks is not None:
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'
                for x, y in _pixels(marks, west, south, span)
            ]
    return "".join(parts) + "</svg>"


def beside_table(told: dict[str, str], picture: str) -> str:
    """Lay a table of what is not empty beside a picture, for a notebook; the words are escaped.

    Parameters
    ----------
    told
        Values by what they are called.
    picture
        HTML or SVG, taken as it is.

    Returns
    -------
    str
        HTML.
    """
    rows = "".join(
        f'<tr><th style="text-align:left">{escaping.html(key)}</th>'
        f'<td style="text-align:left">{escaping.html(value)}</td></tr>'
        for key, value in told.items()
        if value
    )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start">'
        f"<table>{rows}</table>{picture}</div>"
    )


def _view(region: Region | None) -> tuple[float, float, float]:
    """West and south end, and the width in degrees: the height is half of it."""
    if region is None or not region:
        return -180.0, -90.0, 360.0
    lon, lat, reach_km = region.bounding_cap()
    tall = 2 * MARGIN * reach_km * 180 / HALF_CIRCUMFERENCE_KM
    wide = max(2 * tall, tall / max(np.cos(np.radians(lat)), 0.1), LEAST_SPAN_DEG)
    if wide >= 240:
        return -180.0, -90.0, 360.0
    south = float(np.clip(lat - wide / 4, -90, 90 - wide / 2))
    return float(lon - wide / 2), south, float(wide)


@lru_cache(maxsize=64)
def _land(west: float, south: float, span: float) -> str:
    """Outlines of the land in pixels, as fine as they can be seen."""
    shapes = maps.land("110m" if span > 60 else "50m").geometry.to_numpy()
    rings = []
    for turn in (-360.0, 0.0, 360.0):
        box = shapely.box(west - turn, south, west - turn + span, south + span / 2)
        near = shapely.intersection(shapes[shapely.intersects(shapes, box)], box)
        for ring in shapely.get_rings(shapely.get_parts(shapely.simplify(near, span / WIDTH))):
            lon, lat = shapely.get_coordinates(ring).T
            x, y = _to_pixels(lon + turn, lat, west, south, span)
            rings.append("M" + "L".join(f"{a:.0f} {b:.0f}" for a, b in zip(x, y, strict=True)))
    return "Z".join(rings)


def _cells(region: Region, west: float, south: float, span: float) -> str:
    """Pixels that the region holds, a bar for each run of them on a row."""
    step = span / WIDTH
    lon = sphere.wrap_lon(west + (np.arange(WIDTH) + 0.5) * step)
    lat = south + (np.arange(HEIGHT)[::-1] + 0.5) * step
    held = np.asarray(region.contains(*np.meshgrid(lon, lat)), dtype=np.int8)
    edge = np.diff(held, axis=1, prepend=0, append=0)
    row, start = np.nonzero(edge == 1)
    stop = np.nonzero(edge == -1)[1]
    return "".join(f"M{a} {y}h{b - a}v1h{a - b}z" for y, a, b in zip(row, start, stop, strict=True))


def _pixels(places: Places, west: float, south: float, span: float) -> npt.NDArray[np.float64]:
    """Where places are on the map, shape (n, 2); only those on it."""
    lon, lat = (np.atleast_1d(np.asarray(axis, dtype=float))[:MOST_DOTS] for axis in places)
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = _to_pixels(west + (lon[known] - west) % 360, lat[known], west, south, span)
    seen = (x <= WIDTH) & (y >= 0) & (y <= HEIGHT)
    return np.column_stack([x[seen], y[seen]])


def _to_pixels(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    west: float,
    south: float,
    span: float,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return (lon - west) / span * WIDTH, HEIGHT - (lat - south) / span * WIDTH
