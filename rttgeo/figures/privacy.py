"""Privacy over use: what each mitigation leaves of both, and what luck does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator

from rttgeo.figures import style
from rttgeo.figures.labels import set_apart
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Provenance
from rttgeo.privacy.mechanisms import TITLES
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.typing import FloatArray

AXES = (
    ("percentile_error_ms", "error of latency percentiles (ms)"),
    ("nearest_extra_ms", "longer way by the server chosen as nearest (ms)"),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "*", ">", "h")
LEAST_MS = 0.03
"""Losses below this are drawn at this value: the axis is logarithmic, and some mechanisms lose nothing."""
STEPS_ALONG = 40
"""Points between two of a curve that a label should not cover: fewer than its letters apart."""


@style.styled
def tradeoff_curves(
    rows: Sequence[Mitigation], provenance: Provenance, *, width: Width = "full"
) -> Drawn:
    """Expected error of the optimal attacker over what each mechanism costs, by parameter.

    Parameters
    ----------
    rows
        Mechanisms against the attacker who knows them, one curve per name; that which does nothing
        is a line.
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
    optimal = [one for one in rows if one.attacker == "optimal"]
    curves, nothing = _by_name(optimal), [o for o in optimal if o.mechanism.name == "none"]
    # Beside each other, titles of the axes would run into each other in a column.
    wide = width == "full"
    figure = style.new_figure(width, 84 if wide else 148)
    panels = figure.subplots(*(1, 2) if wide else (2, 1), sharey=True)
    named: list[tuple[Annotation, FloatArray]] = []
    for axes, (measure, title) in zip(panels, AXES, strict=True):
        named += _ends_of_curves(axes, curves, measure)
        for one in nothing:
            axes.axhline(_error_km(one), color=style.GREY, lw=0.8, ls=(0, (3, 2)))
        axes.set(xscale="log", yscale="log", xlabel=title)
        style.plain_log(axes.xaxis)
        style.plain_log(axes.yaxis)
    # Errors span a decade or less: with powers of ten alone the axis has one number.
    panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axes in panels[: 1 if wide else 2]:
        axes.set_ylabel("expected error of the attacker (km)")
    style.foot_legend(figure, panels[0], columns=4 if wide else 2)
    set_apart(figure, [end for end, _ in named], [dots for _, dots in named])
    most = {name: max(map(_error_km, own)) for name, own in curves.items()}
    facts = {f"{name}_most_expected_error_km": error_km for name, error_km in most.items()}
    if nothing:
        facts["none_expected_error_km"] = _error_km(nothing[-1])
    return style.finish(figure, _tradeoff_alt(most), facts, provenance)


def _by_name(optimal: Sequence[Mitigation]) -> dict[str, list[Mitigation]]:
    """Mechanisms that do something, each in the order of its parameter."""
    names = dict.fromkeys(one.mechanism.name for one in optimal)
    return {
        name: sorted(
            (one for one in optimal if one.mechanism.name == name),
            key=lambda one: one.mechanism.parameter,
        )
        for name in names
        if name != "none"
    }


def _error_km(one: Mitigation) -> float:
    return float(one.metrics["expected_error_km"] or 0.0)


def _ends_of_curves(
    axes: Axes, curves: Mapping[str, Sequence[Mitigation]], measure: str
) -> list[tuple[Annotation, FloatArray]]:
    """Draw a curve for each mechanism; the labels of their ends, with what these should not cover."""
    ends, dots = list[Annotation](), list[FloatArray]()
    for number, (name, own) in enumerate(curves.items()):
        x = [max(one.utility[measure] or 0.0, LEAST_MS) for one in own]
        y = [_error_km(one) for one in own]
        look = style.curve_look(number)
        axes.plot(
            x, y, marker=MARKERS[number % len(MARKERS)], ms=3.5, lw=1.1,
            label=f"{TITLES[name]} ({own[0].mechanism.unit})", **look,
        )  # fmt: skip
        dots.append(_along(x, y))
        ends.append(axes.annotate(
            f"{own[-1].mechanism.parameter:g}", (x[-1], y[-1]), fontsize=5.5,
            xytext=(3, 1.5), textcoords="offset points", color=look["color"],
        ))  # fmt: skip
    return [(end, np.concatenate(dots)) for end in ends]


def _tradeoff_alt(most: Mapping[str, float]) -> str:
    best = max(most, key=lambda name: most[name])
    return (
        f"Two panels: expected error in km of the best attacker who knows the mechanism, over what "
        f"it costs in milliseconds; a curve for each of {', '.join(TITLES[name] for name in most)}, "
        f"the largest parameter beside its end; the dashed line is no mechanism at all. The largest "
        f"error is {most[best]:,.0f} km ({TITLES[best]})."
    )


def _along(x: list[float], y: list[float]) -> FloatArray:
    """Points along a curve, which is straight between its ends on logarithmic axes."""
    at = np.linspace(0, len(x) - 1, 1 + STEPS_ALONG * (len(x) - 1))
    whole = np.arange(len(x))
    return np.column_stack([np.exp(np.interp(at, whole, np.log(one))) for one in (x, y)])


@style.styled
def luck_curves(
    tables: Mapping[str, pd.DataFrame],
    provenance: Provenance,
    *,
    of: str = "error of the best guess",
    width: Width = "column",
) -> Drawn:
    """Error of the best guess over the number of vantage points, by how they were chosen.

    Parameters
    ----------
    tables
        By how vantage points were chosen: ``count``, ``median``, ``low``, ``high``, km.
    provenance
        The data set.
    of
        What the tables hold.
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
    facts: dict[str, float] = {}
    for number, (name, table) in enumerate(tables.items()):
        look = style.curve_look(number)
        x = table["count"].to_numpy()
        axes.fill_between(x, table["low"], table["high"], color=look["color"], alpha=0.15, lw=0)
        axes.plot(x, table["median"], marker="o", ms=2.5, lw=1.3, label=name, **look)
        facts[f"{name}_first_km"] = float(table["median"].iloc[0])
        facts[f"{name}_last_km"] = float(table["median"].iloc[-1])
    axes.set_xlabel("vantage points")
    axes.set_ylabel(f"{of} (km)")
    style.plain_log(axes.yaxis)
    counts = sorted({int(count) for table in tables.values() for count in table["count"]})
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.set_xticks([], minor=True)
    style.foot_legend(figure, axes, columns=2)
    said = "; ".join(
        f"{name}: {table['median'].iloc[0]:,.0f} km with {table['count'].iloc[0]}, "
        f"{table['median'].iloc[-1]:,.0f} km with {table['count'].iloc[-1]}"
        for name, table in tables.items()
    )
    alt = (
        f"Median {of} over the number of vantage points, with bands of half of the draws, "
        f"by how the vantage points were chosen. {said}."
    )
    return style.finish(figure, alt, facts, provenance)


@style.styled
def lowest_rtt_curve(
    tables: Mapping[str, pd.DataFrame], provenance: Provenance, *, width: Width = "column"
) -> Drawn:
    """Probability that the attacker names the right city, over the lowest round-trip time.

    Parameters
    ----------
    tables
        By a name: ``rtt_ms``, ``p``, ``low``, ``high``.
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
    axes = figure.add_subplot(xscale="log", ylim=(-0.02, 1.02))
    facts: dict[str, float] = {}
    for number, (name, table) in enumerate(tables.items()):
        look = style.curve_look(number)
        x = table["rtt_ms"].to_numpy()
        axes.fill_between(x, table["low"], table["high"], color=look["color"], alpha=0.15, lw=0)
        axes.plot(x, table["p"], lw=1.4, label=name, **look)
        above = x[table["p"].to_numpy() >= 0.5]
        facts[f"{name}_half_ms"] = float(above.max()) if len(above) else float("nan")
    axes.set_xlabel("lowest round-trip time (ms)")
    axes.set_ylabel("probability of the right city")
    style.percent(axes.yaxis)
    style.plain_log(axes.xaxis)
    style.foot_legend(figure, axes, columns=2)
    said = "; ".join(
        f"{name} {'never reaches' if np.isnan(value) else f'is above until {value:.2g} ms'}"
        for name, value in ((n.removesuffix("_half_ms"), v) for n, v in facts.items())
    )
    alt = (
        "Probability that the attacker's best guess is within 25 km, over the lowest of the "
        f"round-trip times, with bands of 95 %. One half: {said}."
    )
    return style.finish(figure, alt, facts, provenance)
