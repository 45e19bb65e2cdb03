"""Every mechanism by its name; those that withhold times or blur places are defined here."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Final

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.privacy.coarser import Buckets, Floor, Median, Round
from rttgeo.privacy.mechanism import Mechanism, Positive, Sets, coarse
from rttgeo.privacy.noise import MinimumOf, Noise, NoisePerPeer
from rttgeo.typing import FloatArray, IntArray


@dataclasses.dataclass(frozen=True)
class DropLowest(Mechanism):
    """Withhold the lowest times of each target."""

    parameter: float = 1.0
    name: ClassVar[str] = "drop-lowest"
    unit: ClassVar[str] = "pairs"

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Withhold the lowest times; see `Mechanism.publish`."""
        order = np.lexsort((landmark, rtt_ms, target))
        first = np.searchsorted(target[order], target[order], side="left")
        published = rtt_ms.copy()
        published[order[np.arange(len(order)) - first < self.parameter]] = np.nan
        return published

    def sets(self, published_ms: FloatArray, resolution_ms: FloatArray) -> Sets:
        """Withheld times are at most the lowest published one; see `Mechanism.sets`."""
        withheld = ~np.isfinite(published_ms)
        if withheld.all():
            return Mechanism.sets(self, published_ms, resolution_ms)
        least = float(np.nanmin(published_ms))
        high = np.where(withheld, least, published_ms)
        low = np.where(withheld, 0.0, high - coarse(resolution_ms))
        return Sets.single(np.arange(len(high)), np.maximum(low, 0.0), high)

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"the {self.parameter:g} lowest of each target withheld"


@dataclasses.dataclass(frozen=True)
class SpinDisabled(Positive):
    """Withhold one connection in k, as the QUIC spin bit is disabled (RFC 9000, 17.4)."""

    parameter: float = 16.0
    name: ClassVar[str] = "spin-disabled"
    unit: ClassVar[str] = "one in"
    random: ClassVar[bool] = True

    def publish(
        self, rtt_ms: FloatArray, target: IntArray, landmark: IntArray, lots: np.random.Generator
    ) -> FloatArray:
        """Withhold one pair in k at random; see `Mechanism.publish`."""
        hidden = lots.uniform(size=len(rtt_ms)) < 1 / max(self.parameter, 1.0)
        return np.where(hidden, np.nan, rtt_ms)

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"one pair in {self.parameter:g} withheld at random"


@dataclasses.dataclass(frozen=True)
class Blur(Positive):
    """Publish landmarks up to this many km from their places, uniformly over the disc."""

    parameter: float = 50.0
    name: ClassVar[str] = "blur"
    unit: ClassVar[str] = "km"
    random: ClassVar[bool] = True
    blurs: ClassVar[bool] = True
    alters: ClassVar[bool] = True
    bounds: ClassVar[bool] = False

    def describe(self) -> str:
        """Describe the mechanism in words."""
        return f"landmarks moved by up to {self.parameter:g} km"


MECHANISMS: Final[dict[str, type[Mechanism]]] = {
    one.name: one
    for one in (
        Mechanism, Round, Buckets, Floor, Noise, NoisePerPeer, MinimumOf, DropLowest,
        SpinDisabled, Blur, Median,
    )
}  # fmt: skip
"""The mechanisms, by name."""

TITLES: Final[dict[str, str]] = {
    "none": "as they are",
    "round": "rounded up",
    "buckets": "buckets",
    "floor": "floor",
    "noise": "Laplace noise",
    "noise-per-peer": "one hidden delay a target",
    "min-of-n": "noisy minimum",
    "drop-lowest": "lowest withheld",
    "spin-disabled": "pairs withheld",
    "blur": "landmarks moved",
    "median": "median only",
}
"""What figures and tables of the paper call the mechanisms."""


def title(way: Mechanism) -> str:
    """Name a mechanism and its parameter as tables of the paper do.

    Parameters
    ----------
    way
        The mechanism.

    Returns
    -------
    str
        Such as ``rounded up, 10 ms``.
    """
    named = TITLES[way.name]
    if not way.unit:
        return named
    unit = way.unit.removesuffix("s") if way.parameter == 1 and way.unit != "ms" else way.unit
    amount = (unit, f"{way.parameter:g}")
    return f"{named}, {' '.join(amount if unit == 'one in' else reversed(amount))}"


def mechanism(name: str, parameter: float | None = None) -> Mechanism:
    """Make a mechanism by its name.

    Parameters
    ----------
    name
        One of `MECHANISMS`.
    parameter
        Its parameter; the usual one by default.

    Returns
    -------
    Mechanism
        The mechanism.

    Raises
    ------
    BadInputError
        When there is no such mechanism, or the parameter is not a number above 0.
    """
    if name not in MECHANISMS:
        raise BadInputError(f"mechanism {name!r}, expected one of {', '.join(MECHANISMS)}")
    return MECHANISMS[name]() if parameter is None else MECHANISMS[name](parameter)
