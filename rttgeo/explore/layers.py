"""Layers of a map without tiles: coastlines and everything else are shapes that come along."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from ipyleaflet import GeoJSON, Map, projections
from ipywidgets import Label, Layout

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.data import coasts as maps
from rttgeo.estimators.estimate import Estimate
from rttgeo.explore.scene import Scene
from rttgeo.figures import style
from rttgeo.mesh import Mesh, lonlat
from rttgeo.typing import FloatArray

MOST_CIRCLES: Final = 20
MOST_CELLS: Final = 5000
RIM_POINTS: Final = 90
LEVELS: Final = (0.95, 0.5)
EMPTY: Final[dict[str, Any]] = {"type": "FeatureCollection", "features": []}

LAND_STYLE: Final = {"color": "#8a9099", "weight": 0.6, "fillColor": "#d9dcd6", "fillOpacity": 1}
REGION_STYLE: Final = {"color": style.ORANGE, "weight": 1, "fillOpacity": 0.35}
RIM_STYLE: Final = {"color": style.BLUE, "weight": 1, "opacity": 0.45, "fillOpacity": 0}
BOLD_STYLE: Final = {"color": style.BLUE, "weight": 2, "fillOpacity": 0}
SEA_STYLE: Final = {"stroke": False, "fillColor": "#f4f7f9", "fillOpacity": 1}
SEA: Final = shapely.box(-180, -90, 180, 90)


@lru_cache(maxsize=1)
def land_geojson() -> dict[str, Any]:
    """Give the coastlines in tenths of a degree.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection.
    """
    table = maps.land("110m")
    return feature(shapely.set_precision(table.geometry.iloc[0], 0.1, mode="pointwise"))


def feature(shape: shapely.Geometry) -> dict[str, Any]:
    """Write one shape as GeoJSON.

    Parameters
    ----------
    shape
        In degrees.

    Returns
    -------
    dict
        A FeatureCollection of one feature.
    """
    return collection([json.loads(shapely.to_geojson(shape))])


def collection(shapes: Sequence[dict[str, Any]], **properties: Sequence[Any]) -> dict[str, Any]:
    """Return shapes as a FeatureCollection, each with its own value of each property.

    Parameters
    ----------
    shapes
        Geometries in GeoJSON.
    **properties
        Values of each property, one per shape.

    Returns
    -------
    dict
        In the order of the shapes.
    """
    features = []
    for row, shape in enumerate(shapes):
        own = {name: values[row] for name, values in properties.items()}
        features.append({"type": "Feature", "geometry": shape, "properties": own})
    return {"type": "FeatureCollection", "features": features}


def points_geojson(
    lon: npt.ArrayLike, lat: npt.ArrayLike, names: Iterable[str] = ()
) -> dict[str, Any]:
    """Write places as GeoJSON; unknown ones are left out.

    Parameters
    ----------
    lon, lat
        Degrees, NaN where unknown, shape (n,).
    names
        One a place; none means no names.

    Returns
    -------
    dict
        A FeatureCollection of points, in ten-thousandths of a degree.
    """
    places = np.column_stack([np.ravel(lon), np.ravel(lat)]).round(4)
    known = np.isfinite(places).all(axis=1)
    said = list(names) or [""] * len(places)
    shapes = [{"type": "Point", "coordinates": place.tolist()} for place in places[known]]
    return collection(shapes, name=[name for name, keep in zip(said, known, strict=True) if keep])


def region_geojson(region: Region) -> dict[str, Any]:
    """Write a region's shape; of a large one, that of the coarser cells whose centres are in it.

    Parameters
    ----------
    region
        May be empty.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection.
    """
    if not region:
        return EMPTY
    drawn = _coarse(region) if region.n_cells > MOST_CELLS else region
    return feature(drawn.to_geodataframe().geometry.iloc[0])


def _coarse(region: Region) -> Region:
    """Fewer cells for drawing: melting 200,000 into one shape takes 0.4 s, asking for 5,000 3 ms."""
    halvings = math.ceil(math.log(region.n_cells / MOST_CELLS, 4))
    grid = Grid(nside=max(region.grid.nside >> halvings, 1))
    return Region.from_cells(grid, np.flatnonzero(region.contains(*grid.centres())))


def rims_geojson(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> dict[str, Any]:
    """Write rims of circles as lines, cut at ±180°; those that hold the globe are left out.

    Parameters
    ----------
    lon, lat
        Centres, degrees, shape (n,).
    radius_km
        Radii, km, shape (n,).

    Returns
    -------
    dict
        A GeoJSON FeatureCollection.
    """
    lon, lat, radius = (np.ravel(np.asarray(a, dtype=float)) for a in (lon, lat, radius_km))
    some = radius < HALF_CIRCUMFERENCE_KM
    bearing = np.linspace(0, 360, RIM_POINTS + 1)
    rim_lon, rim_lat = sphere.destination(
        lon[some, None], lat[some, None], bearing, radius[some, None]
    )
    return collection([_cut_line(*rim) for rim in zip(rim_lon, rim_lat, strict=True)])


def _cut_line(lon: FloatArray, lat: FloatArray) -> dict[str, Any]:
    """A closed line in pieces, each carried on to ±180° where it crosses."""
    jumps = np.flatnonzero(np.abs(np.diff(lon)) > 180)
    pieces: list[list[list[float]]] = []
    start = 0
    points = np.column_stack([lon, lat])
    carried: list[list[float]] = []
    for jump in jumps:
        (x, y), (nx, ny) = points[jump], points[jump + 1]
        side = 180.0 if x > 0 else -180.0
        share = (side - x) / (nx + 2 * side - x)
        at = float(y + share * (ny - y))
        pieces.append(carried + points[start : jump + 1].round(2).tolist() + [[side, round(at, 2)]])
        carried, start = [[-side, round(at, 2)]], int(jump) + 1
    pieces.append(carried + points[start:].round(2).tolist())
    return {"type": "MultiLineString", "coordinates": pieces}


def dots(data: dict[str, Any], name: str, *, radius: int, colour: str, fill: float = 1) -> GeoJSON:
    """Make a layer of round marks.

    Parameters
    ----------
    data
        Places, as `points_geojson` gives them.
    name
        Of the layer.
    radius
        Pixels.
    colour
        In hexadecimal.
    fill
        Opacity of the inside, 0 to 1.

    Returns
    -------
    GeoJSON
        The layer.
    """
    look = {"radius": radius, "color": colour, "weight": 1.5, "fillOpacity": fill}
    return GeoJSON(data=data, name=name, point_style={**look, "fillColor": colour})


def region_layer(region: Region, name: str = "region") -> GeoJSON:
    """Make a layer of a region.

    Parameters
    ----------
    region
        May be empty.
    name
        Of the layer.

    Returns
    -------
    GeoJSON
        The layer.
    """
    return GeoJSON(data=region_geojson(region), name=name, style=REGION_STYLE)


def estimate_layers(estimate: Estimate) -> list[GeoJSON]:
    """Make layers of an estimate: its regions, the widest first, and its place.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    list of GeoJSON
        From the bottom to the top.
    """
    layers = [region_layer(region, name) for name, region in regions_of(estimate).items()]
    place = points_geojson([estimate.lon], [estimate.lat], [estimate.target])
    return [*layers, dots(place, "estimate", radius=5, colour=style.BLACK)]


def regions_of(estimate: Estimate) -> dict[str, Region]:
    """Say what there is to fill: credible regions of a posterior, a hard region, or nothing.

    Parameters
    ----------
    estimate
        What a method found.

    Returns
    -------
    dict
        Regions by what they are called, the widest first.
    """
    if estimate.posterior is not None:
        return {f"{level:.0%} region": estimate.credible_region(level) for level in LEVELS}
    return {"region": estimate.region} if estimate.has_region else {}


def mesh_layers(mesh: Mesh) -> list[GeoJSON]:
    """Make layers of the landmarks and targets of a mesh.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    list of GeoJSON
        From the bottom to the top.
    """
    landmarks = points_geojson(*lonlat(mesh.landmarks), map(str, mesh.landmarks.index))
    targets = points_geojson(*lonlat(mesh.targets), map(str, mesh.targets.index))
    return [
        dots(landmarks, "landmarks", radius=3, colour=style.BLUE, fill=0.3),
        dots(targets, "targets", radius=4, colour=style.ORANGE),
    ]


def map_of(layers: Sequence[GeoJSON], around: Region | None = None) -> Map:
    """Make a map of these layers over the coastlines, around a region when there is one.

    Longitude and latitude as they are (plate carrée), so that the poles are on it; no tiles, so
    that it needs no network.

    Parameters
    ----------
    layers
        From the bottom to the top.
    around
        What is to fill the map; the world by default.

    Returns
    -------
    Map
        Shown by a notebook as it is.
    """
    sea = GeoJSON(data=feature(SEA), name="sea", style=SEA_STYLE)
    land = GeoJSON(data=land_geojson(), name="land", style=LAND_STYLE)
    centre, zoom = view_of(around) if around else ((20.0, 0.0), 1)
    return Map(
        layers=[sea, land, *layers],
        crs=projections.EPSG4326,
        center=centre,
        zoom=zoom,
        attribution_control=False,
        scroll_wheel_zoom=True,
        layout=Layout(height="460px"),
    )


def name_under_pointer(layers: Iterable[GeoJSON]) -> Label:
    """Make a line of text that names what the pointer was last on.

    Parameters
    ----------
    layers
        Whose features have a property ``name``.

    Returns
    -------
    Label
        To be shown beside the map; not HTML, whatever the names are.
    """
    line = Label(layout=Layout(min_height="1.6em"))

    def show(feature: dict[str, Any] | None = None, **_: Any) -> None:
        name = ((feature or {}).get("properties") or {}).get("name")
        line.value = str(name) if name else line.value

    for layer in layers:
        layer.on_hover(show)
    return line


def view_of(region: Region) -> tuple[tuple[float, float], int]:
    """Find middle and zoom of a map that shows a region with some air.

    Parameters
    ----------
    region
        Not empty.

    Returns
    -------
    tuple
        ``(lat, lon)`` in degrees, as leaflet wants it, and zoom from 1 to 9.

    Raises
    ------
    BadInputError
        When the region is empty.
    """
    lon, lat, radius_km = region.bounding_cap()
    # At zoom 0 the map shows 360° on 512 pixels; 460 pixels of height are to hold 3 radii.
    degrees = max(3 * radius_km / 111.2, 0.05)
    zoom = int(np.clip(np.floor(np.log2(460 / 512 * 360 / degrees)), 1, 9))
    return ((20.0, 0.0), 1) if zoom <= 1 else ((lat, lon), zoom)


class SceneLayers:
    """The layers of the explorer's map, made once and given new data with each answer."""

    def __init__(self) -> None:
        self.wide = GeoJSON(data=EMPTY, name="region", style=REGION_STYLE)
        self.narrow = GeoJSON(data=EMPTY, name="50 % region", style=REGION_STYLE)
        self.rims = GeoJSON(data=EMPTY, name="circles", style=RIM_STYLE)
        self.bold = GeoJSON(data=EMPTY, name="circles that matter", style=BOLD_STYLE)
        self.landmarks = dots(EMPTY, "landmarks", radius=3, colour=style.BLUE)
        self.matter = dots(EMPTY, "landmarks that matter", radius=6, colour=style.BLUE, fill=0.4)
        self.truth = dots(EMPTY, "true place", radius=7, colour=style.GREEN, fill=0.2)
        self.place = dots(EMPTY, "estimate", radius=4, colour=style.BLACK)

    def all(self) -> list[GeoJSON]:
        """List the layers.

        Returns
        -------
        list of GeoJSON
            In the order in which they lie on one another.
        """
        return [
            self.wide, self.narrow, self.rims, self.bold,
            self.landmarks, self.matter, self.truth, self.place,
        ]  # fmt: skip

    def show(self, scene: Scene) -> None:
        """Draw an answer.

        Parameters
        ----------
        scene
            What the explorer answered.
        """
        estimate, pairs = scene.estimate, scene.pairs
        regions = [region_geojson(region) for region in regions_of(estimate).values()]
        self.wide.data, self.narrow.data = [*regions, EMPTY, EMPTY][:2]
        matter = np.isin(scene.names, scene.matter)
        few = slice(None, MOST_CIRCLES)
        for layer, some in ((self.rims, ~matter), (self.bold, matter)):
            lon, lat, radius = (a[some][few] for a in (pairs.lon, pairs.lat, scene.radius_km))
            layer.data = rims_geojson(lon, lat, radius)
        said = np.array(
            [f"{n}, {t:.2f} ms" for n, t in zip(scene.names, pairs.rtt_ms, strict=True)]
        )
        self.landmarks.data = points_geojson(pairs.lon[few], pairs.lat[few], said[few])
        self.matter.data = points_geojson(pairs.lon[matter], pairs.lat[matter], said[matter])
        self.truth.data = points_geojson(*scene.truth, ["true place"]) if scene.truth else EMPTY
        self.place.data = points_geojson([estimate.lon], [estimate.lat], ["estimate"])
