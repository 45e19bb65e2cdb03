"""The nodes of a mesh as one list, and the partners with which each shares a pair."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo import sphere
from rttgeo.kernels import audited as kernels
from rttgeo.kernels.sorting import quickest_first
from rttgeo.machine.side_by_side import in_blocks
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray


@dataclasses.dataclass(frozen=True, eq=False)
class Nodes:
    """Landmarks and targets as one list; the same id means the same node.

    Attributes
    ----------
    names
        Ids, shape (n,).
    lon, lat
        Declared places, degrees, NaN where unknown, shape (n,).
    landmark, target
        Node number of each landmark and of each target of the mesh.
    points
        The places as unit vectors, NaN where unknown, shape (n, 3).
    """

    names: npt.NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    landmark: IntArray
    target: IntArray
    points: FloatArray
    _ends: tuple[IntArray, IntArray] | None = dataclasses.field(default=None, repr=False)

    def place(self, node: int) -> tuple[float, float]:
        """Look up the declared place of a node.

        Parameters
        ----------
        node
            Number of the node.

        Returns
        -------
        tuple[float, float]
            Longitude and latitude, degrees.
        """
        return float(self.lon[node]), float(self.lat[node])

    def ends(self, pairs: pd.DataFrame) -> tuple[IntArray, IntArray]:
        """Look up the nodes at both ends of pairs.

        Parameters
        ----------
        pairs
            Row numbers of the mesh in columns ``landmark`` and ``target``, n rows.

        Returns
        -------
        tuple[IntArray, IntArray]
            Node numbers of the landmarks and of the targets, each of shape (n,).
        """
        first = self.landmark[pairs["landmark"].to_numpy(dtype=np.int64)]
        return first, self.target[pairs["target"].to_numpy(dtype=np.int64)]

    def ends_of(self, mesh: Mesh) -> tuple[IntArray, IntArray]:
        """Look up the nodes at both ends of all pairs of their mesh.

        Parameters
        ----------
        mesh
            The mesh that these nodes belong to.

        Returns
        -------
        tuple[IntArray, IntArray]
            As returned by `ends`; cached, since several steps use it.
        """
        if self._ends is None:
            object.__setattr__(self, "_ends", self.ends(mesh.pairs))
        found = self._ends
        assert found is not None
        return found

    @classmethod
    def of(cls, mesh: Mesh) -> Nodes:
        """Collect all nodes of a mesh, landmarks first.

        Parameters
        ----------
        mesh
            The measurements, with the places of landmarks and targets.

        Returns
        -------
        Nodes
            The nodes; a landmark and a target with the same id are one node.
        """
        ids = mesh.landmarks.index.append(mesh.targets.index)
        number, names = pd.factorize(ids)
        number = number.astype(np.int64)
        n_landmarks = len(mesh.landmarks)
        lon, lat = np.full(len(names), np.nan), np.full(len(names), np.nan)
        lon[number[n_landmarks:]], lat[number[n_landmarks:]] = mesh.target_lonlat
        lon[number[:n_landmarks]], lat[number[:n_landmarks]] = mesh.landmark_lonlat
        return cls(
            np.asarray(names, object),
            lon,
            lat,
            number[:n_landmarks],
            number[n_landmarks:],
            sphere.unit_vectors(lon, lat),
        )


class Partners(NamedTuple):
    """Partners of each node, quickest first, with the lowest RTT between the two.

    The partners of node i are ``other[start[i]:start[i + 1]]``; nodes of unknown place are left
    out.
    """

    start: IntArray
    other: IntArray
    rtt_ms: FloatArray

    @property
    def size(self) -> IntArray:
        """Number of partners of each node, shape (n,)."""
        return np.diff(self.start)

    def of_node(self, node: int) -> tuple[IntArray, FloatArray]:
        """Look up the partners of one node, quickest first.

        Parameters
        ----------
        node
            Number of the node.

        Returns
        -------
        tuple[IntArray, FloatArray]
            Node numbers and round-trip times (ms), each of shape (k,).
        """
        mine = slice(self.start[node], self.start[node + 1])
        return self.other[mine], self.rtt_ms[mine]

    @classmethod
    def nobody(cls, nodes: Nodes) -> Partners:
        """Make a table in which no node has a partner.

        Parameters
        ----------
        nodes
            Nodes of the mesh.

        Returns
        -------
        Partners
            The empty table.
        """
        return cls(np.zeros(len(nodes.names) + 1, np.int64), np.empty(0, np.int64), np.empty(0))

    @classmethod
    def of(cls, mesh: Mesh, nodes: Nodes) -> Partners:
        """Collect the partners of each node from the pairs of known place.

        Parameters
        ----------
        mesh
            The measurements, with the places of landmarks and targets.
        nodes
            Nodes of the mesh.

        Returns
        -------
        Partners
            Partners of each node, quickest first.
        """
        a, b = nodes.ends_of(mesh)
        known = np.isfinite(nodes.lon)
        use = known[a] & known[b] & (a != b)
        rtt = mesh.pairs["rtt_ms"].to_numpy(dtype=float)
        found = cls(*kernels.partners(a, b, rtt, use, len(nodes.names)))

        def sort(own: slice) -> None:
            start = found.start[own.start : own.stop + 1]
            quickest_first(start, found.other, found.rtt_ms)

        in_blocks(sort, len(nodes.names))
        return found
