"""GeoPing: the node of known place whose RTTs to the landmarks resemble the target's most.

Padmanabhan and Subramanian (SIGCOMM 2001).
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.delay.light import FIBRE
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import quickest
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.multilateration import FittedMultilateration, Multilateration, instead_of
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray


@dataclasses.dataclass(frozen=True)
class GeoPing:
    """The mean place of the most similar nodes; the region is what light in fibre allows.

    Attributes
    ----------
    neighbours
        Number of nodes to use.
    min_shared
        Smallest number of landmarks that a node must share with the target to be compared.
    """

    neighbours: int = 1
    min_shared: int = 3
    name: str = "geoping"

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Keep the RTT vectors of all targets whose place is known.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            The fitted estimator.
        """
        names = mesh.landmarks.index.to_numpy(dtype=object)
        known = np.isfinite(mesh.distance_km)
        target, place = np.unique(mesh.pairs["target"].to_numpy()[known], return_inverse=True)
        if not len(target):
            return instead_of(self.name, "no node of known place to compare with", names, grid)
        vectors = np.full((len(target), len(mesh.landmarks)), np.nan)
        landmark = mesh.pairs["landmark"].to_numpy()[known]
        vectors[place, landmark] = mesh.pairs["rtt_ms"].to_numpy()[known]
        lon, lat = (axis[target] for axis in mesh.target_lonlat)
        within = Multilateration(FIBRE, name=self.name).with_model(FIBRE, names, grid)
        return FittedGeoPing(self, vectors, lon, lat, within)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedGeoPing:
    """`GeoPing` with its vectors: a row per node, a column per landmark, NaN where not measured."""

    settings: GeoPing
    vectors: FloatArray
    lon: FloatArray
    lat: FloatArray
    within: FittedMultilateration

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Compare nodes by the root mean square of the differences over shared landmarks.

        Parameters
        ----------
        pairs
            The target's round-trip times.
        target
            Id of the target.

        Returns
        -------
        Estimate
            The place of the most similar nodes, within the region of light in fibre.
        """
        quickest(pairs)
        base = self.within.locate(pairs, target)
        alike = self._most_alike(pairs)
        if not len(alike):
            text = (
                f"no node shares {number_of(self.settings.min_shared, 'landmark')}: the "
                "region's place instead"
            )
            return dataclasses.replace(base, notes=(*base.notes, Note(NoteKind.PLACE, text)))
        lon, lat = sphere.mean_place(self.lon[alike], self.lat[alike])
        if not base.empty and not base.covers(lon, lat):
            text = "light in fibre cannot reach the most similar node: the region's place instead"
            return dataclasses.replace(base, notes=(*base.notes, Note(NoteKind.PLACE, text)))
        notes = tuple(note for note in base.notes if note.kind is not NoteKind.PLACE)
        return dataclasses.replace(base, lon=lon, lat=lat, notes=notes)

    def _most_alike(self, pairs: TargetPairs) -> npt.NDArray[np.int64]:
        """Rows of the most similar nodes, best first."""
        difference = (self.vectors[:, pairs.landmark] - pairs.rtt_ms) ** 2
        shared = np.isfinite(difference).sum(axis=1)
        usable = np.flatnonzero(shared >= self.settings.min_shared)
        score = np.nansum(difference[usable], axis=1) / shared[usable]
        return usable[np.argsort(score, kind="stable")[: self.settings.neighbours]]


GEOPING: Final = GeoPing()
"""The one node that resembles the target most."""
