"""Temper and levels: how far a likelihood may be believed, learnt on targets that were left out.

Delays of one target share paths, so that their product is too sure of itself. The exponent
that gives the left-out truths the highest density is chosen; what is still wrong with the
levels of the regions is then put right by the levels at which those truths were found
(split conformal prediction: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World,
2005).
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

TEMPERS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.45)
NEAREST_WEIGHTS = (0.0, 0.5, 1.0)
MISS_DENSITY = 1e-10
"""Density per km² granted to a truth outside of all cells: 20 times thinner than the globe."""
SNAPS_MS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, np.inf)
SNAP_FLOOR_KM = 10.0
SNAP_SE = 1.5
"""Standard errors that count as no difference. With one, a dense mesh of server sites came out 5 %
behind shortest ping; chosen on that mesh."""
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

    def raw(self, level: float) -> float:
        """Level to ask for, so that the nominal share of the left-out truths is covered.

        One more miss is reckoned with than were seen, since the tempering was chosen on the same
        targets. Beyond the deepest truth seen the posterior's own tail is followed.
        """
        if not self.depth or level >= 1:
            return level
        count = len(self.depth)
        shares = np.arange(count + 1) / (count + 2)
        depths = np.concatenate([[0.0], self.depth])
        if level <= shares[-1]:
            deep = float(np.interp(level, shares, depths))
        else:
            deep = float(depths[-1] - np.log((1 - level) * (count + 2) / 2))
        return float(min(-np.expm1(-deep), 1.0)) or 1e-12


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
        parts, where the median is drawn in between. s is a third of the radius of a disc as
        large as the raw 95 % region, so that the answer does not depend on the scale.
        """
        likely = self._by_density[:LIKELY_CELLS]
        points = sphere.unit_vectors(*self.grid.lonlat(self.cells[likely]))
        size_km = np.sqrt(Posterior.credible_region(self, 0.95).area_km2 / np.pi)
        chord = np.sqrt(np.maximum(2 - 2 * points[:LIKELY_TRIED] @ points.T, 0.0))
        loss = np.log(chord * EARTH_RADIUS_KM + size_km / 3) @ self.probability[likely]
        return self._place(int(likely[np.argmin(loss)]))


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
    nearest_km, lowest_ms
        Error of shortest ping, and the lowest RTT.
    """

    log_density: FloatArray
    depth: FloatArray
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
    """Best tempering by mean log density of the truths, and its levels; the snap stays generic."""
    if len(trials) < MIN_SCORES:
        return GENERIC_CALIBRATION
    score = np.mean([np.maximum(t.log_density, np.log(MISS_DENSITY)) for t in trials], axis=0)
    best = int(np.argmax(score))
    levels = Levels(tuple(sorted(float(t.depth[best]) for t in trials)))
    return Calibration(temperings()[best], levels, GENERIC_CALIBRATION.snap_ms, len(trials))


def choose_snap(trials: Sequence[Trial], error_km: FloatArray) -> float:
    """Lowest RTT up to which the quickest landmark's place does no worse on the trials.

    The largest whose mean log error is within `SNAP_SE` standard errors of the best's: the simpler
    answer where the trials cannot tell (Breiman et al., Classification and Regression Trees,
    1984, section 3.4.3). Where landmarks are dense the quickest one is hard to beat.
    """
    nearest = np.array([t.nearest_km for t in trials])
    lowest = np.array([t.lowest_ms for t in trials])
    snap = np.asarray(SNAPS_MS)
    cost = np.log(np.where(lowest <= snap[:, None], nearest, error_km) + SNAP_FLOOR_KM)
    mean = cost.mean(axis=1)
    spread = (cost - cost[np.argmin(mean)]).std(axis=1) / np.sqrt(len(nearest))
    return float(snap[mean <= mean.min() + SNAP_SE * spread].max())
