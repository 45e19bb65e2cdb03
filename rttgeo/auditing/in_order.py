"""The nodes of a mesh in an order that follows from their places, whatever they are called.

The last digits of a sum depend on the order of its terms, and the first of several equals wins. Were
that the order of names, other names would be other answers. So everything that computes from a mesh
takes its nodes from west to east, and of those at one place in the order of what they measured.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.kernels.sorting import rows_by_rank
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray

Words = npt.NDArray[np.uint64]

KEPT, KEPT_FULL = "_in_order", "_in_full_order"
"""Where a mesh keeps the results of `in_order` and `in_full_order`."""
FEW = 4096
"""Up to this many pairs are sorted without a compiled function, whose loading takes longer."""
STEP, FIRST, SECOND = (
    np.uint64(word) for word in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
"""The constants of SplitMix64."""


class InOrder(NamedTuple):
    """A mesh with its nodes in order of their places.

    Attributes
    ----------
    mesh
        The same measurements; the pairs are sorted by the new row numbers.
    landmark, target
        Row number in ``mesh`` of each landmark and target of the mesh that was given.
    pair
        Row number in the mesh that was given of each pair of ``mesh``.
    """

    mesh: Mesh
    landmark: IntArray
    target: IntArray
    pair: IntArray


def in_order(mesh: Mesh) -> InOrder:
    """Sort the nodes of a mesh by longitude, latitude, and what they measured.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    InOrder
        The sorted mesh, kept with the given one. Targets of unknown place come last, in the order
        in which they were, since nothing is learnt from them.

    Notes
    -----
    Nodes at one place are told apart by their pairs with nodes of known place. Where these are
    equal, too, the nodes are equal in all that is known of them.
    """
    return _kept(mesh, KEPT)


def in_full_order(mesh: Mesh) -> InOrder:
    """Sort the nodes as `in_order` does, and targets of unknown place by what they measured.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    InOrder
        The sorted mesh, kept with the given one. Only nodes that are equal in all that was measured
        keep the order of the tables.

    Notes
    -----
    This is for what draws targets or pairs at random, known or not: a draw by the numbers of these
    rows does not depend on names or on the order of the tables. It reads all pairs, so a census,
    which draws none of its unknown targets, is content with `in_order`.
    """
    return _kept(mesh, KEPT_FULL)


def _kept(mesh: Mesh, where: str) -> InOrder:
    if where not in mesh.__dict__:
        _keep(mesh, _in_order(mesh, full=where == KEPT_FULL), where)
    other, *rows = mesh.__dict__[where]
    return InOrder(mesh if other is None else other, *rows)


def _keep(mesh: Mesh, found: InOrder, where: str) -> None:
    """Keep a result with its mesh, which must not hold itself: nobody would free it in time."""
    mesh.__dict__[where] = (None if found.mesh is mesh else found.mesh, *found[1:])


def by_place(lon: FloatArray, lat: FloatArray, value: FloatArray) -> IntArray | None:
    """Order rows by longitude, latitude, and a value.

    Parameters
    ----------
    lon, lat
        Places, degrees, shape (n,).
    value
        What decides between rows of one place, shape (n,).

    Returns
    -------
    IntArray or None
        Row numbers in order, shape (n,); None where the rows are in order.
    """
    if (np.diff(lon) > 0).all():
        return None
    return np.lexsort((value, lat, lon))


def mixed(words: Words) -> Words:
    """Mix the bits of words, so that the outcome is as good as random: SplitMix64.

    Parameters
    ----------
    words
        Any words, of any shape.

    Returns
    -------
    ndarray
        Words of the same shape; equal for equal words.

    Notes
    -----
    Steele, Lea and Flood, Fast splittable pseudorandom number generators (OOPSLA 2014).
    """
    words = words + STEP
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    return words ^ (words >> np.uint64(31))


def _in_order(mesh: Mesh, *, full: bool) -> InOrder:
    order = _full_order if full else _order
    return arranged(
        mesh,
        order(mesh, "landmark", *mesh.landmark_lonlat),
        order(mesh, "target", *mesh.target_lonlat),
    )


def arranged(mesh: Mesh, landmarks: IntArray, targets: IntArray) -> InOrder:
    """Put the nodes of a mesh in a given order.

    Parameters
    ----------
    mesh
        The measurements.
    landmarks, targets
        Row numbers of all landmarks and targets, in the order to put them.

    Returns
    -------
    InOrder
        The mesh with its nodes in this order; it counts as in order.
    """
    landmark, target = _rank(landmarks), _rank(targets)
    if _is_range(landmarks) and _is_range(targets):
        return InOrder(mesh, landmark, target, np.arange(len(mesh)))
    rows = _pair_rows(mesh, landmark, targets)
    pairs = mesh.pairs.take(rows).reset_index(drop=True)
    pairs["landmark"] = landmark[pairs["landmark"].to_numpy()].astype(np.int32)
    pairs["target"] = target[pairs["target"].to_numpy()].astype(np.int32)
    tables = mesh.landmarks.iloc[landmarks], mesh.targets.iloc[targets]
    sorted_mesh = Mesh(*tables, pairs, mesh.provenance)
    same = np.arange(len(landmark)), np.arange(len(target)), np.arange(len(rows))
    _keep(sorted_mesh, InOrder(sorted_mesh, *same), KEPT)
    return InOrder(sorted_mesh, landmark, target, rows)


def _order(mesh: Mesh, end: str, lon: FloatArray, lat: FloatArray) -> IntArray:
    """Row numbers of the nodes at one end of all pairs, in order."""
    # Unknown places come last: each of them is a place of its own, in the order of the table.
    unknown = np.where(np.isfinite(lon), 0, np.arange(1, len(lon) + 1))
    order = np.lexsort((unknown, lat, lon))
    step = (np.diff(lon[order]) == 0) & (np.diff(lat[order]) == 0)
    if not step.any():
        return order
    tied = np.zeros(len(lon), dtype=bool)
    tied[order[1:][step]] = tied[order[:-1][step]] = True
    return np.lexsort((_measured(mesh, end, tied), unknown, lat, lon))


def _full_order(mesh: Mesh, end: str, lon: FloatArray, lat: FloatArray) -> IntArray:
    """Row numbers in an order that refines `_order`, and has the unknown places by their pairs."""
    every = np.ones(len(lon), dtype=bool)
    unknown = ~np.isfinite(lon)
    words = (_measured(mesh, end, every, known_only=only) for only in (False, True))
    return np.lexsort((*words, np.where(unknown, 0.0, lat), np.where(unknown, 0.0, lon), unknown))


def _measured(
    mesh: Mesh, end: str, some: npt.NDArray[np.bool_], *, known_only: bool = True
) -> Words:
    """A word for each node, of its pairs with known places; the order of the pairs is no matter."""
    other = "target" if end == "landmark" else "landmark"
    at = mesh.pairs[end].to_numpy()
    rows = np.flatnonzero(some[at])
    at, partner = at[rows], mesh.pairs[other].to_numpy()[rows]
    lon, lat = (
        axis[partner] for axis in (mesh.target_lonlat, mesh.landmark_lonlat)[end == "target"]
    )
    known = np.isfinite(lon) | (not known_only)
    at, lon, lat = at[known], np.nan_to_num(lon[known]), np.nan_to_num(lat[known])
    rtt_ms = mesh.pairs["rtt_ms"].to_numpy()[rows[known]]
    word = np.zeros(len(at), dtype=np.uint64)
    for values in (lon, lat, rtt_ms):
        word = mixed(word ^ words_of(values))
    found = np.zeros(len(some), dtype=np.uint64)
    np.add.at(found, at, word)
    return found


def words_of(values: FloatArray) -> Words:
    """The bits of numbers as words, the same for both zeros.

    Parameters
    ----------
    values
        Numbers, shape (n,).

    Returns
    -------
    ndarray
        Words, shape (n,).
    """
    return np.ascontiguousarray(values + 0.0, dtype=np.float64).view(np.uint64)


def _pair_rows(mesh: Mesh, landmark: IntArray, targets: IntArray) -> IntArray:
    """Row numbers of the pairs, sorted by the new numbers of target and landmark."""
    start, stop = mesh.offsets[:-1][targets], mesh.offsets[1:][targets]
    partner = mesh.pairs["landmark"].to_numpy()
    if len(partner) > FEW:
        return rows_by_rank(start, stop, partner, landmark)
    count = stop - start
    rows = np.repeat(start - (np.cumsum(count) - count), count) + np.arange(len(partner))
    owner = np.repeat(np.arange(len(targets)), count)
    return rows[np.lexsort((landmark[partner[rows]], owner))]


def _rank(order: IntArray) -> IntArray:
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found


def _is_range(order: IntArray) -> bool:
    return bool((np.diff(order) > 0).all())
