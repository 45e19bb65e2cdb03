"""The inputs and results of the loop: its goal, its platform, past rounds and new ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate
from rttgeo.sources.atlas_probes import Probe

FIRST = 6
"""Number of landmarks in the first round: about one per continent."""
EACH = 4
"""Number of landmarks in each further round: with fewer, there are more rounds of some minutes
each; with more, they are chosen with less information."""
AREA_KM2 = 50_000.0
"""A region as large as Switzerland or Slovakia, small enough to identify a country."""
MOST = 60
"""Default for the total number of landmarks."""
REGION, BUDGET, NOBODY, CONFLICT = (
    "the region is small enough",
    "the budget is spent",
    "every landmark was asked, or is where one was asked",
    "the landmarks contradict each other: the target may answer from several places",
)
"""Why the loop ended."""


class Platform(Protocol):
    """Something that has landmarks measure a target: RIPE Atlas, Globalping, your own lab."""

    def measure(self, target: str, landmarks: Sequence[Probe]) -> Mapping[str, float]:
        """Have landmarks measure a target, and wait for their answers.

        Parameters
        ----------
        target
            Address or name of the target.
        landmarks
            The landmarks that should measure.

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
        Number of landmarks to ask in total.
    first, each
        Number of landmarks in the first round, and in each further one.

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
    """A round that was measured or started earlier.

    Attributes
    ----------
    landmarks
        Those asked.
    rtt_ms
        Their answers, ms; None if they are still missing: the platform is then asked for the same
        round again.
    """

    landmarks: tuple[Probe, ...]
    rtt_ms: Mapping[str, float] | None


@dataclasses.dataclass(frozen=True, eq=False)
class Round:
    """The result of one round.

    Attributes
    ----------
    number
        Number of the round, from 1.
    landmarks
        Landmarks asked in this round.
    rtt_ms
        Its answers, ms, by name of the landmark.
    known_ms
        Answers of all rounds so far, ms.
    asked
        Landmarks asked so far.
    estimate
        Estimate from all answers; None if there are none.
    ended
        Why this is the last round, or "".
    """

    number: int
    landmarks: tuple[Probe, ...]
    rtt_ms: Mapping[str, float]
    known_ms: Mapping[str, float]
    asked: int
    estimate: Estimate | None
    ended: str
