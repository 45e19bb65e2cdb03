"""How many targets a circle confines, by how many vantage points there are."""

from __future__ import annotations

from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Provenance
from rttgeo.privacy import Confinement


@style.styled
def confinement_curves(
    found: Confinement, provenance: Provenance, *, width: Width = "column"
) -> Drawn:
    """Share of targets confined to a city, a region, a country, with bands over the draws.

    Parameters
    ----------
    found
        From `rttgeo.privacy.confinement`.
    provenance
        The data set.
    width
        ``column`` or ``full``.
    """
    figure = style.new_figure(width)
    axes = figure.add_subplot(xscale="log", ylim=(0, 1))
    facts: dict[str, float] = {}
    for number, name in enumerate(found.share):
        colour = style.CYCLE[number % len(style.CYCLE)]
        x = found.vantage_points
        axes.fill_between(x, found.low[name], found.high[name], color=colour, alpha=0.18, lw=0)
        axes.plot(
            x, found.share[name], color=colour, ls=style.DASHES[number % 4], lw=1.5, label=name
        )
        facts[f"share_{name}"] = float(found.share[name][-1])
    axes.set_xlabel("vantage points, drawn at random")
    axes.set_ylabel("targets confined by a circle")
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    style.legend(axes, loc="upper left")
    most = int(found.vantage_points[-1])
    said = "; ".join(f"{name}: {100 * found.share[name][-1]:.0f} %" for name in found.share)
    alt = (
        f"Share of targets whose smallest exclusion circle is no larger than a size, over the "
        f"number of vantage points from 1 to {most:,}, with the band of 90 % of random draws. "
        f"With all of them: {said}."
    )
    return style.finish(figure, alt, facts, provenance)
