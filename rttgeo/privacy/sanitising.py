"""The publishable table: a mesh after a mechanism, with nothing beside that would undo it."""

from __future__ import annotations

import dataclasses
import re
from typing import Final, NamedTuple

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, nodes
from rttgeo.privacy.blurring import moved
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import MECHANISMS, mechanism
from rttgeo.typing import FloatArray

STATED: Final = re.compile(r"; mechanism ([a-z-]+) ([0-9.e+-]+)")
"""How the metadata of a table says what was done to it."""


class Published(NamedTuple):
    """What a mechanism made of a mesh.

    Attributes
    ----------
    rtt_ms
        Of each pair of the mesh, ms; NaN where withheld.
    lon, lat
        Of each landmark, degrees, as published.
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
        Source of all that is random.

    Returns
    -------
    Published
        Times and places.
    """
    lon, lat = mesh.landmark_lonlat
    if way.blurs:
        lon, lat = moved(lon, lat, way.parameter, lots)
    target, landmark = (
        mesh.pairs[name].to_numpy().astype(np.int64) for name in ("target", "landmark")
    )
    rtt_ms = way.publish(mesh.pairs["rtt_ms"].to_numpy(), target, landmark, lots)
    return Published(rtt_ms, lon, lat)


def sanitise(
    mesh: Mesh,
    way: Mechanism,
    *,
    seed: int | None = None,
    rename_targets: bool = False,
    shown: Published | None = None,
) -> Mesh:
    """Make the table that may be published.

    Parameters
    ----------
    mesh
        The true measurements.
    way
        The mechanism.
    seed
        For tests alone: who knows it can take noise away again. None draws on the system's own
        randomness; it is never written down.
    rename_targets
        Whether targets are numbered in random order instead of named.
    shown
        What the mechanism made of the mesh, where that was done already.

    Returns
    -------
    Mesh
        Without the targets' places and without all columns beside the RTT: numbers of samples,
        hops and deviations were not what the mechanism acted on. Its provenance says which.
    """
    lots = np.random.default_rng(seed)
    shown = published(mesh, way, lots) if shown is None else shown
    keep = np.isfinite(shown.rtt_ms)
    if not keep.any():
        raise BadInputError(f"mechanism {way.name} {way.parameter:g} leaves nothing to publish")
    pairs = mesh.pairs.loc[keep, ["landmark", "target"]].reset_index(drop=True)
    pairs["rtt_ms"] = np.round(shown.rtt_ms[keep], 6)
    names = np.asarray(mesh.targets.index).astype(str)
    if rename_targets:
        order = lots.permutation(len(names))
        pairs["target"] = np.argsort(order)[pairs["target"].to_numpy()]
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
    """Read off a table's metadata which mechanism made it.

    Parameters
    ----------
    mesh
        As it was read.

    Returns
    -------
    Mechanism
        The one stated; that which does nothing where none is.
    """
    found = STATED.search(mesh.provenance.statistic)
    if found is None or found[1] not in MECHANISMS:
        return Mechanism()
    try:
        return mechanism(found[1], float(found[2]))
    except (ValueError, BadInputError):
        return Mechanism()
