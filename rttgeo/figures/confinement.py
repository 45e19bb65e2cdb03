"""What round-trip times give away, by how many vantage points there are and how low they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.ecdf import ecdf
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Provenance
from rttgeo.papers.privacy import BAND, Confinement
from rttgeo.papers.privacy_size import RegionSizes
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.typing import FloatArray

RTT_BINS = 10
FEWEST_OF_BIN = 8


@style.styled
def confinement_curves(
    found: Confinement, provenance: Provenance, *, width: Width = "column"
) -> Drawn:
    """Share of targets confined to a city, a region, a country, with bands over the draws.

    Parameters
    ----------
    found
        From `rttgeo.papers.privacy.confinement`.
    provenance
        The data set.
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
    figure = style.new_figure(width, 66)
    # Room below zero: a curve that never leaves it is an answer and must be visible.
    axes = figure.add_subplot(xscale="log", ylim=(-0.025, 1.0))
    facts: dict[str, float] = {}
    x = found.vantage_points
    for number, (name, share) in enumerate(found.share.items()):
        look = style.curve_look(number)
        axes.fill_between(
            x, found.low[name], found.high[name], color=look["color"], alpha=0.18, lw=0
        )
        axes.plot(x, share, lw=1.5, label=f"{name}: {100 * share[-1]:.0f} % with all", **look)
        facts[f"share_{name}"] = float(share[-1])
    axes.set_xlabel("vantage points, drawn at random")
    axes.set_ylabel("targets confined by a circle")
    style.percent(axes.yaxis)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    style.foot_legend(figure, axes, columns=2)
    most = int(found.vantage_points[-1])
    said = "; ".join(f"{name}: {100 * found.share[name][-1]:.0f} %" for name in found.share)
    alt = (
        f"Share of targets whose smallest exclusion circle is no larger than a size, over the "
        f"number of vantage points from 1 to {most:,}, with the band of 90 % of random draws. "
        f"With all of them: {said}."
    )
    return style.finish(figure, alt, facts, provenance)


@style.styled
def region_size_curves(
    sizes: RegionSizes, provenance: Provenance, *, width: Width = "column"
) -> Drawn:
    """Size of the region that all circles leave, over the lowest RTT, by vantage points.

    Parameters
    ----------
    sizes
        From `rttgeo.papers.privacy_size.region_sizes`.
    provenance
        The data set.
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
    figure = style.new_figure(width, 72)
    axes = figure.add_subplot(xscale="log", yscale="log")
    every = np.concatenate(list(sizes.lowest_ms.values()))
    x = np.geomspace(every.min() / 1.15, min(1.02 * every.max(), 400.0), 200)
    alone = np.minimum(KM_PER_MS_RTT["fibre"] * x, HALF_CIRCUMFERENCE_KM)
    axes.plot(x, alone, color=style.BLACK, lw=0.9, label="1 (light in fibre)", zorder=5)
    facts: dict[str, float] = {}
    for number, count in enumerate(sizes.radius_km):
        middle, low, high, at = _bands(sizes.lowest_ms[count], sizes.radius_km[count])
        look = style.curve_look(number)
        axes.fill_between(at, low, high, color=look["color"], alpha=0.15, lw=0)
        axes.plot(at, middle, lw=1.5, label=f"{count}", **look)
        facts[f"median_radius_at_highest_rtt_{count}_km"] = float(middle[-1])
    for name, size in SIZES_KM.items():
        axes.axhline(size, color=style.GREY, lw=0.6, ls=(0, (2, 2)), zorder=1)
        axes.annotate(
            name, (1, size), xycoords=("axes fraction", "data"), fontsize=6, color="#444444",
            ha="right", va="bottom", xytext=(-2, 1), textcoords="offset points",
        )  # fmt: skip
    axes.set(xlim=x[[0, -1]], ylim=(min(20.0, alone[0]), 1.2 * HALF_CIRCUMFERENCE_KM))
    axes.set_xlabel("lowest RTT to any of the vantage points (ms)")
    axes.set_ylabel("size of the region, as a radius (km)")
    style.plain_log(axes.xaxis)
    style.plain_log(axes.yaxis)
    style.foot_legend(figure, axes, columns=5)
    alt = (
        "Radius of a circle with the area of the region that all exclusion circles have in common, "
        "over the lowest of the round-trip times, for "
        f"{', '.join(map(str, sizes.radius_km))} vantage points, with bands of 90 % of the draws; "
        "the line of one vantage point is light in fibre, and no curve can lie above it."
    )
    return style.finish(figure, alt, facts, provenance)


@style.styled
def gain_ecdf(
    factor: Mapping[str, npt.ArrayLike],
    provenance: Provenance,
    *,
    width: Width = "column",
) -> Drawn:
    """How much of the closest landmark's circle the other circles take away, over the targets.

    Parameters
    ----------
    factor
        By a name: area of the closest landmark's circle over that of all circles' intersection,
        one value per target, NaN where circles conflict.
    provenance
        The data set.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When there are no values.
    """
    taken = {name: 1 - 1 / np.asarray(one, dtype=float) for name, one in factor.items()}
    taken = {name: one[np.isfinite(one)] for name, one in taken.items()}
    if not taken or not all(len(one) for one in taken.values()):
        raise BadInputError("no gains to draw")
    figure = style.new_figure(width, 60)
    axes = figure.add_subplot(xlim=(-0.01, 1), ylim=(0, 1.02))
    facts: dict[str, float] = {}
    for number, (name, one) in enumerate(taken.items()):
        x, share = ecdf(np.maximum(one, 0))
        axes.plot(
            np.r_[-0.01, 0, x, 1], np.r_[0, 0, share, 1], drawstyle="steps-post", lw=1.5,
            label=name, **style.curve_look(number),
        )  # fmt: skip
        facts[f"{name} share_below_5_percent"] = float(np.mean(one < 0.05))
    axes.axvline(0.05, color=style.GREY, lw=0.6, ls=(0, (2, 2)))
    axes.set_xlabel("share of the closest circle that the others take away")
    axes.set_ylabel("share of targets")
    style.percent(axes.yaxis)
    style.percent(axes.xaxis)
    said = "; ".join(
        f"{name}: {100 * np.mean(one < 0.05):.0f} % of {number_of(len(one), 'target')} lose less than 5 %"
        for name, one in taken.items()
    )
    if len(taken) > 1:
        style.foot_legend(figure, axes)
    alt = f"Cumulative distribution of what further circles take away from the closest one: {said}."
    return style.finish(figure, alt, facts, provenance)


@style.styled
def beyond_database_curve(
    table: pd.DataFrame, provenance: Provenance, *, width: Width = "column"
) -> Drawn:
    """For how many nodes a delay says more than a database, over the delay.

    Parameters
    ----------
    table
        From `rttgeo.papers.privacy.database_worse_than`.
    provenance
        The data set.
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
    figure = style.new_figure(width, 60)
    axes = figure.add_subplot(xscale="log", ylim=(0, 1))
    x, share = table["rtt_ms"], table["share"]
    axes.fill_between(x, table["low"], table["high"], color=style.BLUE, alpha=0.2, lw=0)
    axes.plot(x, share, color=style.BLUE, lw=1.5)
    axes.set_xlim(x.min(), x.max())
    axes.set_xlabel("lowest RTT that somebody has (ms)")
    axes.set_ylabel("anchors for which it says more")
    style.percent(axes.yaxis)
    style.plain_log(axes.xaxis)
    facts = {"share_at_lowest": float(share.iloc[0]), "share_at_highest": float(share.iloc[-1])}
    alt = (
        "Share of nodes whose distance from the database's answer exceeds the exclusion radius of "
        f"a round-trip time, with its 95 % interval: {100 * share.iloc[0]:.0f} % at "
        f"{x.iloc[0]:g} ms, falling to {100 * share.iloc[-1]:.1f} % at {x.iloc[-1]:g} ms."
    )
    return style.finish(figure, alt, facts, provenance)


def _bands(
    rtt: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Median, band and place of draws in bins of RTT, where a bin has a few."""
    edges = np.geomspace(rtt.min(), rtt.max() * 1.001, RTT_BINS + 1)
    place = np.searchsorted(edges, rtt, side="right")
    bins = [b for b in range(1, RTT_BINS + 1) if np.count_nonzero(place == b) >= FEWEST_OF_BIN]
    found = np.array(
        [np.quantile(radius[place == b], (0.5, *BAND)) for b in bins] or [[np.nan] * 3]
    )
    at = np.array([np.median(rtt[place == b]) for b in bins] or [np.nan])
    return found[:, 0], found[:, 1], found[:, 2], at
