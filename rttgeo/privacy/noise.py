"""Mechanisms that add random delays to times."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Final

import numpy as np

from rttgeo.privacy.mechanism import Positive, Sets
from rttgeo.typing import FloatArray, IntArray

LEAST_PUBLISHED_MS: Final = 0.1
"""Times with noise are cut off here, since no time may be zero or less."""
NOISE_ENDS: Final = np.concatenate(
    [np.arange(0.0, 4.0, 0.5), np.arange(4.0, 8.0, 1.0), np.arange(8.0, 17.0, 2.0)]
)
"""Limits of intervals of the size of the noise, in units of its scale; the density is taken as
constant over each. Beyond sixteen scales there is one value in ten million."""
PEER_CASES: Final = 20
"""Number of parts into which a delay that is constant for a peer is divided."""


@dataclasses.dataclass(frozen=True)
class Noise(Positive):
    """Add Laplace noise of this scale to each pair, once; nothing below 0.1 ms is published."""

    parameter: float = 10.0
    name: ClassVar[str] = "noise"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True
    random: ClassVar[bool] = True
    noisy: ClassVar[bool] = True
    bounds: ClassVar[bool] = False

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Add noise; see `Mechanism.publish`."""
        noisy = rtt_ms + lots.laplace(0.0, self.parameter, len(rtt_ms))
        # No more digits than the noise justifies.
        return np.maximum(np.round(noisy, 1), LEAST_PUBLISHED_MS)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """Possible times, weighted by the density of the noise; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        edges = np.concatenate([-NOISE_ENDS[:0:-1], NOISE_ENDS]) * self.parameter
        mass = np.diff(_laplace_cdf(edges / self.parameter)) / np.diff(edges)
        low, high, weight = _behind_noise(published_ms[pair], edges, mass)
        cut = published_ms[pair] <= LEAST_PUBLISHED_MS
        if cut.any():
            # Cut off: any noise that led below this is possible.
            times = np.linspace(0.0, NOISE_ENDS[-1], len(edges)) * self.parameter
            middle = 0.5 * (times[1:] + times[:-1])
            low[cut, 0], high[cut, 0] = times[:-1], times[1:]
            weight[cut, 0] = _laplace_cdf((LEAST_PUBLISHED_MS - middle) / self.parameter)
        return Sets(pair, low, high, weight, np.ones(1))

    def epsilon_per_km(self, n_landmarks: int, ms_per_km: float) -> float | None:
        """Laplace's mechanism, composed over landmarks; see `Mechanism.epsilon_per_km`."""
        return n_landmarks * ms_per_km / self.parameter

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"Laplace noise of scale {self.parameter:g} ms on each pair"


@dataclasses.dataclass(frozen=True)
class MinimumOf(Positive):
    """Delay each of n samples exponentially by 10 ms and publish the minimum: noise undone."""

    parameter: float = 10.0
    name: ClassVar[str] = "min-of-n"
    unit: ClassVar[str] = "samples"
    alters: ClassVar[bool] = True
    random: ClassVar[bool] = True
    noisy: ClassVar[bool] = True
    scale_ms: ClassVar[float] = 10.0

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Add the smallest of n delays; see `Mechanism.publish`."""
        least = lots.exponential(self.scale_ms / self.parameter, len(rtt_ms))
        return np.maximum(np.round(rtt_ms + least, 1), LEAST_PUBLISHED_MS)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """The smallest of n exponentials is exponential with scale / n; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        scale = self.scale_ms / self.parameter
        edges = NOISE_ENDS * scale
        mass = -np.diff(np.exp(-edges / scale)) / np.diff(edges)
        # Published to a tenth: half of that in either direction.
        shown = published_ms[pair] + 0.5 * LEAST_PUBLISHED_MS
        return Sets(pair, *_behind_noise(shown, edges, mass), np.ones(1))

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return (
            f"exponential delays of {self.scale_ms:g} ms on each sample, "
            f"minimum of {self.parameter:g} samples"
        )


def _laplace_cdf(x: FloatArray) -> FloatArray:
    return np.where(x < 0, 0.5 * np.exp(np.minimum(x, 0)), 1 - 0.5 * np.exp(-np.maximum(x, 0)))


def _behind_noise(
    published_ms: FloatArray, edges: FloatArray, mass: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Intervals of the true time for each interval of the noise, with the density of the noise."""
    high = published_ms[:, None, None] - edges[None, None, :-1]
    low = published_ms[:, None, None] - edges[None, None, 1:]
    return np.maximum(low, 0.0), high, np.broadcast_to(mass, high.shape).copy()


@dataclasses.dataclass(frozen=True)
class NoisePerPeer(Positive):
    """Add one random delay up to this to all times of a target: RFC 9506's hidden delay."""

    parameter: float = 10.0
    name: ClassVar[str] = "noise-per-peer"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True
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
        """Describe the mechanism in words."""
        return f"one hidden delay of up to {self.parameter:g} ms for each target"
