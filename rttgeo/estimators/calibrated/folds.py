"""Folds of targets that are left out together, drawn at random over all known targets.

The fold of a target follows from a hash of its round-trip times. So it is the same in every call,
batch and shard, and whatever the nodes are called; and where a target is declared does not
influence its fold.
"""

from __future__ import annotations

import numpy as np

from rttgeo.delay.calibrated import place_lots, vectors
from rttgeo.estimators.calibrated.known import FOLD_DRAW, Mask, lots
from rttgeo.mesh import Mesh
from rttgeo.sphere import chord_of_km
from rttgeo.typing import BoolArray, FloatArray, IntArray

NO_FOLD = -1
"""Fold of targets of unknown place: nothing can be learnt from them, so nothing is left out for
them."""


def fold_of(mesh: Mesh, count: int) -> IntArray:
    """Draw the fold of every target, from a hash of its round-trip times.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    count
        Number of folds.

    Returns
    -------
    IntArray
        Number of each target's fold, shape (n_targets,); `NO_FOLD` where the place is unknown.
    """
    number = np.flatnonzero(np.isfinite(mesh.target_lonlat[0]))
    fold = np.full(len(mesh.targets), NO_FOLD, dtype=np.int64)
    # Stretches of sorted numbers: folds of one size, and a further target moves few others.
    drawn, which = np.unique(lots(mesh, number, FOLD_DRAW), return_inverse=True)
    fold[number] = which * count // max(len(drawn), 1)
    return fold


def fold_of_place(mesh: Mesh, count: int) -> IntArray:
    """Draw the fold of every target, from a hash of its declared place.

    For comparisons of several versions of the same measurements, as noise is added to them or digits
    are taken away: the draw stays the same.

    Parameters
    ----------
    mesh
        The measurements, with known places of some targets.
    count
        Number of folds.

    Returns
    -------
    IntArray
        Number of each target's fold, shape (n_targets,); `NO_FOLD` where the place is unknown.
    """
    lon, lat = mesh.target_lonlat
    known = np.isfinite(lon)
    fold = np.full(len(known), NO_FOLD, dtype=np.int64)
    fold[known] = np.floor(place_lots(vectors(lon[known], lat[known])) * count).astype(np.int64)
    return fold


def mask_of(mesh: Mesh, members: IntArray, within_km: float) -> Mask:
    """Mark the nodes at the place of some targets, and those with the same id.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.
    members
        Row numbers of the targets, shape (n,).
    within_km
        Nodes within this distance of a target count as being at its place, km.

    Returns
    -------
    Mask
        Masks of landmarks and of targets.
    """
    landmark = _near(mesh.landmark_lonlat, mesh, members, within_km)
    target = _near(mesh.target_lonlat, mesh, members, within_km)
    landmark |= mesh.landmarks.index.isin(mesh.targets.index[members])
    target[members] = True
    return Mask(landmark, target)


def _near(
    places: tuple[FloatArray, FloatArray], mesh: Mesh, members: IntArray, within_km: float
) -> BoolArray:
    lon, lat = (axis[members] for axis in mesh.target_lonlat)
    known = np.isfinite(places[0])
    near = np.zeros(len(known), dtype=bool)
    if not len(lon) or not known.any():
        return near
    from scipy.spatial import cKDTree  # slow to load, not needed if nothing is known

    # Slightly more than requested, so that nodes at exactly that distance count as at the place.
    chord = chord_of_km(within_km) * (1 + 1e-9) + 1e-12
    points = vectors(places[0][known], places[1][known])
    away, _ = cKDTree(vectors(lon, lat)).query(points, distance_upper_bound=max(chord, 1e-9))
    near[known] = np.isfinite(away)
    return near
