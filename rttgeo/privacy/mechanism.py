"""What can be done to round-trip times before they are shown, and what an attacker makes of it.

A mechanism does two things: it publishes, and it says, for the attacker who knows it, which true
round-trip times explain what was published (`Sets`: intervals with the probability that a time in
them is published as this).
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Final, NamedTuple

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray, IntArray

LEAST_RESOLUTION_MS: Final = 0.01
"""Published times are read as no finer than ten microseconds: a kilometre of fibre."""


class Sets(NamedTuple):
    """Which true times explain what was published of one target.

    Attributes
    ----------
    pair
        Row of each informative pair, shape (n,).
    low_ms, high_ms
        Intervals of the true RTT, ms, shape (n, cases, intervals).
    weight
        Probability (or density) of what was published, for a time in the interval.
    case_weight
        Of each case, summing to 1: what all pairs of the target have in common.
    """

    pair: IntArray
    low_ms: FloatArray
    high_ms: FloatArray
    weight: FloatArray
    case_weight: FloatArray

    @classmethod
    def single(cls, pair: IntArray, low_ms: FloatArray, high_ms: FloatArray) -> Sets:
        """One interval per pair.

        Parameters
        ----------
        pair
            Rows, shape (n,).
        low_ms, high_ms
            Ends, ms, shape (n,).

        Returns
        -------
        Sets
            With weight 1 and one case.
        """
        low, high = low_ms[:, None, None], high_ms[:, None, None]
        return cls(pair, low, high, np.ones_like(low), np.ones(1))


@dataclasses.dataclass(frozen=True)
class Mechanism:
    """Publish the times as they are: what all other mechanisms are measured against.

    Attributes
    ----------
    name
        As reports and ``--mechanism`` write it.
    unit
        Of the parameter.
    random
        Whether it draws lots.
    blurs
        Whether it acts on the places of landmarks instead of the times.
    constant
        Whether its lots stay the same when the same pair is published again.
    noisy
        Whether it adds noise of its own to each time.
    """

    parameter: float = 0.0

    name: ClassVar[str] = "none"
    unit: ClassVar[str] = ""
    random: ClassVar[bool] = False
    blurs: ClassVar[bool] = False
    constant: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.parameter) and self.parameter >= 0):
            raise BadInputError(
                f"parameter {self.parameter} of mechanism {self.name!r}, expected 0 or more"
            )

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Turn true times into published ones.

        Parameters
        ----------
        rtt_ms
            True times, ms, shape (pairs,).
        target, landmark
            Row numbers of the nodes of each pair, shape (pairs,).
        lots
            Source of all that is random.

        Returns
        -------
        numpy.ndarray
            Milliseconds, shape (pairs,); NaN where nothing is published.
        """
        return rtt_ms.copy()

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """Say which true times explain what was published of one target.

        Parameters
        ----------
        published_ms
            By pair, ms, NaN where withheld, shape (n,).
        resolution_ms
            How coarse the true readings were, ms, shape (n,).

        Returns
        -------
        Sets
            Over the pairs that say something.
        """
        pair = np.flatnonzero(np.isfinite(published_ms))
        high = published_ms[pair]
        return Sets.single(pair, np.maximum(high - coarse(resolution_ms[pair]), 0.0), high)

    def epsilon_per_km(self, n_landmarks: int, ms_per_km: float) -> float | None:
        """Geo-indistinguishability (Andrés et al., CCS 2013) of a target, per km; None for none.

        Parameters
        ----------
        n_landmarks
            Published times of one target.
        ms_per_km
            How much a true time moves for a km that the target moves.

        Returns
        -------
        float or None
            ε such that moving by d km changes no probability by more than exp(ε d).
        """
        return None

    def describe(self) -> str:
        """Say what it does, in words.

        Returns
        -------
        str
            A phrase.
        """
        return "published as they are"


def coarse(resolution_ms: FloatArray) -> FloatArray:
    """How coarse readings are at least.

    Parameters
    ----------
    resolution_ms
        As stated, ms, NaN where it is not; shape (n,).

    Returns
    -------
    numpy.ndarray
        Milliseconds, shape (n,).
    """
    return np.maximum(np.nan_to_num(resolution_ms), LEAST_RESOLUTION_MS)


@dataclasses.dataclass(frozen=True)
class Positive(Mechanism):
    """A mechanism whose parameter must be above 0."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.parameter) and self.parameter > 0):
            raise BadInputError(
                f"parameter {self.parameter} of mechanism {self.name!r}, expected above 0"
            )
