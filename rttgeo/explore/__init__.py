"""Interactive maps for exploring results in a notebook, without a network.

`panel` is the explorer; `mesh_map`, `region_map` and `estimate_map` are what ``.explore()`` of a
mesh, a region and an estimate give. They need the extra ``rttgeo[explore]``; the part that
answers the questions, `rttgeo.explore.scene`, does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rttgeo.errors import NotThereError
from rttgeo.explore.scene import ORDERS, TICKS_MS, Explorer, Question, Scene

if TYPE_CHECKING:
    from ipyleaflet import Map

    from rttgeo.cells.region import Region
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explore.controls import Panel
    from rttgeo.mesh import Mesh

__all__ = [
    "ORDERS",
    "TICKS_MS",
    "Explorer",
    "Question",
    "Scene",
    "estimate_map",
    "mesh_map",
    "panel",
    "region_map",
]


def panel(mesh: Mesh | None = None) -> Panel:
    """Make the explorer: data set, target, method, vantage points and clock beside a map.

    Parameters
    ----------
    mesh
        Explore this one; by default those that come with rttgeo, by name.

    Returns
    -------
    Panel
        Shown by a notebook as it is.

    Raises
    ------
    NotThereError
        When ipywidgets or ipyleaflet is not installed.
    BadInputError
        When no target of the mesh was measured.
    """
    _need_widgets()
    from rttgeo.explore.controls import Panel

    return Panel(mesh)


def mesh_map(mesh: Mesh) -> Map:
    """Make a map of the landmarks and targets of a mesh.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    Map
        Shown by a notebook as it is.

    Raises
    ------
    NotThereError
        When ipywidgets or ipyleaflet is not installed.
    """
    _need_widgets()
    from rttgeo.explore import layers

    return layers.map_of(layers.mesh_layers(mesh))


def region_map(region: Region) -> Map:
    """Make a map of a region.

    Parameters
    ----------
    region
        What is shaded.

    Returns
    -------
    Map
        Around the region.

    Raises
    ------
    NotThereError
        When ipywidgets or ipyleaflet is not installed.
    """
    _need_widgets()
    from rttgeo.explore import layers

    return layers.map_of([layers.region_layer(region)], around=region)


def estimate_map(estimate: Estimate) -> Map:
    """Make a map of an estimate: its credible regions or its region, and its place.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    Map
        Around the region, where there is one.

    Raises
    ------
    NotThereError
        When ipywidgets or ipyleaflet is not installed.
    """
    _need_widgets()
    from rttgeo.explore import layers

    return layers.map_of(
        layers.estimate_layers(estimate),
        around=estimate.region if estimate.has_region else None,
    )


def _need_widgets() -> None:
    try:
        import ipyleaflet  # noqa: F401
        import ipywidgets  # noqa: F401
    except ImportError as error:
        raise NotThereError(
            f"{error.name} is not installed: pip install 'rttgeo[explore]'"
        ) from None
