"""Methods of an object that rooms above it implement: the one place that reaches up.

``.plot()``, ``.explore()``, the notebook display of an object, and `rttgeo.Mesh.from_frame` are
methods of the object, but rooms above it implement them. Each function here imports its room when
it is called, so a picture that is not drawn costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt
    from cartopy.mpl.geoaxes import GeoAxes

    from rttgeo.cells.region import Region
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explore.controls import Panel as Panel
    from rttgeo.explore.view import MapView as MapView
    from rttgeo.figures.style import Drawn as Drawn
    from rttgeo.mesh import Mesh, Provenance
    from rttgeo.pairs.frames import Frame as Frame

    Dots = tuple[npt.ArrayLike, npt.ArrayLike]

__all__ = [
    "card",
    "estimate_on",
    "estimate_picture",
    "explore_estimate",
    "explore_mesh",
    "explore_region",
    "in_words",
    "mesh_of_frame",
    "mesh_picture",
    "region_picture",
]


def mesh_of_frame(
    frame: Frame, *, skip_bad: bool = False, provenance: Provenance | None = None
) -> Mesh:
    """Make a mesh from a table in memory; see `rttgeo.pairs.read_mesh`.

    Parameters
    ----------
    frame
        A table from pandas, polars, or any library that exports Arrow columns.
    skip_bad
        Skip bad rows, with a warning, instead of raising an error.
    provenance
        Where the measurements come from; None when that is not stated.

    Returns
    -------
    Mesh
        The measurements.

    Raises
    ------
    BadInputError
        When this is not a table, or a row is bad.
    """
    from rttgeo.errors import BadInputError
    from rttgeo.pairs.frames import is_frame
    from rttgeo.pairs.reading import read_mesh

    if not is_frame(frame):
        raise BadInputError(f"expected a table in memory, not a {type(frame).__name__}")
    return read_mesh(frame, skip_bad=skip_bad, provenance=provenance)


def mesh_picture(mesh: Mesh) -> Drawn:
    """Draw a map of the landmarks and targets of a mesh; see `rttgeo.figures.probe_map`.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    Drawn
        The figure with its description and its numbers.

    Raises
    ------
    BadInputError
        When no node has a known place.
    """
    from rttgeo.figures.worldmaps import probe_map

    return probe_map(mesh)


def explore_mesh(mesh: Mesh) -> Panel:
    """Show a map with controls to explore the mesh in a notebook; see `rttgeo.explore.panel`.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    Panel
        A widget, which a notebook displays.

    Raises
    ------
    NotThereError
        When ipywidgets or anywidget is not installed.
    BadInputError
        When no target was measured.
    """
    from rttgeo.explore import panel

    return panel(mesh)


def region_picture(region: Region, ax: GeoAxes | None = None, **style: Any) -> GeoAxes:
    """Draw a region on a map; see `rttgeo.figures.region_plot.draw`.

    Parameters
    ----------
    region
        The region to shade.
    ax
        Cartopy axes to draw on; new ones by default.
    **style
        Passed on to `rttgeo.figures.region_plot.draw`.

    Returns
    -------
    GeoAxes
        The axes that were drawn on.
    """
    from rttgeo.figures import region_plot

    return region_plot.draw(region, ax, **style)


def explore_region(region: Region) -> MapView:
    """Show a region on a zoomable map; see `rttgeo.explore.region_map`.

    Parameters
    ----------
    region
        The region to shade.

    Returns
    -------
    MapView
        Around the region.

    Raises
    ------
    NotThereError
        When ipywidgets or anywidget is not installed.
    """
    from rttgeo.explore import region_map

    return region_map(region)


def estimate_picture(estimate: Estimate) -> Drawn:
    """Draw the regions and the place of an estimate; see `rttgeo.figures.estimate_map`.

    Parameters
    ----------
    estimate
        With a region.

    Returns
    -------
    Drawn
        The figure with its description and its numbers.

    Raises
    ------
    NotThereError
        When the method gives only a place.
    """
    from rttgeo.figures.regions import estimate_map

    return estimate_map(estimate)


def estimate_on(estimate: Estimate, ax: GeoAxes) -> GeoAxes:
    """Draw an estimate on a user's axes; see `rttgeo.figures.region_plot.draw_estimate`.

    Parameters
    ----------
    estimate
        What a method found.
    ax
        Axes of cartopy to draw on.

    Returns
    -------
    GeoAxes
        The same axes.

    Raises
    ------
    NotThereError
        When the method gives only a place.
    """
    from rttgeo.figures import region_plot

    return region_plot.draw_estimate(estimate, ax)


def explore_estimate(estimate: Estimate) -> MapView:
    """Show regions and place on a zoomable map; see `rttgeo.explore.estimate_map`.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    MapView
        Around the region, where there is one.

    Raises
    ------
    NotThereError
        When ipywidgets or anywidget is not installed.
    """
    from rttgeo.explore import estimate_map

    return estimate_map(estimate)


def in_words(estimate: Estimate, level: float) -> dict[str, str | float | None]:
    """Describe an estimate in words; see `rttgeo.report.places` and `.spread`.

    Parameters
    ----------
    estimate
        Of any method.
    level
        Probability of the credible region whose parts are named.

    Returns
    -------
    dict
        ``places`` and ``countries``, each joined by semicolons, and ``spread``, the parts of a
        region that has several: empty without a region. ``area50_km2``, the area of the 50 %
        region, for methods that give probabilities; ``nearest_landmark``, the one nearest to the
        place, and its distance ``nearest_landmark_km``: None where unknown.
    """
    from rttgeo.report.places import likely_places
    from rttgeo.report.spread import spread_sentence

    found, near = likely_places(estimate), estimate.nearest_landmark
    half = estimate.credible_region(0.5).area_km2 if estimate.posterior is not None else None
    return {
        "places": "; ".join(map(str, found.cities)),
        "countries": "; ".join(map(str, found.countries)),
        "spread": spread_sentence(estimate, found.to_dict()["countries"], level),
        "area50_km2": half,
        "nearest_landmark": near.name if near is not None else None,
        "nearest_landmark_km": round(near.distance_km, 3) if near is not None else None,
    }


def card(
    facts: dict[str, str],
    region: Region | None = None,
    *,
    dots: Dots | None = None,
    place: Dots | None = None,
) -> str:
    """Set a table of facts beside a small map, as notebooks show an object.

    Parameters
    ----------
    facts
        Rows of the table; those without a value are left out. They are escaped here.
    region
        Drawn as an area.
    dots, place
        Longitudes and latitudes, in degrees, of landmarks and of the place or places meant.

    Returns
    -------
    str
        HTML.
    """
    from rttgeo.figures.thumbnail import beside_table, thumbnail

    return beside_table(facts, thumbnail(region, dots=dots, place=place))
