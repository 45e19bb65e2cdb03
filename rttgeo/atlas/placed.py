"""Where RIPE Atlas says that a probe or an anchor is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rttgeo import sphere


def place(item: Mapping[str, Any]) -> tuple[float, float] | None:
    """``(lon, lat)`` of a probe or anchor in degrees, None where it is not said.

    Parameters
    ----------
    item
        As the API describes it.

    Returns
    -------
    tuple
        Longitude and latitude, or None: also for 0, 0, which stands for a place not said.
    """
    geometry = item.get("geometry")
    pair = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if pair is None and "longitude" in item:
        pair = [item.get("longitude"), item.get("latitude")]
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in pair):
        return None
    lon, lat = float(pair[0]), float(pair[1])
    good = abs(lon) <= 180 and abs(lat) <= 90 and not sphere.is_nowhere(lon, lat)
    return (lon, lat) if good else None


def has_place(item: Mapping[str, Any]) -> bool:
    """Whether a probe or anchor says where it is.

    Parameters
    ----------
    item
        As the API describes it.

    Returns
    -------
    bool
        True where `place` finds one.
    """
    return place(item) is not None
