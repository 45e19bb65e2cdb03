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
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.posterior import Posterior
from rttgeo.region import Region

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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
SNAPS_MS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, np.inf)
SNAP_FLOOR_KM = 10.0
LEAST_GAIN = 0.1
"""By which share of it the median error of shortest ping must be beaten for another place."""
UNSEEN = 1.5
"""Truths reckoned with beyond those seen: one for the target itself, as in split conformal
prediction, and half a one because the tempering was chosen on the same trials."""
MIN_SCORES = 12
LIKELY_CELLS = 500
LIKELY_TRIED = 250


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


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CalibratedPosterior(Posterior):
    """A posterior whose regions are asked for at the level that covers as often as named."""

    levels: Levels = Levels()

    def credible_region(self, level: float = 0.95) -> Region:
        """Region that holds the target with this probability, by the record of left-out ones."""
        if not 0 < level <= 1:
            return super().credible_region(level)
        return super().credible_region(self.levels.raw(level))

    def likely_place(self) -> tuple[float, float]:
        """Cell centre of least expected log(distance + s), ``(lon, lat)`` in degrees.

        A loss that hardly grows far away: it keeps to the main part of a posterior in several
        parts, where the median is drawn in between. s is two thirds of the radius of a disc
        as large as the raw 95 % region, so that the answer does not depend on the scale.
        """
        likely = self._likeliest(LIKELY_CELLS)
        points = sphere.unit_vectors(*self.grid.lonlat(self.cells[likely]))
        size_km = np.sqrt(self._raw_area_km2(0.95) / np.pi)
        chord = np.sqrt(np.maximum(2 - 2 * points[:LIKELY_TRIED] @ points.T, 0.0))
        loss = np.log(chord * EARTH_RADIUS_KM + size_km * 2 / 3) @ self.probability[likely]
        return self._place(int(likely[np.argmin(loss)]))

    def _likeliest(self, count: int) -> IntArray:
        """Rows of the most probable cells, in the order of `_by_density`, without sorting all."""
        if len(self.cells) <= count:
            return self._by_density
        rows = np.sort(np.argpartition(-self.probability, count)[:count])
        order: IntArray = rows[np.argsort(-self.probability[rows], kind="stable")]
        return order

    def _raw_area_km2(self, level: float) -> float:
        """Area of the region of a level as it stands, before it is put right."""
        held = np.cumsum(np.sort(self.probability)[::-1])
        return float((np.searchsorted(held, level) + 1) * self.grid.cell_area_km2)


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
        Lowest RTT up to which the quickest landmark's own place is the better answer.
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
    """Lowest RTT up to which the quickest landmark's place does no worse on the trials.

    The largest whose mean log error is within one standard error of the best's: the simpler answer
    where the trials cannot tell (Breiman et al., Classification and Regression Trees, 1984,
    section 3.4.3). Always that place unless the median error gets smaller by `LEAST_GAIN`: where
    landmarks are dense the quickest one is hard to beat.
    """
    nearest = np.array([t.nearest_km for t in trials])
    lowest = np.array([t.lowest_ms for t in trials])
    snap = np.asarray(SNAPS_MS)
    error = np.where(lowest <= snap[:, None], nearest, error_km)
    candidate = np.median(error, axis=1) <= (1 - LEAST_GAIN) * np.median(nearest)
    candidate[-1] = True
    cost = np.log(error + SNAP_FLOOR_KM)
    mean = np.where(candidate, cost.mean(axis=1), np.inf)
    spread = (cost - cost[np.argmin(mean)]).std(axis=1) / np.sqrt(len(nearest))
    return float(snap[mean <= mean.min() + spread].max())
