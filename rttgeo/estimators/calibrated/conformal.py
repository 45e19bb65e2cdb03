"""Temper and levels: how far a likelihood may be believed, learnt on targets that were left out.

Delays of one target share paths, so that their product is too sure of itself. Of the exponents
that give the left-out truths nearly the highest density, those are chosen whose regions are
smallest once they cover as named; they cover as named because they are asked for at the levels
at which those truths were found (split conformal prediction: Vovk, Gammerman and Shafer,
Algorithmic Learning in a Random World, 2005).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rttgeo.typing import FloatArray

TEMPERS = (0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.45)
NEAREST_WEIGHTS = (0.0, 0.25, 0.5, 0.75)
NEARLY_NATS = 0.1
"""Mean log density within which temperings are told apart by the size of their regions: the mean
hangs on a few odd truths."""
JUDGED_LEVELS = (0.8, 0.9, 0.95)
DEPTHS = np.concatenate([np.linspace(0.0, 4.0, 41), np.geomspace(4.2, 28.0, 40)])
"""-log(1 - level) at which trials keep the area of their regions."""
MISS_DENSITY = 1e-10
"""Density per km² granted to a truth outside of all cells: 20 times thinner than the globe."""
SNAP_FLOOR_KM = 10.0
LEAST_GAIN = 0.1
"""By which share of it the median error of shortest ping must be beaten for another place."""
SURE_GAIN = 2.0
"""By how many standard errors the mean log error must be smaller, too."""
UNSEEN = 1.5
"""Truths reckoned with beyond those seen: one for the target itself, as in split conformal
prediction, and half a one because the tempering was chosen on the same trials."""
MIN_SCORES = 12


class Tempering(NamedTuple):
    """Exponents of the likelihood of the field and of the nearest landmark's own."""

    field: float
    nearest: float


GENERIC_TEMPERING = Tempering(0.15, 0.5)
PLACE_TEMPERING = Tempering(0.2, 0.25)
"""For the place alone: a region must hold the odd truths too, and is chosen wider for them."""


@dataclasses.dataclass(frozen=True)
class Levels:
    """Nominal level to the level that the posterior must be asked for.

    Attributes
    ----------
    depth
        Sorted -log(1 - level) at which left-out truths were found; empty when none are known.
    """

    depth: tuple[float, ...] = ()

    def deep(self, level: float) -> float:
        """Depth below which the nominal share of the left-out truths was found.

        The rank among `UNSEEN` truths more than were seen, interpolated.
        Beyond the deepest truth seen the posterior's own tail is followed.
        """
        count = len(self.depth)
        shares = np.arange(count + 1) / (count + UNSEEN)
        depths = np.concatenate([[0.0], self.depth])
        if level <= shares[-1]:
            return float(np.interp(level, shares, depths))
        return float(depths[-1] - np.log((1 - level) * (count + UNSEEN) / UNSEEN))

    def raw(self, level: float) -> float:
        """Level to ask for, so that the nominal share of the left-out truths is covered."""
        if not self.depth or level >= 1:
            return level
        return float(min(-np.expm1(-self.deep(level)), 1.0)) or 1e-12


def depth_of(held: float) -> float:
    """-log(1 - level), finite also for a truth outside of all cells."""
    return float(-np.log1p(-min(held, 1 - 1e-12)))


class Trial(NamedTuple):
    """One left-out target of known place under every tempering.

    Attributes
    ----------
    log_density
        Of the truth, per km², one per tempering.
    depth
        At which the truth is found, one per tempering.
    area_km2
        Of the regions at `DEPTHS`, shape (n_temperings, n_depths).
    nearest_km, lowest_ms
        Error of shortest ping, and the lowest RTT.
    """

    log_density: FloatArray
    depth: FloatArray
    area_km2: FloatArray
    nearest_km: float
    lowest_ms: float


class Calibration(NamedTuple):
    """What the left-out targets taught.

    Attributes
    ----------
    tempering, levels
        Exponents, and the levels that cover as named.
    snap_ms
        Lowest RTT up to which the quickest landmark's own place is the answer.
    n_trials
        Targets it was learnt on; 0 when there were too few, and all is generic.
    """

    tempering: Tempering
    levels: Levels
    snap_ms: float
    n_trials: int


GENERIC_CALIBRATION = Calibration(GENERIC_TEMPERING, Levels(), 1.0, 0)


def temperings() -> list[Tempering]:
    """All that are tried."""
    return [Tempering(field, nearest) for field in TEMPERS for nearest in NEAREST_WEIGHTS]


def choose(trials: Sequence[Trial]) -> Calibration:
    """Best tempering, and its levels; the snap stays generic."""
    if len(trials) < MIN_SCORES:
        return GENERIC_CALIBRATION
    score = np.mean([np.maximum(t.log_density, np.log(MISS_DENSITY)) for t in trials], axis=0)
    size = np.where(score >= score.max() - NEARLY_NATS, _mean_log_areas(trials), np.inf)
    best = int(np.argmin(size))
    tempering = temperings()[best]
    return Calibration(tempering, _levels(trials, best), GENERIC_CALIBRATION.snap_ms, len(trials))


def _levels(trials: Sequence[Trial], tempering: int) -> Levels:
    return Levels(tuple(sorted(float(t.depth[tempering]) for t in trials)))


def _mean_log_areas(trials: Sequence[Trial]) -> FloatArray:
    """Mean log area of the regions that cover as named, over trials and levels; per tempering."""
    sizes = []
    for number in range(len(temperings())):
        levels = _levels(trials, number)
        deep = [levels.deep(level) for level in JUDGED_LEVELS]
        log_area = np.mean([np.log(t.area_km2[number]) for t in trials], axis=0)
        sizes.append(np.interp(deep, DEPTHS, log_area).mean())
    return np.array(sizes)


def choose_snap(trials: Sequence[Trial], error_km: FloatArray) -> float:
    """Lowest RTT up to which the quickest landmark's own place is the answer: all, or none.

    All, unless the median error of another place is smaller by `LEAST_GAIN`, and the mean log
    error for sure: where landmarks are dense the quickest one is hard to beat. A limit in between
    was no better on the meshes at hand, and hung on a few trials.
    """
    nearest = np.array([t.nearest_km for t in trials])
    gain = np.log((nearest + SNAP_FLOOR_KM) / (error_km + SNAP_FLOOR_KM))
    clear = np.median(error_km) <= (1 - LEAST_GAIN) * np.median(nearest)
    sure = gain.mean() > SURE_GAIN * gain.std() / np.sqrt(len(gain))
    return 0.0 if clear and sure else np.inf
