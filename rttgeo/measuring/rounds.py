"""What the loop goes by and brings: its goal, its platform, rounds before and after."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate
from rttgeo.sources.atlas_probes import Probe

FIRST = 6
"""Landmarks of the first round: about one a continent."""
EACH = 4
"""Landmarks of a further round: fewer cost rounds, of some minutes each, more are chosen blindly."""
AREA_KM2 = 50_000.0
"""A region as large as Switzerland or Slovakia, in which a country can be told."""
MOST = 60
"""Landmarks in all, where nothing else was said."""
REGION, BUDGET, NOBODY, CONFLICT = (
    "the region is small enough",
    "the budget is spent",
    "every landmark was asked, or is where one was asked",
    "the landmarks contradict each other: the target may answer from several places",
)
"""Why the loop ended."""


class Platform(Protocol):
    """Something that lets landmarks measure a target: RIPE Atlas, Globalping, a lab of one's own."""

    def measure(self, target: str, landmarks: Sequence[Probe]) -> Mapping[str, float]:
        """Let landmarks measure a target, and wait for their answers.

        Parameters
        ----------
        target
            Its address or name.
        landmarks
            Those that shall measure.

        Returns
        -------
        Mapping of str to float
            Lowest round-trip time by name of the landmark, ms; those without an answer are missing.
        """
        ...


@dataclasses.dataclass(frozen=True)
class Goal:
    """When to stop, and how large rounds are.

    Attributes
    ----------
    area_km2
        A 95 % region of at most this area is small enough, km².
    most
        Landmarks to ask in all.
    first, each
        Landmarks of the first round, and of each further one.

    Raises
    ------
    BadInputError
        When one of them is not above 0.
    """

    area_km2: float = AREA_KM2
    most: int = MOST
    first: int = FIRST
    each: int = EACH

    def __post_init__(self) -> None:
        for name in ("area_km2", "most", "first", "each"):
            if not getattr(self, name) > 0:
                raise BadInputError(f"{name} is {getattr(self, name)}, expected a number above 0")


@dataclasses.dataclass(frozen=True, eq=False)
class Past:
    """A round that was measured before, or begun.

    Attributes
    ----------
    landmarks
        Those asked.
    rtt_ms
        Their answers; None where they are still to be had: the platform is asked again for the same.
    """

    landmarks: tuple[Probe, ...]
    rtt_ms: Mapping[str, float] | None


@dataclasses.dataclass(frozen=True, eq=False)
class Round:
    """What a round brought.

    Attributes
    ----------
    number
        From 1.
    landmarks
        Those asked in it.
    rtt_ms
        Answers of it, ms, by name of the landmark.
    known_ms
        Answers of all rounds so far.
    asked
        Landmarks asked so far.
    estimate
        From all answers; None while there is no answer.
    ended
        Why it is the last one, or "".
    """

    number: int
    landmarks: tuple[Probe, ...]
    rtt_ms: Mapping[str, float]
    known_ms: Mapping[str, float]
    asked: int
    estimate: Estimate | None
    ended: str
