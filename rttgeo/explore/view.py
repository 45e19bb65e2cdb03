"""The map in a notebook: the one of the pages that ``rttgeo locate --map`` writes, as a widget.

Equal Earth, zoomed, dragged and pointed at as on those pages, from the same scripts; all that it
shows comes along, so it needs no network.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import anywidget
import numpy as np
import traitlets

from rttgeo.cells.region import Region
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.estimators.discs import Discs
from rttgeo.estimators.estimate import Estimate
from rttgeo.explore.scene import Scene
from rttgeo.report.backdrop import LOCAL_KM, backdrop, encoded, place
from rttgeo.report.places import likely_places
from rttgeo.report.shown import (
    Shown,
    rim_in_words,
    shown_landmarks,
    shown_regions,
    shown_view,
    view_of,
)
from rttgeo.report.webmap import WEB, module_script, web

KEPT_BACKDROPS: Final = 32
"""About 10 MB: enough for a slider that is moved back and forth."""
WORLD: Final = {"lon": 0.0, "lat": 0.0, "radius_km": HALF_CIRCUMFERENCE_KM}
SCRIPTS: Final = (WEB / "answer.js", WEB / "answer-widget.js")


class MapView(anywidget.AnyWidget):
    """A map to zoom, drag and point at.

    Parameters
    ----------
    shown
        What is on it at first; an empty world by default.

    Attributes
    ----------
    targets
        What is on the map: one `Shown`, as a dictionary.
    backdrop
        Coasts, borders and names around it.
    follow
        Whether the next answer brings its own view.
    """

    _esm = module_script(*SCRIPTS)
    _css = f'{web("answer.css")}\n[data-jp-theme-light="false"] .answer {{\n{web("dark.css")}}}\n'
    markup = traitlets.Unicode(web("answer.html")).tag(sync=True)
    earth_radius_km = traitlets.Float(EARTH_RADIUS_KM).tag(sync=True)
    backdrop = traitlets.Dict().tag(sync=True)
    targets: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    follow = traitlets.Bool(True).tag(sync=True)

    def __init__(self, shown: Shown | None = None) -> None:
        super().__init__()
        self.show(shown or Shown("", "", WORLD))

    def show(self, shown: Shown) -> None:
        """Show something else.

        Parameters
        ----------
        shown
            What the map shows from now on.
        """
        with self.hold_sync():
            self.backdrop = _backdrop(*rough(shown.view))
            self.targets = [shown._asdict()]


def rough(view: dict[str, float]) -> tuple[float, float, float]:
    """Round a view so that neighbouring views become the same: a slider moves in small steps.

    Parameters
    ----------
    view
        As `rttgeo.report.shown.view_of` writes it.

    Returns
    -------
    tuple of float
        Longitude, latitude (degrees) and radius (km) of one whose backdrop reaches beyond it.
    """
    if view["radius_km"] > LOCAL_KM / 2:
        return 0.0, 0.0, HALF_CIRCUMFERENCE_KM
    radius_km = 2.0 ** np.ceil(np.log2(view["radius_km"]))
    step = max(1.0, np.floor(radius_km / 100))
    lon, lat = (float(np.round(view[axis] / step) * step) for axis in ("lon", "lat"))
    return lon, lat, float(radius_km)


@lru_cache(maxsize=KEPT_BACKDROPS)
def _backdrop(lon: float, lat: float, radius_km: float) -> dict[str, Any]:
    return backdrop([{"lon": lon, "lat": lat, "radius_km": radius_km}])


def of_scene(scene: Scene) -> Shown:
    """Gather what a map shows of an answer of the explorer.

    Parameters
    ----------
    scene
        What the explorer answered.

    Returns
    -------
    Shown
        For `MapView.show`.
    """
    estimate, pairs = scene.estimate, scene.pairs
    circles = Discs(np.array(scene.names, dtype=object), pairs.lon, pairs.lat, scene.radius_km)
    truth = scene.truth or (None, None)
    return of_estimate(estimate)._replace(
        view=shown_view(estimate, circles, truth),
        rim=rim_in_words(scene.medium),
        landmarks=shown_landmarks(circles, scene.medium, scene.matter),
        truth=place(*truth),
    )


def of_estimate(estimate: Estimate) -> Shown:
    """Gather what a map shows of an estimate.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    Shown
        For `MapView.show`.
    """
    likely = likely_places(estimate)
    at = place(estimate.lon, estimate.lat)
    view = WORLD if at is None else view_of(at["lon"], at["lat"], 0.0, ())
    if estimate.has_region and not estimate.empty:
        view = view_of(*estimate.credible_region().bounding_cap(), ())
    return Shown(
        name=estimate.target,
        said=f"{estimate.target}: {likely.sentence()}",
        view=view,
        regions=shown_regions(estimate),
        place=at,
        likely=likely.to_dict()["places"],
    )


def of_region(region: Region) -> Shown:
    """Gather what a map shows of a region.

    Parameters
    ----------
    region
        May be empty.

    Returns
    -------
    Shown
        For `MapView.show`.
    """
    if not region:
        return Shown("", "The region is empty.", WORLD)
    return Shown(
        name="",
        said=f"{region.area_km2:,.0f} km²",
        view=view_of(*region.bounding_cap(), ()),
        regions=[{"level": 1, "rings": encoded(region.to_shape())}],
    )
