"""The default method without one of its parts: what each of them is worth."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final
from unittest import mock

import numpy as np
import numpy.typing as npt

from rttgeo.cells.grid import Grid
from rttgeo.estimators.calibrated import cities as calibrated_cities
from rttgeo.estimators.calibrated import conformal as calibrated_levels
from rttgeo.estimators.calibrated import kriging as calibrated_field
from rttgeo.estimators.calibrated import land as calibrated_land
from rttgeo.estimators.calibrated import likelihood as calibrated_target
from rttgeo.estimators.calibrated import mixed as calibrated_mixed
from rttgeo.estimators.calibrated.conformal import Levels, Tempering
from rttgeo.estimators.calibrated.estimator import Calibrated, FittedCalibrated
from rttgeo.estimators.estimate import Estimate
from rttgeo.mesh import Mesh

Change = tuple[object, str, object]


def _none_learnt(_depths: object) -> Levels:
    return Levels()


WITHOUT: Final[dict[str, tuple[Change, ...]]] = {
    "residual field": ((calibrated_field, "FILLED_SHARE", 2.0),),
    "quickest landmark": (
        (calibrated_levels, "NEAREST_WEIGHTS", (0.0,)),
        (calibrated_target, "PLACE_TEMPERING", Tempering(0.2, 0.0)),
    ),
    "tempering": (
        (calibrated_levels, "TEMPERS", (1.0,)),
        (calibrated_target, "PLACE_TEMPERING", Tempering(1.0, 0.25)),
    ),
    "heavy tails": ((calibrated_target, "FREEDOM", 1e6),),
    "choice of landmarks": (
        (calibrated_target, "QUICKEST_SHARE", 1.0),
        (calibrated_target, "MAX_LANDMARKS", 10**6),
    ),
    "learnt cities": ((calibrated_cities, "LEAST_NODES", 10**9),),
    "coasts": ((calibrated_land, "AT_SEA", 1.0),),
    "small cells": ((calibrated_mixed, "MAX_TOWNS", 0),),
    "choice by area": ((calibrated_levels, "NEARLY_NATS", 0.0),),
    "snapping": (
        (calibrated_levels, "LEAST_GAIN", -np.inf),
        (calibrated_levels, "SURE_GAIN", -1e9),
    ),
    "calibrated levels": ((calibrated_levels, "Levels", _none_learnt),),
}
"""Parts by name, with the settings that switch each of them off.

Residual field: a landmark has its curve and one offset. Tempering: landmarks' testimonies are
taken as they are. Heavy tails: Gaussian errors. Choice: all landmarks, not the quickest. Learnt
cities: the generic law. Coasts: as many targets at sea as on land. Small cells: large ones only,
in which cities blur. Choice by area: the tempering of the highest density, however large its
regions. Snapping: never the quickest landmark's own place. Levels: those of the posterior.
"""


@dataclasses.dataclass(frozen=True)
class Without:
    """`rttgeo.estimators.calibrated.estimator.Calibrated` without a part that `WITHOUT` names."""

    part: str
    audits: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """As it stands in tables."""
        return f"without {self.part}"

    def fit(self, mesh: Mesh, grid: Grid) -> FittedCalibrated:
        """Learn without the part. What is returned locates with it: use `locate_many`."""
        with self._off():
            return Calibrated().fit(mesh, grid)

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: npt.NDArray[np.int64],
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """See `rttgeo.estimators.estimate.BatchEstimator`."""
        with self._off():
            return Calibrated(name=self.name).locate_many(
                mesh, grid, targets, colocated_km=colocated_km, exclude_km=exclude_km
            )

    @contextlib.contextmanager
    def _off(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for owner, name, value in WITHOUT[self.part]:
                stack.enter_context(mock.patch.object(owner, name, value))
            yield


def ablations() -> list[Without]:
    """One for each part."""
    return [Without(part) for part in WITHOUT]
