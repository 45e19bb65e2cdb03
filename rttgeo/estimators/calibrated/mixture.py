"""One target under several hypotheses: all landmarks are right, or one of them is wrong.

Each hypothesis has its own possible cells and its own posterior; the result is their mixture,
weighted by the probability of each (Bayesian model averaging: Hoeting and others, Statistical
Science 14, 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rttgeo.cells.mixed import row_holding
from rttgeo.estimators.calibrated.cells import FINEST
from rttgeo.estimators.calibrated.conformal import Levels
from rttgeo.estimators.calibrated.likelihood import DROP_NATS, Evidence
from rttgeo.estimators.calibrated.posterior import GRID, CalibratedPosterior
from rttgeo.estimators.calibrated.settings import Tempering
from rttgeo.typing import BoolArray, FloatArray, IntArray


class Pieces(NamedTuple):
    """Non-overlapping cells, given by their first part on the finest grid and their size."""

    start: IntArray
    size: IntArray


class Doubts(NamedTuple):
    """Landmarks of a target that may be wrong, and their probabilities.

    Attributes
    ----------
    row
        Rows of their pairs, most doubtful first, shape (n,).
    probability
        Probability that this landmark, and no other, is wrong, shape (n,).
    """

    row: IntArray
    probability: FloatArray


NOBODY = Doubts(np.empty(0, dtype=np.int64), np.empty(0))


class Mixture:
    """The evidence about one target, under every hypothesis that is probable enough.

    Attributes
    ----------
    parts
        The evidence under each hypothesis, most probable first.
    weight
        Probability of each, summing to 1.
    doubted
        Landmarks that may be wrong, as rows of the target's pairs.
    """

    def __init__(
        self, parts: Sequence[Evidence], weight: FloatArray, doubted: Doubts = NOBODY
    ) -> None:
        order = np.argsort(-weight, kind="stable")
        self.parts: tuple[Evidence, ...] = tuple(parts[number] for number in order)
        self.weight: FloatArray = weight[order] / weight.sum()
        self.doubted = doubted

    @property
    def main(self) -> Evidence:
        """The evidence under the most probable hypothesis."""
        return self.parts[0]

    @cached_property
    def pieces(self) -> Pieces:
        """Cells of all hypotheses, at each place as fine as the finest of them."""
        every = [Pieces(one.cells.start, one.cells.size) for one in self.parts]
        return common_pieces(every)

    @cached_property
    def _rows(self) -> list[IntArray]:
        start = self.pieces.start
        return [row_holding(one.cells.start, one.cells.size, start) for one in self.parts]

    def density(self, tempering: Tempering) -> tuple[FloatArray, float]:
        """Mix the posterior densities of all hypotheses.

        Parameters
        ----------
        tempering
            Weights of the delays and of the nearest landmark in each posterior.

        Returns
        -------
        tuple[FloatArray, float]
            Probability per part (a cell of the finest grid) in each of `pieces`, and the log
            evidence.
        """
        mixed, evidence = np.zeros(len(self.pieces.start)), []
        for one, weight, row in zip(self.parts, self.weight, self._rows, strict=True):
            log_p = one.log_density(tempering)
            total = float(log_sum(log_p, one.cells.size))
            own = np.exp(log_p - total)
            mixed += weight * np.where(row >= 0, own[row], 0.0)
            evidence.append(total + np.log(weight * FINEST.cell_area_km2))
        return mixed, float(log_sum(np.array(evidence)))

    def posterior(self, tempering: Tempering, levels: Levels) -> CalibratedPosterior:
        """Mix the posteriors of all hypotheses.

        Parameters
        ----------
        tempering
            Weights of the delays and of the nearest landmark in each posterior.
        levels
            Levels learnt from left-out targets.

        Returns
        -------
        CalibratedPosterior
            Posterior over the cells with non-negligible probability.
        """
        if len(self.parts) == 1:
            return _posterior(self.main, tempering, levels)
        density, evidence = self.density(tempering)
        keep = density > density.max() * np.exp(-DROP_NATS)
        start, size = self.pieces.start[keep], self.pieces.size[keep]
        held = density[keep] * size
        return CalibratedPosterior(GRID, start, size, held / held.sum(), evidence, levels)

    def likely_place(self) -> tuple[float, float]:
        """Find the best single place.

        Returns
        -------
        tuple[float, float]
            Longitude and latitude, degrees.
        """
        settings = self.main.settings
        return self.posterior(settings.place_tempering, Levels()).likely_place()


def _posterior(evidence: Evidence, tempering: Tempering, levels: Levels) -> CalibratedPosterior:
    """Multiply the prior by the tempered likelihood, and normalise."""
    log_p = evidence.log_density(tempering)
    keep, top = log_p >= log_p.max() - DROP_NATS, float(log_p.max())
    size = evidence.cells.size[keep]
    weight = np.exp(log_p[keep] - top) * size
    total = float(weight.sum())
    log_total = top + np.log(total * GRID.cell_area_km2)
    start = evidence.cells.start[keep]
    return CalibratedPosterior(GRID, start, size, weight / total, log_total, levels)


def log_sum(values: FloatArray, weight: IntArray | None = None) -> FloatArray:
    """Log of weighted sums of exponentials, with the same bits as `scipy.special.logsumexp`.

    That function takes any array of any library and prepares for values that do not occur here,
    which takes longer than the sum.

    Parameters
    ----------
    values
        Natural logarithms, shape (..., n), finite or -inf, at least one of each n finite.
    weight
        Factors of the exponentials, above 0, shape (n,); None for 1.

    Returns
    -------
    FloatArray
        Natural logarithms of the sums, shape (...).
    """
    top = values.max(axis=-1, keepdims=True)
    highest = values == top
    rest = np.exp(np.where(highest, -np.inf, values) - top)
    if weight is None:
        total, count = rest.sum(axis=-1), highest.sum(axis=-1).astype(float)
    else:
        total, count = (weight * rest).sum(axis=-1), (weight * highest).sum(axis=-1).astype(float)
    return np.asarray(np.log1p(total / count) + np.log(count) + top[..., 0])


def common_pieces(every: Sequence[Pieces]) -> Pieces:
    """Split cells until any two that overlap are equal.

    Parameters
    ----------
    every
        Sets of cells; those of one set do not overlap.

    Returns
    -------
    Pieces
        All resulting cells, each once, sorted.
    """
    parted = [_parted(one, [other for other in every if other is not one]) for one in every]
    start, first = np.unique(np.concatenate([one.start for one in parted]), return_index=True)
    return Pieces(start, np.concatenate([one.size for one in parted])[first])


def _parted(cells: Pieces, others: Sequence[Pieces]) -> Pieces:
    """Split cells that are larger than the cells of another set inside them."""
    done = [Pieces(cells.start[:0], cells.size[:0])]
    start, size = cells
    while len(start):
        coarse = np.zeros(len(start), dtype=bool)
        for other in others:
            coarse |= _holds_smaller(start, size, other)
        done.append(Pieces(start[~coarse], size[~coarse]))
        quarter = size[coarse] // 4
        start = (start[coarse][:, None] + quarter[:, None] * np.arange(4)).ravel()
        size = np.repeat(quarter, 4)
    return Pieces(
        np.concatenate([one.start for one in done]), np.concatenate([one.size for one in done])
    )


def _holds_smaller(start: IntArray, size: IntArray, other: Pieces) -> BoolArray:
    if not len(other.start):
        return np.zeros(len(start), dtype=bool)
    first = np.searchsorted(other.start, start)
    at = np.minimum(first, len(other.start) - 1)
    inside = (first < len(other.start)) & (other.start[at] < start + size)
    # Cells are nested: the first one inside is smaller, or it is the cell itself.
    found: BoolArray = inside & (other.size[at] < size)
    return found
