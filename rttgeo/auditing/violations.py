"""Pairs that contradict physics: the nodes are declared farther apart than a signal can travel."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.auditing.blame import Edges, Explanation, explain
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import unknown_name
from rttgeo.kernels import audited as kernels
from rttgeo.machine.side_by_side import in_blocks
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.sphere import distance_km
from rttgeo.typing import BoolArray, FloatArray, IntArray

TOLERANCE_KM = 50.0
"""Declared places are often the centre of a city: two of them may be off by this much together."""
AT_ONCE = 1 << 18
"""Rows per block of distances: a few megabytes, and enough to make threads worthwhile."""
COLUMNS = ("pair", "landmark", "target", "rtt_ms", "distance_km", "bound_km", "excess_km")


def violations(
    mesh: Mesh, bound: str = "vacuum", tolerance_km: float = TOLERANCE_KM
) -> pd.DataFrame:
    """Find pairs declared farther apart than a bound allows for their round-trip time.

    Parameters
    ----------
    mesh
        The measurements; pairs whose target has no known place are ignored.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`. Beyond ``vacuum`` something is certainly wrong;
        beyond ``fibre`` something is wrong unless the path uses another medium (such as
        microwaves).
    tolerance_km
        How far off declared places may be, km.

    Returns
    -------
    pandas.DataFrame
        One row per pair, worst first: ``pair`` (row of ``mesh.pairs``), ``landmark`` and
        ``target`` (row numbers), ``rtt_ms``, ``distance_km``, ``bound_km``, ``excess_km``.

    Raises
    ------
    NotThereError
        When there is no such bound.
    """
    check_mesh(mesh)
    return worst_first(violations_of(mesh, Nodes.of(mesh), bound, tolerance_km))


def worst_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort violations, worst first; ties by row of the mesh.

    Parameters
    ----------
    table
        The result of `violations_of`, or some of its rows in the same order.

    Returns
    -------
    pandas.DataFrame
        The sorted table, with a new index.
    """
    return table.sort_values("excess_km", ascending=False, kind="stable", ignore_index=True)


def violations_of(mesh: Mesh, nodes: Nodes, bound: str, tolerance_km: float) -> pd.DataFrame:
    """Find violations in row order of the mesh: sorting millions takes longer than finding them.

    Parameters
    ----------
    mesh, bound, tolerance_km
        As for `violations`.
    nodes
        Of the mesh.

    Returns
    -------
    pandas.DataFrame
        As from `violations`, sorted by ``pair``.

    Raises
    ------
    NotThereError
        When there is no such bound.
    """
    if bound not in KM_PER_MS_RTT:
        raise unknown_name("bound", bound, KM_PER_MS_RTT)
    pairs, speed = mesh.pairs, KM_PER_MS_RTT[bound]
    rtt = pairs["rtt_ms"].to_numpy()
    rows = kernels.beyond_bound(nodes.points, *nodes.ends_of(mesh), rtt, speed, tolerance_km)
    landmark, target = pairs["landmark"].to_numpy()[rows], pairs["target"].to_numpy()[rows]
    (lon, lat), (to_lon, to_lat) = mesh.landmark_lonlat, mesh.target_lonlat

    def far(own: slice) -> FloatArray:
        start, end = landmark[own], target[own]
        return distance_km(lon[start], lat[start], to_lon[end], to_lat[end])

    distance = np.concatenate(in_blocks(far, len(rows), AT_ONCE))
    return _sure((rows, landmark, target, rtt[rows], distance), speed, tolerance_km)


def stricter(table: pd.DataFrame, bound: str, tolerance_km: float) -> pd.DataFrame:
    """Select the violations that also break a wider bound.

    Parameters
    ----------
    table
        The result of `violations_of` for a tighter bound, with the same tolerance.
    bound, tolerance_km
        As for `violations`.

    Returns
    -------
    pandas.DataFrame
        What `violations_of` returns for ``bound``, without computing the distances again.
    """
    columns = [table[name].to_numpy() for name in COLUMNS[:5]]
    return _sure(columns, KM_PER_MS_RTT[bound], tolerance_km)


def _sure(
    columns: Sequence[npt.NDArray[Any]], km_per_ms: float, tolerance_km: float
) -> pd.DataFrame:
    """Violations among rows whose first five columns are known."""
    rtt, distance = columns[3], columns[4]
    reach = km_per_ms * rtt
    excess = distance - reach
    sure = excess > tolerance_km
    named = dict(zip(COLUMNS, (*columns, reach, excess), strict=True))
    if not sure.all():
        # Row numbers once: a mask would be gone through once for each column.
        rows = np.flatnonzero(sure)
        named = {name: values[rows] for name, values in named.items()}
    return pd.DataFrame(named, copy=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Contradictions:
    """Violations as a graph, which can be explained repeatedly with different nodes hidden.

    Attributes
    ----------
    edges
        The violations as edges, one per two nodes.
    rows
        Row of each violation in the mesh's pairs; ``edges.edge_of`` gives its edge.
    """

    edges: Edges
    rows: IntArray
    _explained: dict[bytes, Explanation] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, mesh: Mesh, bound: str = "fibre", tolerance_km: float = TOLERANCE_KM
    ) -> Contradictions:
        """Find the violations of one bound in a mesh.

        Parameters
        ----------
        mesh
            The measurements; pairs of targets with no known place are ignored.
        bound, tolerance_km
            As for `violations`.

        Returns
        -------
        Contradictions
            The contradictions, ready to be explained with any nodes hidden.
        """
        nodes = Nodes.of(mesh)
        table = violations_of(mesh, nodes, bound, tolerance_km)
        partners = Partners.of(mesh, nodes) if len(table) else Partners.nobody(nodes)
        edges = Edges.of(nodes, partners, table, tolerance_km)
        return cls(edges, table["pair"].to_numpy(dtype=np.int64))

    def misplaced(
        self, landmark_hidden: BoolArray, target_hidden: BoolArray
    ) -> tuple[BoolArray, BoolArray]:
        """Find the landmarks and targets that the cheapest explanation blames.

        Parameters
        ----------
        landmark_hidden, target_hidden
            Masks of the nodes whose pairs must not be used: those at the place to be found.

        Returns
        -------
        tuple[BoolArray, BoolArray]
            Masks of shape (n_landmarks,) and (n_targets,).
        """
        nodes = self.edges.nodes
        blamed = self._explain(landmark_hidden, target_hidden).nodes
        return blamed[nodes.landmark], blamed[nodes.target]

    def impossible(self, landmark_hidden: BoolArray, target_hidden: BoolArray) -> IntArray:
        """Find the pairs whose RTT is itself blamed.

        Parameters
        ----------
        landmark_hidden, target_hidden
            As for `misplaced`.

        Returns
        -------
        IntArray
            Row numbers of the pairs, ascending.
        """
        pairs = self._explain(landmark_hidden, target_hidden).pairs
        return np.sort(self.rows[pairs[self.edges.edge_of]])

    def _explain(self, landmark_hidden: BoolArray, target_hidden: BoolArray) -> Explanation:
        nodes = self.edges.nodes
        hidden = np.zeros(len(nodes.names), dtype=bool)
        hidden[nodes.landmark[landmark_hidden]] = True
        hidden[nodes.target[target_hidden]] = True
        # Most nodes are in no contradiction: without them the answer is the same.
        hidden &= self.taking_part
        key = np.packbits(hidden).tobytes()
        if key not in self._explained:
            self._explained[key] = explain(self.edges, hidden=hidden)
        return self._explained[key]

    @cached_property
    def taking_part(self) -> BoolArray:
        """Mask of the nodes in a contradiction, or needed to judge one, shape (n_nodes,)."""
        if not len(self.edges.first):
            return np.zeros(len(self.edges.nodes.names), dtype=bool)
        found = self.edges.ever_witness()
        found[self.edges.first] = True
        found[self.edges.second] = True
        return found
