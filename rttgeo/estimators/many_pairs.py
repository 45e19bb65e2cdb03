"""Targets of a mesh in blocks, with what a delay model says about their pairs.

A model is fitted once for all targets that it does not learn from (no known place, no landmark with
their name), and for each other target without itself and everything at its place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rttgeo.delay.bestline import FITTED, Bestline
from rttgeo.delay.light import SpeedBound
from rttgeo.delay.statements import Bound, Note
from rttgeo.errors import BadInputError
from rttgeo.estimators.blocks import BLOCK, Asked
from rttgeo.estimators.constraints import Rule
from rttgeo.estimators.joined import pairs_of
from rttgeo.estimators.largest_group import LargestGroup
from rttgeo.estimators.left_out import leave_out
from rttgeo.estimators.rules import AllHold, QuickestHolds
from rttgeo.estimators.training import nodes_at
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray


class Says(NamedTuple):
    """What a fitted multilateration says about pairs."""

    model: Any
    notes: tuple[Note, ...]
    method: str
    bound: Bound
    rule: Rule


def is_plain(model: object, rule: object) -> bool:
    """Check whether targets can be processed in blocks: each bound depends on one pair only.

    Parameters
    ----------
    model, rule
        Model and rule of a `Multilateration`. Those of other authors are processed target by
        target.

    Returns
    -------
    bool
        True for speed bounds and bestlines with the rules of rttgeo.
    """
    return type(model) in (SpeedBound, Bestline) and type(rule) in (
        AllHold,
        LargestGroup,
        QuickestHolds,
    )


class Prepared:
    """A mesh that has been audited, ready to provide blocks of its targets.

    Parameters
    ----------
    mesh
        The measurements.
    model
        The delay model, for which `is_plain` is true.
    says
        Function that turns a fit of the model into what is said about pairs, whether the fit
        succeeds or not.
    colocated_km
        Nodes within this distance of a target's true place are not learnt from, km.
    """

    def __init__(
        self,
        mesh: Mesh,
        model: Any,
        says: Callable[[Callable[[], Any]], Says],
        colocated_km: float,
    ) -> None:
        self.mesh, self.says, self.colocated_km = mesh, says, colocated_km
        own = mesh.landmarks.index.get_indexer(mesh.targets.index)
        self.apart = (own >= 0) | np.isfinite(mesh.target_lonlat[0])
        if isinstance(model, SpeedBound):
            self.apart = np.zeros(len(own), dtype=bool)
        self.layout = _Layout(mesh, own, mesh.targets.index.to_numpy(dtype=object))
        self.left = leave_out(model, mesh)

    @functools.cached_property
    def shared(self) -> Says:
        """What is said about every target that the model does not learn from."""
        nobody = np.zeros(len(self.mesh.landmarks), bool), np.zeros(len(self.mesh.targets), bool)
        return self.says(functools.partial(self.left.without, *nobody))

    def blocks(self, numbers: IntArray) -> Iterator[tuple[IntArray, Asked]]:
        """Prepare targets in blocks.

        Parameters
        ----------
        numbers
            Row numbers of the targets.

        Yields
        ------
        tuple
            Positions in ``numbers``, and the block.
        """
        apart = self.apart[numbers]
        for where in (np.flatnonzero(~apart), np.flatnonzero(apart)):
            for start in range(0, len(where), BLOCK):
                some = where[start : start + BLOCK]
                if not apart[some[0]]:
                    yield some, self.layout.block(numbers[some], [self.shared])
                    continue
                told = [self._without(int(one)) for one in numbers[some]]
                for bound in dict.fromkeys(one.bound for one in told):
                    same = [k for k, one in enumerate(told) if one.bound == bound]
                    alike = [told[k] for k in same]
                    yield some[same], self.layout.block(numbers[some[same]], alike)

    def _without(self, number: int) -> Says:
        hidden = nodes_at(self.mesh, number, self.colocated_km)
        return self.says(functools.partial(self.left.without, *hidden))


def told_alike(mesh: Mesh, says: Says) -> Callable[[IntArray], Iterator[tuple[IntArray, Asked]]]:
    """Prepare to provide blocks of targets that a fitted model has not learnt from.

    Parameters
    ----------
    mesh
        The measurements, with the landmarks that the model was fitted to.
    says
        What the model says about pairs.

    Returns
    -------
    callable
        As `Prepared.blocks`.
    """
    own = mesh.landmarks.index.get_indexer(mesh.targets.index)
    layout = _Layout(mesh, own, mesh.targets.index.to_numpy(dtype=object))

    def blocks(numbers: IntArray) -> Iterator[tuple[IntArray, Asked]]:
        for start in range(0, len(numbers), BLOCK):
            some = np.arange(start, min(start + BLOCK, len(numbers)))
            yield some, layout.block(numbers[some], [says])

    return blocks


class _Layout(NamedTuple):
    """A mesh from which blocks are prepared."""

    mesh: Mesh
    own: IntArray
    names: Any

    def block(self, numbers: IntArray, told: list[Says]) -> Asked:
        """Targets with one saying for all of them, or one each."""
        pairs, offsets = pairs_of(self.mesh.offsets, numbers)
        landmark, rtt_ms = self.mesh._columns
        number, rtt = landmark[pairs].astype(np.int64), rtt_ms[pairs]
        keep = number != np.repeat(self.own[numbers], np.diff(offsets))
        if not keep.all():
            owner = np.repeat(np.arange(len(numbers)), np.diff(offsets))[keep]
            counts = np.bincount(owner, minlength=len(numbers))
            offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            number, rtt = number[keep], rtt[keep]
        if (np.diff(offsets) == 0).any():
            raise BadInputError("a target without round-trip times cannot be located")
        radius, notes = self._bounds(number, rtt, offsets, told)
        first = told[0]
        return Asked(
            numbers, self.names[numbers], number, rtt, radius, offsets, notes,
            first.method, first.bound, first.rule,
        )  # fmt: skip

    def _bounds(
        self, number: IntArray, rtt: FloatArray, offsets: IntArray, told: list[Says]
    ) -> tuple[FloatArray, dict[int, tuple[Note, ...]]]:
        n = len(offsets) - 1
        if len(told) == 1:
            radius = np.asarray(told[0].model.bounds_km(rtt, number)[1])
            return radius, _notes(number, offsets, told * n)
        radius = np.empty(len(rtt))
        for i, one in enumerate(told):
            own = slice(offsets[i], offsets[i + 1])
            radius[own] = one.model.bounds_km(rtt[own], number[own])[1]
        return radius, _notes(number, offsets, told)


def _notes(number: IntArray, offsets: IntArray, told: list[Says]) -> dict[int, tuple[Note, ...]]:
    """Notes of the models on the landmarks of each target, if there are any."""
    found: dict[int, tuple[Note, ...]] = {}
    known: dict[tuple[int, bytes], tuple[Note, ...]] = {}
    for i, one in enumerate(told):
        how = getattr(one.model, "how", None)
        if how is None and not one.notes:
            continue
        landmark = number[offsets[i] : offsets[i + 1]]
        odd = landmark[:0] if how is None else landmark[how[landmark] != FITTED]
        if not len(odd):
            if one.notes:
                found[i] = one.notes
            continue
        key = (id(one), odd.tobytes())
        if key not in known:
            known[key] = one.notes + one.model.notes(landmark)
        found[i] = known[key]
    return found
