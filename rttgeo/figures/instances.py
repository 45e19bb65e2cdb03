"""The places that one address answers from, and the discs that tell them apart."""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.anycast.results import Instance, TargetInstances
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts
from rttgeo.figures import canvas, style, views
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Provenance

MARGIN_KM = 200.0
NAMED = 12
"""More names would cover the map."""


@style.styled
def instances_map(
    found: TargetInstances, *, provenance: Provenance | None = None, width: Width = "full"
) -> Drawn:
    """Map of the instances of a target: proven and inferred places, each with its disc.

    Parameters
    ----------
    found
        What `rttgeo.anycast.enumerate_instances` found of a target.
    provenance
        The data set that it comes from.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For another width.
    """
    kinds = (
        ("proven", style.BLUE, [one for one in found.instances if one.proven]),
        ("inferred", style.ORANGE, [one for one in found.instances if not one.proven]),
    )
    lon = np.array([one.lon for one in found.instances] or [0.0])
    lat = np.array([one.lat for one in found.instances] or [0.0])
    figure, axes = canvas.new_map(views.view_around(lon, lat, MARGIN_KM), width=width)
    for name, colour, some in kinds:
        for one in some:
            if one.radius_km < HALF_CIRCUMFERENCE_KM:
                rim = coasts.circle(one.landmark_lon, one.landmark_lat, one.radius_km)
                canvas.line(axes, rim, color=colour, lw=0.8, alpha=0.8, zorder=3)
        if some:
            places = [one.lon for one in some], [one.lat for one in some]
            canvas.dots(
                axes, *places, s=14, color=colour, ec="white", lw=0.4, label=f"{name} place"
            )
            axes.plot([], [], color=colour, lw=0.8, label=f"its landmark’s disc ({name})")
    canvas.scale_bar(axes)
    style.foot_legend(figure, axes)
    facts = {
        "at_least": float(found.at_least),
        "inferred": float(len(found.instances) - found.at_least),
    }
    return style.finish(figure, _alt(found), facts, provenance)


def _alt(found: TargetInstances) -> str:
    named = [_place(one) for one in found.instances[:NAMED]]
    more = len(found.instances) - len(named)
    where = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return f"{found.sentence()} Map of its places: {where}." if named else found.sentence()


def _place(one: Instance) -> str:
    return f"{one.city} {one.country}" if one.city else sphere.in_words(one.lon, one.lat, 1)
