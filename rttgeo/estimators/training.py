"""What an estimator may learn from when it locates a target, and which landmarks it may use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.auditing.in_order import by_place
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, FloatArray, IntArray

TRAINING_COLOCATED_KM = 1.0
"""Nodes within this distance of the target count as being at its place, and are not learnt from."""


def nodes_at(mesh: Mesh, target: str | int, within_km: float) -> tuple[BoolArray, BoolArray]:
    """Mark the nodes at the target's place, and the target itself.

    If its place is unknown, these are only the nodes with the same id.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    target
        Id or row number of the target.
    within_km
        Nodes within this distance of the target count as being at its place, km; 0 or more.

    Returns
    -------
    tuple[BoolArray, BoolArray]
        Masks of shape (n_landmarks,) and (n_targets,).

    Raises
    ------
    BadInputError
        When ``within_km`` is negative or not a number.
    """
    if not within_km >= 0:
        raise BadInputError(f"a distance of {within_km} km was given, expected 0 or more")
    number = mesh.target_number(target)
    lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
    name = mesh.targets.index[number]
    masks = []
    for table, places in (
        (mesh.landmarks, mesh.landmark_lonlat),
        (mesh.targets, mesh.target_lonlat),
    ):
        near = _within(*places, lon, lat, within_km)
        if name in table.index:
            near[table.index.get_loc(name)] = True
        masks.append(near)
    return masks[0], masks[1]


def learnt_from(mesh: Mesh) -> BoolArray:
    """Mark the targets that a method can learn from, alone or as landmarks.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    numpy.ndarray
        Mask, shape (n_targets,): False for a target of unknown place that is no landmark.
    """
    landmark = mesh.landmarks.index.get_indexer(mesh.targets.index) >= 0
    marked: BoolArray = np.isfinite(mesh.target_lonlat[0]) | landmark
    return marked


def _within(lon: FloatArray, lat: FloatArray, to_lon: float, to_lat: float, km: float) -> BoolArray:
    """Which places are within a distance of one; an unknown place is near nothing."""
    # No two places are nearer than their latitudes: most are ruled out without trigonometry.
    degrees = np.degrees(km / EARTH_RADIUS_KM) + 1e-9
    near = np.abs(lat - to_lat) <= degrees
    some = np.flatnonzero(near)
    near[some] = sphere.distance_km(lon[some], lat[some], to_lon, to_lat) <= km
    found: BoolArray = near
    return found


def within_km(
    lon: float, lat: float, to_lon: FloatArray, to_lat: FloatArray, km: float
) -> BoolArray:
    """Check which places are within a distance of one place, measured as in `nodes_at`.

    Parameters
    ----------
    lon, lat
        The one place, degrees.
    to_lon, to_lat
        The others, degrees, NaN where unknown, shape (n,).
    km
        The distance, km.

    Returns
    -------
    numpy.ndarray
        Mask, shape (n,).
    """
    degrees = np.degrees(km / EARTH_RADIUS_KM) + 1e-9
    near: BoolArray = np.abs(lat - to_lat) <= degrees
    some = np.flatnonzero(near)
    near[some] = sphere.distance_km(lon, lat, to_lon[some], to_lat[some]) <= km
    return near


def training_mesh(
    mesh: Mesh, target: str | int, colocated_km: float = TRAINING_COLOCATED_KM
) -> Mesh:
    """Make a mesh without the pairs of a target and of all nodes at its place.

    Parameters
    ----------
    mesh
        The measurements.
    target
        The target about to be located: nothing may be learnt from it.
    colocated_km
        Landmarks and targets within this distance of the target's true place are dropped as well,
        km. If its place is unknown, only nodes with the same id are.

    Returns
    -------
    Mesh
        The same nodes (row numbers keep their meaning) with fewer pairs.
    """
    return without_nodes(mesh, *nodes_at(mesh, target, colocated_km))


def without_nodes(mesh: Mesh, landmarks: BoolArray, targets: BoolArray) -> Mesh:
    """Make a mesh without the pairs of some of its nodes.

    Parameters
    ----------
    mesh
        The measurements.
    landmarks, targets
        Masks of the landmarks and targets to leave out.

    Returns
    -------
    Mesh
        The same nodes (row numbers keep their meaning) with fewer pairs.
    """
    landmark, target = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    _ = mesh.distance_km  # once for all targets: the smaller mesh takes it over
    return mesh.where(~(landmarks[landmark] | targets[target]))


def usable_pairs(mesh: Mesh, target: str | int, exclude_km: float | None = None) -> TargetPairs:
    """Select one target's pairs, without its measurement of itself.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Id or row number of the target.
    exclude_km
        Also leave out landmarks within this distance of the target's true place, km; meant for
        evaluation. None keeps every landmark except the target itself.

    Returns
    -------
    TargetPairs
        The remaining pairs, by place of the landmark from west to east; may be empty.

    Raises
    ------
    BadInputError
        When ``exclude_km`` is given and the target's place is unknown.
    """
    number = mesh.target_number(target)
    pairs = mesh.of_target(number)
    if exclude_km is not None and not np.isfinite(mesh.target_lonlat[0][number]):
        raise BadInputError(
            f"target {mesh.targets.index[number]!r} has no known place: "
            f"landmarks within {exclude_km} km of it cannot be left out"
        )
    if exclude_km is None:
        name = mesh.targets.index[number]
        itself = mesh.landmarks.index.get_loc(name) if name in mesh.landmarks.index else -1
        keep = pairs.landmark != itself
    else:
        keep = ~nodes_at(mesh, number, exclude_km)[0][pairs.landmark]
    return sorted_pairs(keep_pairs(pairs, keep))


def sorted_pairs(pairs: TargetPairs) -> TargetPairs:
    """Sort a target's pairs by place of the landmark, and those of one place by round-trip time.

    So an estimate does not depend on what the landmarks are called.

    Parameters
    ----------
    pairs
        Round-trip times (ms) of one target, with the landmarks' numbers and places.

    Returns
    -------
    TargetPairs
        The same pairs, from west to east.
    """
    order = by_place(pairs.lon, pairs.lat, pairs.rtt_ms)
    return pairs if order is None else keep_pairs(pairs, order)


def usable_counts(mesh: Mesh, exclude_km: float | None = None) -> npt.NDArray[np.int64]:
    """Count the pairs that `usable_pairs` returns for each target.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    exclude_km
        Landmarks within this distance of a target are left out, km; None keeps all but the target
        itself.

    Returns
    -------
    npt.NDArray[np.int64]
        Number of pairs, shape (n_targets,); 0 for a target that `usable_pairs` would refuse.
    """
    target, landmark = mesh.pairs["target"].to_numpy(), mesh.pairs["landmark"].to_numpy()
    own = mesh.landmarks.index.get_indexer(mesh.targets.index)
    keep = landmark != own[target]
    if exclude_km is not None:
        keep &= mesh.distance_km > exclude_km  # False for an unknown place
    return np.bincount(target[keep], minlength=len(mesh.targets)).astype(np.int64)


def keep_pairs(pairs: TargetPairs, keep: BoolArray | IntArray) -> TargetPairs:
    """Select some of a target's pairs.

    Parameters
    ----------
    pairs
        Round-trip times (ms) of one target, with the landmarks' numbers and places.
    keep
        Mask or row numbers of the pairs to keep.

    Returns
    -------
    TargetPairs
        The pairs kept.
    """
    return TargetPairs(pairs.landmark[keep], pairs.lon[keep], pairs.lat[keep], pairs.rtt_ms[keep])
