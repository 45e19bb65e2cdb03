"""Laws of delays for the targets of a mesh, each learnt without the targets it is used on."""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh
from rttgeo.privacy.law import DelayLaw
from rttgeo.typing import IntArray


@dataclasses.dataclass(frozen=True)
class Laws:
    """Laws of delays, each learnt without the targets it is used on.

    Attributes
    ----------
    fold
        Fold of each target of the mesh, shape (n_targets,).
    by_fold
        The law for the targets of each fold.
    """

    fold: IntArray
    by_fold: dict[int, DelayLaw]

    @classmethod
    def same(cls, law: DelayLaw, mesh: Mesh) -> Laws:
        """Use one law for all targets.

        Parameters
        ----------
        law
            A law of delays, learnt on other data.
        mesh
            The mesh with the targets.

        Returns
        -------
        Laws
            Laws with a single fold.
        """
        return cls(np.zeros(len(mesh.targets), dtype=np.int64), {0: law})

    def of(self, target: int) -> DelayLaw:
        """Look up the law for a target.

        Parameters
        ----------
        target
            Row number.

        Returns
        -------
        DelayLaw
            The law that was learnt without the target.
        """
        return self.by_fold[int(self.fold[target])]

    @property
    def every(self) -> list[DelayLaw]:
        """All laws, in order of fold."""
        return [self.by_fold[fold] for fold in sorted(self.by_fold)]

    @property
    def learnt(self) -> str:
        """What they were learnt from, in words."""
        said = self.every[0].learnt
        if len(self.by_fold) == 1 or said == DelayLaw.learnt:
            return said
        return (
            f"{said} (learnt {number_of(len(self.by_fold), 'time')}, without the targets attacked)"
        )
