"""One estimate on a map."""

from __future__ import annotations

import math

import cartopy.crs as ccrs
from matplotlib.figure import Figure

from rttgeo.locate.estimate import AREA_LEVEL, Estimate


def plot_estimate(estimate: Estimate) -> Figure:
    """Map of the region (of a posterior: its 95 % credible region) and the place.

    Raises
    ------
    NotThereError
        When the method gives a place only.
    """
    axes = estimate.credible_region(AREA_LEVEL).plot()
    if math.isfinite(estimate.lon):
        axes.plot([estimate.lon], [estimate.lat], "x", color="black", transform=ccrs.PlateCarree())
    kind = f"{AREA_LEVEL:.0%} credible region" if estimate.posterior is not None else "region"
    # A name may hold dollar signs, which matplotlib would take for mathematics.
    title = f"{estimate.target}: {estimate.method}, {kind} {estimate.area_km2:,.0f} km²"
    axes.set_title(title, fontsize=9, parse_math=False)
    return axes.figure
