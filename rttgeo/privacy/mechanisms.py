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

LEAST_PUBLISHED_MS: Final = 0.1
"""What noise leaves of a time is cut here: no time may be zero or less."""
LEAST_RESOLUTION_MS: Final = 0.01
"""Published times are read as no finer than ten microseconds: a kilometre of fibre."""
NOISE_ENDS: Final = np.concatenate(
    [np.arange(0.0, 4.0, 0.5), np.arange(4.0, 8.0, 1.0), np.arange(8.0, 17.0, 2.0)]
)
"""Intervals of the size of noise, in its scales: the density is taken as even over each. Beyond
sixteen scales there is one in ten million."""
PEER_CASES: Final = 12
"""Parts into which a delay that is constant for a peer is divided."""
SERIES: Final = (1.0, 2.0, 5.0)
"""Ends of buckets, times powers of ten."""


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
        """One interval a pair.

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
    """

    parameter: float = 0.0

    name: ClassVar[str] = "none"
    unit: ClassVar[str] = ""
    random: ClassVar[bool] = False
    blurs: ClassVar[bool] = False
    constant: ClassVar[bool] = False

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
        return Sets.single(pair, np.maximum(high - _coarse(resolution_ms[pair]), 0.0), high)

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


def _coarse(resolution_ms: FloatArray) -> FloatArray:
    return np.maximum(np.nan_to_num(resolution_ms), LEAST_RESOLUTION_MS)


def _up_to(rtt_ms: FloatArray, step_ms: float) -> FloatArray:
    """Round up to a multiple; what is one but for the last bits of a float stays."""
    return np.asarray(np.maximum(np.ceil(rtt_ms / step_ms - 1e-9), 1.0) * step_ms)


@dataclasses.dataclass(frozen=True)
class Positive(Mechanism):
    """A mechanism whose parameter must be above 0."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.parameter) and self.parameter > 0):
            raise BadInputError(
                f"parameter {self.parameter} of mechanism {self.name!r}, expected above 0"
            )


@dataclasses.dataclass(frozen=True)
class Round(Positive):
    """Round up to a multiple, as browsers do with 25 ms."""

    parameter: float = 10.0
    name: ClassVar[str] = "round"
    unit: ClassVar[str] = "ms"

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Round up; see `Mechanism.publish`."""
        return _up_to(rtt_ms, self.parameter)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """All times above the next lower multiple; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        high = published_ms[pair]
        low = high - self.parameter - np.nan_to_num(resolution_ms[pair])
        return Sets.single(pair, np.maximum(low, 0.0), high)

    def describe(self) -> str:
        """Say what it does."""
        return f"rounded up to a multiple of {self.parameter:g} ms"


@dataclasses.dataclass(frozen=True)
class Floor(Positive):
    """Publish nothing below a floor: shorter times become the floor, as PAM 2018 advises."""

    parameter: float = 10.0
    name: ClassVar[str] = "floor"
    unit: ClassVar[str] = "ms"

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Raise to the floor; see `Mechanism.publish`."""
        return np.maximum(rtt_ms, self.parameter)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """All times up to the floor where that is published; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        high = published_ms[pair]
        low = np.where(high <= self.parameter, 0.0, high - _coarse(resolution_ms[pair]))
        return Sets.single(pair, np.maximum(low, 0.0), high)

    def describe(self) -> str:
        """Say what it does."""
        return f"nothing below {self.parameter:g} ms"


@dataclasses.dataclass(frozen=True)
class Buckets(Positive):
    """Publish the upper end of a bucket: the series 1, 2, 5, 10 … from the first end upwards."""

    parameter: float = 10.0
    name: ClassVar[str] = "buckets"
    unit: ClassVar[str] = "ms"

    def ends(self) -> FloatArray:
        """Upper ends, ms: from the parameter to beyond any time that is measured."""
        every = [base * 10.0**power for power in range(-3, 8) for base in SERIES]
        return np.array([self.parameter, *(end for end in every if end > self.parameter)])

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Take the bucket's end; see `Mechanism.publish`."""
        ends = self.ends()
        return ends[np.searchsorted(ends, rtt_ms)]

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """All times of the bucket; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        high, ends = published_ms[pair], np.concatenate([[0.0], self.ends()])
        # The end below the published one; half a percent left to how it was written down.
        low = ends[np.maximum(np.searchsorted(ends, high * 0.995) - 1, 0)]
        return Sets.single(pair, np.maximum(low - np.nan_to_num(resolution_ms[pair]), 0.0), high)

    def describe(self) -> str:
        """Say what it does."""
        return f"buckets that end at {self.parameter:g} ms, then 1, 2, 5, 10 … above"


@dataclasses.dataclass(frozen=True)
class Noise(Positive):
    """Add Laplace noise of this scale to each pair, once; nothing below 0.1 ms is published."""

    parameter: float = 10.0
    name: ClassVar[str] = "noise"
    unit: ClassVar[str] = "ms"
    random: ClassVar[bool] = True

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Add noise; see `Mechanism.publish`."""
        noisy = rtt_ms + lots.laplace(0.0, self.parameter, len(rtt_ms))
        # No more digits than the noise deserves.
        return np.maximum(np.round(noisy, 1), LEAST_PUBLISHED_MS)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """Times by the density of the noise between; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        edges = np.concatenate([-NOISE_ENDS[:0:-1], NOISE_ENDS]) * self.parameter
        mass = np.diff(_laplace_cdf(edges / self.parameter)) / np.diff(edges)
        low, high, weight = _behind_noise(published_ms[pair], edges, mass)
        cut = published_ms[pair] <= LEAST_PUBLISHED_MS
        if cut.any():
            # Cut off: any noise that took it below will have done.
            times = np.linspace(0.0, NOISE_ENDS[-1], len(edges)) * self.parameter
            middle = 0.5 * (times[1:] + times[:-1])
            low[cut, 0], high[cut, 0] = times[:-1], times[1:]
            weight[cut, 0] = _laplace_cdf((LEAST_PUBLISHED_MS - middle) / self.parameter)
        return Sets(pair, low, high, weight, np.ones(1))

    def epsilon_per_km(self, n_landmarks: int, ms_per_km: float) -> float | None:
        """Laplace's mechanism, composed over landmarks; see `Mechanism.epsilon_per_km`."""
        return n_landmarks * ms_per_km / self.parameter

    def describe(self) -> str:
        """Say what it does."""
        return f"Laplace noise of scale {self.parameter:g} ms on each pair"


@dataclasses.dataclass(frozen=True)
class MinimumOf(Positive):
    """Delay each of n samples by an exponential 10 ms, and publish the minimum: noise defeated."""

    parameter: float = 10.0
    name: ClassVar[str] = "min-of-n"
    unit: ClassVar[str] = "samples"
    random: ClassVar[bool] = True
    scale_ms: ClassVar[float] = 10.0

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Add the least of n delays; see `Mechanism.publish`."""
        least = lots.exponential(self.scale_ms / self.parameter, len(rtt_ms))
        return np.maximum(np.round(rtt_ms + least, 1), LEAST_PUBLISHED_MS)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """The least of n exponentials is exponential with scale / n; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        scale = self.scale_ms / self.parameter
        edges = NOISE_ENDS * scale
        mass = -np.diff(np.exp(-edges / scale)) / np.diff(edges)
        # Published to a tenth: half of that either way.
        shown = published_ms[pair] + 0.5 * LEAST_PUBLISHED_MS
        return Sets(pair, *_behind_noise(shown, edges, mass), np.ones(1))

    def describe(self) -> str:
        """Say what it does."""
        return (
            f"exponential delays of {self.scale_ms:g} ms on each sample, "
            f"minimum of {self.parameter:g} samples"
        )


def _laplace_cdf(x: FloatArray) -> FloatArray:
    return np.where(x < 0, 0.5 * np.exp(np.minimum(x, 0)), 1 - 0.5 * np.exp(-np.maximum(x, 0)))


def _behind_noise(
    published_ms: FloatArray, edges: FloatArray, mass: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Intervals of the true time behind each interval of the noise, with the noise's density."""
    high = published_ms[:, None, None] - edges[None, None, :-1]
    low = published_ms[:, None, None] - edges[None, None, 1:]
    return np.maximum(low, 0.0), high, np.broadcast_to(mass, high.shape).copy()


@dataclasses.dataclass(frozen=True)
class NoisePerPeer(Positive):
    """Add one delay to all times of a target, drawn once, up to this: RFC 9506's hidden delay."""

    parameter: float = 10.0
    name: ClassVar[str] = "noise-per-peer"
    unit: ClassVar[str] = "ms"
    random: ClassVar[bool] = True
    constant: ClassVar[bool] = True

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Add the target's delay; see `Mechanism.publish`."""
        hidden = lots.uniform(0.0, self.parameter, int(target.max(initial=-1)) + 1)
        return np.maximum(np.round(rtt_ms + hidden[target], 1), LEAST_PUBLISHED_MS)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """A case for each part of the hidden delay; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        edges = np.linspace(0.0, self.parameter, PEER_CASES + 1)
        shown = published_ms[pair, None, None] + 0.5 * LEAST_PUBLISHED_MS
        low = np.maximum(shown - edges[None, 1:, None] - LEAST_PUBLISHED_MS, 0.0)
        high = shown - edges[None, :-1, None]
        return Sets(pair, low, high, np.ones_like(low), np.full(PEER_CASES, 1 / PEER_CASES))

    def describe(self) -> str:
        """Say what it does."""
        return f"one hidden delay of up to {self.parameter:g} ms for each target"


@dataclasses.dataclass(frozen=True)
class DropLowest(Mechanism):
    """Withhold the lowest times of each target."""

    parameter: float = 1.0
    name: ClassVar[str] = "drop-lowest"
    unit: ClassVar[str] = "pairs"

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Withhold the lowest; see `Mechanism.publish`."""
        order = np.lexsort((landmark, rtt_ms, target))
        first = np.searchsorted(target[order], target[order], side="left")
        published = rtt_ms.copy()
        published[order[np.arange(len(order)) - first < self.parameter]] = np.nan
        return published

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """What is withheld is no longer than the least published; see `Mechanism.sets`."""
        withheld = ~np.isfinite(published_ms)
        if withheld.all():
            return Mechanism.sets(self, published_ms, resolution_ms)
        least = float(np.nanmin(published_ms))
        high = np.where(withheld, least, published_ms)
        low = np.where(withheld, 0.0, high - _coarse(resolution_ms))
        return Sets.single(np.arange(len(high)), np.maximum(low, 0.0), high)

    def describe(self) -> str:
        """Say what it does."""
        return f"the {self.parameter:g} lowest of each target withheld"


@dataclasses.dataclass(frozen=True)
class SpinDisabled(Positive):
    """Show nothing of one connection in k, as QUIC's spin bit is disabled (RFC 9000, 17.4)."""

    parameter: float = 16.0
    name: ClassVar[str] = "spin-disabled"
    unit: ClassVar[str] = "one in"
    random: ClassVar[bool] = True

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Withhold one in k by lot; see `Mechanism.publish`."""
        hidden = lots.uniform(size=len(rtt_ms)) < 1 / max(self.parameter, 1.0)
        return np.where(hidden, np.nan, rtt_ms)

    def describe(self) -> str:
        """Say what it does."""
        return f"one pair in {self.parameter:g} withheld by lot"


@dataclasses.dataclass(frozen=True)
class Blur(Positive):
    """Publish landmarks up to this many km from where they are, evenly over the disc."""

    parameter: float = 50.0
    name: ClassVar[str] = "blur"
    unit: ClassVar[str] = "km"
    random: ClassVar[bool] = True
    blurs: ClassVar[bool] = True

    def describe(self) -> str:
        """Say what it does."""
        return f"landmarks moved by up to {self.parameter:g} km"


@dataclasses.dataclass(frozen=True)
class Median(Positive):
    """Publish one number for a target: the lower median of its times, rounded up to a multiple."""

    parameter: float = 10.0
    name: ClassVar[str] = "median"
    unit: ClassVar[str] = "ms"

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Put the median in place of all; see `Mechanism.publish`."""
        published = np.empty(len(rtt_ms))
        for one in np.unique(target):
            own = np.flatnonzero(target == one)
            middle = np.sort(rtt_ms[own])[(len(own) - 1) // 2]
            published[own] = _up_to(np.array([middle]), self.parameter)[0]
        return published

    def describe(self) -> str:
        """Say what it does."""
        return f"only the median of each target, rounded up to {self.parameter:g} ms"


MECHANISMS: Final[dict[str, type[Mechanism]]] = {
    one.name: one
    for one in (
        Mechanism, Round, Buckets, Floor, Noise, NoisePerPeer, MinimumOf, DropLowest,
        SpinDisabled, Blur, Median,
    )
}  # fmt: skip
"""By name."""


def mechanism(name: str, parameter: float | None = None) -> Mechanism:
    """Make a mechanism of its name.

    Parameters
    ----------
    name
        One of `MECHANISMS`.
    parameter
        Its parameter; the usual one by default.

    Returns
    -------
    Mechanism
        Ready to publish.

    Raises
    ------
    BadInputError
        For an unknown name, or a parameter that is not a number above 0.
    """
    if name not in MECHANISMS:
        raise BadInputError(f"mechanism {name!r}, expected one of {', '.join(MECHANISMS)}")
    return MECHANISMS[name]() if parameter is None else MECHANISMS[name](parameter)
