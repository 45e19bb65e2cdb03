"""Declare nodes where they are not, with typical mistakes, to test what detects them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from rttgeo.errors import BadInputError, unknown_name
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, lonlat, nodes
from rttgeo.simulate.plants import Planted, PlantedMesh
from rttgeo.sphere import destination, distance_km
from rttgeo.typing import FloatArray, IntArray

KINDS: Final = ("moved", "swapped", "longitude sign", "latitude for longitude", "zero")
LEAST_KM = 100.0
"""A node is not chosen if the mistake would move it by less than this."""


def misdeclare(
    mesh: Mesh, kind: str, count: int = 1, *, distance_km: float = 1000.0, seed: int = 0
) -> PlantedMesh:
    """Declare some nodes, landmarks or targets, at wrong places.

    Parameters
    ----------
    mesh
        With true places.
    kind
        ``moved`` (by ``distance_km`` in any direction), ``swapped`` (with another node: ``count``
        is rounded up to pairs), ``longitude sign``, ``latitude for longitude``, ``zero`` (0°, 0°).
    count
        How many nodes. One that is both a landmark and a target is wrong in both tables.
    distance_km
        Distance for ``moved``, km.
    seed
        Seed of the choice of nodes and places: row numbers are drawn, so the same mesh in another
        order gets other mistakes.

    Returns
    -------
    PlantedMesh
        ``planted.misplaced`` says where they really are, also those that are targets only.

    Raises
    ------
    NotThereError
        When there is no such kind.
    BadInputError
        When fewer nodes can be given such a mistake.
    """
    if kind not in KINDS:
        raise unknown_name("mistake", kind, KINDS)
    rng = np.random.default_rng([seed, 0xDEC1, KINDS.index(kind)])
    names, lon, lat = _places(mesh)
    order = rng.permutation(len(names))
    if kind == "swapped":
        chosen, new_lon, new_lat = _swapped(order, lon, lat, count + count % 2)
    else:
        new_lon, new_lat = _mistaken(kind, lon, lat, distance_km, rng)
        chosen = order[_far(lon, lat, new_lon, new_lat)[order]][:count]
    if len(chosen) < count:
        raise BadInputError(
            f"{number_of(count, 'node', 'was')} to be {kind!r}, but only {len(chosen)} can be"
        )
    truth = {str(names[at]): (float(lon[at]), float(lat[at])) for at in chosen}
    moved = {str(names[at]): (float(new_lon[at]), float(new_lat[at])) for at in chosen}
    return PlantedMesh(declared(mesh, moved), Planted(misplaced=truth))


def declared(mesh: Mesh, places: dict[str, tuple[float, float]]) -> Mesh:
    """Declare nodes where they are not; the measurements stay as they were.

    Parameters
    ----------
    mesh
        The measurements, with true places.
    places
        Longitude and latitude, degrees, by node id; ids that the mesh lacks are ignored.

    Returns
    -------
    Mesh
        A mesh whose tables have these places.

    Raises
    ------
    BadInputError
        When a place is out of range.
    """
    tables = []
    for table in (mesh.landmarks, mesh.targets):
        lon, lat = (axis.copy() for axis in lonlat(table))
        for name, place in places.items():
            if name in table.index:
                at = table.index.get_loc(name)
                lon[at], lat[at] = place
        more = {str(c): table[c].to_numpy() for c in table.columns if c != "geometry"}
        tables.append(nodes(table.index, lon, lat, **more))
    return Mesh.build(tables[0], tables[1], mesh.pairs, mesh.provenance)


def garbled(mesh: Mesh, count: int, *, rtt_ms: float = 1.0, seed: int = 0) -> Mesh:
    """Let some pairs report one round-trip time for whatever was measured: `1` among 257s.

    Parameters
    ----------
    mesh
        The measurements, with true places.
    count
        How many pairs.
    rtt_ms
        What they report, ms.
    seed
        Which ones: row numbers are drawn, so the same mesh in another order gets others.

    Returns
    -------
    Mesh
        A mesh with these RTTs, everything else as it was.
    """
    rows = np.random.default_rng([seed, 0x6A2B]).permutation(len(mesh))[:count]
    pairs = mesh.pairs.copy()
    pairs.loc[rows, "rtt_ms"] = rtt_ms
    return Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)


def _places(mesh: Mesh) -> tuple[npt.NDArray[np.object_], FloatArray, FloatArray]:
    """All nodes once, landmarks first, with their places."""
    only = ~mesh.targets.index.isin(mesh.landmarks.index)
    names = mesh.landmarks.index.append(mesh.targets.index[only])
    lon, lat = (
        np.concatenate([one, other[only]])
        for one, other in zip(lonlat(mesh.landmarks), lonlat(mesh.targets), strict=True)
    )
    return np.asarray(names, dtype=object), lon, lat


def _mistaken(
    kind: str, lon: FloatArray, lat: FloatArray, km: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Where each node would be declared; as it is where the mistake would not be a place."""
    if kind == "moved":
        new = destination(lon, lat, rng.uniform(0, 360, len(lon)), np.full(len(lon), km))
        return np.asarray(new[0], dtype=float), np.asarray(new[1], dtype=float)
    if kind == "longitude sign":
        return -lon, lat
    if kind == "zero":
        return np.zeros(len(lon)), np.zeros(len(lat))
    valid = np.abs(lon) <= 90
    return np.where(valid, lat, lon), np.where(valid, lon, lat)


def _swapped(
    order: IntArray, lon: FloatArray, lat: FloatArray, count: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The first and the last of an order, the next and the last but one, and so on."""
    new_lon, new_lat = lon.copy(), lat.copy()
    chosen: list[int] = []
    for a, b in zip(order[: len(order) // 2], order[::-1], strict=False):
        if len(chosen) < count and _far(lon[a], lat[a], lon[b], lat[b]):
            new_lon[[a, b]], new_lat[[a, b]] = lon[[b, a]], lat[[b, a]]
            chosen += [int(a), int(b)]
    return np.array(chosen, dtype=np.int64), new_lon, new_lat


def _far(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    return np.asarray(distance_km(lon, lat, other_lon, other_lat) >= LEAST_KM)
