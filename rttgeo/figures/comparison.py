"""Meshes side by side: how far each is from light in fibre, by distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Mesh
from rttgeo.simulate.compare import delay_by_distance

NEAREST_KM = 10.0
"""Where the nearest band is drawn to begin: its real border lies at 0.5 km."""


@style.styled
def stretch_by_distance(meshes: Sequence[Mesh], *, width: Width = "full") -> Drawn:
    """Minimum RTT over that of light in fibre, by distance, of several meshes.

    For each band of distance (`rttgeo.simulate.compare.BANDS_KM`) a point at the median and a
    bar from the 5th to the 95th percentile; simulated meshes with dashes and open points.

    Parameters
    ----------
    meshes
        One at least, with the places of their targets.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no meshes, or one without pairs of known distance.
    """
    if not meshes:
        raise BadInputError("no meshes to compare")
    figure = style.new_figure(width, height_mm=62)
    axes = figure.add_subplot(xscale="log", yscale="log")
    facts: dict[str, float] = {}
    for number, mesh in enumerate(meshes):
        table = delay_by_distance(mesh)
        # Beside each other, not over each other.
        aside = 1.06 ** (number - (len(meshes) - 1) / 2)
        x = np.sqrt(table["from_km"].clip(lower=NEAREST_KM) * table["to_km"]) * aside
        middle, low, high = (table[f"stretch_{q}"] for q in ("0.5", "0.05", "0.95"))
        simulated = mesh.provenance.kind == "simulated"
        colour = style.CYCLE[number % len(style.CYCLE)]
        axes.errorbar(
            x, middle, yerr=(middle - low, high - middle), color=colour, lw=1.2, elinewidth=0.7,
            ls="--" if simulated else "-", marker="o", ms=4, label=mesh.provenance.label(),
            mfc="white" if simulated else colour,
        )  # fmt: skip
        for row, stretch in zip(table.itertuples(), middle, strict=True):
            name = f"{mesh.provenance.name}_{row.from_km:g}_to_{row.to_km:g}_km_median_stretch"
            facts[name] = float(stretch)
    axes.axhline(1, color=style.BLACK, lw=0.8)
    axes.set(xlabel="great-circle distance (km)", ylabel="minimum RTT / light in fibre")
    style.plain_log(axes.xaxis)
    style.plain_log(axes.yaxis)
    style.foot_legend(figure, axes, columns=2)
    names = ", ".join(mesh.provenance.name for mesh in meshes)
    alt = (
        f"Minimum RTT over the time of light in fibre, for bands of distance, of {names}: "
        "largest near by, where last miles count, and falling toward 2 at intercontinental "
        "distances in all of them."
    )
    return style.finish(figure, alt, facts, [mesh.provenance for mesh in meshes])
