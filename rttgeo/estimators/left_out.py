"""Estimators based on a delay model, and the model refitted for each target that is left out."""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.bestline import Bestline
from rttgeo.delay.leave_out import LeaveOutBestlines
from rttgeo.delay.light import SpeedBound
from rttgeo.errors import BadInputError
from rttgeo.estimators.discs import Names
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.own_code import running
from rttgeo.estimators.training import learnt_from, nodes_at, usable_pairs, without_nodes
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, IntArray

ModelFitted = TypeVar("ModelFitted", covariant=True)
"""A fitted model: bounds or densities."""


class FitsTo(Protocol[ModelFitted]):
    """A delay model of any kind: it has a name and is fitted to a mesh."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    def fit(self, mesh: Mesh) -> ModelFitted:
        """Fit to every pair whose target's place is known.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        object
            The fitted model.
        """
        ...


class LeavesOut(Protocol[ModelFitted]):
    """A model that is refitted repeatedly, each time without some nodes."""

    def without(self, landmarks: BoolArray, targets: BoolArray) -> ModelFitted:
        """Return the model fitted without the landmarks and targets of two masks.

        Parameters
        ----------
        landmarks
            Mask of the landmarks to leave out, shape (n_landmarks,).
        targets
            Mask of the targets to leave out, shape (n_targets,).

        Returns
        -------
        object
            The fitted model.
        """
        ...


@dataclasses.dataclass(frozen=True, eq=False)
class Refit(Generic[ModelFitted]):
    """Refits to the rest of the mesh: correct for every model, though not fast."""

    model: FitsTo[ModelFitted]
    mesh: Mesh

    def without(self, landmarks: BoolArray, targets: BoolArray) -> ModelFitted:
        """Return the model fitted without the landmarks and targets of two masks.

        Parameters
        ----------
        landmarks
            Mask of the landmarks to leave out, shape (n_landmarks,).
        targets
            Mask of the targets to leave out, shape (n_targets,).

        Returns
        -------
        object
            The fitted model.
        """
        mesh, name = (
            without_nodes(self.mesh, landmarks, targets),
            f"delay model {self.model.name!r}",
        )
        with running(self.model, name, "fit", mesh):
            return self.model.fit(mesh)


@dataclasses.dataclass(frozen=True)
class _Physics:
    """A speed learns nothing, so there is nothing to leave out."""

    speed: SpeedBound

    def without(self, landmarks: BoolArray, targets: BoolArray) -> SpeedBound:
        return self.speed


@functools.singledispatch
def leave_out(model: Any, mesh: Mesh) -> LeavesOut[Any]:
    """Choose how to refit a delay model to a mesh repeatedly without some of its nodes.

    Parameters
    ----------
    model
        Any delay model. Your own is refitted each time, unless you register a faster way with
        ``leave_out.register``.
    mesh
        The measurements.

    Returns
    -------
    LeavesOut
        An object whose ``without`` gives the same result as fitting to the smaller mesh.
    """
    return Refit(model, mesh)


@leave_out.register
def _(model: Bestline, mesh: Mesh) -> LeaveOutBestlines:
    return LeaveOutBestlines.prepare(mesh, model)


@leave_out.register
def _(model: SpeedBound, mesh: Mesh) -> _Physics:
    return _Physics(model)


def _nobody(mesh: Mesh) -> tuple[BoolArray, BoolArray]:
    """Masks that leave out no landmark and no target."""
    return np.zeros(len(mesh.landmarks), dtype=bool), np.zeros(len(mesh.targets), dtype=bool)


class OnModel(abc.ABC, Generic[ModelFitted]):
    """An estimator based on a delay model."""

    model: FitsTo[ModelFitted]
    name: str

    @abc.abstractmethod
    def with_model(self, fitted: ModelFitted, names: Names, grid: Grid) -> Fitted:  # type: ignore[misc]
        """Locate with a fitted model; ``names`` are the landmarks' ids, in table order.

        Parameters
        ----------
        fitted
            The fitted delay model.
        names
            Ids of all landmarks of the mesh, in table order.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            The fitted estimator.
        """

    @abc.abstractmethod
    def without_model(self, reason: str, names: Names, grid: Grid) -> Fitted:
        """Make an estimator for a model that could not be fitted, for this reason.

        Parameters
        ----------
        reason
            Why, in words, for the note on every estimate.
        names
            Ids of all landmarks of the mesh, in table order.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            The fitted estimator.
        """

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Fit the delay model.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and its neighbours.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            The fitted estimator.
        """
        # As `locate_many` does it for a target that nothing is left out for: the same to the bit.
        return self._fitted(
            functools.partial(leave_out(self.model, mesh).without, *_nobody(mesh)), mesh, grid
        )

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: IntArray,
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """See `rttgeo.estimators.estimate.BatchEstimator`.

        Parameters
        ----------
        mesh
            The measurements.
        grid
            The grid of the regions.
        targets
            Row numbers of the targets.
        colocated_km
            Nodes within this distance of a target's true place are not learnt from, km.
        exclude_km
            Landmarks within this distance of it are left out, km; None keeps all except the target
            itself.

        Returns
        -------
        list of Estimate
            In the order of the targets.
        """
        left = leave_out(self.model, mesh)

        def without(landmarks: BoolArray, targets: BoolArray) -> Fitted:
            return self._fitted(functools.partial(left.without, landmarks, targets), mesh, grid)

        everything = functools.cache(lambda: without(*_nobody(mesh)))
        learnt = learnt_from(mesh)
        estimates = []
        for target in map(int, targets):
            # What nothing is learnt from need not be left out: such targets share one fit.
            fitted = (
                without(*nodes_at(mesh, target, colocated_km)) if learnt[target] else everything()
            )
            pairs = usable_pairs(mesh, target, exclude_km)
            estimates.append(fitted.locate(pairs, str(mesh.targets.index[target])))
        return estimates

    def _fitted(self, fit: Callable[[], ModelFitted], mesh: Mesh, grid: Grid) -> Fitted:
        names = mesh.landmarks.index.to_numpy(dtype=object)
        try:
            model = fit()
        except BadInputError as error:
            return self.without_model(str(error), names, grid)
        return self.with_model(model, names, grid)
