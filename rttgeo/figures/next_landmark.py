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
    from rttgeo.explanation.explain import NextLandmark

LEVELS = (20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
LEFT = LinearSegmentedColormap.from_list("left", ["#0B2F4F", style.BLUE, "#9BC9E8", style.LAND])
NEIGHBOURS = 4
MARGIN_KM = 300.0
WORTH_SHOWING = 0.3
"""The map reaches to places that promise this share of the best one's gain."""


@style.styled
def next_landmark_map(
    following: NextLandmark,
    *,
    estimate: Estimate | None = None,
    landmarks: Places | None = None,
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
    figure, axes = canvas.new_map(_view(following, estimate), width=width)
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
    canvas.mark(axes, {"best place": following.best()})
    canvas.scale_bar(axes)
    bar = figure.colorbar(shaded, ax=axes, pad=0.01, aspect=30, shrink=0.75)
    bar.set_label("expected share of the area left, %")
    bar.outline.set_visible(False)
    style.foot_legend(figure, axes)
    lon, lat = following.best()
    left = float(following.shrinkage.min())
    facts = {"best_lon": lon, "best_lat": lat, "best_area_left": left}
    return style.finish(figure, _alt(facts, estimate), facts, provenance)


def _alt(facts: dict[str, float], estimate: Estimate | None) -> str:
    whose = f" of {estimate.target}" if estimate is not None else ""
    return (
        f"Map of where one more landmark would narrow the region{whose}: best at "
        f"{sphere.in_words(facts['best_lon'], facts['best_lat'], 1)}, where it is "
        f"expected to leave {100 * facts['best_area_left']:.0f} % of the area."
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
