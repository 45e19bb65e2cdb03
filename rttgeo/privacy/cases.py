"""An attack on one target of a mesh, and how it compares with the stated place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rttgeo.cells.mixed import MixedPosterior
from rttgeo.mesh import Mesh
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import DatabaseEntry, Observed, observed_of
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.metrics import Exposure, Truth, against_truth, exposure
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.privacy.sanitising import Published


class Case(NamedTuple):
    """An attack on one target: what it revealed, and how that compares with the truth."""

    found: Exposure
    truth: Truth | None


class Setting(NamedTuple):
    """A mesh, and what the attacker assumes.

    Attributes
    ----------
    mesh
        The measurements.
    laws
        Laws of delays, each learnt without the targets attacked with it.
    prior
        Prior over places.
    """

    mesh: Mesh
    laws: Laws
    prior: PlacePrior

    def alone(self, target: int, entry: DatabaseEntry) -> Case:
        """Attack with the entry of a database, without any round-trip time.

        Parameters
        ----------
        target
            Row number.
        entry
            Entry of the database for the target.

        Returns
        -------
        Case
            The attack.
        """
        nothing = Observed(*(np.empty(0) for _ in range(4)))
        return self._case(
            attack(nothing, Mechanism(), self.laws.of(target), self.prior, entry), target
        )

    def case(
        self,
        shown: Published | None,
        way: Mechanism,
        target: int,
        entry: DatabaseEntry | None = None,
    ) -> Case:
        """Attack with what was published.

        Parameters
        ----------
        shown
            What a mechanism published of the mesh; None for the mesh itself.
        way
            The mechanism that the attacker believes in.
        target
            Row number.
        entry
            Entry of a database, if the attacker has one.

        Returns
        -------
        Case
            The attack.
        """
        seen = observed_of(self.mesh, target, shown=shown, way=way)
        return self._case(attack(seen, way, self.laws.of(target), self.prior, entry), target)

    def _case(self, posterior: MixedPosterior, target: int) -> Case:
        found = exposure(posterior)
        lon, lat = (float(values[target]) for values in self.mesh.target_lonlat)
        truth = against_truth(posterior, found, lon, lat) if np.isfinite(lon) else None
        return Case(found, truth)
