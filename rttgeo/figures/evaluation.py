"""Figures of an evaluation: whether regions cover as often as they say, and where errors are.

The distribution of errors is `rttgeo.figures.error_ecdf`.
"""

from __future__ import annotations

import cartopy.crs as ccrs
import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.estimators.registry import title
from rttgeo.evaluation.results import LEVELS, MeshResult, MethodResult
from rttgeo.evaluation.strata import FEW, strata_of
from rttgeo.figures import canvas, style, views
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Provenance

Z_95 = 1.96
DOT_AREA = 10.0


@style.styled
def calibration_plot(
    mesh: MeshResult, *, provenance: Provenance | None = None, width: Width = "column"
) -> Drawn:
    """Share of targets inside their regions against the level the regions were asked for.

    The band is where 95 % of the shares fall for regions that mean what they say, with as many
    targets. A method of hard constraints has one region at all levels: a level line.

    Parameters
    ----------
    mesh
        What an evaluation found on one mesh.
    provenance
        The data set that was evaluated on.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When no method has a region.
    """
    with_regions = [m for m in mesh.methods if m.targets["covered_95"].notna().any()]
    if not with_regions:
        raise BadInputError(f"no method has regions on {mesh.name}: nothing to draw")
    figure = style.new_figure(width, 62 + style.KEY_LINE_MM * len(with_regions))
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    level = np.linspace(0, 1, 101)
    spread = Z_95 * np.sqrt(level * (1 - level) / mesh.n_targets)
    axes.fill_between(level, level - spread, level + spread, color=style.GREY, alpha=0.25, lw=0)
    axes.plot(level, level, color=style.GREY, lw=0.7)
    for number, result in enumerate(with_regions):
        covered = [result.targets[f"covered_{100 * at:g}"].mean() for at in LEVELS]
        axes.plot(
            LEVELS,
            covered,
            marker="o",
            ms=2.5,
            **style.curve_look(number),
            label=f"{title(result.method)} (95 %: {100 * covered[LEVELS.index(0.95)]:.0f} %)",
        )
    axes.set_xlabel("level of the region")
    axes.set_ylabel("share of targets inside")
    style.foot_legend(figure, axes, columns=1)
    facts = {f"coverage95 {m.method}": float(m.targets["covered_95"].mean()) for m in with_regions}
    listed = "; ".join(
        f"{title(m.method)}, 95 %: {100 * m.targets['covered_95'].mean():.0f} %"
        for m in with_regions
    )
    alt = f"Share of targets inside regions against their level, on {mesh.name}. {listed}."
    return style.finish(figure, alt, facts, provenance)


@style.styled
def strata_plot(
    result: MethodResult,
    by: str = "lowest RTT",
    *,
    provenance: Provenance | None = None,
    width: Width = "column",
) -> Drawn:
    """Share of targets inside their regions against the claimed level, one line per kind of target.

    Sky maps of gravitational waves are judged this way (Singer and Price, Phys. Rev. D 93, 024013,
    2016): a line on the diagonal means what it says. Around it, in a line's colour, is where 95 %
    of the shares of so many targets would fall if it did (binomial). Strata of fewer than
    `rttgeo.evaluation.strata.FEW` targets are left out where there are larger ones, and so are
    targets without a region.

    Parameters
    ----------
    result
        A method with regions.
    by
        A name in `rttgeo.evaluation.strata.KINDS`.
    provenance, width
        As of every figure.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    NotThereError
        For an unknown kind of stratum.
    BadInputError
        When the method has no regions.
    """
    from scipy.stats import binom  # slow to load

    with_region = result.targets[result.targets["covered_95"].notna()]
    if not len(with_region):
        raise BadInputError(f"{result.method} has no regions: nothing to draw")
    parts = strata_of(with_region, by)
    many = {name: part for name, part in parts.items() if len(part) >= FEW} or parts
    figure = style.new_figure(width, 62 + style.KEY_LINE_MM * len(many))
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    level = np.linspace(0.001, 0.999, 200)
    axes.plot([0, 1], [0, 1], color=style.GREY, lw=0.7)
    facts = {}
    for number, (name, part) in enumerate(many.items()):
        look = style.curve_look(number)
        low, high = (binom.ppf(at, len(part), level) / len(part) for at in (0.025, 0.975))
        axes.fill_between(level, low, high, color=look["color"], alpha=0.12, lw=0)
        covered = [float(part[f"covered_{100 * at:g}"].mean()) for at in LEVELS]
        facts[f"coverage95 {name}"] = covered[LEVELS.index(0.95)]
        label = f"{name} ({len(part)}; 95 %: {100 * facts[f'coverage95 {name}']:.0f} %)"
        axes.plot(LEVELS, covered, marker="o", ms=2.5, **look, label=label)
    axes.set_xlabel("level of the region")
    axes.set_ylabel("share of targets inside")
    style.foot_legend(figure, axes, columns=1)
    listed = "; ".join(f"{name}: {100 * value:.0f} %" for name, value in facts.items())
    named = title(result.method)
    alt = f"Share of targets inside regions of {named} against their level, by {by}. {listed}."
    return style.finish(figure, alt, facts, provenance)


@style.styled
def error_map(
    result: MethodResult, *, provenance: Provenance | None = None, width: Width = "full"
) -> Drawn:
    """Map of the targets with a line from each true place to its estimate.

    Parameters
    ----------
    result
        What it found of one method.
    provenance
        The data set that was evaluated on.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When no target has an estimate.
    """
    table = result.targets[result.targets["error_km"].notna()]
    if not len(table):
        raise BadInputError(f"{result.method} gave no place: there are no errors to map")
    view = views.view_around(table["true_lon"].to_numpy(), table["true_lat"].to_numpy(), 200.0)
    figure, axes = canvas.new_map(view, width=width)
    geodetic = ccrs.Geodetic(globe=views.GLOBE)
    for row in table.itertuples():
        axes.plot(
            [row.true_lon, row.lon],
            [row.true_lat, row.lat],
            transform=geodetic,
            color=style.CYCLE[1],
            lw=0.5,
            alpha=0.7,
            zorder=4,
        )
    canvas.dots(axes, table["true_lon"], table["true_lat"], s=DOT_AREA, color=style.CYCLE[0])
    median = float(table["error_km"].median())
    alt = (
        f"Map of {number_of(len(table), 'target')}, each with a line to where "
        f"{title(result.method)} puts it; "
        f"median error {median:,.0f} km."
    )
    return style.finish(figure, alt, {"median_km": median}, provenance)
