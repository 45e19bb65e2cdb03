"""The publishable table: a mesh after a mechanism, without anything that would undo it."""

from __future__ import annotations

import dataclasses
import re
from typing import Final, NamedTuple

import numpy as np

from rttgeo.auditing.in_order import in_full_order
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, check_mesh, nodes
from rttgeo.privacy.blurring import moved
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import MECHANISMS, mechanism
from rttgeo.typing import FloatArray

STATED: Final = re.compile(r"; mechanism ([a-z-]+) ([0-9.e+-]+)")
"""How the metadata of a table state which mechanism was applied."""


class Published(NamedTuple):
    """What a mechanism published of a mesh.

    Attributes
    ----------
    rtt_ms
        Published time of each pair of the mesh, ms; NaN where withheld.
    lon, lat
        Published place of each landmark, degrees.
    """

    rtt_ms: FloatArray
    lon: FloatArray
    lat: FloatArray


def published(mesh: Mesh, way: Mechanism, lots: np.random.Generator) -> Published:
    """Apply a mechanism once.

    Parameters
    ----------
    mesh
        The true measurements.
    way
        The mechanism.
    lots
        Random number generator. The same numbers fall on the same pairs and landmarks whatever these
        are called and however the tables are ordered.

    Returns
    -------
    Published
        The published times and places.
    """
    placed = in_full_order(mesh)
    lon, lat = placed.mesh.landmark_lonlat
    if way.blurs:
        lon, lat = moved(lon, lat, way.parameter, lots)
    pairs = placed.mesh.pairs
    target, landmark = (pairs[name].to_numpy().astype(np.int64) for name in ("target", "landmark"))
    rtt_ms = np.empty(len(pairs))
    rtt_ms[placed.pair] = way.publish(pairs["rtt_ms"].to_numpy(), target, landmark, lots)
    return Published(rtt_ms, lon[placed.landmark], lat[placed.landmark])


def sanitise(
    mesh: Mesh,
    way: Mechanism,
    *,
    seed: int | None = None,
    rename_targets: bool = False,
    shown: Published | None = None,
) -> Mesh:
    """Make the table to publish.

    Parameters
    ----------
    mesh
        The true measurements.
    way
        The mechanism.
    seed
        Only for tests, because anyone who knows it can remove the noise. None uses the randomness
        of the system, which is never recorded.
    rename_targets
        Whether targets are numbered in random order instead of keeping their names.
    shown
        Result of the mechanism, if it was already applied.

    Returns
    -------
    Mesh
        The mesh to publish, without the targets' places and without any column besides the RTT,
        since the mechanism did not act on numbers of samples, hops and deviations. Its provenance
        names the mechanism.
    """
    check_mesh(mesh)
    lots = np.random.default_rng(seed)
    shown = published(mesh, way, lots) if shown is None else shown
    keep = np.isfinite(shown.rtt_ms)
    if not keep.any():
        raise BadInputError(f"mechanism {way.name} {way.parameter:g} leaves nothing to publish")
    pairs = mesh.pairs.loc[keep, ["landmark", "target"]].reset_index(drop=True)
    pairs["rtt_ms"] = np.round(shown.rtt_ms[keep], 6)
    names = np.asarray(mesh.targets.index).astype(str)
    if rename_targets:
        number = lots.permutation(len(names))[in_full_order(mesh).target]
        pairs["target"] = number[pairs["target"].to_numpy()]
        names = np.array([f"target-{number + 1}" for number in range(len(names))])
    nowhere = np.full(len(names), np.nan)
    about = mesh.provenance
    statistic = f"{STATED.sub('', about.statistic)}; mechanism {way.name} {way.parameter:g}"
    return Mesh.build(
        nodes(mesh.landmarks.index, shown.lon, shown.lat),
        nodes(names, nowhere, nowhere),
        pairs,
        dataclasses.replace(about, statistic=statistic),
    )


def stated_mechanism(mesh: Mesh) -> Mechanism:
    """Read from a table's metadata which mechanism was applied to it.

    Parameters
    ----------
    mesh
        The mesh as read.

    Returns
    -------
    Mechanism
        The mechanism stated; if none is, the one that changes nothing.
    """
    check_mesh(mesh)
    found = STATED.search(mesh.provenance.statistic)
    if found is None or found[1] not in MECHANISMS:
        return Mechanism()
    try:
        return mechanism(found[1], float(found[2]))
    except (ValueError, BadInputError):
        return Mechanism()
