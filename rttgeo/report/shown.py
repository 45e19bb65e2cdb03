"""What the map of an answer shows, as its script reads it: regions, landmarks, places, a first view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.report.backdrop import encoded, place
from rttgeo.report.light import LIGHT, limit_km

MOST_LANDMARKS: Final = 500
"""The quickest landmarks are drawn: more would be one blot."""
LEAST_VIEW_KM: Final = 60.0


class Shown(NamedTuple):
    """What the map shows of one target, as its script reads it.

    Attributes
    ----------
    name
        Of the target.
    said
        The sentence below the map.
    view
        The circle that is looked at first, see `view_of`.
    rim
        What the circles are, in words; None where there are none.
    limit
        The circle that light in vacuum proves, see `shown_limit`.
    regions
        The larger first, see `shown_regions`.
    landmarks
        See `shown_landmarks`.
    place, truth
        Of the estimate and as stated, see `rttgeo.report.backdrop.place`.
    likely
        Cities as `rttgeo.report.places.LikelyPlaces.to_dict` writes them.
    """

    name: str
    said: str
    view: dict[str, float]
    rim: str | None = None
    limit: dict[str, float] | None = None
    regions: Sequence[dict[str, Any]] = ()
    landmarks: Sequence[dict[str, Any]] = ()
    place: dict[str, float] | None = None
    truth: dict[str, float] | None = None
    likely: Sequence[dict[str, Any]] = ()


def rim_in_words(medium: str) -> str:
    """Name what sets the circles.

    Parameters
    ----------
    medium
        Of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    str
        For the key of the map.
    """
    return f"limit of {LIGHT.get(medium, medium)}"


def passing(estimate: Estimate) -> str:
    """Say how far a region may pass the limits of light on a map, and why.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    str
        To follow what the limits are called in the key; empty where no region passes them.
    """
    if not estimate.has_region or estimate.empty:
        return ""
    if estimate.posterior is None:
        wide_km = float(np.sqrt(estimate.region.grid.cell_area_km2))
        return f"; the region, of whole cells of {wide_km:.3g} km, may pass it a little"
    tolerance_km = estimate.bound.tolerance_km
    if not tolerance_km:
        return ""
    return (
        f"; the region may pass it by {tolerance_km:,.0f} km, because declared places are not exact"
    )


def shown_limit(record: dict[str, Any]) -> dict[str, float] | None:
    """Write the circle that the sentence about light states.

    Parameters
    ----------
    record
        Result of `rttgeo.report.tables.estimate_record`.

    Returns
    -------
    dict or None
        ``lon``, ``lat`` and ``radius_km``; None where it excludes nothing or is doubted.
    """
    if record["quickest_landmark"] is None or record["beyond_vacuum"]:
        return None
    radius_km = limit_km(record)
    if radius_km >= HALF_CIRCUMFERENCE_KM:
        return None
    at = place(record["quickest_lon"], record["quickest_lat"]) or {}
    return at | {"radius_km": round(radius_km, 3)}


def shown_regions(estimate: Estimate, level: float = AREA_LEVEL) -> list[dict[str, Any]]:
    """Write the regions of an estimate as the script reads them.

    Parameters
    ----------
    estimate
        What a method found.
    level
        Probability of the larger region, for methods that have one.

    Returns
    -------
    list of dict
        The larger region first, so that the smaller one is drawn upon it. A region without a
        probability, which is all that is possible, has the level 1.
    """
    if not estimate.has_region or estimate.empty:
        return []
    if estimate.posterior is None:
        return [{"level": 1, "rings": encoded(estimate.to_shape(level))}]
    return [{"level": one, "rings": encoded(estimate.to_shape(one))} for one in (level, 0.5)]


def shown_landmarks(circles: Discs, medium: str, thick: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Write the quickest landmarks with their circles as the script reads them.

    Parameters
    ----------
    circles
        The smallest first.
    medium
        Of `rttgeo.constants.KM_PER_MS_RTT`: what the circles are by.
    thick
        Landmarks whose circles are thick; the quickest by default.

    Returns
    -------
    list of dict
        `MOST_LANDMARKS` at the most.
    """
    rows: list[dict[str, Any]] = []
    for name, lon, lat, radius_km in list(zip(*circles, strict=True))[:MOST_LANDMARKS]:
        whole = radius_km >= HALF_CIRCUMFERENCE_KM
        reach = "excludes no place on Earth" if whole else f"no farther than {radius_km:,.0f} km"
        rtt_ms = radius_km / KM_PER_MS_RTT[medium]
        ms = f"{_three_digits(rtt_ms)} ms"
        said = f"{name}: {ms}, {reach} ({medium})."
        rows.append(
            (place(float(lon), float(lat)) or {})
            | {"name": str(name), "radius_km": round(float(radius_km), 3), "said": said, "ms": ms}
            | {"thick": name in thick if thick else not rows}
        )
    return rows


def _three_digits(value: float) -> str:
    return f"{value:,.3g}" if value < 999.5 else f"{value:,.0f}"


def shown_view(
    estimate: Estimate,
    circles: Discs,
    truth: tuple[float | None, float | None],
    level: float = AREA_LEVEL,
) -> dict[str, float]:
    """Choose a circle that holds region, places and quickest landmark.

    Without a region it is the smallest circle, widened to the landmarks that contradict each other.

    Parameters
    ----------
    estimate
        What a method found.
    circles
        The smallest first.
    truth
        Longitude and latitude of the stated place, degrees, or None.
    level
        Probability of the larger region, for methods that have one.

    Returns
    -------
    dict
        As `view_of` writes it.
    """
    if estimate.has_region and not estimate.empty:
        middle = estimate.credible_region(level).bounding_cap()
    else:
        middle = smallest(circles)
    quickest = (float(circles.lon[0]), float(circles.lat[0]))
    return view_of(
        *middle, [(estimate.lon, estimate.lat), truth, quickest, *at_odds(estimate, circles)]
    )


def at_odds(estimate: Estimate, circles: Discs) -> list[tuple[float, float]]:
    """List the places of the landmarks that contradict each other, where they leave no region.

    Parameters
    ----------
    estimate
        What a method found.
    circles
        Of its landmarks.

    Returns
    -------
    list of tuple of float
        Longitudes and latitudes, degrees; none where there is a region.
    """
    if estimate.has_region and not estimate.empty:
        return []
    rows = np.flatnonzero(np.isin(np.asarray(circles.name, dtype=str), estimate.conflict))
    return list(zip(circles.lon[rows].tolist(), circles.lat[rows].tolist(), strict=True))


def smallest(circles: Discs) -> tuple[float, float, float]:
    """Take the smallest circle.

    Parameters
    ----------
    circles
        The smallest first.

    Returns
    -------
    tuple of float
        Longitude and latitude of its middle, degrees, and its radius, km.
    """
    return float(circles.lon[0]), float(circles.lat[0]), float(circles.radius_km[0])


def view_of(
    lon: float, lat: float, radius_km: float, shown: Sequence[tuple[float | None, float | None]]
) -> dict[str, float]:
    """Widen a circle until it holds some places, and write it as the script reads it.

    Parameters
    ----------
    lon, lat
        Its middle, degrees.
    radius_km
        Its radius.
    shown
        Longitudes and latitudes; None or NaN for what has no place.

    Returns
    -------
    dict
        ``lon``, ``lat`` and ``radius_km``, from `LEAST_VIEW_KM` to half a circumference: the whole
        Earth for a circle that holds a pole, which is the whole upper or lower edge of the map.
    """
    for x, y in shown:
        if x is not None and y is not None and math.isfinite(x + y):
            radius_km = max(radius_km, float(sphere.distance_km(lon, lat, x, y)))
    radius_km = min(max(radius_km, LEAST_VIEW_KM), HALF_CIRCUMFERENCE_KM)
    if float(sphere.distance_km(lon, lat, lon, math.copysign(90.0, lat))) <= radius_km:
        lat, radius_km = 0.0, HALF_CIRCUMFERENCE_KM
    return {"lon": round(lon, 4), "lat": round(lat, 4), "radius_km": round(radius_km, 1)}
