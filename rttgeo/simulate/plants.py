"""Plant real-world faults in a mesh: misplaced landmarks, anycast targets, satellite links.

Every plant leaves a record of what was done, so that a method that looks for it can be scored.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.mesh import Mesh, check_mesh, lonlat, nodes
from rttgeo.simulate.paths import SATELLITE_MS
from rttgeo.sphere import destination, distance_km

MISPLACED_MIN_KM = 700.0


@dataclasses.dataclass(frozen=True)
class Planted:
    """What was planted.

    Attributes
    ----------
    misplaced
        Landmark id: where it really is, ``(lon, lat)``; the mesh declares another place.
    anycast
        Target id: the places ``(lon, lat)`` of all its instances; the mesh declares the first.
    satellite
        Ids of nodes put behind a geostationary satellite.
    """

    misplaced: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    anycast: dict[str, tuple[tuple[float, float], ...]] = dataclasses.field(default_factory=dict)
    satellite: tuple[str, ...] = ()


class PlantedMesh(NamedTuple):
    """A mesh and the record of what was planted in it.

    Attributes
    ----------
    mesh
        The mesh with what was planted.
    planted
        The nodes affected, and how.
    """

    mesh: Mesh
    planted: Planted


def plant(
    mesh: Mesh,
    *,
    misplaced: int = 0,
    anycast: int = 0,
    instances: int = 4,
    satellite: int = 0,
    seed: int = 0,
) -> PlantedMesh:
    """Plant misplaced landmarks, anycast targets and satellite links in a mesh.

    Parameters
    ----------
    mesh
        A mesh with the true places of landmarks and targets.
    misplaced
        How many landmarks declare a place at least 700 km from where they are. A landmark that
        is also a target is declared at the wrong place in both tables.
    anycast
        How many targets answer from several places: each becomes the nearest (in RTT) of
        itself and ``instances - 1`` others, drawn at random among targets that are left alone.
    instances
        Places of an anycast target, at least 2.
    satellite
        How many landmarks have a geostationary hop (about 480 to 600 ms) on every path.
    seed
        Which ones: row numbers are drawn, so the same mesh in another order gets other plants.

    Returns
    -------
    PlantedMesh
        The mesh with what was planted, and the record of it.

    Raises
    ------
    BadInputError
        When there are fewer nodes than are to be planted.
    """
    check_mesh(mesh)
    rng = np.random.default_rng([seed, 0x9147])
    available = len(mesh.landmarks)
    if misplaced + satellite > available:
        raise BadInputError(
            f"{number_of(misplaced + satellite, 'landmark')} to plant, but there are {available}"
        )
    order = rng.permutation(available)
    behind = np.sort(order[:satellite])
    moved = np.sort(order[satellite : satellite + misplaced])
    mesh = _satellite(mesh, behind, rng)
    mesh, sites = _anycast(mesh, anycast, instances, rng)
    names = tuple(str(name) for name in mesh.landmarks.index[behind])
    mesh, truth = _misplace(mesh, moved, rng)
    return PlantedMesh(mesh, Planted(truth, sites, names))


def _satellite(mesh: Mesh, rows: npt.NDArray[np.int64], rng: np.random.Generator) -> Mesh:
    """Lengthen every path of some landmarks, as landmark and as target."""
    if not len(rows):
        return mesh
    extra = np.zeros(len(mesh.landmarks))
    extra[rows] = rng.uniform(*SATELLITE_MS, len(rows))
    as_target = pd.Series(extra, index=mesh.landmarks.index).reindex(mesh.targets.index).fillna(0)
    pairs = mesh.pairs.copy()
    pairs["rtt_ms"] += extra[pairs["landmark"]] + as_target.to_numpy()[pairs["target"]]
    return dataclasses.replace(mesh, pairs=pairs)


def _anycast(
    mesh: Mesh, count: int, instances: int, rng: np.random.Generator
) -> tuple[Mesh, dict[str, tuple[tuple[float, float], ...]]]:
    """Merge the RTTs of groups of targets into the first of each: the nearest answers."""
    if not count:
        return mesh, {}
    if instances < 2 or count * instances > len(mesh.targets):
        raise BadInputError(
            f"{number_of(count, 'anycast target')} of {number_of(instances, 'instance')} "
            f"{agreeing(count, 'needs')} "
            f"{number_of(count * instances, 'target')} "
            f"and 2 instances at least; there are {number_of(len(mesh.targets), 'target')}"
        )
    groups = rng.permutation(len(mesh.targets))[: count * instances].reshape(count, instances)
    lon, lat = mesh.target_lonlat
    pairs, sites = mesh.pairs, {}
    merged = []
    for group in groups:
        some = pairs[pairs["target"].isin(group)]
        best = some.sort_values(["rtt_ms", "target"]).drop_duplicates("landmark")
        merged.append(best.assign(target=np.int32(group[0])))
        name = str(mesh.targets.index[group[0]])
        sites[name] = tuple((float(lon[i]), float(lat[i])) for i in group)
    rest = pairs[~pairs["target"].isin(groups[:, 0])]
    table = pd.concat([rest, *merged], ignore_index=True)
    return Mesh.build(mesh.landmarks, mesh.targets, table, mesh.provenance), sites


def _misplace(
    mesh: Mesh, rows: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[Mesh, dict[str, tuple[float, float]]]:
    """Declare some landmarks at other places; where they really are goes into the record."""
    lon, lat = (values.copy() for values in lonlat(mesh.landmarks))
    truth = {}
    for row in rows:
        name = str(mesh.landmarks.index[row])
        truth[name] = (float(lon[row]), float(lat[row]))
        far = np.flatnonzero(distance_km(lon[row], lat[row], lon, lat) >= MISPLACED_MIN_KM)
        if len(far):
            other = int(rng.choice(far))
            lon[row], lat[row] = lon[other] + 0.0, lat[other] + 0.0
        else:
            new = destination(lon[row], lat[row], rng.uniform(0, 360), 2 * MISPLACED_MIN_KM)
            lon[row], lat[row] = float(new[0]), float(new[1])
    if not truth:
        return mesh, truth
    landmarks = nodes(mesh.landmarks.index, lon, lat, **_columns(mesh.landmarks))
    t_lon, t_lat = (values.copy() for values in mesh.target_lonlat)
    for name in set(truth) & set(mesh.targets.index.astype(str)):
        at, row = mesh.targets.index.get_loc(name), mesh.landmarks.index.get_loc(name)
        t_lon[at], t_lat[at] = lon[row], lat[row]
    targets = nodes(mesh.targets.index, t_lon, t_lat, **_columns(mesh.targets))
    return Mesh.build(landmarks, targets, mesh.pairs, mesh.provenance), truth


def _columns(table: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    return {str(c): table[c].to_numpy() for c in table.columns if c != "geometry"}
