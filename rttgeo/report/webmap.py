"""The map of an answer on a page: what its script is told, and the page's part that holds it.

The scripts in ``web/`` know no constant and no measurement. The map itself (projection, land,
circles) is the one that the paper's figure to play with is drawn by.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import shapely

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts
from rttgeo.data.cities import cities
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.figures.circles import circles_of, common_shape
from rttgeo.mesh import Mesh
from rttgeo.report.headline import headline
from rttgeo.report.light import LIGHT, limit_km
from rttgeo.report.meaning import meaning
from rttgeo.report.tables import estimate_record

WEB: Final = Path(__file__).parent / "web"
MAP_SCRIPTS: Final = ("land.js", "geometry.js", "map.js")
"""The map alone; what people do with it is a script of each page."""
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
MOST_LANDMARKS: Final = 500
"""The quickest landmarks are drawn: more would be one blot."""
LEAST_VIEW_KM: Final = 60.0


class PagePart(NamedTuple):
    """A part of a page with a script in it.

    Attributes
    ----------
    html
        Markup with its style, script and data.
    script_source
        What a content security policy must allow for the script to run.
    """

    html: str
    script_source: str


def answer_map(mesh: Mesh, estimates: Sequence[Estimate], *, level: float = AREA_LEVEL) -> PagePart:
    """Write the part of a page that holds the map of its answers.

    Parameters
    ----------
    mesh
        The measurements.
    estimates
        Of targets of the mesh; one is shown at a time.
    level
        Probability of the larger region, for methods that have one.

    Returns
    -------
    PagePart
        The map, and what its script needs.
    """
    return _part([_target(mesh, estimate, level) for estimate in estimates])


def circles_map(mesh: Mesh, target: str, *, medium: str = "fibre") -> PagePart:
    """Write the part of a page that holds the circles around a target's landmarks.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    PagePart
        The map, and what its script needs.
    """
    circles = circles_of(mesh, target, medium=medium)
    common = common_shape(circles)
    number = mesh.target_number(target)
    truth = tuple(float(values[number]) for values in mesh.target_lonlat)
    said = (
        f"Landmarks that measured {target}: {len(circles.name)}. The shaded area is within all "
        f"circles ({LIGHT.get(medium, medium)})."
        if not common.is_empty
        else f"The circles around {target} ({LIGHT.get(medium, medium)}) have no point in common."
    )
    return _part(
        [
            {
                "name": target,
                "said": said,
                "place": None,
                "truth": _place(*truth),
                "likely": [],
                "regions": [] if common.is_empty else [{"level": 1, "rings": encoded(common)}],
                "landmarks": _landmarks(mesh, target, circles, medium),
                "limit": None,
                "view": _view_of(*_smallest(circles), [(truth[0], truth[1])]),
            }
        ],
        medium,
    )


def _part(targets: list[dict[str, Any]], medium: str = "fibre") -> PagePart:
    parts = {name: (WEB / f"answer.{name}").read_text(encoding="utf-8") for name in ("css", "html")}
    script = joined_script(WEB / "answer.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    views = [target["view"] for target in targets]
    told = {"earth_radius_km": EARTH_RADIUS_KM, "targets": targets, **_backdrop(views)}
    data = script_safe_json(told)
    island = f'<script type="application/json" class="answer-data">{data}</script>\n</div>'
    named = parts["html"].replace("$medium", LIGHT.get(medium, medium))
    markup = named.rstrip().removesuffix("</div>") + island
    html = f"<style>\n{parts['css']}</style>\n{markup}\n<script>{script}</script>"
    return PagePart(html, f"'sha256-{digest}'")


@cache
def joined_script(user: Path) -> str:
    """Join the scripts of the map and one that uses it, so that no name of theirs leaves them.

    Parameters
    ----------
    user
        File of the script that uses the map.

    Returns
    -------
    str
        JavaScript.
    """
    files = (*(WEB / name for name in MAP_SCRIPTS), user)
    scripts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return f'\n(() => {{\n"use strict";\n{scripts}}})();\n'


def script_safe_json(value: object) -> str:
    """Write JSON that can stand in a script element, whatever names are in it.

    No ``<``, ``>``, ``&`` and no backtick is left in it.

    Parameters
    ----------
    value
        What JSON can hold, without NaN.

    Returns
    -------
    str
        In ASCII.

    Raises
    ------
    ValueError
        When there is a NaN or an infinity in it.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # A page may go through a Markdown reader first: a fence in a name must not end its block.
    return text.replace("`", "\\u0060")


def _target(mesh: Mesh, estimate: Estimate, level: float) -> dict[str, Any]:
    record = estimate_record(mesh, estimate, level=level)
    circles = circles_of(mesh, estimate.target)
    light = headline(record)
    return {
        "name": estimate.target,
        "said": light or meaning(estimate, level),
        "place": _place(record["lon"], record["lat"]),
        "truth": _place(record["true_lon"], record["true_lat"]),
        "likely": record["places"],
        "regions": _regions(estimate, level),
        "landmarks": _landmarks(mesh, estimate.target, circles, "fibre"),
        "limit": _limit(record) if light else None,
        "view": _view(estimate, circles, record, level),
    }


def _place(lon: float | None, lat: float | None) -> dict[str, float] | None:
    if lon is None or lat is None or not math.isfinite(lon + lat):
        return None
    return {"lon": round(lon, 4), "lat": round(lat, 4)}


def _regions(estimate: Estimate, level: float) -> list[dict[str, Any]]:
    """The larger region first, so that the smaller one is drawn upon it."""
    if not estimate.has_region or estimate.empty:
        return []
    levels = [level] if estimate.posterior is None else [level, 0.5]
    return [{"level": one, "rings": encoded(estimate.to_shape(one))} for one in levels]


def _landmarks(mesh: Mesh, target: str, circles: Discs, medium: str) -> list[dict[str, Any]]:
    measured = mesh.of_target(target)
    names = mesh.landmarks.index[measured.landmark]
    rtt_ms = dict(zip(names, measured.rtt_ms.tolist(), strict=True))
    rows = []
    for name, lon, lat, radius_km in list(zip(*circles, strict=True))[:MOST_LANDMARKS]:
        whole = radius_km >= HALF_CIRCUMFERENCE_KM
        reach = "excludes no place on Earth" if whole else f"no farther than {radius_km:,.0f} km"
        said = f"{name}: {rtt_ms[name]:,.3g} ms, {reach} ({medium})."
        place = _place(float(lon), float(lat)) or {}
        rows.append(place | {"name": name, "radius_km": round(float(radius_km), 3), "said": said})
    return rows


def _limit(record: dict[str, Any]) -> dict[str, float] | None:
    """The circle that the sentence about light states; None where it excludes nothing or is doubted."""
    if record["quickest_landmark"] is None or record["beyond_vacuum"]:
        return None
    radius_km = limit_km(record)
    if radius_km >= HALF_CIRCUMFERENCE_KM:
        return None
    at = _place(record["quickest_lon"], record["quickest_lat"]) or {}
    return at | {"radius_km": round(radius_km, 3)}


def _view(
    estimate: Estimate, circles: Discs, record: dict[str, Any], level: float
) -> dict[str, float]:
    """A circle that holds the region, the place and the quickest landmark; else the smallest circle."""
    if estimate.has_region and not estimate.empty:
        middle = estimate.credible_region(level).bounding_cap()
    else:
        middle = _smallest(circles)
    shown = [(record[f"{whose}lon"], record[f"{whose}lat"]) for whose in ("", "true_")]
    return _view_of(*middle, [*shown, (float(circles.lon[0]), float(circles.lat[0]))])


def _smallest(circles: Discs) -> tuple[float, float, float]:
    """Middle and radius of the smallest circle."""
    return float(circles.lon[0]), float(circles.lat[0]), float(circles.radius_km[0])


def _view_of(
    lon: float, lat: float, radius_km: float, shown: Sequence[tuple[float | None, float | None]]
) -> dict[str, float]:
    for x, y in shown:
        if x is not None and y is not None and math.isfinite(x + y):
            radius_km = max(radius_km, float(sphere.distance_km(lon, lat, x, y)))
    radius_km = min(max(radius_km, LEAST_VIEW_KM), HALF_CIRCUMFERENCE_KM)
    return {"lon": round(lon, 4), "lat": round(lat, 4), "radius_km": round(radius_km, 1)}


def _backdrop(views: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Coasts, borders and names around the views; of a world only names, as the script has its land."""
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
    # In the largest part of each: Norway's name is on the mainland and not on Svalbard.
    mains = [max(shapely.get_parts(part), key=shapely.area) for part in parts]
    at = shapely.point_on_surface(mains)
    names = known["name"].to_numpy()
    return [
        {"name": str(names[row])} | (_place(at[row].x, at[row].y) or {}) for row in order.tolist()
    ]


def _cities(area: shapely.Geometry) -> list[dict[str, Any]]:
    """The most populous cities of an area."""
    known = cities()
    rows = np.flatnonzero(shapely.contains_xy(area, known.lon, known.lat))[:MOST_NAMED]
    return [
        {"name": str(known.name[row])}
        | (_place(float(known.lon[row]), float(known.lat[row])) or {})
        for row in rows
    ]


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
