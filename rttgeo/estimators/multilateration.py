"""`Multilateration`: a delay model's bounds on distance, and a rule that turns them into a region.

Exclusion, CBG, CBG++, Octant and shortest ping are this method with their own model and rule.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.light import FIBRE
from rttgeo.delay.protocol import DelayModel, FittedDelay, WithHeights
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.blocks import Asked, Landmarks, Solved
from rttgeo.estimators.constraints import Constraints, Rule
from rttgeo.estimators.discs import Names, discs_of, quickest
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.left_out import OnModel
from rttgeo.estimators.many import solve
from rttgeo.estimators.many_pairs import Prepared, Says, is_plain, told_alike
from rttgeo.estimators.meeting import coarse_notes, nearest_in
from rttgeo.estimators.own_answers import (
    check_offers,
    checked_array,
    checked_bounds,
    checked_notes,
)
from rttgeo.estimators.own_code import running
from rttgeo.estimators.rules import ALL_HOLD
from rttgeo.estimators.telling import INSTEAD, tell
from rttgeo.machine.side_by_side import streamed
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import IntArray

T = TypeVar("T")

MANY = 16
"""Fewer targets than this are located one by one, with the same results and less code to load."""


@dataclasses.dataclass(frozen=True)
class Multilateration(OnModel[FittedDelay]):
    """Locate with the bounds of a delay model.

    Parameters
    ----------
    model
        Any delay model: one from `rttgeo.delay`, or your own that follows
        `rttgeo.delay.protocol.DelayModel`.
    rule
        How the bounds become a region; by default all of them must hold.
    name
        Name of the method in results; if empty, the model's.

    Notes
    -----
    The region is as sound as the bounds: bounds from the speed of light never exclude a possible
    place, while bounds fitted to data may. When the model cannot be fitted, exclusion by light in
    fibre is used instead, and the estimate says so.
    """

    model: DelayModel
    rule: Rule = ALL_HOLD
    name: str = ""

    def __post_init__(self) -> None:
        """Take the model's name when none is given."""
        if not self.name:
            object.__setattr__(self, "name", self.model.name)

    def with_model(self, fitted: FittedDelay, names: Names, grid: Grid) -> FittedMultilateration:
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
        FittedMultilateration
            The fitted estimator.

        Raises
        ------
        BadInputError
            When the fitted model has no bounds.
        """
        check_offers(fitted, "bounds_km", self.model.name)
        return FittedMultilateration(self, fitted, grid, names)

    def without_model(self, reason: str, names: Names, grid: Grid) -> FittedMultilateration:
        """Fall back to exclusion by light in fibre; every estimate states the reason.

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
        FittedMultilateration
            The fitted estimator.
        """
        return instead_of(self.name, reason, names, grid)

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
            One per target, in their order.
        """
        few = len(targets) < MANY
        if few or exclude_km is not None or not is_plain(self.model, self.rule):
            return super().locate_many(
                mesh, grid, targets, colocated_km=colocated_km, exclude_km=exclude_km
            )
        found: dict[int, Estimate] = {}
        for position, some in self.many(mesh, grid, colocated_km=colocated_km, then=_one_by_one)(
            targets
        ):
            found.update(zip(map(int, position), some, strict=True))
        return [found[row] for row in range(len(targets))]

    def many(
        self, mesh: Mesh, grid: Grid, *, colocated_km: float, then: Callable[[Solved], T]
    ) -> Callable[[IntArray], Iterator[tuple[IntArray, T]]]:
        """Prepare to locate targets in blocks, on all cores; see `rttgeo.estimators.many`.

        Parameters
        ----------
        mesh
            The measurements.
        grid
            The grid of the regions.
        colocated_km
            Nodes within this distance of a target's true place are not learnt from, km.
        then
            Called with the results of a block, in the thread that found them.

        Returns
        -------
        callable
            A function that takes row numbers of targets and yields positions among them with what
            ``then`` returned.
        """

        def says(fit: Callable[[], FittedDelay]) -> Says:
            fitted = self._fitted(fit, mesh, grid)
            assert isinstance(fitted, FittedMultilateration)
            return fitted.says

        blocks = Prepared(mesh, self.model, says, colocated_km).blocks
        return _answering(mesh, grid, blocks, then)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedMultilateration:
    """A fitted `Multilateration`: the fitted delay model, the grid and the landmarks' ids."""

    settings: Multilateration
    model: FittedDelay
    grid: Grid
    names: Names
    notes: tuple[Note, ...] = ()

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Apply the rule to the bounds of one target's landmarks.

        Parameters
        ----------
        pairs
            The target's round-trip times.
        target
            Id of the target.

        Returns
        -------
        Estimate
            With the region, its centroid, and the landmarks that bound it or are in conflict.

        Raises
        ------
        BadInputError
            When there are no pairs, or a round-trip time is not positive and finite.
        """
        quickest(pairs)
        constraints = self._constraints(pairs)
        with running(self.settings.rule, f"rule of {self.settings.name!r}", "apply", pairs.rtt_ms):
            outcome = self.settings.rule.apply(constraints, self.grid)
        with running(
            self.model, f"delay model {self.settings.model.name!r}", "notes", pairs.rtt_ms
        ):
            notes = self.model.notes(pairs.landmark)
        place, place_notes = _middle(outcome.region, pairs)
        if outcome.place is not None:
            place, place_notes = outcome.place, ()
        return Estimate(
            method=self.settings.name,
            target=target,
            lon=place[0],
            lat=place[1],
            feasible=outcome.region,
            bounding=outcome.bounding,
            conflict=outcome.conflict,
            notes=self.notes
            + checked_notes(notes, self.settings.model.name)
            + outcome.notes
            + place_notes
            + coarse_notes(outcome.region, constraints.discs),
            bound=self.model.bound,
            n_landmarks=len(pairs.rtt_ms),
        )

    @property
    def says(self) -> Says:
        """What this says about pairs."""
        settings, model = self.settings, self.model
        return Says(model, self.notes, settings.name, model.bound, settings.rule)

    def many(
        self, mesh: Mesh, then: Callable[[Solved], T]
    ) -> Callable[[IntArray], Iterator[tuple[IntArray, T]]]:
        """Prepare to locate targets that this has not learnt from in blocks, on all cores.

        Parameters
        ----------
        mesh
            The measurements of the targets, with the landmarks that this was fitted to.
        then
            As for `Multilateration.many`.

        Returns
        -------
        callable
            As `Multilateration.many` returns.
        """
        return _answering(mesh, self.grid, told_alike(mesh, self.says), then)

    def _constraints(self, pairs: TargetPairs) -> Constraints:
        model, transit, name = self.model, pairs.rtt_ms, self.settings.model.name
        own, given = f"delay model {name!r}", pairs.rtt_ms
        if isinstance(model, WithHeights):
            with running(model, own, "of_target", given):
                model = model.of_target(pairs)
            check_offers(model, "bounds_km", name)
        with running(model, own, "bounds_km", given):
            found = model.bounds_km(pairs.rtt_ms, pairs.landmark)
        inner, outer = checked_bounds(found, name, len(pairs.rtt_ms))
        if isinstance(model, WithHeights):
            with running(model, own, "transit_ms", given):
                left = model.transit_ms(pairs.rtt_ms, pairs.landmark)
            transit = checked_array(left, pairs.rtt_ms.shape, name, "transit_ms", "times, ms,")
        return Constraints(discs_of(pairs, outer, self.names), inner, transit, pairs)


def _answering(
    mesh: Mesh,
    grid: Grid,
    blocks: Callable[[IntArray], Iterator[tuple[IntArray, Asked]]],
    then: Callable[[Solved], T],
) -> Callable[[IntArray], Iterator[tuple[IntArray, T]]]:
    """Answers blocks of targets as they are provided, on all cores."""
    landmarks = Landmarks.of(mesh.landmarks.index.to_numpy(dtype=object), *mesh.landmark_lonlat)

    def answer(block: tuple[IntArray, Asked]) -> tuple[IntArray, T]:
        return block[0], then(tell(solve(block[1], landmarks, grid)))

    return lambda numbers: streamed(answer, blocks(numbers))


def _one_by_one(solved: Solved) -> list[Estimate]:
    return [solved.estimate(i) for i in range(len(solved))]


def _middle(region: Region, pairs: TargetPairs) -> tuple[tuple[float, float], tuple[Note, ...]]:
    """Centroid of a region or the nearest point inside; with no region, the quickest landmark."""
    number = quickest(pairs)
    fall_back = float(pairs.lon[number]), float(pairs.lat[number])
    if not region.n_cells:
        return fall_back, INSTEAD[:1]
    if region.n_cells == region.grid.n_cells:
        return fall_back, INSTEAD[1:2]
    try:
        lon, lat = region.centroid()
    except BadInputError:
        return fall_back, INSTEAD[2:]
    return nearest_in(region, lon, lat), ()


def instead_of(method: str, reason: str, names: Names, grid: Grid) -> FittedMultilateration:
    """Make exclusion by light in fibre under the name of a method that cannot be fitted.

    Parameters
    ----------
    method
        Name of the method in results.
    reason
        Why, in words, for the note on every estimate.
    names
        Ids of all landmarks of the mesh, in table order.
    grid
        The grid of the regions.

    Returns
    -------
    FittedMultilateration
        The fitted estimator.
    """
    note = Note(NoteKind.FALLBACK, f"exclusion by fibre instead of {method}: {reason}")
    return FittedMultilateration(Multilateration(FIBRE, name=method), FIBRE, grid, names, (note,))
