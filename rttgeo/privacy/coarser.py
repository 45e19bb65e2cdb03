"""Mechanisms that publish coarser times, or a single time per target."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Final

import numpy as np

from rttgeo.privacy.mechanism import Positive, Sets, coarse
from rttgeo.typing import FloatArray, IntArray

SERIES: Final = (1.0, 2.0, 5.0)
"""Upper ends of buckets, to be multiplied by powers of ten."""


@dataclasses.dataclass(frozen=True)
class Round(Positive):
    """Round up to a multiple of the parameter, as browsers do with 25 ms."""

    parameter: float = 10.0
    name: ClassVar[str] = "round"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True

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
        """Describe the mechanism in words."""
        return f"rounded up to a multiple of {self.parameter:g} ms"


@dataclasses.dataclass(frozen=True)
class Floor(Positive):
    """Publish nothing below a floor: shorter times become the floor, as advised at PAM 2018."""

    parameter: float = 10.0
    name: ClassVar[str] = "floor"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Raise to the floor; see `Mechanism.publish`."""
        return np.maximum(rtt_ms, self.parameter)

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """All times up to the floor, if the floor is published; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        high = published_ms[pair]
        low = np.where(high <= self.parameter, 0.0, high - coarse(resolution_ms[pair]))
        return Sets.single(pair, np.maximum(low, 0.0), high)

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"nothing below {self.parameter:g} ms"


@dataclasses.dataclass(frozen=True)
class Buckets(Positive):
    """Publish the upper end of a bucket: the parameter, then the series 1, 2, 5, 10 … above it."""

    parameter: float = 10.0
    name: ClassVar[str] = "buckets"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True

    def ends(self) -> FloatArray:
        """Upper ends of the buckets, ms, from the parameter to beyond any measured time."""
        every = [base * 10.0**power for power in range(-3, 8) for base in SERIES]
        return np.array([self.parameter, *(end for end in every if end > self.parameter)])

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Replace times by the ends of their buckets; see `Mechanism.publish`."""
        ends = self.ends()
        return ends[np.searchsorted(ends, rtt_ms)]

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """All times in the bucket; see `Mechanism.sets`."""
        pair = np.flatnonzero(np.isfinite(published_ms))
        high, ends = published_ms[pair], np.concatenate([[0.0], self.ends()])
        # The end below the published one, with half a per cent allowed for how it was written.
        low = ends[np.maximum(np.searchsorted(ends, high * 0.995) - 1, 0)]
        return Sets.single(pair, np.maximum(low - np.nan_to_num(resolution_ms[pair]), 0.0), high)

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"buckets that end at {self.parameter:g} ms, then 1, 2, 5, 10 … above"


@dataclasses.dataclass(frozen=True)
class Median(Positive):
    """Publish one number per target: the lower median of its times, rounded up to a multiple."""

    parameter: float = 10.0
    name: ClassVar[str] = "median"
    unit: ClassVar[str] = "ms"
    alters: ClassVar[bool] = True
    bounds: ClassVar[bool] = False

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Replace all times by the median; see `Mechanism.publish`."""
        published = np.empty(len(rtt_ms))
        for one in np.unique(target):
            own = np.flatnonzero(target == one)
            middle = np.sort(rtt_ms[own])[(len(own) - 1) // 2]
            published[own] = _up_to(np.array([middle]), self.parameter)[0]
        return published

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"only the median of each target, rounded up to {self.parameter:g} ms"


def _up_to(rtt_ms: FloatArray, step_ms: float) -> FloatArray:
    """Round up to a multiple; values that are multiples up to rounding error are kept."""
    return np.asarray(np.maximum(np.ceil(rtt_ms / step_ms - 1e-9), 1.0) * step_ms)
