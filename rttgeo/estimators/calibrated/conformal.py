"""Tempering and levels: how far a likelihood can be trusted, learnt from left-out targets.

The delays of one target share paths, so the product of their likelihoods is overconfident. Among
the exponents that give the left-out true places nearly the highest density, those with the smallest
regions at the nominal coverage are chosen. Regions have the nominal coverage because they are
computed at the levels at which those true places were found (split conformal prediction: Vovk,
Gammerman and Shafer, Algorithmic Learning in a Random World, 2005).
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
"""Values of -log(1 - level) at which trials record the area of their regions."""


@dataclasses.dataclass(frozen=True)
class Levels:
    """The map from nominal levels to levels of the posterior.

    Attributes
    ----------
    depth
        Values of -log(1 - level) at which left-out true places were found, sorted; empty if there
        are none.
    unseen
        Number of true places assumed beyond those seen (`Settings.unseen`).
    """

    depth: tuple[float, ...] = ()
    unseen: float = 1.5

    def deep(self, level: float) -> float:
        """Find the depth within which the nominal share of the left-out true places was found.

        Ranks are interpolated among ``unseen`` more true places than were seen. Beyond the deepest
        one seen, the tail is that of the posterior itself.

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
        """Find the posterior level that covers the nominal share of the left-out true places.

        Parameters
        ----------
        level
            Nominal probability, above 0 and at most 1.

        Returns
        -------
        float
            Level of the posterior itself, at most 1; equal to the nominal level if nothing was
            learnt.
        """
        if not self.depth or level >= 1:
            return level
        return float(min(-np.expm1(-self.deep(level)), 1.0)) or 1e-12

    def nominal(self, raw: FloatArray) -> FloatArray:
        """Find the nominal levels that the posterior's own levels stand for: the inverse of `raw`.

        Parameters
        ----------
        raw
            Levels of the posterior itself, from 0 to 1, of any shape.

        Returns
        -------
        ndarray
            Nominal levels, of the same shape; equal to the raw levels if nothing was learnt.
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
    """Convert a level to a depth, -log(1 - level), which is finite even outside of all cells.

    Parameters
    ----------
    held
        Probability of the region that just reaches the true place, from 0 to 1.

    Returns
    -------
    float
        The depth, 0 or more.
    """
    return float(-np.log1p(-min(held, 1 - 1e-12)))


class Trial(NamedTuple):
    """The result for one left-out target of known place, under every tempering.

    Attributes
    ----------
    log_density
        Log density at the true place, per km², one per tempering.
    depth
        Depth at which the true place is found, one per tempering.
    area_km2
        Area of the regions at `DEPTHS`, km², shape (n_temperings, n_depths).
    lowest_ms
        The lowest RTT, ms.
    landmarks
        Number of landmarks that it was located from.
    """

    log_density: FloatArray
    depth: FloatArray
    area_km2: FloatArray
    lowest_ms: float
    landmarks: int = 0


class Calibration(NamedTuple):
    """What was learnt from the left-out targets.

    Attributes
    ----------
    tempering, levels
        The exponents, and the levels that give the nominal coverage.
    n_trials
        Number of targets it was learnt from; 0 if there were too few and everything is generic.
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
        Tempering, levels and number of trials; generic if there are too few trials.
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
    """Mean log area of regions with nominal coverage, over trials and levels, per tempering."""
    sizes = []
    for number in range(len(settings.temperings())):
        levels = _levels(trials, number, settings)
        deep = [levels.deep(level) for level in settings.judged_levels]
        log_area = np.mean([np.log(t.area_km2[number]) for t in trials], axis=0)
        sizes.append(np.interp(deep, DEPTHS, log_area).mean())
    return np.array(sizes)
