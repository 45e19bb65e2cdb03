"""Where landmarks and targets are (white paper, figures 1 and 2)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.colors import LogNorm

from rttgeo.errors import BadInputError
from rttgeo.figures import canvas, style, views
from rttgeo.figures.scatter import DENSITY
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import FloatArray

MANY_LANDMARKS = 300
VIEWS = {"world": views.WORLD, "europe": views.EUROPE}


@style.styled
def probe_map(
    mesh: Mesh, *, extent: Literal["world", "europe"] = "world", width: Width = "full"
) -> Drawn:
    """Density of the landmarks and places of the targets.

    Parameters
    ----------
    mesh
        Any mesh; targets of unknown place are not drawn.
    extent
        ``world`` (Robinson) or ``europe`` (Lambert azimuthal equal-area).
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For another extent, or when no landmark and no target lies on the map.
    """
    check_mesh(mesh)
    if extent not in VIEWS:
        raise BadInputError(f"map extent {extent!r}, expected one of {', '.join(VIEWS)}")
    view = VIEWS[extent]
    figure, axes = canvas.new_map(view, width=width)
    landmarks = _on_map(axes, *mesh.landmark_lonlat)
    targets = _on_map(axes, *mesh.target_lonlat)
    if not len(landmarks) + len(targets):
        raise BadInputError(
            f"{mesh.provenance.name}: the map of {extent} does not apply, because no landmark and "
            "no target lies on it"
        )
    if len(landmarks) > MANY_LANDMARKS:
        _density(axes, landmarks, 90 if width == "full" else 50)
    elif len(landmarks):
        # Rings, so that a target at the same place stays visible inside.
        axes.scatter(
            *landmarks.T, s=20, fc="none", ec=style.BLUE, lw=0.8, zorder=4, label="landmark"
        )
    if len(targets):
        axes.scatter(
            *targets.T,
            s=(26 if len(landmarks) > MANY_LANDMARKS else 14) if len(targets) < 200 else 8,
            marker="^",
            color=style.VERMILLION,
            lw=0.3,
            ec="white",
            zorder=6,
            label="target",
        )
    canvas.scale_bar(axes)
    style.foot_legend(figure, axes)
    facts = {"landmarks_on_map": float(len(landmarks)), "targets_on_map": float(len(targets))}
    where = (
        "World map (Robinson projection)"
        if extent == "world"
        else ("Map of Europe (Lambert azimuthal equal-area projection)")
    )
    alt = (
        f"{where} with {len(landmarks):,} of {number_of(len(mesh.landmarks), 'landmark')}"
        f"{', as a density,' if len(landmarks) > MANY_LANDMARKS else ''} and {len(targets):,} of "
        f"{number_of(len(mesh.targets), 'target')}."
    )
    return style.finish(figure, alt, facts, mesh.provenance)


def _on_map(axes: GeoAxes, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Projected coordinates of those points that lie within the frame, shape (n, 2)."""
    known = np.isfinite(lon) & np.isfinite(lat)
    xy = axes.projection.transform_points(views.LONLAT, lon[known], lat[known])[:, :2]
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    inside = (xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1)
    found: FloatArray = xy[inside]
    return found


def _density(axes: GeoAxes, xy: FloatArray, cells: int) -> None:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    hexes = axes.hexbin(
        xy[:, 0],
        xy[:, 1],
        gridsize=(cells, max(int(cells * (y1 - y0) / (x1 - x0) / np.sqrt(3)), 1)),
        extent=(x0, x1, y0, y1),
        mincnt=1,
        cmap=DENSITY,
        lw=0.1,
        edgecolors="face",
        zorder=3,
    )
    hexes.set_norm(LogNorm(1, max(float(hexes.get_array().max()), 2.0)))
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    bar = axes.figure.colorbar(hexes, ax=axes, pad=0.01, aspect=30, shrink=0.75)
    bar.set_label("landmarks in a hexagon")
    style.plain_log(bar.ax.yaxis)
    bar.outline.set_visible(False)
