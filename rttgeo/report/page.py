"""Estimates on a map: a picture, or one web page that needs nothing but itself.

The page loads nothing. Its map can be zoomed, dragged and pointed at; without scripts, and on
paper, a picture stands in its place. Beside it stands what a picture alone would not tell: what
the region means, the facts, and each landmark's circle.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from cartopy.mpl.geoaxes import GeoAxes

from rttgeo import sphere
from rttgeo.cells.region import Region
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts as maps
from rttgeo.delay.statements import NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.figures import canvas, shading, style, views
from rttgeo.figures.circles import circles_of, draw_limit, exclusion_map, vacuum_limit
from rttgeo.figures.style import Drawn
from rttgeo.machine import escaping
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Mesh
from rttgeo.report.headline import called, headline, used_landmarks
from rttgeo.report.html_table import html_table
from rttgeo.report.meaning import meaning
from rttgeo.report.shown import at_odds
from rttgeo.report.tables import estimate_record, places_of_record
from rttgeo.report.webmap import PagePart, answer_map, circles_map
from rttgeo.typing import FloatArray

ENDINGS: Final = ("html", "png", "svg", "pdf")
MEDIUM: Final = "fibre"
MAX_RIMS: Final = 60
MAX_ON_PAGE: Final = 100
NO_SCRIPT: Final = "'none'"
MAX_LANDMARKS: Final = 200
CIRCLES: Final = ("Landmark", "Stated place", "Lowest RTT", "Light in fibre reaches")
GROWS: Final = (
    "with typical delays, one more ping that does not quite fit the others makes the region larger: "
    "each one alone said less than it seemed to"
)
"""Below the notes where nothing was learnt: those who add a ping expect the opposite."""
NARROW_REM: Final = 36
"""Windows up to this width show the figure of a column; a full one would have words of 5 pixels."""


def check_ending(path: str | Path) -> str:
    """Return the form that a file's ending names.

    Parameters
    ----------
    path
        File to write; its ending chooses the form.

    Returns
    -------
    str
        One of `ENDINGS`, in lower case without the dot.

    Raises
    ------
    BadInputError
        When it is none of `ENDINGS`.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise BadInputError(f"map {path}: expected a name that ends in .{', .'.join(ENDINGS)}")
    return ending


def check_count(path: str | Path, count: int) -> None:
    """Refuse more targets than a map of that form holds.

    Parameters
    ----------
    path
        File to write; its ending chooses the form.
    count
        Number of targets to be shown.

    Raises
    ------
    BadInputError
        For several targets in a picture, or more than a page can show.
    """
    limit = MAX_ON_PAGE if check_ending(path) == "html" else 1
    if count > limit:
        raise BadInputError(
            f"map {path}: {number_of(count, 'target')}, but it can show {limit}; choose with --target"
        )


def save_map(
    mesh: Mesh, estimates: Sequence[Estimate], path: str | Path, *, level: float = AREA_LEVEL
) -> Path:
    """Write estimates as a page (``.html``), or one estimate as a picture (png, svg, pdf).

    Parameters
    ----------
    mesh
        The measurements.
    estimates
        Estimates of targets of the mesh.
    path
        File to write; its ending chooses the form.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BadInputError
        For another ending, or more estimates than the form holds.
    """
    form = check_ending(path)
    check_count(path, len(estimates))
    if form == "html":
        return write_atomically(path, map_page(mesh, estimates, level=level))
    drawn = located_map(mesh, estimates[0], level=level)
    return write_atomically(path, style.render(drawn, form))  # type: ignore[arg-type]


def save_figure(drawn: Drawn, path: str | Path, *, title: str, narrow: Drawn | None = None) -> Path:
    """Write any figure as a page with its words (``.html``), or as a picture (png, svg, pdf).

    Parameters
    ----------
    drawn
        The figure, with its words and data.
    path
        File to write; its ending chooses the form.
    title
        Title of the page; pictures do not use it.
    narrow
        The same figure for a narrow window, such as that of a telephone; pictures do not use it.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BadInputError
        For another ending.
    """
    form = check_ending(path)
    if form != "html":
        return write_atomically(path, style.render(drawn, form))  # type: ignore[arg-type]
    page = page_of(figure_section(drawn, narrow=narrow), title, drawn.data)
    return write_atomically(path, page)


def figure_section(drawn: Drawn, *, static: bool = False, narrow: Drawn | None = None) -> str:
    """Write a figure with its words as HTML.

    Parameters
    ----------
    drawn
        The figure, with its words and data.
    static
        It stands in for a map that one can move, on paper and where scripts do not run.
    narrow
        The same figure for a narrow window, whose words are as large as those of the page.

    Returns
    -------
    str
        HTML, the figure inside as SVG.
    """
    alt = escaping.html(drawn.alt)
    kind = ' class="static"' if static else ""
    image = f'<img alt="{alt}" src="{_source(drawn)}">'
    if narrow is not None:
        source = (
            f'<source media="screen and (max-width: {NARROW_REM}rem)" srcset="{_source(narrow)}">'
        )
        image = f"<picture>{source}{image}</picture>"
    return f"<figure{kind}>{image}</figure>\n<p>{alt}</p>"


def _source(drawn: Drawn) -> str:
    picture = base64.b64encode(style.render(drawn, "svg")).decode("ascii")
    return f"data:image/svg+xml;base64,{picture}"


@style.styled
def located_map(mesh: Mesh, estimate: Estimate, *, level: float = AREA_LEVEL) -> Drawn:
    """Draw the region, the place, the landmarks, and the circles of light in fibre around them.

    Parameters
    ----------
    mesh
        The measurements.
    estimate
        Of one of its targets.
    level
        Of the credible region, for methods that have one.

    Returns
    -------
    Drawn
        The figure, with its words.
    """
    circles = circles_of(mesh, estimate.target, medium=MEDIUM)
    region = estimate.credible_region(level) if estimate.has_region else None
    marks = _marks(mesh, estimate)
    seen = [*marks.values(), *at_odds(estimate, circles)]
    figure, axes = canvas.new_map(_view(circles, region, seen))
    if region:
        shading.fill_where(axes, region.contains, style.SKY)
        named = f"{100 * level:.3g} % region" if estimate.posterior is not None else "region"
        axes.fill([], [], color=style.SKY, alpha=0.45, lw=0, label=named)
    _rims(axes, circles)
    limit = vacuum_limit(circles, MEDIUM)
    if limit is not None:
        draw_limit(axes, limit)
    canvas.dots(axes, circles.lon, circles.lat, s=9, color=style.BLUE, label="landmark")
    canvas.mark(axes, marks)
    canvas.scale_bar(axes)
    style.foot_legend(figure, axes)
    facts = {"landmarks": float(len(circles.name))}
    if limit is not None:
        facts["vacuum_radius_km"] = float(limit.radius_km[0])
    if region is not None:
        facts["area_km2"] = region.area_km2
    return style.finish(figure, _alt(estimate, circles, facts), facts, mesh.provenance)


def _marks(mesh: Mesh, estimate: Estimate) -> dict[str, tuple[float, float]]:
    number = mesh.target_number(estimate.target)
    truth = tuple(float(values[number]) for values in mesh.target_lonlat)
    marks = {"estimate": (estimate.lon, estimate.lat), "stated place": truth}
    return {name: (x, y) for name, (x, y) in marks.items() if math.isfinite(x)}


def _view(circles: Discs, region: Region | None, seen: Sequence[tuple[float, float]]) -> views.View:
    """Around the region and the marked places; without a region, around the smallest circle."""
    points = [np.array(seen, dtype=float).reshape(-1, 2)]
    points.append(np.column_stack([circles.lon[:1], circles.lat[:1]]))
    if region:
        lon, lat, reach = region.bounding_cap()
        points.append(_rim(lon, lat, reach))
    elif circles.radius_km[0] < views.LOCAL_LIMIT_KM:
        points.append(_rim(circles.lon[0], circles.lat[0], circles.radius_km[0]))
    lon, lat = np.concatenate(points).T
    return views.view_around(lon, lat, margin_km=30.0)


def _rim(lon: float, lat: float, radius_km: float) -> FloatArray:
    """Points around a circle, shape (n, 2)."""
    bearing = np.linspace(0, 360, 36, endpoint=False)
    reach = min(radius_km, HALF_CIRCUMFERENCE_KM)
    return np.column_stack(sphere.destination(lon, lat, bearing, reach))


def _rims(axes: GeoAxes, circles: Discs) -> None:
    """The circles that exclude something, the smallest ones; the smallest thickest."""
    rims = [
        maps.circle(lon, lat, radius)
        for lon, lat, radius in zip(*circles[1:], strict=True)
        if radius < HALF_CIRCUMFERENCE_KM
    ][:MAX_RIMS]
    for number, rim in reversed(list(enumerate(rims))):
        look = {"lw": 0.6, "alpha": 0.5} if number else {"lw": 1.3, "alpha": 1.0}
        canvas.line(axes, rim, color=style.BLUE, zorder=3, **look)
    if rims:
        axes.plot([], [], color=style.BLUE, lw=0.9, label="limit of light in fibre (usual)")


def _alt(estimate: Estimate, circles: Discs, facts: dict[str, float]) -> str:
    said = f"Map of {number_of(len(circles.name), 'landmark')} that measured {estimate.target}"
    if estimate.empty:
        return said + "; their circles have no point in common."
    if "area_km2" in facts:
        said += f", and the region of {facts['area_km2']:,.0f} km² where it can be"
    if "vacuum_radius_km" in facts:
        said += f"; light in vacuum leaves {facts['vacuum_radius_km']:,.0f} km around the quickest landmark"
    if math.isfinite(estimate.lon):
        said += f"; the estimate is at {_degrees(estimate.lon, estimate.lat)}"
    return said + "."


def map_page(mesh: Mesh, estimates: Sequence[Estimate], *, level: float = AREA_LEVEL) -> str:
    """Write a self-contained HTML page with a map, the facts and the meaning of each estimate.

    Parameters
    ----------
    mesh
        The measurements.
    estimates
        Estimates of targets of the mesh.
    level
        Probability of the credible region, for methods that have one.

    Returns
    -------
    str
        The page, HTML.

    Raises
    ------
    BadInputError
        For more than `MAX_ON_PAGE` estimates.
    """
    check_count("page.html", len(estimates))
    alone = len(estimates) == 1
    sections = "\n".join(_section(mesh, estimate, level, alone) for estimate in estimates)
    what = (
        f"is {called(estimates[0].target)}"
        if alone
        else f"are {number_of(len(estimates), 'target')}"
    )
    title = f"Where {what}?"
    return page_with_map(
        answer_map(mesh, estimates, level=level), sections, title, mesh.provenance.label()
    )


def page_with_map(drawn: PagePart, sections: str, title: str, data: str) -> str:
    """Write a page whose map stands in place of the pictures of class ``static`` below it.

    Parameters
    ----------
    drawn
        The map.
    sections
        HTML.
    title, data
        Title of the page and label of its data, as text.

    Returns
    -------
    str
        The page, HTML.
    """
    return page_of(f"<div>{drawn.html}\n{sections}</div>", title, data, script=drawn.script_source)


def page_of(sections: str, title: str, data: str, *, script: str = NO_SCRIPT) -> str:
    """Put sections on a page that loads nothing from elsewhere.

    Parameters
    ----------
    sections
        HTML.
    title, data
        Title of the page and label of its data, as text.
    script
        Where scripts may come from, as the page's security policy says it; from nowhere by default.

    Returns
    -------
    str
        The page, HTML.
    """
    return PAGE.format(
        title=escaping.html(title), data=escaping.html(data), sections=sections, script=script
    )


def save_circles(mesh: Mesh, target: str, path: str | Path, *, medium: str = MEDIUM) -> Path:
    """Write the circles around a target as a page (``.html``), or as a picture (png, svg, pdf).

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id.
    path
        File to write; its ending chooses the form.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BadInputError
        For another ending or an unknown bound.
    """
    form = check_ending(path)
    drawn = exclusion_map(mesh, target, medium=medium, proof=True)
    if form != "html":
        return write_atomically(path, style.render(drawn, form))  # type: ignore[arg-type]
    sections = figure_section(drawn, static=True)
    title = f"Circles around {target}"
    part = circles_map(mesh, target, medium=medium)
    return write_atomically(path, page_with_map(part, sections, title, mesh.provenance.label()))


def _section(mesh: Mesh, estimate: Estimate, level: float, alone: bool) -> str:
    """What is said of one target; alone on a page, the page's heading and map name it."""
    drawn = located_map(mesh, estimate, level=level)
    picture = base64.b64encode(style.render(drawn, "svg")).decode("ascii")
    said = [str(note) for note in estimate.notes]
    if any(note.kind is NoteKind.GENERIC for note in estimate.notes):
        said.append(GROWS)
    notes = "".join(f"<li>{escaping.html_prose(note)}</li>" for note in said)
    record = estimate_record(mesh, estimate, level=level)
    return _SECTION.format(
        heading="" if alone else f"<h2>{escaping.html(estimate.target)}</h2>",
        hidden="static" if alone else "",
        headline=escaping.html_prose(headline(record)),
        meaning=escaping.html_prose(meaning(estimate, level)),
        alt=escaping.html(drawn.alt),
        picture=picture,
        notes=f"<ul>{notes}</ul>" if notes else "",
        facts=_facts(record),
        landmarks=_landmarks(estimate, circles_of(mesh, estimate.target, medium=MEDIUM), mesh),
    )


def _facts(record: dict[str, object]) -> str:
    lon, lat = record["lon"], record["lat"]
    area, error = record["area_km2"], record["error_km"]
    facts = {
        "Estimate": _degrees(lon, lat) if isinstance(lon, float) else "none",  # type: ignore[arg-type]
        "Region": f"{area:,.0f} km²" if isinstance(area, float) else "none",
        "Likely": places_of_record(record).sentence(),
        **({"Its parts": record["spread"]} if record["spread"] else {}),
        "Method": f"{record['method']} ({record['bound']})"
        if record["bound"]
        else record["method"],
        "Landmarks used": used_landmarks(record),
    }
    if isinstance(error, float):
        inside = {True: "inside the region", False: "outside the region"}
        facts["Stated place"] = (
            f"{_degrees(record['true_lon'], record['true_lat'])}, "  # type: ignore[arg-type]
            f"{error:,.0f} km from the estimate"
            + (f", {inside[bool(record['inside'])]}" if record["inside"] is not None else "")
        )
    return _rows(facts.items())


def _landmarks(estimate: Estimate, circles: Discs, mesh: Mesh) -> str:
    rows = []
    rtt = dict(zip(mesh.landmarks.index, _rtts(mesh, estimate.target), strict=True))
    for name, lon, lat, radius in list(zip(*circles, strict=True))[:MAX_LANDMARKS]:
        marked = " (sets the region)" if name in estimate.bounding else ""
        reach = f"{radius:,.0f} km" if radius < HALF_CIRCUMFERENCE_KM else "anywhere"
        rows.append((name + marked, _degrees(lon, lat), f"{rtt[name]:,.2f} ms", reach))
    more = len(circles.name) - len(rows)
    return html_table(CIRCLES, rows, f"and {more:,} more with higher RTTs" if more > 0 else "")


def _rtts(mesh: Mesh, target: str) -> list[float]:
    pairs = mesh.of_target(target)
    values = np.full(len(mesh.landmarks), np.nan)
    values[pairs.landmark] = pairs.rtt_ms
    return [float(value) for value in values]


def _rows(facts: object) -> str:
    return "".join(
        f"<tr><th scope=row>{escaping.html(name)}</th><td>{escaping.html(value)}</td></tr>"
        for name, value in facts  # type: ignore[attr-defined]
    )


def _degrees(lon: float, lat: float) -> str:
    east, north = ("E" if lon >= 0 else "W"), ("N" if lat >= 0 else "S")
    return f"{abs(lat):.3f}° {north}, {abs(lon):.3f}° {east}"


_SECTION = """<section>
{heading}
<p class="{hidden}"><strong>{headline}</strong></p>
<p>{meaning}</p>
<figure class="static"><img alt="{alt}" src="data:image/svg+xml;base64,{picture}"></figure>
{notes}
<table>{facts}</table>
<details><summary>Landmarks and their circles</summary>
{landmarks}</details>
</section>"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src {script}; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }}
h1, h2 {{ line-height: 1.2; overflow-wrap: anywhere; }}
figure {{ margin: 1rem 0; background: white; border-radius: .4rem; padding: .4rem; }}
img {{ display: block; width: 100%; height: auto; }}
/* Light turned to dark and back to its own hue, as on the page of the paper. */
@media screen and (prefers-color-scheme: dark) {{ figure {{ filter: invert(.91) hue-rotate(180deg); }} }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; margin: .5rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
 border-bottom: 1px solid #8886; }}
.num {{ text-align: right; font-variant-numeric: tabular-nums; }}
@media (min-width: 40rem) {{ th[scope=row] {{ white-space: nowrap; }} }}
.range {{ white-space: nowrap; opacity: .75; }}
footer {{ margin-top: 2rem; opacity: .75; font-size: .9rem; }}
@media print {{
 :root {{ color-scheme: light; }}
 body {{ max-width: none; padding: 0; font-size: .8rem; }}
 table {{ display: table; font-size: .65rem; }}
 th, td {{ padding-right: .4rem; }}
 section, tr, figure {{ break-inside: avoid; }}
 h2 {{ break-after: avoid; }}
}}
</style></head><body>
<h1>{title}</h1>
{sections}
<footer>Data: {data}. Coasts and borders: Natural Earth. Made by rttgeo; this page loads nothing
from anywhere.</footer>
</body></html>
"""
