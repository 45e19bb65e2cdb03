"""Plots of a section: bars of time against rttgeo's, and growth on logarithmic axes."""

from __future__ import annotations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter

from benchmarks.page.protocol import LIMIT, OURS, PEER, Curve, Found, Section, Table, number

matplotlib.use("Agg")
COLOURS = {OURS: "#1f6fb2", PEER: "#9a9a9a", LIMIT: "#d98b2b"}
"""Told apart in print and by readers who do not see red and green; the words say it too."""
WIDTH, ROW, LEAST = 9.5, 0.34, 1.7
"""Inches: of the figure, of a bar, of the smallest panel."""
NAME_LENGTH = 52


def draw(section: Section, found: Found) -> plt.Figure | None:
    """Draw a section.

    Parameters
    ----------
    section, found
        What was measured.

    Returns
    -------
    matplotlib.figure.Figure or None
        A panel for each table, and one for all curves; None where there is neither.
    """
    panels = len(found.tables) + bool(found.curves)
    if not panels:
        return None
    heights = [max(LEAST, ROW * len(one.ways) + 1.0) for one in found.tables]
    heights += [2.8] if found.curves else []
    figure, axes = plt.subplots(
        panels, 1, figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False
    )
    for axis, table in zip(axes[:, 0], found.tables, strict=False):
        _bars(axis, table)
    if found.curves:
        _curves(axes[-1, 0], found.curves)
    figure.tight_layout()
    return figure


def _bars(axis: plt.Axes, table: Table) -> None:
    times = [table.times_ours(way) for way in table.ways]
    names = [
        _short(f"{way.name} ({way.role})" if way.role == LIMIT else way.name) for way in table.ways
    ]
    at = np.arange(len(names))
    axis.barh(
        at, [one - 1 for one in times], left=1, color=[COLOURS[way.role] for way in table.ways]
    )
    axis.plot(times, at, "|", color="0.2")
    axis.axvline(1, color="0.3", linewidth=0.8)
    axis.set_xscale("log")
    low, high = min([*times, 0.5]), max([*times, 2.0])
    axis.set_xlim(low / 8, high * 8)
    for y, value in zip(at, times, strict=True):
        left = value < 1
        axis.annotate(
            f"{number(value)}×", (value, y), (-5 if left else 5, 0), textcoords="offset points",
            va="center", ha="right" if left else "left", fontsize=8,
        )  # fmt: skip
    axis.set_yticks(at, names, fontsize=8)
    axis.invert_yaxis()
    axis.set_title(table.title, fontsize=9, loc="left")
    axis.set_xlabel(f"time for the same work, × “{_short(table.first_of(OURS).name)}”", fontsize=8)
    axis.tick_params(axis="x", labelsize=8)
    axis.xaxis.set_major_formatter("{x:g}")
    axis.spines[["top", "right"]].set_visible(False)


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def _curves(axis: plt.Axes, curves: list[Curve]) -> None:
    for curve, mark in zip(curves, "osD^v<>", strict=False):
        # All on one scale: how often as much, and how often as long.
        more, longer = np.array(curve.at) / curve.at[0], np.array(curve.value) / curve.value[0]
        axis.loglog(
            more, longer, f"{mark}-", markersize=4, linewidth=1.2,
            label=f"{curve.title}, over {curve.over}: power {curve.exponent:.2f}",
        )  # fmt: skip
    far = max(max(curve.at) / curve.at[0] for curve in curves)
    axis.loglog([1, far], [1, far], color="0.7", linewidth=0.8, linestyle=":", label="linear")
    axis.set_xlabel("how many times the smallest", fontsize=8)
    axis.set_ylabel("how many times its time", fontsize=8)
    axis.set_title("Growth", fontsize=9, loc="left")
    axis.tick_params(labelsize=8, which="both")
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter("{x:g}")
        side.set_minor_formatter(NullFormatter())
    axis.legend(fontsize=7.5, frameon=False, loc="upper left")
    axis.spines[["top", "right"]].set_visible(False)
