"""Interactive maps for exploring results in a notebook, without a network.

`panel` is the explorer, which ``.explore()`` of a mesh gives; `region_map` and `estimate_map` are
what a region and an estimate give. They need the extra ``rttgeo[explore]``; the part that
answers the questions, `rttgeo.explore.scene`, does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rttgeo.errors import NotThereError
from rttgeo.explore.scene import ORDERS, TICKS_MS, Explorer, Question, Scene

if TYPE_CHECKING:
    from rttgeo.cells.region import Region
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explore.controls import Panel
    from rttgeo.explore.view import MapView
    from rttgeo.mesh import Mesh

__all__ = [
    "ORDERS",
    "TICKS_MS",
    "Explorer",
    "Question",
    "Scene",
    "estimate_map",
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
        When ipywidgets or anywidget is not installed.
    BadInputError
        When no target of the mesh was measured.
    """
    _need_widgets()
    from rttgeo.explore.controls import Panel

    return Panel(mesh)


def region_map(region: Region) -> MapView:
    """Make a map of a region.

    Parameters
    ----------
    region
        What is shaded.

    Returns
    -------
    MapView
        Around the region.

    Raises
    ------
    NotThereError
        When ipywidgets or anywidget is not installed.
    """
    _need_widgets()
    from rttgeo.explore import view

    return view.MapView(view.of_region(region))


def estimate_map(estimate: Estimate) -> MapView:
    """Make a map of an estimate: its credible regions or its region, and its place.

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
    _need_widgets()
    from rttgeo.explore import view

    return view.MapView(view.of_estimate(estimate))


def _need_widgets() -> None:
    try:
        import anywidget  # noqa: F401
        import ipywidgets  # noqa: F401
    except ImportError as error:
        raise NotThereError(
            f"{error.name} is not installed: pip install 'rttgeo[explore]'"
        ) from None
