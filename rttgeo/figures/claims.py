"""How many false claims about a place are seen, over how far they are from the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Provenance
from rttgeo.typing import FloatArray

DRAWS = 500
"""Resamples of the targets: enough for a band that is a line wide."""
SEED = 18


@style.styled
def power_curve(rates: pd.DataFrame, provenance: Provenance, *, width: Width = "column") -> Drawn:
    """Share of false claims that are called impossible, and that or improbable, over their distance.

    Parameters
    ----------
    rates
        From `rttgeo.verification.rates.claim_rates`.
    provenance
        The data set.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers; bands hold 95 % of resamples of the targets.
    """
    false = rates[rates["km"] > 0]
    figure = style.new_figure(width, 60)
    axes = figure.add_subplot(xscale="log", ylim=(0, 1))
    facts: dict[str, float] = {}
    for column, colour, label in (
        ("impossible", style.ORANGE, "impossible"),
        ("seen", style.BLUE, "impossible or improbable"),
    ):
        table = false.pivot(index="target", columns="km", values=column)
        km, values = table.columns.to_numpy(dtype=float), table.to_numpy()
        values = values[np.lexsort(values.T)]  # whatever the targets are called
        mean = values.mean(axis=0)
        axes.fill_between(km, *_band(values), color=colour, alpha=0.2, lw=0)
        axes.plot(km, mean, color=colour, lw=1.5, marker="o", ms=3, label=label)
        facts |= {f"{column}_at_{far:g}_km": float(one) for far, one in zip(km, mean, strict=True)}
    axes.set_xlim(km.min(), km.max())
    axes.set_xlabel("distance of the claim from the truth (km)")
    axes.set_ylabel("false claims that are seen")
    style.percent(axes.yaxis)
    style.plain_log(axes.xaxis)
    style.foot_legend(figure, axes)
    shares = ", ".join(f"{name.replace('_', ' ')} {100 * one:.0f} %" for name, one in facts.items())
    alt = (
        f"Share of false claims about {number_of(false['target'].nunique(), 'target')} that are called "
        f"impossible, and impossible or improbable (seen), over their distance from the truth: {shares}."
    )
    return style.finish(figure, alt, facts, provenance)


def _band(values: FloatArray) -> FloatArray:
    """Where 95 % of the means of resampled targets lie: low and high, shape (2, n)."""
    rng = np.random.default_rng(SEED)
    rows = rng.integers(len(values), size=(DRAWS, len(values)))
    band: FloatArray = np.quantile(values[rows].mean(axis=1), [0.025, 0.975], axis=0)
    return band
