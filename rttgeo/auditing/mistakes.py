"""Declared places that are typical mistakes, such as 0°, 0°, a place at sea or a lost sign."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo import sphere
from rttgeo.auditing.misfit import Misfit, spreads_at
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.data import coasts
from rttgeo.data.cities import cities
from rttgeo.typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

ZERO_DEG: Final = 0.01
CENTRE_KM: Final = 10.0
"""Databases that know only the country give its centre, each rounded in its own way."""
CENTRE_SHARE: Final = 0.01
"""Of a small country a nearer place counts: so near that few of its places are by chance."""
TOWN_KM: Final = 25.0
"""A node this close to a town may well be there, even in the middle of a country or off a coast."""
SEA_DEG: Final = 0.3
"""Coasts at 1:50 million are some kilometres off; the small islands it lacks have towns."""
APART_KM: Final = 500.0
"""Mistakes that move a node by less than this are ignored."""
TIMES_BETTER: Final = 1.7
"""Delays must fit this many times better at the corrected place. Of 2,868 such places tried for
well placed nodes in simulated meshes, 1 in 1,000 does; of 814 in five measured meshes, a single one
does, which is at sea."""
SLIPS: Final = ("latitude sign", "longitude sign", "latitude for longitude")
NO_BETTER: Final = 0.5
"""For a node declared at sea, it is enough that its delays do not refute the corrected place."""


class Mistake(NamedTuple):
    """A node whose declared place looks like a mistake.

    Attributes
    ----------
    node
        Number of the node.
    reason
        ``at 0°, 0°``, ``centre of a country``, ``at sea``, ``latitude sign``, ``longitude sign``,
        ``latitude for longitude``.
    lon, lat
        Where it would be without the mistake, degrees; NaN if unknown.
    times_better
        How many times better its delays fit there; NaN if unknown.
    """

    node: int
    reason: str
    lon: float = float("nan")
    lat: float = float("nan")
    times_better: float = float("nan")


def mistakes(nodes: Nodes, partners: Partners, misfit: Misfit) -> list[Mistake]:
    """Find nodes whose declared place looks like a mistake, with at most one mistake per node.

    Parameters
    ----------
    nodes, partners, misfit
        The nodes of the mesh, the partners of each, and how well their delays fit.

    Returns
    -------
    list[Mistake]
        The nodes and their likely mistakes, in order of node number.

    Notes
    -----
    A lost sign or swapped coordinates are reported if the corrected place is on land and delays fit
    `TIMES_BETTER` times better there, or if the declared place is at sea and the corrected one is
    not refuted. No bounds are used: these are questions to ask whoever declared the place.
    """
    known = np.isfinite(nodes.lon)
    zero = known & (np.abs(nodes.lon) < ZERO_DEG) & (np.abs(nodes.lat) < ZERO_DEG)
    sea = known & ~zero
    sea[sea] = at_sea(nodes.lon[sea], nodes.lat[sea])
    centre = known & ~zero & ~sea
    centre[centre] = at_centre(nodes.lon[centre], nodes.lat[centre])
    slips = _Slips.of(nodes, partners, misfit)
    slip = slips.likeliest(sea)
    found = []
    for node in map(int, np.flatnonzero(zero | sea | centre | (known & (slip >= 0)))):
        k = int(slip[node])
        if zero[node]:
            found.append(Mistake(node, "at 0°, 0°"))
        elif k >= 0:
            place = float(slips.lon[node, k]), float(slips.lat[node, k])
            found.append(Mistake(node, SLIPS[k], *place, float(slips.better[node, k])))
        else:
            found.append(Mistake(node, "at sea" if sea[node] else "centre of a country"))
    return found


class _Slips(NamedTuple):
    """Where each node would be without a typing slip, and how many times better it fits there.

    ``lon``, ``lat`` and ``better`` have the shape (n, 3), with one column for each of `SLIPS`.
    ``better`` is NaN where unknown, and where the corrected place is invalid or almost the same.
    """

    lon: FloatArray
    lat: FloatArray
    better: FloatArray

    @classmethod
    def of(cls, nodes: Nodes, partners: Partners, misfit: Misfit) -> _Slips:
        lon, lat = nodes.lon, nodes.lat
        to_lon, to_lat = np.stack([lon, -lon, lat], axis=1), np.stack([-lat, lat, lon], axis=1)
        asked = np.stack([np.isfinite(lon)] * 2 + [np.abs(lon) <= 90], axis=1)
        apart = sphere.distance_km(lon[:, None], lat[:, None], to_lon, to_lat)
        asked &= ~(apart < APART_KM)
        places = sphere.unit_vectors(to_lon, to_lat)
        here, there = spreads_at(nodes, partners, misfit, places, asked)
        asked &= np.isfinite(here)[:, None]
        better = np.full(asked.shape, np.nan)
        declared = np.broadcast_to(here[:, None], asked.shape)
        better[asked] = declared[asked] / np.maximum(there[asked], 1e-9)
        return cls(to_lon, to_lat, better)

    def likeliest(self, sea: BoolArray) -> IntArray:
        """The most likely slip that would explain each node's declared place.

        Parameters
        ----------
        sea
            Whether each is declared at sea, shape (n,).

        Returns
        -------
        IntArray
            Number of the slip in `SLIPS`, shape (n,); -1 for none.
        """
        possible = self.better >= np.where(sea, NO_BETTER, TIMES_BETTER)[:, None]
        possible[possible] = ~at_sea(self.lon[possible], self.lat[possible])
        best = np.argmax(np.where(possible, self.better, -np.inf), axis=1)
        return np.where(possible.any(axis=1), best, -1)


def at_sea(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """Find the places that are neither on land nor near a coast or a town.

    Parameters
    ----------
    lon
        Longitudes, degrees, shape (n,).
    lat
        Latitudes, degrees, shape (n,).

    Returns
    -------
    BoolArray
        Mask of the places, shape (n,).
    """
    shapes, towns = _land()
    sea = ~_near(towns, lon, lat, TOWN_KM)
    left = np.flatnonzero(sea)
    # The tree is one of points: so the coasts, which are long, are prepared once and not for each.
    places = shapely.STRtree(shapely.points(lon[left], lat[left]))
    sea[left[places.query(shapes, predicate="dwithin", distance=SEA_DEG)[1]]] = False
    return sea


def at_centre(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """Find the places that are at the centre of a country and not near a town.

    Parameters
    ----------
    lon
        Longitudes, degrees, shape (n,).
    lat
        Latitudes, degrees, shape (n,).

    Returns
    -------
    BoolArray
        Mask of the places, shape (n,).
    """
    tree, reach_km = _centres()
    if not len(lon):
        return np.zeros(0, dtype=bool)
    apart, which = tree.query(sphere.unit_vectors(lon, lat))
    middle = apart <= sphere.chord_of_km(1.0) * reach_km[which]
    return np.asarray(middle, dtype=bool) & ~_near(_land()[1], lon, lat, TOWN_KM)


def _near(tree: cKDTree, lon: FloatArray, lat: FloatArray, km: float) -> BoolArray:
    if not len(lon):
        return np.zeros(0, dtype=bool)
    apart, _ = tree.query(
        sphere.unit_vectors(lon, lat), distance_upper_bound=sphere.chord_of_km(km)
    )
    return np.asarray(np.isfinite(apart), dtype=bool)


@lru_cache
def _land() -> tuple[npt.NDArray[np.object_], cKDTree]:
    """Shapes of the land, in degrees, and the towns."""
    return coasts.countries("50m").geometry.explode().to_numpy(), cities().tree


@lru_cache
def _centres() -> tuple[cKDTree, FloatArray]:
    """Centroids of the countries, the points at which maps label them, and the reach of each in km."""
    from scipy.spatial import cKDTree  # slow to load

    shapes = coasts.countries("50m").geometry.to_numpy()
    points = np.concatenate([shapely.centroid(shapes), shapely.point_on_surface(shapes)])
    area = np.array([coasts.spherical_area_km2(shape) for shape in shapes])
    reach_km = np.minimum(CENTRE_KM, np.sqrt(CENTRE_SHARE * area / np.pi))
    tree = cKDTree(sphere.unit_vectors(shapely.get_x(points), shapely.get_y(points)))
    return tree, np.tile(reach_km, 2)
