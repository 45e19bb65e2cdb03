"""Estimates and circles as records and as tables with shapes, for files and other programs."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.data import coasts as maps
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.report.light import light_record
from rttgeo.report.meaning import meaning
from rttgeo.report.places import LikelyCity, LikelyCountry, LikelyPlaces, likely_places
from rttgeo.report.spread import spread_sentence

LIST_FIELDS = ("bounding", "conflict", "notes", "note_kinds", "places", "countries", "candidates")


def estimate_record(mesh: Mesh, estimate: Estimate, *, level: float = AREA_LEVEL) -> dict[str, Any]:
    """Collect everything about one estimate as plain values, ready for JSON.

    In addition to the fields of `Estimate.to_dict`: ``level``, ``area_km2`` at that level,
    ``area50_km2``, ``parts`` (of the region), ``spread`` (what the parts are, in words), ``places``
    and ``countries`` (see `rttgeo.report.places`), ``nearest_landmark`` (nearest to the place) and
    its distance ``nearest_landmark_km``, ``n_landmarks_unused`` (how many more the source names of
    which nothing could be used), ``lowest_rtt_ms`` and the ``quickest_landmark`` that saw
    it, with its place, what light says about it (see `rttgeo.report.light.light_record`), the mesh
    and its kind, ``meaning``, and, if the true place is known, ``true_lon``, ``true_lat``,
    ``error_km`` and ``inside`` (whether the region contains it).

    Parameters
    ----------
    mesh
        The measurements.
    estimate
        Estimate of one target of the mesh.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    dict[str, Any]
        Values by name; None for what is missing.
    """
    region = estimate.credible_region(level) if estimate.has_region else None
    number = mesh.target_number(estimate.target)
    measured = mesh.of_target(number)
    likely = likely_places(estimate).to_dict()
    quickest = _quickest(mesh, measured)
    record = estimate.to_dict() | {
        "level": level if estimate.posterior is not None else None,
        "area_km2": region.area_km2 if region is not None else None,
        "area50_km2": _area50(estimate),
        "parts": region.n_components if region is not None else None,
        "spread": spread_sentence(estimate, likely["countries"], level),
        **quickest,
        **light_record(quickest, estimate.bound, (estimate.lon, estimate.lat)),
        **_nearest_landmark(mesh, measured, estimate),
        "n_landmarks_unused": mesh.unused.get(estimate.target, 0),
        **likely,
        "mesh": mesh.provenance.name,
        "kind": mesh.provenance.kind,
        "meaning": meaning(estimate, level),
        "true_lon": None,
        "true_lat": None,
        "error_km": None,
        "inside": None,
    }
    lon, lat = (float(values[number]) for values in mesh.target_lonlat)
    if math.isfinite(lon):
        record |= {
            "true_lon": lon,
            "true_lat": lat,
            "error_km": _known(estimate.error_km(lon, lat)),
        }
        if region is not None:
            record["inside"] = bool(np.all(region.contains(lon, lat)))
    return record


def _area50(estimate: Estimate) -> float | None:
    """Area of the 50 % region, in km²; None for a method without probabilities."""
    if estimate.posterior is None:
        return None
    return estimate.credible_region(0.5).area_km2


def _quickest(mesh: Mesh, measured: TargetPairs) -> dict[str, Any]:
    """The lowest round-trip time, and which landmark saw it."""
    if not len(measured.rtt_ms):
        names = ("lowest_rtt_ms", "quickest_landmark", "quickest_lon", "quickest_lat")
        return dict.fromkeys(names)
    row = int(np.argmin(measured.rtt_ms))
    name = str(mesh.landmarks.index[measured.landmark[row]])
    return {
        "lowest_rtt_ms": float(measured.rtt_ms[row]),
        "quickest_landmark": name,
        "quickest_lon": float(measured.lon[row]),
        "quickest_lat": float(measured.lat[row]),
    }


def _nearest_landmark(mesh: Mesh, measured: TargetPairs, estimate: Estimate) -> dict[str, Any]:
    """The landmark nearest to the estimated place, of those that measured the target."""
    if not math.isfinite(estimate.lon) or not len(measured.rtt_ms):
        return {"nearest_landmark": None, "nearest_landmark_km": None}
    apart = sphere.distance_km(estimate.lon, estimate.lat, measured.lon, measured.lat)
    row = int(np.argmin(apart))
    name = str(mesh.landmarks.index[measured.landmark[row]])
    return {"nearest_landmark": name, "nearest_landmark_km": round(float(apart[row]), 3)}


def places_of_record(record: dict[str, Any]) -> LikelyPlaces:
    """Extract the places and countries from an `estimate_record`.

    Parameters
    ----------
    record
        Result of `estimate_record`.

    Returns
    -------
    LikelyPlaces
        Cities and countries.
    """
    return LikelyPlaces(
        tuple(LikelyCity(**place) for place in record["places"]),
        tuple(LikelyCountry(**country) for country in record["countries"]),
    )


def estimate_shape(estimate: Estimate, level: float = AREA_LEVEL) -> shapely.Geometry:
    """Return the region's outline in degrees; the place as a point when there is no region.

    Parameters
    ----------
    estimate
        Estimate of one target of the mesh.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    shapely.Geometry
        Outline or point, longitude before latitude, degrees.
    """
    return estimate.to_shape(level)


def estimate_features(
    mesh: Mesh, estimate: Estimate, *, level: float = AREA_LEVEL
) -> list[dict[str, Any]]:
    """Make GeoJSON features of an estimate: its ``region``, if it has one, and its ``place``.

    Parameters
    ----------
    mesh
        The measurements.
    estimate
        Estimate of one target of the mesh.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    list[dict[str, Any]]
        No, one or two features.
    """
    record = estimate_record(mesh, estimate, level=level)
    shapes: dict[str, shapely.Geometry] = {}
    if estimate.has_region:
        shapes["region"] = estimate_shape(estimate, level)
    if math.isfinite(estimate.lon):
        shapes["place"] = shapely.Point(estimate.lon, estimate.lat)
    return [feature(shape, {"feature": name, **record}) for name, shape in shapes.items()]


def circles_table(mesh: Mesh, target: str | int, *, medium: str = "fibre") -> gpd.GeoDataFrame:
    """Tabulate the circles that the speed bound allows around a target's landmarks.

    Columns ``landmark``, ``landmark_lon``, ``landmark_lat``, ``target``, ``rtt_ms``, ``medium``,
    ``km_per_ms_rtt``, ``radius_km``, ``excludes`` (False: the circle is the whole world),
    ``contains_target`` (None where its place is unknown), ``mesh``, ``kind``, geometry in
    EPSG:4326.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Id or row number of the target.
    medium
        Name of the speed bound, as in `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    gpd.GeoDataFrame
        One row per landmark, smallest circle first.

    Raises
    ------
    BadInputError
        When there is no such bound, or the target has no pairs.
    NotThereError
        When there is no such target.
    """
    from rttgeo.figures.circles import circles_of

    circles = circles_of(mesh, target, medium=medium)
    number = mesh.target_number(target)
    lon, lat = (float(values[number]) for values in mesh.target_lonlat)
    distance = sphere.distance_km(circles.lon, circles.lat, lon, lat)
    inside = [
        None if math.isnan(d) else bool(d <= r)
        for d, r in zip(distance, circles.radius_km, strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "landmark": circles.name,
            "landmark_lon": circles.lon,
            "landmark_lat": circles.lat,
            "target": str(mesh.targets.index[number]),
            "rtt_ms": np.round(circles.radius_km / KM_PER_MS_RTT[medium], 6),
            "medium": medium,
            "km_per_ms_rtt": KM_PER_MS_RTT[medium],
            "radius_km": circles.radius_km,
            "excludes": circles.radius_km < HALF_CIRCUMFERENCE_KM,
            "contains_target": inside,
            "mesh": mesh.provenance.name,
            "kind": mesh.provenance.kind,
        },
        geometry=[
            maps.circle(*one)
            for one in zip(circles.lon, circles.lat, circles.radius_km, strict=True)
        ],
        crs="EPSG:4326",
    )


def geoparquet(table: gpd.GeoDataFrame) -> bytes:
    """Convert a table with shapes to GeoParquet 1.1.

    Parameters
    ----------
    table
        A table with a geometry column.

    Returns
    -------
    bytes
        Content of the file. Each shape comes with its covering box (column ``bbox``), by which
        readers skip what is elsewhere.
    """
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, schema_version="1.1.0", write_covering_bbox=True)
    return buffer.getvalue()


def feature(shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    """Make a GeoJSON feature, with coordinates to a hundred-thousandth of a degree (about a metre).

    Parameters
    ----------
    shape
        Geometry, degrees.
    properties
        Plain values of the feature.

    Returns
    -------
    dict[str, Any]
        The feature; its geometry is None where the shape is empty.
    """
    rounded = shapely.transform(shape, lambda points: np.round(points, 5))
    geometry = None if rounded.is_empty else json.loads(shapely.to_geojson(rounded))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def joined(record: dict[str, Any]) -> dict[str, Any]:
    """Join the lists of a record into text, for the cells of a table.

    Parameters
    ----------
    record
        Result of `estimate_record`.

    Returns
    -------
    dict[str, Any]
        A copy with lists as text, separated by semicolons.
    """
    return {
        name: "; ".join(map(_in_a_cell, value)) if name in LIST_FIELDS else value
        for name, value in record.items()
    }


def _in_a_cell(item: Any) -> str:
    """A list's item as text; a place as ``Vienna AT 0.22``, a country as ``Austria 0.31``."""
    if not isinstance(item, dict):
        return str(item)
    if "distance_km" in item:
        return item["name"] if item["p"] is None else f"{item['name']} {item['p']:.2f}"
    if "lon" in item:
        return str(LikelyCity(**item))
    return str(LikelyCountry(**item))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
