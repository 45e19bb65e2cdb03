"""The figure of the HTML paper that readers can play with: one piece, inside the page.

The map is that of `rttgeo.report.web`; what is on the page around it is in ``paper/interactive``. The
scripts know no constant and no measurement; both are put into the
page here, from the same numbers as everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM, FIBRE_INDEX, KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh
from rttgeo.report.webmap import joined_script, script_safe_json

TICKS_MS: Final = (0, 1, 5, 10, 50)
"""Each divides the next: then a coarser clock never tells more than a finer one."""

VANTAGE_POINTS: Final = 6
MOST_CITIES: Final = 4_000
"""Of cities that can be typed: those with 150,000 people and more, some 150 kB of the page."""
QUANTILES: Final = (0.5, 0.1, 0.9)

_BOUND_TEXT: Final = {
    "fibre": f"light in fibre (n = {FIBRE_INDEX})",
    "vacuum": "light in vacuum",
}


def interactive_figure(sources: Path, meshes: Sequence[Mesh]) -> str:
    """Markdown of the figure: a raw block of HTML, which only the HTML paper shows.

    Parameters
    ----------
    sources
        The folder ``paper`` with ``interactive/`` in it.
    meshes
        The data sets of the paper; those that are measured serve as a start, else all.

    Returns
    -------
    str
        A fenced block.
    """
    return f"```{{=html}}\n{play_html(sources, figure_data(meshes))}\n```"


def play_html(sources: Path, told: dict[str, object]) -> str:
    """Write the figure as HTML that stands by itself, in the paper or on any page.

    Parameters
    ----------
    sources
        The folder ``paper`` with ``interactive/`` in it.
    told
        What the scripts need to know: `figure_data`, and ``cities`` where they can be typed.

    Returns
    -------
    str
        Style, markup, data and script.
    """
    folder = sources / "interactive"
    markup = (folder / "figure.html").read_text(encoding="utf-8")
    style = (folder / "figure.css").read_text(encoding="utf-8")
    data = script_safe_json(told)
    island = f'<script type="application/json" class="play-data">{data}</script>'
    return (
        f"<style>\n{style}</style>\n"
        f'<section class="play" aria-labelledby="play-title">\n{markup}{island}\n</section>\n'
        f"<script>{joined_script(folder / 'figure.js')}</script>"
    )


def city_list(most: int = MOST_CITIES) -> list[list[object]]:
    """List the most populous cities, for pages where they can be typed.

    Parameters
    ----------
    most
        How many.

    Returns
    -------
    list
        Name, country, longitude and latitude (degrees) of each, the most populous first; without
        parts of others, as Brooklyn is of New York.
    """
    known = cities()
    wholes = np.flatnonzero(known.whole == np.arange(len(known)))
    return [
        [str(known.name[row]), str(known.country[row]), *(round(float(x[row]), 2) for x in at)]
        for at in ((known.lon, known.lat),)
        for row in wholes[:most].tolist()
    ]


def figure_data(meshes: Sequence[Mesh]) -> dict[str, object]:
    """Gather all that the scripts need to know: constants, and measured delays to start from.

    Parameters
    ----------
    meshes
        The data sets of the paper; those that are measured serve as a start, else all.

    Returns
    -------
    dict
        What JSON can hold.
    """
    measured = [mesh for mesh in meshes if mesh.provenance.kind == "measured"]
    return {
        "earth_radius_km": EARTH_RADIUS_KM,
        "bounds": {
            name: {"text": text, "km_per_ms": KM_PER_MS_RTT[name]}
            for name, text in _BOUND_TEXT.items()
        },
        "ticks_ms": list(TICKS_MS),
        "presets": [preset for mesh in measured or meshes for preset in _presets(mesh)],
    }


def _presets(mesh: Mesh) -> list[dict[str, object]]:
    """Three targets of a mesh: with a typical lowest delay, with a low one and with a high one."""
    counts = np.diff(mesh.offsets)
    numbers = np.flatnonzero(counts)
    if not len(numbers):
        return []
    quickest = np.array([mesh.of_target(int(number)).rtt_ms.min() for number in numbers])
    order = numbers[np.argsort(quickest, kind="stable")]
    places = [round(quantile * (len(order) - 1)) for quantile in QUANTILES]
    return [_preset(mesh, int(order[place])) for place in dict.fromkeys(places)]


def _preset(mesh: Mesh, number: int) -> dict[str, object]:
    """One target, and the vantage points with the lowest delays to it."""
    pairs = mesh.of_target(number)
    name = str(mesh.targets.index[number])
    quickest = np.argsort(pairs.rtt_ms, kind="stable")[:VANTAGE_POINTS]
    points = [
        {
            "name": str(mesh.landmarks.index[pairs.landmark[row]]),
            "lon": round(float(pairs.lon[row]), 4),
            "lat": round(float(pairs.lat[row]), 4),
            "rtt_ms": round(float(pairs.rtt_ms[row]), 3),
        }
        for row in quickest
    ]
    lon, lat = (float(values[number]) for values in mesh.target_lonlat)
    provenance = mesh.provenance
    tick_ms = 1 if bool((mesh.pairs["rtt_ms"] % 1 == 0).all()) else 0
    rounded = ", in whole milliseconds, so the clock starts at 1 ms" if tick_ms else ""
    return {
        "name": f"{name}, seen from {number_of(len(points), 'place')}: {provenance.label()}",
        "note": f"{provenance.label()}: {_statistic(provenance.statistic)}{rounded}. "
        f"The {len(points)} vantage points with the lowest delays to {name}.",
        "tick_ms": tick_ms,
        "target": {"lon": round(lon, 4), "lat": round(lat, 4)} if np.isfinite(lon) else None,
        "points": points,
    }


def _statistic(said: str) -> str:
    """What the RTTs are, without the remark on their unit that some data sets add."""
    return said.partition(",")[0] or "RTTs"
