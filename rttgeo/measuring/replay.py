"""A platform that replays a mesh, measured or simulated."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from rttgeo.estimators.training import usable_pairs
from rttgeo.mesh import Mesh
from rttgeo.sources.atlas_probes import Probe


@dataclasses.dataclass(frozen=True, eq=False)
class Replay:
    """Answers with the round-trip times of a mesh.

    Attributes
    ----------
    mesh
        The measurements.
    exclude_km
        Landmarks within this distance of the target do not answer, km; meant for evaluation. With
        None, all answer except the target itself.
    """

    mesh: Mesh
    exclude_km: float | None = None

    def measure(self, target: str, landmarks: Sequence[Probe]) -> Mapping[str, float]:
        """Look up what landmarks measured.

        Parameters
        ----------
        target
            Id of a target of the mesh.
        landmarks
            The landmarks asked.

        Returns
        -------
        Mapping of str to float
            Round-trip time by name of the landmark, ms.

        Raises
        ------
        NotThereError
            When the mesh has no such target.
        """
        pairs = usable_pairs(self.mesh, target, self.exclude_km)
        names = self.mesh.landmarks.index.to_numpy()[pairs.landmark]
        there = dict(zip(map(str, names), pairs.rtt_ms.tolist(), strict=True))
        return {one.name: there[one.name] for one in landmarks if one.name in there}

    def landmarks(self, target: str) -> list[Probe]:
        """List the landmarks that measured a target.

        Parameters
        ----------
        target
            Id of a target of the mesh.

        Returns
        -------
        list of Probe
            The landmarks, in the order of the mesh.

        Raises
        ------
        NotThereError
            When the mesh has no such target.
        """
        pairs = usable_pairs(self.mesh, target, self.exclude_km)
        names = self.mesh.landmarks.index.to_numpy()[pairs.landmark]
        where = zip(map(str, names), pairs.lon.tolist(), pairs.lat.tolist(), strict=True)
        return [Probe(name, lon, lat) for name, lon, lat in where]
