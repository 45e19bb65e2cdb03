"""Where to measure from next: what one more landmark is expected to leave of a region."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from scipy.spatial import cKDTree

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate
from rttgeo.figures import canvas, shading, style, views
from rttgeo.figures.regions import Places, place_arrays
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Provenance
from rttgeo.typing import FloatArray

if TYPE_CHECKING:
    from rttgeo.explanation.candidates import NextPlace
    from rttgeo.explanation.explain import NextLandmark

LEVELS = (20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
LEFT = LinearSegmentedColormap.from_list("left", ["#0B2F4F", style.BLUE, "#9BC9E8", style.LAND])
NEIGHBOURS = 4
MARGIN_KM = 300.0
NARROW_TALL_MM = 94.0
LITTLE, HARDLY = 0.9, 0.995
"""Shares of the area left above which a further landmark is hardly worth while, and above which a
number would say nothing."""
WORTH_SHOWING = 0.3
"""The map reaches to places that promise this share of the best one's gain."""


@style.styled
def next_landmark_map(
    following: NextLandmark,
    *,
    estimate: Estimate | None = None,
    landmarks: Places | None = None,
    chosen: NextPlace | None = None,
    provenance: Provenance | None = None,
    width: Width = "full",
) -> Drawn:
    """Map of the share of a region's area that one more landmark is expected to leave.

    Darker is better; only the land is shaded.

    Parameters
    ----------
    following
        What `rttgeo.explanation.explain.where_next` found.
    estimate
        Whose region it is about: drawn with its place.
    landmarks
        Those that have measured already: a table, or (lon, lat) arrays.
    chosen
        The best of the places that could be asked, as `rttgeo.explanation.candidates.next_places`
        lists them: marked, and named with its share. By default the best of those that are mapped.
    provenance
        The data set that the estimate comes from.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When no place was asked about.
    """
    if not len(following.lon):
        raise BadInputError("no place was asked about: there is nothing to map")
    # The key lies below a narrow map: with more height the map still fills the width.
    tall = None if width == "full" else NARROW_TALL_MM
    figure, axes = canvas.new_map(_view(following, estimate), width=width, height_mm=tall)
    shaded = shading.shade_land(axes, _area_left(following), levels=LEVELS, colours=LEFT)
    if estimate is not None and estimate.has_region:
        shading.rim_where(axes, estimate.credible_region().contains, style.VERMILLION)
        axes.plot([], [], color=style.VERMILLION, lw=1.2, label="region now")
    if landmarks is not None:
        canvas.dots(
            axes,
            *place_arrays(landmarks),
            s=8,
            color=style.BLACK,
            ec="white",
            lw=0.3,
            label="landmark",
        )
    best, left = following.best(), float(following.shrinkage.min())
    name = "best place"
    if chosen is not None:
        best, left, name = (chosen.lon, chosen.lat), chosen.area_left, f"best: {chosen.name}"
    canvas.mark(axes, {name: best})
    canvas.scale_bar(axes)
    # In a narrow figure the bar lies below the map, which gets all of the width.
    beside = {"pad": 0.01, "aspect": 30, "shrink": 0.75}
    below = {"pad": 0.02, "aspect": 30, "location": "bottom"}
    bar = figure.colorbar(shaded, ax=axes, **(beside if width == "full" else below))
    bar.set_label("expected share of the area left, %")
    bar.outline.set_visible(False)
    style.foot_legend(figure, axes)
    facts = {"best_lon": best[0], "best_lat": best[1], "best_area_left": left}
    return style.finish(figure, _alt(facts, estimate, chosen), facts, provenance)


def _alt(facts: dict[str, float], estimate: Estimate | None, chosen: NextPlace | None) -> str:
    at = sphere.in_words(facts["best_lon"], facts["best_lat"], 1)
    if chosen is not None:
        at = f"{chosen.name}{f', {chosen.country}' if chosen.country else ''} ({at})"
    whose = f" of {estimate.target}" if estimate is not None else ""
    left = facts["best_area_left"]
    said = (
        f"No place would narrow the region{whose} much: even one more landmark at {at} is expected to "
        f"leave {'nearly all' if left > HARDLY else f'{100 * left:.0f} %'} of the area."
        if left > LITTLE
        else f"Map of where one more landmark would narrow the region{whose}: best at "
        f"{at}, where it is expected to leave {100 * left:.0f} % of the area."
    )
    return said + (
        " The shades are for a landmark at each place on land." if chosen is not None else ""
    )


def _view(following: NextLandmark, estimate: Estimate | None) -> views.View:
    """What holds the region and the places that promise much."""
    good = following.gain_nats >= WORTH_SHOWING * following.gain_nats.max()
    points = [np.column_stack([following.lon[good], following.lat[good]])]
    if estimate is not None and estimate.has_region and not estimate.empty:
        region = estimate.credible_region()
        lon, lat, reach = region.bounding_cap()
        rim = sphere.destination(lon, lat, np.arange(0.0, 360, 30), reach)
        points.append(np.column_stack(rim))
    lons, lats = np.concatenate(points).T
    return views.view_around(lons, lats, MARGIN_KM)


def _area_left(following: NextLandmark) -> Callable[..., FloatArray]:
    """Percentage left at any place, from the candidates nearest to it."""
    tree = cKDTree(sphere.unit_vectors(following.lon, following.lat))
    count = min(NEIGHBOURS, len(following.lon))
    left = 100 * following.shrinkage

    def value(lon: FloatArray, lat: FloatArray) -> FloatArray:
        away, which = tree.query(sphere.unit_vectors(lon, lat), k=np.arange(1, count + 1))
        weight = 1 / np.maximum(away, 1e-9) ** 2
        mixed: FloatArray = (weight * left[which]).sum(axis=1) / weight.sum(axis=1)
        return mixed

    return value
