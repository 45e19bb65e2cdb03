"""The loop: choose landmarks, have them measure, locate the target, and repeat.

The first round uses a few landmarks spread over where people live. Each further round uses those
that bring a landmark nearest to where the target can still be (`rttgeo.explanation.following`); if
none is nearer than those already asked, it uses the nearest of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate
from rttgeo.measuring.locating import Locator
from rttgeo.measuring.rounds import BUDGET, CONFLICT, NOBODY, REGION, Goal, Past, Platform, Round
from rttgeo.sources.atlas_probes import Probe
from rttgeo.typing import FloatArray


def measure(
    target: str,
    landmarks: Sequence[Probe],
    platform: Platform,
    goal: Goal | None = None,
    *,
    locator: Locator | None = None,
    past: Sequence[Past] = (),
) -> Iterator[Round]:
    """Measure a target in rounds, until its region is small enough.

    Parameters
    ----------
    target
        Address or name of the target.
    landmarks
        The landmarks that may be asked, each with a unique name.
    platform
        Platform that has them measure.
    goal
        When to stop; None for the defaults of `Goal`.
    locator
        The method; None for the default one with generic delays.
    past
        Rounds of an earlier run, in order, from which this one continues.

    Yields
    ------
    Round
        One round after another, the last with a reason in ``ended``. Nothing is measured until the
        next round is requested.

    Raises
    ------
    BadInputError
        When there is no landmark, or two have the same name.
    """
    goal = goal or Goal()
    _check_landmarks(landmarks)
    known = {one.name: one for round_ in past for one in round_.landmarks}
    known |= {one.name: one for one in landmarks}
    locator = locator or Locator.of(tuple(known.values()))
    state = _State(tuple(landmarks), locator, goal, target)
    for number, before in enumerate(past, start=1):
        answers = before.rtt_ms
        if answers is None:
            answers = platform.measure(target, before.landmarks)
        yield state.take(number, before.landmarks, answers)
    number = len(past)
    while not state.ended:
        number += 1
        chosen = state.choose()
        yield state.take(number, chosen, platform.measure(target, chosen))


def last_round(
    target: str,
    landmarks: Sequence[Probe],
    goal: Goal,
    locator: Locator,
    past: Sequence[Past],
) -> Round | None:
    """Compute the result of finished rounds, without measuring anything.

    Parameters
    ----------
    target
        Address or name of the target.
    landmarks
        The landmarks that may still be asked.
    goal
        When to stop.
    locator
        The method.
    past
        The finished rounds with their answers, in order.

    Returns
    -------
    Round or None
        The last round; None if there is none.

    Raises
    ------
    BadInputError
        When a round has no answers yet.
    """
    state, found = _State(tuple(landmarks), locator, goal, target), None
    for number, before in enumerate(past, start=1):
        if before.rtt_ms is None:
            raise BadInputError(f"round {number} has no answers yet")
        found = state.take(number, before.landmarks, before.rtt_ms)
    return found


def choose_landmarks(
    landmarks: Sequence[Probe],
    locator: Locator,
    goal: Goal,
    asked: Sequence[str] = (),
    estimate: Estimate | None = None,
) -> tuple[Probe, ...]:
    """Choose the landmarks of the next round.

    Parameters
    ----------
    landmarks
        The landmarks that may be asked. locator The method, which knows their places.
    goal
        The goal, which limits their number.
    asked
        Names of those asked so far.
    estimate
        Estimate from their answers; None before any.

    Returns
    -------
    tuple of Probe
        Best first; empty if the budget is spent or no landmark would help.
    """
    count = min(goal.each if asked else goal.first, goal.most - len(asked))
    if count < 1:
        return ()
    gone, outlook = set(asked), locator.outlook(estimate, asked)
    lon, lat = _places(landmarks)
    there = outlook.free(lon, lat) & np.array([one.name not in gone for one in landmarks])
    some = [one for one, is_free in zip(landmarks, there, strict=True) if is_free]
    rows, _ = outlook.choose(lon[there], lat[there], count)
    chosen = [some[row] for row in rows]
    while len(chosen) < count:
        # If none is nearer than those asked: the nearest of the rest, in other directions.
        outlook = outlook.after(*_places(chosen))
        lon, lat = _places(some)
        away = np.where(outlook.free(lon, lat), outlook.log_km(lon, lat), np.inf)
        if not np.isfinite(away).any():
            break
        chosen.append(some[int(np.argmin(away))])
    return tuple(chosen)


def _places(probes: Sequence[Probe]) -> tuple[FloatArray, FloatArray]:
    pairs = np.array([(one.lon, one.lat) for one in probes], dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


class _State:
    """The state of the loop."""

    def __init__(
        self, landmarks: tuple[Probe, ...], locator: Locator, goal: Goal, target: str
    ) -> None:
        self.landmarks, self.locator, self.goal, self.target = landmarks, locator, goal, target
        self.known: dict[str, float] = {}
        self.asked: list[str] = []
        self.estimate: Estimate | None = None
        self.ended = ""

    def choose(self) -> tuple[Probe, ...]:
        return choose_landmarks(self.landmarks, self.locator, self.goal, self.asked, self.estimate)

    def take(self, number: int, chosen: tuple[Probe, ...], answers: Mapping[str, float]) -> Round:
        names = {one.name for one in chosen}
        got = {name: float(rtt) for name, rtt in answers.items() if name in names}
        self.asked += [one.name for one in chosen]
        self.known |= got
        if self.known:
            self.estimate = self.locator.locate(self.known, self.target)
        self.ended = self._why_ended()
        return Round(
            number, chosen, got, dict(self.known), len(self.asked), self.estimate, self.ended
        )

    def _why_ended(self) -> str:
        estimate = self.estimate
        if estimate is not None and estimate.posterior is None:
            return CONFLICT
        if estimate is not None and estimate.area_km2 <= self.goal.area_km2:
            return REGION
        if len(self.asked) >= self.goal.most:
            return BUDGET
        return "" if self.choose() else NOBODY


def _check_landmarks(landmarks: Sequence[Probe]) -> None:
    if not landmarks:
        raise BadInputError("there is no landmark to measure from")
    seen: set[str] = set()
    for one in landmarks:
        if one.name in seen:
            raise BadInputError(f"landmark {one.name!r} is listed twice")
        seen.add(one.name)
