"""Passive round-trip times beside the truth: a curve for each way of taking them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.ecdf import ecdf
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Provenance
from rttgeo.typing import FloatArray

NEAR_PERCENT = 5.0
"""Up to here a sample counts as near: it widens a circle of a thousand kilometres by fifty."""
LONGEST_PERCENT = 60.0
"""Further right, samples waited for an application that had nothing to send."""


@style.styled
def excess_ecdf(
    ratios: Mapping[str, FloatArray], *, provenance: Provenance, width: Width = "column"
) -> Drawn:
    """ECDFs of how far samples are above the least round trip of their path.

    Parameters
    ----------
    ratios
        By method, samples over the least round trip.
    provenance
        Where they come from.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no method, or one without samples.
    """
    if not ratios or any(not len(ratio) for ratio in ratios.values()):
        raise BadInputError("no samples to draw for some method")
    figure = style.new_figure(width, 74)
    axes = figure.add_subplot(xlim=(-5, LONGEST_PERCENT), ylim=(0, 1))
    axes.axvspan(0, NEAR_PERCENT, color=style.PALE, alpha=0.5, lw=0)
    facts: dict[str, float] = {}
    for number, (method, ratio) in enumerate(ratios.items()):
        values, share = ecdf(100 * (np.asarray(ratio) - 1))
        axes.step(
            np.r_[-100, values, 1e9], np.r_[0, share, 1], where="post", lw=1.2, label=method,
            **style.curve_look(number),
        )  # fmt: skip
        facts[f"{method}: share within {NEAR_PERCENT:g} %"] = float(
            np.mean(np.asarray(ratio) <= 1 + NEAR_PERCENT / 100)
        )
        facts[f"{method}: shortest, % of the least"] = float(100 * np.min(ratio))
    axes.set_xlabel("sample above the least round trip of its path (%)")
    axes.set_ylabel("share of samples")
    style.percent(axes.yaxis)
    style.foot_legend(figure, axes, columns=3 if width == "full" else 2)
    said = "; ".join(
        f"{method} {100 * facts[f'{method}: share within {NEAR_PERCENT:g} %']:.0f} %"
        for method in ratios
    )
    shortest = min(facts[f"{method}: shortest, % of the least"] for method in ratios)
    alt = (
        "Cumulative distributions of passive round-trip times, as the excess over the least round "
        f"trip of their path, by method. The shortest sample is at {shortest:.1f} % of the least "
        f"round trip; within {NEAR_PERCENT:g} % above it, which is shaded, are: {said}."
    )
    return style.finish(figure, alt, facts, provenance)
