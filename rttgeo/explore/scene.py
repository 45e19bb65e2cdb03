"""The explorer's questions and their answers, without any widget.

Learning from the other pairs of a mesh takes seconds, answering takes milliseconds. So each
method is fitted once per target, on all that the mesh knows of other pairs, and only the pairs of
the target follow the sliders.
"""

from __future__ import annotations

import dataclasses
import time
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.registry import DEFAULT_METHOD, method
from rttgeo.estimators.training import (
    TRAINING_COLOCATED_KM,
    sorted_pairs,
    training_mesh,
    usable_counts,
    usable_pairs,
)
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

TICKS_MS: Final = (0.0, 1.0, 5.0, 10.0, 50.0)
"""Each divides the next, so that a coarser clock never tells more than a finer one."""

ORDERS: Final = ("lowest RTT first", "at random")
SEED: Final = 2017
KEPT_FITS: Final = 16
MATTERING: Final = 6
NEARBY_MS: Final = 25.0


@dataclasses.dataclass(frozen=True)
class Question:
    """What is set in the explorer.

    Attributes
    ----------
    target
        Id of the target.
    method
        A name of `rttgeo.estimators.METHODS`.
    vantage_points
        How many landmarks may answer; None for all that measured the target.
    order
        Which ones: one of `ORDERS`. At random, a larger number includes those of any smaller one.
    tick_ms
        The observer's clock ticks this often, 0 for an exact one: a delay is known to be below
        the next tick only.
    """

    target: str
    method: str = DEFAULT_METHOD
    vantage_points: int | None = None
    order: str = ORDERS[0]
    tick_ms: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what has no answer."""
        if self.order not in ORDERS:
            raise NotThereError(f"no order {self.order!r}; there are {', '.join(ORDERS)}")
        if self.vantage_points is not None and self.vantage_points < 1:
            raise BadInputError(f"{self.vantage_points} vantage points, expected 1 or more")
        if not 0 <= self.tick_ms < np.inf:
            raise BadInputError(f"a clock that ticks every {self.tick_ms} ms, expected 0 or more")


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """The answer: what there is to draw and to say.

    Attributes
    ----------
    question
        What was asked.
    estimate
        Where the target is.
    pairs
        The landmarks used and their RTTs as the observer's clock shows them, lowest first.
    names
        Ids of these landmarks.
    radius_km
        Of their circles, shape (n,), by the bound that ``medium`` names.
    medium
        ``fibre`` or ``vacuum``.
    truth
        (lon, lat) of the target, or None when it is not known.
    seconds
        How long the answer took to compute, without the fit.
    """

    question: Question
    estimate: Estimate
    pairs: TargetPairs
    names: tuple[str, ...]
    radius_km: FloatArray
    medium: str
    truth: tuple[float, float] | None
    seconds: float

    @property
    def error_km(self) -> float:
        """Distance from the estimate to the true place; NaN when either is unknown."""
        return self.estimate.error_km(*self.truth) if self.truth else float("nan")

    @property
    def inside(self) -> bool | None:
        """Whether the true place is in the 95 % region; None when there is nothing to say."""
        if self.truth is None or not self.estimate.has_region or self.estimate.empty:
            return None
        return self.estimate.covers(*self.truth)

    @property
    def matter(self) -> tuple[str, ...]:
        """Ids of the landmarks that matter: those that bound or contradict, else the quickest."""
        said = self.estimate.conflict or self.estimate.bounding
        return (said or self.names)[:MATTERING]


class Explorer:
    """Answers questions about one mesh, and remembers what it has learnt.

    Parameters
    ----------
    mesh
        The measurements.
    grid
        To work on; cells of 26 km by default.

    Raises
    ------
    BadInputError
        When no target was measured by a landmark other than itself.
    """

    def __init__(self, mesh: Mesh, grid: Grid | None = None) -> None:
        self.mesh = mesh
        self.grid = chosen_grid(grid)
        self._fitted: dict[tuple[str, str], Fitted] = {}
        if not self.targets:
            raise BadInputError(f"{mesh.provenance.name} has no target with a round-trip time")

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Ids of the targets that can be asked for."""
        return tuple(map(str, self.mesh.targets.index[usable_counts(self.mesh) > 0]))

    @property
    def first_target(self) -> str:
        """The target with most landmarks nearby: there is most to see."""
        near = self.mesh.pairs["rtt_ms"].to_numpy() < NEARBY_MS
        counts = usable_counts(self.mesh.where(near))
        return (
            str(self.mesh.targets.index[int(np.argmax(counts))])
            if counts.any()
            else self.targets[0]
        )

    def available(self, target: str) -> int:
        """Count the landmarks that measured a target.

        Parameters
        ----------
        target
            Its id.

        Returns
        -------
        int
            At most as many vantage points can be asked for.

        Raises
        ------
        NotThereError
            For an unknown target.
        """
        return len(usable_pairs(self.mesh, target).rtt_ms)

    def knows(self, question: Question) -> bool:
        """Check whether the method has been fitted for this target: then an answer takes no time.

        Parameters
        ----------
        question
            What is set in the explorer.

        Returns
        -------
        bool
            True while the fit of an earlier question about the same target and method is kept.
        """
        return (question.target, question.method) in self._fitted

    def ask(self, question: Question) -> Scene:
        """Compute an answer.

        Parameters
        ----------
        question
            What is set in the explorer.

        Returns
        -------
        Scene
            What there is to draw and to say.

        Raises
        ------
        NotThereError
            For an unknown target or method.
        BadInputError
            When the target was not measured.
        """
        fitted = self._fit(question)
        started = time.perf_counter()
        pairs = seen_pairs(usable_pairs(self.mesh, question.target), question)
        if not len(pairs.rtt_ms):
            raise BadInputError(f"target {question.target!r} has no round-trip time")
        estimate = fitted.locate(sorted_pairs(pairs), question.target)
        medium = "vacuum" if question.method.endswith("vacuum") else "fibre"
        lon, lat = (
            float(a[self.mesh.target_number(question.target)]) for a in self.mesh.target_lonlat
        )
        return Scene(
            question=question,
            estimate=estimate,
            pairs=pairs,
            names=tuple(map(str, self.mesh.landmarks.index[pairs.landmark])),
            radius_km=KM_PER_MS_RTT[medium] * pairs.rtt_ms,
            medium=medium,
            truth=(lon, lat) if np.isfinite(lon + lat) else None,
            seconds=time.perf_counter() - started,
        )

    def _fit(self, question: Question) -> Fitted:
        key = question.target, question.method
        if key not in self._fitted:
            training = training_mesh(self.mesh, question.target, TRAINING_COLOCATED_KM)
            while len(self._fitted) >= KEPT_FITS:
                self._fitted.pop(next(iter(self._fitted)))
            fitted = method(question.method).fit(training, self.grid)
            # What is compiled when it is first used belongs to the learning, not to an answer.
            pairs = usable_pairs(self.mesh, question.target)
            if len(pairs.rtt_ms):
                fitted.locate(pairs, question.target)
            self._fitted[key] = fitted
        return self._fitted[key]


def seen_pairs(pairs: TargetPairs, question: Question) -> TargetPairs:
    """Choose the pairs that a question lets through, as its clock shows them, lowest RTT first.

    Parameters
    ----------
    pairs
        One target's measurements.
    question
        What is set in the explorer.

    Returns
    -------
    TargetPairs
        Fewer pairs, their RTTs rounded up to the next tick.
    """
    shown = pairs._replace(rtt_ms=at_most_ms(pairs.rtt_ms, question.tick_ms))
    order = np.argsort(pairs.rtt_ms, kind="stable")
    chosen = order if question.order == ORDERS[0] else _shuffled(len(order))
    few = chosen[: question.vantage_points]
    return take_pairs(shown, few[np.argsort(pairs.rtt_ms[few], kind="stable")])


def _shuffled(count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(SEED).permutation(count)


def take_pairs(pairs: TargetPairs, rows: npt.NDArray[np.int64]) -> TargetPairs:
    """Take these rows of a target's pairs, in this order.

    Parameters
    ----------
    pairs
        One target's measurements.
    rows
        Row numbers.

    Returns
    -------
    TargetPairs
        As many as there are rows.
    """
    return TargetPairs(pairs.landmark[rows], pairs.lon[rows], pairs.lat[rows], pairs.rtt_ms[rows])


def at_most_ms(rtt_ms: npt.ArrayLike, tick_ms: float) -> FloatArray:
    """Raise each RTT to the next tick: all that a clock with such ticks shows.

    Parameters
    ----------
    rtt_ms
        Round-trip times, ms.
    tick_ms
        From one tick to the next, ms; 0 leaves the RTTs as they are.

    Returns
    -------
    numpy.ndarray
        Milliseconds, of the same shape.
    """
    rtt = np.asarray(rtt_ms, dtype=float)
    return rtt if tick_ms == 0 else (np.floor(rtt / tick_ms) + 1) * tick_ms
