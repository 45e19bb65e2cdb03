"""Meshes that are hard to put in order, and the same meshes by other names, in another order."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
from accuracy_meshes import full_mesh, moved

from rttgeo.mesh import Mesh, lonlat, nodes

NOWHERE = "nowhere"


@functools.cache
def hard_mesh() -> Mesh:
    """Whole milliseconds, two landmarks at one place, a wrong place, a target of unknown place."""
    mesh = moved(full_mesh(), "dublin", -70.0, -30.0)
    mesh = moved(mesh, "brussels", *CITY["amsterdam"])
    lon, lat = mesh.target_lonlat
    ids = [*mesh.targets.index, NOWHERE]
    table = nodes(ids, [*lon, np.nan], [*lat, np.nan])
    some = np.arange(0, len(mesh.landmarks), 2)
    heard = np.random.default_rng(2).uniform(15, 40, len(some))
    more = pd.DataFrame({"target": len(lon), "landmark": some, "rtt_ms": heard})
    pairs = pd.concat([mesh.pairs, more])
    pairs["rtt_ms"] = np.ceil(pairs["rtt_ms"])
    return Mesh.build(mesh.landmarks, table, pairs, mesh.provenance)


CITY = {"amsterdam": (4.90, 52.37)}


@functools.cache
def lone_mesh() -> Mesh:
    """One target of unknown place, from eight landmarks at three places."""
    lon, lat = (
        [2.35, 2.35, 2.35, 8.68, 8.68, 8.68, -0.13, -0.13],
        [48.9] * 3 + [50.1] * 3 + [51.5] * 2,
    )
    rtt_ms = [9.0, 11.0, 9.5, 14.0, 12.0, 14.0, 4.0, 6.5]
    pairs = pd.DataFrame({"landmark": np.arange(8), "target": 0, "rtt_ms": rtt_ms})
    landmarks = nodes([f"l{k}" for k in range(8)], lon, lat)
    return Mesh.build(
        landmarks, nodes([NOWHERE], [np.nan], [np.nan]), pairs, full_mesh().provenance
    )


def other_names(mesh: Mesh, seed: int) -> tuple[Mesh, dict[str, str]]:
    """The mesh with every node renamed at random, its tables in the order of the new names."""
    ids = sorted({*mesh.landmarks.index, *mesh.targets.index})
    drawn = np.random.default_rng(seed).permutation(len(ids))
    called = {old: f"node {k:03d}" for old, k in zip(ids, drawn, strict=True)}
    tables, pairs = [], mesh.pairs.copy()
    for end, table in (("landmark", mesh.landmarks), ("target", mesh.targets)):
        names = np.array([called[name] for name in table.index])
        order = np.argsort(names)
        lon, lat = (axis[order] for axis in lonlat(table))
        tables.append(nodes(names[order], lon, lat))
        pairs[end] = np.argsort(order)[pairs[end]]
    return Mesh.build(*tables, pairs, mesh.provenance), called


@functools.cache
def strangers_mesh() -> Mesh:
    """`hard_mesh` with five more targets of unknown place, each heard by half of the landmarks."""
    mesh, rng = hard_mesh(), np.random.default_rng(3)
    first, more = len(mesh.targets), []
    for number in range(5):
        some = np.sort(rng.permutation(len(mesh.landmarks))[: len(mesh.landmarks) // 2])
        heard = np.ceil(rng.uniform(15, 40, len(some)))
        more.append(pd.DataFrame({"target": first + number, "landmark": some, "rtt_ms": heard}))
    lon, lat = (np.append(axis, np.full(5, np.nan)) for axis in mesh.target_lonlat)
    ids = [*mesh.targets.index, *(f"stranger {number}" for number in range(5))]
    pairs = pd.concat([mesh.pairs, *more])
    return Mesh.build(mesh.landmarks, nodes(ids, lon, lat), pairs, mesh.provenance)
