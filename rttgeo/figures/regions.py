"""Maps of regions: where a target can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.region import Region
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate
from rttgeo.figures import canvas, shading, style, views
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Provenance, lonlat
from rttgeo.typing import FloatArray

Places: TypeAlias = gpd.GeoDataFrame | tuple[npt.ArrayLike, npt.ArrayLike]
SAMPLE = 5000
TOO_SMALL = 200
"""Points of the raster, a quarter of a millimetre apart: less is hard to see."""
FILLS = (style.SKY, style.BLUE, style.BLACK)


@style.styled
def region_map(
    region: Region | Mapping[str, Region],
    *,
    truth: tuple[float, float] | None = None,
    estimate: tuple[float, float] | None = None,
    landmarks: Places | None = None,
    others: Mapping[str, tuple[float, float]] | None = None,
    zoom: bool = True,
    provenance: Provenance | Iterable[Provenance] | None = None,
    width: Width = "full",
) -> Drawn:
    """Draw a region, or several by name such as credible regions, the widest first.

    Parameters
    ----------
    region
        A `Region`, or up to three by name.
    truth, estimate
        The true place of the target and the estimated one, (lon, lat) in degrees.
    landmarks
        A table of landmarks, or (lon, lat) arrays; those outside the map are not drawn.
    others
        Further places to mark, by name, (lon, lat).
    zoom
        Show what holds the region and the marked places; else the world.
    provenance
        The data set or sets that the region comes from.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no region, more than three, or when there is nothing at all to show on a zoomed map.
    """
    regions = dict(region) if isinstance(region, Mapping) else {"region": region}
    if not 1 <= len(regions) <= len(FILLS):
        raise BadInputError(
            f"{number_of(len(regions), 'region')} to draw, expected 1 to {len(FILLS)}"
        )
    marks = {
        name: place
        for name, place in {"true place": truth, "estimate": estimate, **(others or {})}.items()
        if place is not None and np.isfinite(place).all()
    }
    view = _view(list(regions.values()), marks, zoom)
    figure, axes = canvas.new_map(view, width=width)
    for number, (name, one) in enumerate(regions.items()):
        if shading.fill_where(axes, one.contains, FILLS[number]) < TOO_SMALL and len(one):
            # A few towns may be too small to see, or for the raster: dots show where.
            canvas.dots(axes, *_sample(one).T, s=5, color=FILLS[number], zorder=3)
        axes.fill([], [], color=FILLS[number], alpha=0.45, lw=0, label=name)
    if landmarks is not None:
        lon, lat = place_arrays(landmarks)
        canvas.dots(axes, lon, lat, s=6, color=style.BLACK, label="landmark", zorder=4)
    canvas.mark(axes, marks)
    canvas.scale_bar(axes)
    style.foot_legend(figure, axes)
    facts = _facts(regions, truth, estimate)
    return style.finish(figure, _alt(regions, facts, zoom), facts, provenance)


def estimate_map(estimate: Estimate, *, width: Width = "full") -> Drawn:
    """Draw an estimate: its 95 % and 50 % regions or its hard one, if any, and its place.

    Parameters
    ----------
    estimate
        With a region, which may be empty; without a place too, the map shows the bare world.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    NotThereError
        When the method gives only a place.
    """
    if estimate.posterior is not None:
        regions = {
            f"{100 * level:.0f} % region": estimate.credible_region(level) for level in (0.95, 0.5)
        }
    else:
        regions = {"region": estimate.credible_region()}
    place = (estimate.lon, estimate.lat)
    there = bool(np.isfinite(place).all())
    return region_map(
        regions,
        estimate=place,
        zoom=there or any(map(len, regions.values())),
        provenance=estimate.provenance,
        width=width,
    )


def _view(
    regions: list[Region], marks: Mapping[str, tuple[float, float]], zoom: bool
) -> views.View:
    if not zoom:
        return views.WORLD
    points = [_sample(one) for one in regions]
    points.append(np.array(list(marks.values()), dtype=float).reshape(-1, 2))
    lon, lat = np.concatenate(points).T
    if not len(lon):
        raise BadInputError("the region is empty and no place is marked: there is nothing to map")
    cell_km = max((one.grid.cell_radius_km for one in regions if len(one)), default=0.0)
    return views.view_around(lon, lat, margin_km=cell_km)


def _sample(region: Region) -> FloatArray:
    """Where the region reaches: the ends of its runs, and some of its cells; shape (n, 2)."""
    cells = region.cells()
    some = cells[:: max(len(cells) // SAMPLE, 1)]
    return np.column_stack(region.grid.lonlat(np.r_[region.start, region.stop - 1, some]))


def place_arrays(landmarks: Places) -> tuple[FloatArray, FloatArray]:
    """Give longitudes and latitudes of places in either form.

    Parameters
    ----------
    landmarks
        A table of nodes, or (lon, lat) arrays in degrees.

    Returns
    -------
    tuple
        Degrees, shape (n,) each.

    Raises
    ------
    BadInputError
        When a coordinate of the arrays is out of range.
    """
    if isinstance(landmarks, gpd.GeoDataFrame):
        return lonlat(landmarks)
    return sphere.check_lonlat(*landmarks)


def _facts(
    regions: Mapping[str, Region],
    truth: tuple[float, float] | None,
    estimate: tuple[float, float] | None,
) -> dict[str, float]:
    facts: dict[str, float] = {}
    for name, one in regions.items():
        prefix = "" if len(regions) == 1 else f"{name} "
        facts[f"{prefix}area_km2"] = one.area_km2
        if truth is not None and np.isfinite(truth).all():
            facts[f"{prefix}covers_truth"] = float(bool(one.contains(*truth)))
    if truth is not None and estimate is not None:
        facts["error_km"] = float(sphere.distance_km(*truth, *estimate))
    return facts


def _alt(regions: Mapping[str, Region], facts: dict[str, float], zoom: bool) -> str:
    said = "Map" if zoom else "World map"
    parts = []
    for name, one in regions.items():
        prefix = "" if len(regions) == 1 else f"{name} "
        part = (
            f"{name} of {float(f'{one.area_km2:.3g}'):,.10g} km²" if len(one) else f"{name}: empty"
        )
        inside = facts.get(f"{prefix}covers_truth")
        if inside is not None and len(one):
            part += ", the true place inside" if inside else ", the true place outside"
        parts.append(part)
    error = facts.get("error_km")
    far = f"; the estimate is {error:,.0f} km from the true place" if error is not None else ""
    return f"{said}: {'; '.join(parts)}{far}."
