"""Pairs that contradict physics: the nodes are declared farther apart than a signal can go."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.auditing.cover import smallest_cover
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import unknown_name
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, IntArray

TOLERANCE_KM = 50.0
"""Declared places are often the centre of a city: two of them may be this far out together."""


@dataclasses.dataclass(frozen=True, eq=False)
class Nodes:
    """Landmarks and targets as one list: the same id is the same node.

    Attributes
    ----------
    names
        Ids, shape (n,).
    lon, lat
        Declared places, NaN where unknown.
    landmark, target
        Node number of each landmark and of each target of the mesh.
    """

    names: npt.NDArray[np.object_]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    landmark: IntArray
    target: IntArray

    def place(self, node: int) -> tuple[float, float]:
        """Declared place of a node, longitude and latitude."""
        return float(self.lon[node]), float(self.lat[node])

    @classmethod
    def of(cls, mesh: Mesh) -> Nodes:
        """All nodes of a mesh, landmarks first."""
        ids = mesh.landmarks.index.append(mesh.targets.index)
        number, names = pd.factorize(ids)
        n_landmarks = len(mesh.landmarks)
        lon, lat = np.full(len(names), np.nan), np.full(len(names), np.nan)
        lon[number[n_landmarks:]], lat[number[n_landmarks:]] = mesh.target_lonlat
        lon[number[:n_landmarks]], lat[number[:n_landmarks]] = mesh.landmark_lonlat
        return cls(np.asarray(names, object), lon, lat, number[:n_landmarks], number[n_landmarks:])


def violations(
    mesh: Mesh, bound: str = "vacuum", tolerance_km: float = TOLERANCE_KM
) -> pd.DataFrame:
    """Pairs declared farther apart than the bound allows in their round-trip time.

    Parameters
    ----------
    mesh
        Pairs whose target has no known place are not looked at.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`. Beyond ``vacuum`` something is wrong for
        sure; beyond ``fibre`` it is unless the path has other media (microwaves, say).
    tolerance_km
        Left to the declared places.

    Returns
    -------
    pandas.DataFrame
        One row a pair, worst first: ``pair`` (row of ``mesh.pairs``), ``landmark`` and
        ``target`` (row numbers), ``rtt_ms``, ``distance_km``, ``bound_km``, ``excess_km``.

    Raises
    ------
    NotThereError
        For an unknown bound.
    """
    if bound not in KM_PER_MS_RTT:
        raise unknown_name("bound", bound, KM_PER_MS_RTT)
    pairs = mesh.pairs
    reach = KM_PER_MS_RTT[bound] * pairs["rtt_ms"].to_numpy()
    excess = mesh.distance_km - reach
    rows = np.flatnonzero(excess > tolerance_km)
    table = pd.DataFrame(
        {
            "pair": rows,
            "landmark": pairs["landmark"].to_numpy()[rows],
            "target": pairs["target"].to_numpy()[rows],
            "rtt_ms": pairs["rtt_ms"].to_numpy()[rows],
            "distance_km": mesh.distance_km[rows],
            "bound_km": reach[rows],
            "excess_km": excess[rows],
        }
    )
    return table.sort_values("excess_km", ascending=False, kind="stable", ignore_index=True)


@dataclasses.dataclass(frozen=True, eq=False)
class Contradictions:
    """Violations as a graph, to be explained again and again without some of the nodes.

    Attributes
    ----------
    nodes
        Of the mesh.
    first, second
        Node numbers at the ends of each violation.
    """

    nodes: Nodes
    first: IntArray
    second: IntArray
    _explained: dict[bytes, BoolArray] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, mesh: Mesh, bound: str = "fibre", tolerance_km: float = TOLERANCE_KM
    ) -> Contradictions:
        """Violations of a mesh by one bound."""
        nodes = Nodes.of(mesh)
        table = violations(mesh, bound, tolerance_km)
        first = nodes.landmark[table["landmark"].to_numpy()]
        second = nodes.target[table["target"].to_numpy()]
        return cls(nodes, first, second)

    def misplaced(
        self, landmark_hidden: BoolArray, target_hidden: BoolArray
    ) -> tuple[BoolArray, BoolArray]:
        """Masks of landmarks and targets that a smallest explanation blames.

        Parameters
        ----------
        landmark_hidden, target_hidden
            Nodes whose pairs must not be looked at: those at the place to be found.
        """
        if not len(self.first):
            nobody = np.zeros(len(self.nodes.names), dtype=bool)
            return nobody[self.nodes.landmark], nobody[self.nodes.target]
        away = np.zeros(len(self.nodes.names), dtype=bool)
        away[self.nodes.landmark[landmark_hidden]] = True
        away[self.nodes.target[target_hidden]] = True
        keep = ~(away[self.first] | away[self.second])
        # Most targets take no part in any contradiction: they are all answered alike.
        key = np.packbits(keep).tobytes()
        if key not in self._explained:
            self._explained[key] = self._explain(keep)
        blamed = self._explained[key]
        return blamed[self.nodes.landmark], blamed[self.nodes.target]

    def _explain(self, keep: BoolArray) -> BoolArray:
        """Mask over the nodes: a smallest set that touches some of the violations."""
        blamed = np.zeros(len(self.nodes.names), dtype=bool)
        first, second = self.first[keep], self.second[keep]
        count = np.bincount(np.concatenate([first, second]), minlength=len(blamed))
        blamed[smallest_cover(first, second, preference=count).nodes] = True
        return blamed
