"""What can be done to round-trip times before publication, and how an attacker accounts for it.

A mechanism does two things: it publishes times, and for an attacker who knows it, it tells which
true round-trip times explain what was published (`Sets`: intervals with the probability that a time
in them is published in this way).
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Final, NamedTuple

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.typing import FloatArray, IntArray

LEAST_RESOLUTION_MS: Final = 0.01
"""Published times are taken to be no finer than ten microseconds: a kilometre of fibre."""


class Sets(NamedTuple):
    """The true times that explain what was published about one target.

    Attributes
    ----------
    pair
        Row of each informative pair, shape (n,).
    low_ms, high_ms
        Ends of the intervals of the true RTT, ms, shape (n, n_cases, n_intervals).
    weight
        Probability (or density) of what was published, given a time in the interval.
    case_weight
        Probability of each case, summing to 1, shape (n_cases,): a case is something that all pairs
        of the target have in common.
    """

    pair: IntArray
    low_ms: FloatArray
    high_ms: FloatArray
    weight: FloatArray
    case_weight: FloatArray

    @classmethod
    def single(cls, pair: IntArray, low_ms: FloatArray, high_ms: FloatArray) -> Sets:
        """Make sets with one interval per pair.

        Parameters
        ----------
        pair
            Rows of the pairs, shape (n,).
        low_ms, high_ms
            Ends of the intervals, ms, shape (n,).

        Returns
        -------
        Sets
            With weight 1 and one case.
        """
        low, high = low_ms[:, None, None], high_ms[:, None, None]
        return cls(pair, low, high, np.ones_like(low), np.ones(1))


@dataclasses.dataclass(frozen=True)
class Mechanism:
    """Publish the times as they are: the baseline for all other mechanisms.

    Attributes
    ----------
    name
        Name in reports and for ``--mechanism``.
    unit
        Unit of the parameter.
    random
        Whether it is random.
    blurs
        Whether it changes the places of landmarks instead of the times.
    constant
        Whether its random numbers stay the same when the same pair is published again.
    noisy
        Whether it adds independent noise to each time.
    bounds
        Whether light still bounds the target by what is published: no published time is shorter than
        the true one, and landmarks are where they are said to be.
    alters
        Whether published times or places are other than the true ones; withheld ones are not.
    """

    parameter: float = 0.0

    name: ClassVar[str] = "none"
    unit: ClassVar[str] = ""
    random: ClassVar[bool] = False
    blurs: ClassVar[bool] = False
    constant: ClassVar[bool] = False
    noisy: ClassVar[bool] = False
    bounds: ClassVar[bool] = True
    alters: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.parameter) and self.parameter >= 0):
            raise BadInputError(
                f"parameter {self.parameter} of mechanism {self.name!r}, expected 0 or more"
            )

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Convert true times to published ones.

        Parameters
        ----------
        rtt_ms
            True times, ms, shape (n_pairs,).
        target, landmark
            Row numbers of the nodes of each pair, shape (n_pairs,).
        lots
            Random number generator.

        Returns
        -------
        numpy.ndarray
            Published times, ms, shape (n_pairs,); NaN where nothing is published.
        """
        return rtt_ms.copy()

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """Find the true times that explain what was published about one target.

        Parameters
        ----------
        published_ms
            Published time of each pair, ms, shape (n,); NaN where withheld.
        resolution_ms
            Resolution of the true readings, ms, shape (n,).

        Returns
        -------
        Sets
            Sets for the pairs that carry information.
        """
        pair = np.flatnonzero(np.isfinite(published_ms))
        high = published_ms[pair]
        return Sets.single(pair, np.maximum(high - coarse(resolution_ms[pair]), 0.0), high)

    def epsilon_per_km(self, n_landmarks: int, ms_per_km: float) -> float | None:
        """Compute the geo-indistinguishability of a target (Andrés et al., CCS 2013), per km.

        Parameters
        ----------
        n_landmarks
            Number of published times of one target.
        ms_per_km
            How much a true time changes when the target moves by 1 km, ms.

        Returns
        -------
        float or None
            The ε for which moving by d km changes no probability by more than a factor of exp(ε d);
            None if the mechanism guarantees none.
        """
        return None

    def describe(self) -> str:
        """Describe the mechanism in words.

        Returns
        -------
        str
            A phrase.
        """
        return "published as they are"


def coarse(resolution_ms: FloatArray) -> FloatArray:
    """Fill in the resolution of readings where it is not stated.

    Parameters
    ----------
    resolution_ms
        Stated resolution, ms, shape (n,); NaN where it is not stated.

    Returns
    -------
    numpy.ndarray
        Resolution, ms, shape (n,).
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
