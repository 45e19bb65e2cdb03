"""Minimum round-trip time over distance, with the line through it and the speed of light."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.ticker import MaxNLocator

from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.linear import LinearFit
from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import FloatArray

FEW_PAIRS = 400
DENSITY = LinearSegmentedColormap.from_list(
    "density", ["#DCE6F0", "#8FB3D6", "#3E7CB8", "#1B4B82", "#0A1F3D"]
)
"""Light to dark with one hue: reads the same without colour."""


@style.styled
def rtt_over_distance(mesh: Mesh, fit: LinearFit, *, width: Width = "column") -> Drawn:
    """Log-coloured hexagons of minimum RTT over distance, fit and light (white paper, figure 3).

    Parameters
    ----------
    mesh
        With the place of at least one target.
    fit
        The line to draw.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When no pair has a known distance.
    """
    check_mesh(mesh)
    known = np.isfinite(mesh.distance_km)
    if not known.any():
        raise BadInputError(
            f"{mesh.provenance.name}: RTT over distance does not apply, because no target's "
            "place is known"
        )
    distance, rtt = mesh.distance_km[known], mesh.pairs["rtt_ms"].to_numpy()[known]
    said = mesh.provenance.statistic.split(",")[0]
    figure = style.new_figure(width, height_mm=66)
    axes = figure.add_subplot()
    x_top = min(HALF_CIRCUMFERENCE_KM, 1.03 * max(float(distance.max()), 100.0))
    y_top = 1.08 * float(np.quantile(rtt, 0.998))
    beyond = int(np.count_nonzero(rtt > y_top))
    _pairs(axes, distance, rtt, (x_top, y_top))
    _lines(axes, fit, x_top)
    axes.set(xlim=(0, x_top), ylim=(0, y_top))
    axes.set_xlabel("great-circle distance (km)")
    axes.set_ylabel(f"{said} RTT (ms)")
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    style.legend(axes, loc="upper left")
    faster = float(np.mean(distance > KM_PER_MS_RTT["fibre"] * rtt))
    facts = {
        "pairs": float(len(rtt)),
        "r": fit.r,
        "slope_us_per_km": 1000 * fit.slope_ms_per_km,
        "intercept_ms": fit.intercept_ms,
        "share_faster_than_fibre": faster,
        "pairs_above_the_top": float(beyond),
    }
    alt = (
        f"Density of {number_of(len(rtt), 'pair')} by great-circle distance and {said} round-trip time, "
        f"with the line fitted (slope {1000 * fit.slope_ms_per_km:.1f} µs/km, intercept "
        f"{fit.intercept_ms:.1f} ms, r = {fit.r:.3f}) and light in vacuum and in fibre. "
        f"{100 * faster:.2g} % of the pairs lie below light in fibre along the great circle"
        + (f"; {number_of(beyond, 'pair', 'lies')} above the top of the figure." if beyond else ".")
    )
    return style.finish(figure, alt, facts, mesh.provenance)


def _pairs(axes: Axes, distance: FloatArray, rtt: FloatArray, top: tuple[float, float]) -> None:
    if len(rtt) < FEW_PAIRS:
        axes.scatter(
            distance, rtt, s=7, color=style.BLUE, alpha=0.6, lw=0, zorder=2, label="a pair"
        )
        return
    shown = rtt <= top[1]
    cells = int(np.clip(np.sqrt(len(rtt)), 30, 70))
    hexes = axes.hexbin(
        distance[shown],
        rtt[shown],
        gridsize=(cells, round(cells * 0.45)),
        extent=(0, top[0], 0, top[1]),
        mincnt=1,
        cmap=DENSITY,
        lw=0.15,
        edgecolors="face",
        zorder=2,
    )
    most = float(np.max(np.asarray(hexes.get_array())))
    hexes.set_norm(LogNorm(1, max(most, 2.0)))
    bar = axes.figure.colorbar(hexes, ax=axes, pad=0.015, aspect=30, shrink=0.95)
    bar.set_label("pairs in a hexagon")
    style.plain_log(bar.ax.yaxis)
    bar.outline.set_visible(False)


def _lines(axes: Axes, fit: LinearFit, x_top: float) -> None:
    x = np.array([0.0, x_top])
    axes.plot(
        x,
        fit.rtt_ms(x),
        color=style.VERMILLION,
        lw=1.6,
        zorder=4,
        label=f"fit, {1000 * fit.slope_ms_per_km:.1f} µs/km, r = {fit.r:.2f}",
    )
    for name, said, dashes in (
        ("fibre", "light in fibre", "-"),
        ("vacuum", "light in vacuum", (0, (4, 1.5))),
    ):
        axes.plot(
            x, x / KM_PER_MS_RTT[name], color="black", lw=1.0, ls=dashes, zorder=3, label=said
        )
