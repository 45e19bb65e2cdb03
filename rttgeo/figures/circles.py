"""Exclusion circles around the landmarks of one target (white paper, 7 and 10 to 13; PAM, 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import shapely
from cartopy.mpl.geoaxes import GeoAxes

from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.data import coasts as maps
from rttgeo.errors import BadInputError, unknown_name
from rttgeo.estimators.discs import Discs
from rttgeo.figures import canvas, style, views
from rttgeo.figures.style import Drawn, Width
from rttgeo.mesh import Mesh, Provenance, check_mesh

Extent = Literal["auto", "intersection", "world", "europe"]
EXTENTS = ("auto", "intersection", "world", "europe")
MAX_RIMS = 120


def circles_of(
    mesh: Mesh,
    target: str | int,
    *,
    medium: str = "fibre",
    max_rtt_ms: float | None = None,
    landmarks: Sequence[str] | None = None,
) -> Discs:
    """Exclusion circles of a target: around each landmark, RTT times the speed bound.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id or row number.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.
    max_rtt_ms
        Only pairs with a smaller RTT, ms.
    landmarks
        Only these, by id.

    Returns
    -------
    Discs
        One circle per landmark, smallest first.

    Raises
    ------
    BadInputError
        For an unknown bound, or when no pair is left.
    NotThereError
        For a target or landmark that the mesh does not have.
    """
    if medium not in KM_PER_MS_RTT:
        raise BadInputError(f"bound {medium!r}, expected one of {', '.join(KM_PER_MS_RTT)}")
    pairs = mesh.of_target(target)
    names = mesh.landmarks.index.to_numpy()[pairs.landmark]
    keep = np.ones(len(names), dtype=bool)
    if max_rtt_ms is not None:
        keep &= pairs.rtt_ms < max_rtt_ms
    if landmarks is not None:
        for name in landmarks:
            if name not in mesh.landmarks.index:
                raise unknown_name(
                    "landmark", name, mesh.landmarks.index, where=mesh.provenance.name
                )
        keep &= np.isin(names, list(landmarks))
    if not keep.any():
        below = "" if max_rtt_ms is None else f" with an RTT below {max_rtt_ms:g} ms"
        raise BadInputError(
            f"{mesh.provenance.name}: no circle to draw, because target {target!r} has no pair"
            f"{below}{'' if landmarks is None else ' with the landmarks named'}"
        )
    order = np.flatnonzero(keep)[np.argsort(pairs.rtt_ms[keep], kind="stable")]
    return Discs(
        np.array(list(map(str, names[order])), dtype=object),
        pairs.lon[order],
        pairs.lat[order],
        KM_PER_MS_RTT[medium] * pairs.rtt_ms[order],
    )


def common_shape(circles: Discs) -> shapely.Geometry:
    """Find what lies within all circles; empty when they contradict each other.

    For drawing: made of the circles' polygons. `rttgeo.cells.grid` computes regions.

    Parameters
    ----------
    circles
        What `circles_of` gave.

    Returns
    -------
    shapely.Geometry
        Polygons, in degrees.
    """
    region: shapely.Geometry = shapely.box(-180, -90, 180, 90)
    for lon, lat, radius in zip(*circles[1:], strict=True):
        if radius < HALF_CIRCUMFERENCE_KM:
            region = region.intersection(maps.circle(lon, lat, radius))
    parts = [part for part in shapely.get_parts(region) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


@style.styled
def exclusion_map(
    mesh: Mesh,
    target: str | int,
    *,
    medium: str = "fibre",
    max_rtt_ms: float | None = None,
    landmarks: Sequence[str] | None = None,
    extent: Extent = "auto",
    others: Mapping[str, tuple[float, float]] | None = None,
    also: Provenance | None = None,
    width: Width = "full",
    proof: bool = False,
) -> Drawn:
    """Draw the circles that a target must lie in, what they have in common, and its true place.

    Parameters
    ----------
    mesh, target, medium, max_rtt_ms, landmarks
        As for `circles_of`. The true place is drawn where it is known.
    extent
        ``auto`` shows all circles (the world when they are large), ``intersection`` what they
        have in common, or ``world``, ``europe``.
    others
        Further places to mark, by what they are, as (lon, lat): such as an IP geolocation.
    also
        The data set that the further places come from, for the stamp.
    width
        ``column`` or ``full``.
    proof
        Whether the limit of light in vacuum around the quickest landmark is drawn, too, when the
        circles are those of another medium.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For an unknown bound or extent, or when no pair is left.
    NotThereError
        For a target or landmark that the mesh does not have.
    """
    check_mesh(mesh)
    if extent not in EXTENTS:
        raise BadInputError(f"map extent {extent!r}, expected one of {', '.join(EXTENTS)}")
    circles = circles_of(mesh, target, medium=medium, max_rtt_ms=max_rtt_ms, landmarks=landmarks)
    region = common_shape(circles)
    number = mesh.target_number(target)
    truth = (float(mesh.target_lonlat[0][number]), float(mesh.target_lonlat[1][number]))
    marks = {**({"target": truth} if np.isfinite(truth[0]) else {}), **(others or {})}
    limit = vacuum_limit(circles, medium) if proof else None
    figure, axes = canvas.new_map(_view(circles, region, extent, marks, limit), width=width)
    _draw(axes, circles, region)
    if limit is not None:
        axes.plot([], [], color=style.BLUE, lw=0.9, label=f"circles: light in {medium}")
        draw_limit(axes, limit)
    canvas.mark(axes, marks)
    canvas.scale_bar(axes)
    style.foot_legend(figure, axes)
    name = str(mesh.targets.index[number])
    facts = _facts(circles, region, truth)
    if limit is not None:
        facts["vacuum_radius_km"] = float(limit.radius_km[0])
    sources = (mesh.provenance,) if also is None else (mesh.provenance, also)
    return style.finish(figure, _alt(name, medium, facts), facts, sources)


def vacuum_limit(circles: Discs, medium: str) -> Discs | None:
    """Find how far light in vacuum could have come from the quickest landmark.

    Parameters
    ----------
    circles
        What `circles_of` gave, the smallest first.
    medium
        The bound that they are of.

    Returns
    -------
    Discs or None
        One circle; None where the circles are those of vacuum already, or it excludes nothing.
    """
    slower = KM_PER_MS_RTT["vacuum"] / KM_PER_MS_RTT[medium]
    radius_km = circles.radius_km[:1] * slower
    if slower <= 1 or radius_km[0] >= HALF_CIRCUMFERENCE_KM:
        return None
    return Discs(circles.name[:1], circles.lon[:1], circles.lat[:1], radius_km)


def draw_limit(axes: GeoAxes, limit: Discs) -> None:
    """Draw the limit of light in vacuum as a dashed line, and name it in the legend.

    Parameters
    ----------
    axes
        The map.
    limit
        What `vacuum_limit` found.
    """
    look = {"color": style.VERMILLION, "lw": 1.1, "ls": (0, (4, 2))}
    canvas.line(axes, maps.circle(limit.lon[0], limit.lat[0], limit.radius_km[0]), zorder=3, **look)
    axes.plot([], [], label="limit of light in vacuum (proof)", **look)


def _draw(axes: GeoAxes, circles: Discs, region: shapely.Geometry) -> None:
    canvas.fill(axes, region, facecolor=style.SKY, alpha=0.45, zorder=2)
    rims = [
        maps.circle(lon, lat, radius)
        for lon, lat, radius in zip(*circles[1:], strict=True)
        if radius < HALF_CIRCUMFERENCE_KM
    ][:MAX_RIMS]
    many = len(rims) > 12
    for nearest, rim in reversed(list(enumerate(rims))):
        look = (
            {"lw": 1.5, "alpha": 1.0}
            if nearest == 0
            else {"lw": 0.6, "alpha": 0.5 if many else 0.8}
        )
        canvas.line(axes, rim, color=style.BLUE, zorder=3, **look)
    near = slice(0, 1)
    canvas.dots(axes, circles.lon[1:], circles.lat[1:], s=7, color=style.BLUE)
    canvas.dots(
        axes, circles.lon[near], circles.lat[near], s=16, color=style.BLUE, ec="white", lw=0.5
    )
    axes.plot(
        [],
        [],
        color=style.BLUE,
        marker="o",
        ms=4,
        mec="white",
        mew=0.5,
        lw=1.5,
        label="lowest RTT" if len(circles.name) > 1 else "landmark and circle",
    )
    if len(circles.name) > 1:
        axes.plot(
            [],
            [],
            color=style.BLUE,
            marker="o",
            ms=2.5,
            lw=0.6,
            label=f"{len(circles.name) - 1:,} more",
        )
    if len(rims) > 1 and not region.is_empty:
        axes.fill([], [], color=style.SKY, alpha=0.45, lw=0, label="common to all")


def _view(
    circles: Discs,
    region: shapely.Geometry,
    extent: Extent,
    marks: Mapping[str, tuple[float, float]],
    limit: Discs | None = None,
) -> views.View:
    if extent in ("world", "europe"):
        return views.WORLD if extent == "world" else views.EUROPE
    shapes = [
        maps.circle(lon, lat, radius, 90)
        for lon, lat, radius in zip(*circles[1:], strict=True)
        if radius < HALF_CIRCUMFERENCE_KM
    ][:MAX_RIMS]
    if extent == "intersection" and not region.is_empty:
        shapes = [region]
    elif limit is not None:
        shapes.append(maps.circle(limit.lon[0], limit.lat[0], limit.radius_km[0], 90))
    points = [shapely.get_coordinates(shape) for shape in shapes]
    points.append(np.array(list(marks.values()), dtype=float).reshape(-1, 2))
    points.append(np.column_stack([circles.lon[:1], circles.lat[:1]]))
    lon, lat = np.concatenate(points).T
    if extent == "auto" and circles.radius_km[0] > views.LOCAL_LIMIT_KM:
        return views.WORLD
    return views.view_around(lon, lat)


def _facts(
    circles: Discs, region: shapely.Geometry, truth: tuple[float, float]
) -> dict[str, float]:
    smallest = maps.circle(circles.lon[0], circles.lat[0], circles.radius_km[0])
    alone, common = maps.spherical_area_km2(smallest), maps.spherical_area_km2(region)
    facts = {
        "circles": float(len(circles.name)),
        "smallest_radius_km": float(circles.radius_km[0]),
        "largest_radius_km": float(circles.radius_km[-1]),
        "smallest_circle_area_km2": alone,
        "common_area_km2": common,
        # What further circles take away, as a share of the smallest one.
        "gain": max(1 - common / alone, 0.0) if alone > 0 else 0.0,
    }
    if np.isfinite(truth[0]):
        facts["target_inside"] = float(shapely.intersects_xy(region, *truth))
    return facts


def _alt(name: str, medium: str, facts: dict[str, float]) -> str:
    said = f"Map of {facts['circles']:.0f} exclusion circles ({medium} bound) of target {name}: "
    if facts["smallest_radius_km"] >= HALF_CIRCUMFERENCE_KM:
        return said + "even the smallest holds the whole world and excludes nothing."
    said += f"radii from {facts['smallest_radius_km']:,.0f} km"
    said += f" to {min(facts['largest_radius_km'], HALF_CIRCUMFERENCE_KM):,.0f} km; "
    if facts["common_area_km2"] == 0:
        return said + "they have no point in common."
    if facts["circles"] > 1:
        said += f"they have {_area(facts['common_area_km2'])} km² in common, "
        said += f"{100 * facts['gain']:.0f} % less than the smallest circle alone. "
    else:
        said += f"it holds {_area(facts['common_area_km2'])} km². "
    if "vacuum_radius_km" in facts:
        said += (
            f"Dashed, within {facts['vacuum_radius_km']:,.0f} km of the quickest landmark: what light in "
            "vacuum proves. "
        )
    if "target_inside" in facts:
        said += (
            "The true place is inside." if facts["target_inside"] else "The true place is outside."
        )
    return said.rstrip()


def _area(area_km2: float) -> str:
    """Three digits that count, written out: no powers of ten in a sentence."""
    return f"{float(f'{area_km2:.3g}'):,.{0 if area_km2 >= 100 else 2}f}"
