"""The map of an answer on a page: what its script is told, and the page's part that holds it.

The scripts in ``web/`` know no constant and no measurement. The map itself (projection, land,
circles) is the one that the paper's figure to play with is drawn by.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from rttgeo.auditing.disjoint import two_places
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.figures.circles import circles_of, common_shape
from rttgeo.mesh import Mesh
from rttgeo.report.backdrop import backdrop, encoded, place
from rttgeo.report.headline import headline
from rttgeo.report.light import LIGHT
from rttgeo.report.meaning import meaning
from rttgeo.report.shown import (
    Shown,
    passing,
    rim_in_words,
    shown_landmarks,
    shown_limit,
    shown_regions,
    shown_view,
    smallest,
    view_of,
)
from rttgeo.report.tables import estimate_record

WEB: Final = Path(__file__).parent / "web"
MAP_SCRIPTS: Final = ("land.js", "geometry.js", "map.js")
"""The map alone; what people do with it is a script of each page."""


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
    lon, lat = (float(values[number]) for values in mesh.target_lonlat)
    said = (
        f"Landmarks that measured {target}: {len(circles.name)}. The shaded area is within all "
        f"circles ({LIGHT.get(medium, medium)})."
        if not common.is_empty
        else f"The circles around {target} ({LIGHT.get(medium, medium)}) have no point in common."
    )
    return _part(
        [
            Shown(
                name=target,
                said=said,
                view=view_of(*smallest(circles), [(lon, lat), *_apart(circles)]),
                rim=rim_in_words(medium),
                regions=[] if common.is_empty else [{"level": 1, "rings": encoded(common)}],
                landmarks=shown_landmarks(circles, medium),
                truth=place(lon, lat),
            )
        ]
    )


def _apart(circles: Discs) -> list[tuple[float, float]]:
    """Middles of two circles that have no point in common, if there are such."""
    rows = two_places(circles.lon, circles.lat, circles.radius_km) or ()
    return [(float(circles.lon[row]), float(circles.lat[row])) for row in rows]


def _part(targets: list[Shown]) -> PagePart:
    style = f"{web('answer.css')}@media screen and (prefers-color-scheme: dark) {{\n.answer {{\n"
    style += f"{web('dark.css')}}}\n}}\n{web('answer-page.css')}"
    script = joined_script(WEB / "answer.js", WEB / "answer-page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    told = {
        "earth_radius_km": EARTH_RADIUS_KM,
        "targets": [target._asdict() for target in targets],
        **backdrop([target.view for target in targets]),
    }
    data = script_safe_json(told)
    island = f'<script type="application/json" class="answer-data">{data}</script>\n</div>'
    markup = web("answer.html").rstrip().removesuffix("</div>") + island
    return PagePart(
        f"<style>\n{style}</style>\n{markup}\n<script>{script}</script>", f"'sha256-{digest}'"
    )


def web(name: str) -> str:
    """Read a file of the folder ``web``.

    Parameters
    ----------
    name
        Of the file.

    Returns
    -------
    str
        Markup, style or script.
    """
    return (WEB / name).read_text(encoding="utf-8")


@cache
def joined_script(*users: Path) -> str:
    """Join the scripts of the map and those that use it, so that no name of theirs leaves them.

    Parameters
    ----------
    *users
        Files of the scripts that use the map.

    Returns
    -------
    str
        JavaScript.
    """
    return f'\n(() => {{\n"use strict";\n{module_script(*users)}}})();\n'


def module_script(*users: Path) -> str:
    """Join the same scripts as one module, whose names stay within it.

    Parameters
    ----------
    *users
        Files of the scripts that use the map.

    Returns
    -------
    str
        JavaScript.
    """
    files = (*(WEB / name for name in MAP_SCRIPTS), *users)
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


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


def _target(mesh: Mesh, estimate: Estimate, level: float) -> Shown:
    record = estimate_record(mesh, estimate, level=level)
    circles = circles_of(mesh, estimate.target)
    truth = (record["true_lon"], record["true_lat"])
    light, regions = headline(record), shown_regions(estimate, level)
    return Shown(
        name=estimate.target,
        said=light or meaning(estimate, level),
        view=shown_view(estimate, circles, truth, level),
        rim=rim_in_words("fibre") + passing(estimate),
        limit=shown_limit(record) if light else None,
        regions=regions,
        landmarks=shown_landmarks(circles, "fibre", () if regions else estimate.conflict),
        place=place(record["lon"], record["lat"]),
        truth=place(*truth),
        likely=record["places"],
    )
