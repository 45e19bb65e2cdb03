"""Tempering and levels: how far a likelihood may be believed, learnt on targets that were left out.

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

from rttgeo.estimators.calibrated.seen import NOBODY_SEEN, Seen
from rttgeo.estimators.calibrated.settings import Settings, Tempering
from rttgeo.typing import FloatArray

DEPTHS = np.concatenate([np.linspace(0.0, 4.0, 41), np.geomspace(4.2, 28.0, 40)])
"""-log(1 - level) at which trials keep the area of their regions."""


@dataclasses.dataclass(frozen=True)
class Levels:
    """Nominal level to the level that the posterior must be asked for.

    Attributes
    ----------
    depth
        Sorted -log(1 - level) at which left-out truths were found; empty when none are known.
    unseen
        Truths reckoned with beyond those seen (`Settings.unseen`).
    """

    depth: tuple[float, ...] = ()
    unseen: float = 1.5

    def deep(self, level: float) -> float:
        """Find the depth below which the nominal share of the left-out truths was found.

        The rank among ``unseen`` truths more than were seen, interpolated.
        Beyond the deepest truth seen the posterior's own tail is followed.

        Parameters
        ----------
        level
            Nominal probability, above 0 and at most 1.

        Returns
        -------
        float
            Depth, -log(1 - level) of the posterior's own level.
        """
        count = len(self.depth)
        shares = np.arange(count + 1) / (count + self.unseen)
        depths = np.concatenate([[0.0], self.depth])
        if level <= shares[-1]:
            return float(np.interp(level, shares, depths))
        return float(depths[-1] - np.log((1 - level) * (count + self.unseen) / self.unseen))

    def raw(self, level: float) -> float:
        """Find the level to ask for, so that the nominal share of the left-out truths is covered.

        Parameters
        ----------
        level
            Nominal probability, above 0 and at most 1.

        Returns
        -------
        float
            Level of the posterior itself, at most 1; the nominal one where nothing was learnt.
        """
        if not self.depth or level >= 1:
            return level
        return float(min(-np.expm1(-self.deep(level)), 1.0)) or 1e-12

    def nominal(self, raw: FloatArray) -> FloatArray:
        """Find which nominal levels the posterior's own levels stand for: `raw` the other way.

        Parameters
        ----------
        raw
            Levels of the posterior itself, 0 to 1, any shape.

        Returns
        -------
        ndarray
            Of the same shape; the raw levels where nothing was learnt.
        """
        if not self.depth:
            return np.array(raw, dtype=np.float64)
        count = len(self.depth)
        shares = np.arange(count + 1) / (count + self.unseen)
        depths = np.concatenate([[0.0], self.depth])
        deep = -np.log1p(-np.minimum(raw, 1 - 1e-15))
        beyond = 1 - np.exp(depths[-1] - deep) * self.unseen / (count + self.unseen)
        return np.where(deep <= depths[-1], np.interp(deep, depths, shares), beyond)


def depth_of(held: float) -> float:
    """Turn a level into a depth, -log(1 - level), finite also for a truth outside of all cells.

    Parameters
    ----------
    held
        Probability held by the region that just reaches the truth, 0 to 1.

    Returns
    -------
    float
        Depth, 0 or more.
    """
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
    lowest_ms
        The lowest RTT.
    landmarks
        How many landmarks it was located from.
    """

    log_density: FloatArray
    depth: FloatArray
    area_km2: FloatArray
    lowest_ms: float
    landmarks: int = 0


class Calibration(NamedTuple):
    """What the left-out targets taught.

    Attributes
    ----------
    tempering, levels
        Exponents, and the levels that cover as named.
    n_trials
        Targets it was learnt on; 0 when there were too few, and all is generic.
    seen
        What these targets were like.
    """

    tempering: Tempering
    levels: Levels
    n_trials: int
    seen: Seen = NOBODY_SEEN


def choose(trials: Sequence[Trial], settings: Settings) -> Calibration:
    """Choose the best tempering, and learn its levels.

    Parameters
    ----------
    trials
        Left-out targets of known place, each tried with every tempering.
    settings
        Settings of the estimator.

    Returns
    -------
    Calibration
        Tempering, levels and number of trials; generic where the trials are too few.
    """
    if len(trials) < settings.min_trials:
        levels = Levels(settings.generic_depth, settings.unseen)
        return Calibration(settings.generic_tempering, levels, 0)
    least = np.log(settings.miss_density)
    score = np.mean([np.maximum(t.log_density, least) for t in trials], axis=0)
    areas = _mean_log_areas(trials, settings)
    size = np.where(score >= score.max() - settings.nearly_nats, areas, np.inf)
    best = int(np.argmin(size))
    tempering = settings.temperings()[best]
    levels = _levels(trials, best, settings) if settings.conformal else Levels()
    return Calibration(tempering, levels, len(trials))


def _levels(trials: Sequence[Trial], tempering: int, settings: Settings) -> Levels:
    depth = tuple(sorted(float(t.depth[tempering]) for t in trials))
    return Levels(depth, settings.unseen)


def _mean_log_areas(trials: Sequence[Trial], settings: Settings) -> FloatArray:
    """Mean log area of the regions that cover as named, over trials and levels; per tempering."""
    sizes = []
    for number in range(len(settings.temperings())):
        levels = _levels(trials, number, settings)
        deep = [levels.deep(level) for level in settings.judged_levels]
        log_area = np.mean([np.log(t.area_km2[number]) for t in trials], axis=0)
        sizes.append(np.interp(deep, DEPTHS, log_area).mean())
    return np.array(sizes)
