"""Heights: the delay of a node's last mile, which is the same for all its pairs.

Octant (Wong, Stoyanov, Sirer, NSDI 2007) models an RTT as the transit plus the heights of both
ends, and solves for the heights by least squares with the transit of a straight fibre. On a world
mesh, detours would then end up in the heights. Here the heights are those of the quickest paths: a
node's height is a low percentile, over its pairs, of the RTT minus the transit in fibre and the
other end's height. This is iterated from zero, half a step at a time.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.protocol import training_points
from rttgeo.kernels.sorting import quickselect
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray

LOW_FRACTION: Final = 0.05
"""Percentile of a node's pairs, from the quickest, that gives its height."""

MIN_PAIRS: Final = 5
"""With fewer pairs than this, a node has height 0, since no percentile can be taken."""

SWEEPS: Final = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Heights:
    """Last-mile delays (ms), one per row of the landmark table and of the target table."""

    landmark_ms: FloatArray
    target_ms: FloatArray


@numba.njit(cache=True)
def relax(offsets, other, excess_ms, sweeps, height):  # type: ignore[no-untyped-def]
    """Iterate the heights of all nodes, starting from ``height``.

    Parameters
    ----------
    offsets
        Pairs of node i are ``offsets[i]:offsets[i + 1]``.
    other
        The node at the other end of each pair.
    excess_ms
        Each RTT minus the transit in fibre, ms.
    sweeps
        Number of iterations over all nodes.
    height
        First guess, ms, shape (nodes,); filled with the result.
    """
    scratch = np.empty(len(other))
    previous = height.copy()
    for _ in range(sweeps):
        previous[:] = height
        for node in range(len(offsets) - 1):
            a, b = offsets[node], offsets[node + 1]
            n = b - a
            if n < MIN_PAIRS:
                continue
            for i in range(a, b):
                scratch[i - a] = excess_ms[i] - previous[other[i]]
            left = max(0.0, quickselect(scratch, n, int(LOW_FRACTION * n)))
            height[node] = 0.5 * (previous[node] + left)


def fit_heights(mesh: Mesh) -> Heights:
    """Compute the heights of all nodes from the pairs with a known distance.

    A landmark and a target with the same id are one node.

    Parameters
    ----------
    mesh
        The training pairs; the caller has removed the target and everything at its place.

    Returns
    -------
    Heights
        The height of every node, ms.
    """
    points = training_points(mesh)
    n_landmarks = len(mesh.landmarks)
    place = mesh.landmarks.index.get_indexer(mesh.targets.index)
    node_of_target = np.where(place >= 0, place, n_landmarks + np.arange(len(place)))
    excess = points.rtt_ms - points.distance_km / KM_PER_MS_RTT["fibre"]
    ends = points.landmark.astype(np.int64), node_of_target[points.target]
    height = solve_heights(ends[0], ends[1], excess, n_landmarks + len(mesh.targets))
    return Heights(height[:n_landmarks], height[node_of_target])


def solve_heights(
    node: npt.NDArray[np.int64], other: npt.NDArray[np.int64], excess_ms: FloatArray, n_nodes: int
) -> FloatArray:
    """Compute the heights of nodes from the RTTs of their pairs minus the transit in fibre.

    Parameters
    ----------
    node
        Node at one end of each pair, shape (n,).
    other
        Node at the other end, shape (n,).
    excess_ms
        Each RTT minus the transit in fibre, ms, shape (n,).
    n_nodes
        Number of nodes.

    Returns
    -------
    numpy.ndarray
        Height of each node, ms, shape (n_nodes,).
    """
    ends = np.concatenate([node, other])
    order = np.argsort(ends, kind="stable")
    counts = np.bincount(ends, minlength=n_nodes)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    across = np.concatenate([other, node])[order]
    height = np.zeros(n_nodes)
    relax(offsets, across, np.concatenate([excess_ms, excess_ms])[order], SWEEPS, height)
    return height


def target_height(
    lon: npt.ArrayLike, lat: npt.ArrayLike, left_ms: FloatArray, n_quickest: int = 15
) -> float:
    """Compute the height of a target whose place is unknown.

    Parameters
    ----------
    lon, lat
        Places of the landmarks that measured it, degrees.
    left_ms
        The RTT to each minus the landmark's height, ms.
    n_quickest
        Number of landmarks to use, the quickest ones.

    Returns
    -------
    float
        The height, ms, at least 0.

    Notes
    -----
    This applies the rule of `fit_heights` at the place of the quickest landmark, the best
    substitute for the target's own place. The height is at most half of the smallest remaining RTT,
    since the rest may be distance.
    """
    near = np.argsort(left_ms, kind="stable")[:n_quickest]
    lon, lat, left = np.asarray(lon)[near], np.asarray(lat)[near], left_ms[near]
    distance = sphere.distance_km(lon[0], lat[0], lon, lat)
    excess = np.sort(left - distance / KM_PER_MS_RTT["fibre"])
    return float(np.clip(excess[int(LOW_FRACTION * len(near))], 0.0, max(left[0] / 2, 0.0)))
