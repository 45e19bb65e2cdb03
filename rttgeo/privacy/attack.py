"""The attack: prior × likelihood of what was published, over cells as fine as necessary.

It is optimal under its assumptions: the attacker knows the mechanism, its parameter, the law of
delays and the prior, and Bayes' rule uses all information (Shokri et al., IEEE S&P 2011). It
assumes that the law of delays is right, and that mechanisms draw random numbers independently for
each target.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.errors import BadInputError
from rttgeo.kernels.attack import add_median, add_up, widened
from rttgeo.kernels.nested import nested_centres
from rttgeo.privacy.clues import Clues, DatabaseEntry, Observed
from rttgeo.privacy.law import FLOOR, KNOTS, DelayLaw, knot_distances
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.typing import FloatArray, IntArray

START_NSIDE: Final = 16
"""Initial cells, 400 km wide, of which there are 3,072 on the globe: an upper bound on the
probability in each decides which to split."""
SPLIT_SHARE: Final = 1 / 1500
"""A cell that may hold more probability than this is split, so that no metric depends on a single
cell."""
MAX_SPLITS: Final = 1500
"""Number of cells, the most probable ones, split in one round."""
ROUNDS: Final = 14
"""Number of rounds: seven halvings lead to the finest cells; the others are for cells that turn out
late to matter."""
FINEST_NSIDE: Final = 2048
"""Finest cells, 3 km wide: no declared place is known more precisely."""
DROP_NATS: Final = 30.0
"""Cells this far below the best hold too little probability to affect any figure."""


class _Pieces(NamedTuple):
    """Cells of several sizes: nside, nested number, centre, upper bound of the log mass."""

    nside: IntArray
    nested: IntArray
    centres: FloatArray
    value: FloatArray

    def joined(self, other: _Pieces) -> _Pieces:
        return _Pieces(*(np.concatenate(two) for two in zip(self, other, strict=True)))

    def where(self, keep: np.ndarray) -> _Pieces:
        return _Pieces(*(column[keep] for column in self))


class Attack:
    """One target under attack: cells are split where the probability is.

    Parameters
    ----------
    clues
        The evidence about the target.
    prior
        Where the target is likely to be, before the evidence.
    """

    def __init__(self, clues: Clues, prior: PlacePrior) -> None:
        self.clues, self.prior = clues, prior
        self._wide: dict[int, np.ndarray] = {}

    def posterior(self) -> MixedPosterior:
        """Split cells until none holds much probability, and normalise.

        Returns
        -------
        MixedPosterior
            Over cells of 3 to 400 km.

        Raises
        ------
        BadInputError
            When the prior rules out every place.
        """
        pieces = self._bounded(START_NSIDE, np.arange(12 * START_NSIDE**2))
        for _ in range(ROUNDS):
            share = _shares(pieces.value)
            part = (share > SPLIT_SHARE) & (pieces.nside < FINEST_NSIDE)
            if not part.any():
                break
            if np.count_nonzero(part) > MAX_SPLITS:
                part &= share >= np.partition(share[part], -MAX_SPLITS)[-MAX_SPLITS]
            pieces = pieces.where(~part).joined(self._parted(pieces.where(part)))
        return self._normalised(pieces)

    def _parted(self, pieces: _Pieces) -> _Pieces:
        found = None
        for nside in np.unique(pieces.nside).tolist():
            nested = pieces.nested[pieces.nside == nside]
            new = self._bounded(2 * nside, (4 * nested[:, None] + np.arange(4)).ravel())
            found = new if found is None else found.joined(new)
        assert found is not None
        return found

    def _bounded(self, nside: int, nested: IntArray) -> _Pieces:
        """Cells with an upper bound on the log mass of each."""
        centres = np.empty((len(nested), 3))
        nested_centres(nside, nested, centres)
        area = float(np.log(Grid(nside=nside).cell_area_km2))
        value = self.prior.bound(nside, nested, centres) + area
        value = value + self._summed(centres, self._widened(nside))
        return _Pieces(np.full(len(nested), nside), nested, centres, value)

    def _summed(self, centres: FloatArray, tables: np.ndarray) -> FloatArray:
        cases = tables.shape[2]
        out = np.zeros((len(centres), cases), dtype=np.float32)
        own = self.clues.which >= 0
        add_up(centres, self.clues.places[own], self.clues.which[own], tables, out)
        if self.clues.median is not None:
            places = self.clues.places[~own]
            add_median(centres, places, *self.clues.median, FLOOR, out)
        total = out.astype(np.float64) + self.clues.log_case
        top = total.max(axis=1)
        return np.asarray(top + np.log(np.exp(total - top[:, None]).sum(axis=1)))

    def _widened(self, nside: int) -> np.ndarray:
        """Tables of the largest value within the radius of a cell."""
        if nside not in self._wide:
            distance, reach = knot_distances(), Grid(nside=nside).cell_radius_km
            first = np.searchsorted(distance, distance - reach, side="right") - 1
            last = np.minimum(np.searchsorted(distance, distance + reach), KNOTS - 1)
            rows, knots, cases = self.clues.tables.shape
            flat = np.ascontiguousarray(self.clues.tables.transpose(0, 2, 1)).reshape(-1, knots)
            out = np.empty_like(flat)
            widened(flat, np.maximum(first, 0), last, out)
            wide = out.reshape(rows, cases, knots).transpose(0, 2, 1)
            self._wide[nside] = np.ascontiguousarray(wide)
        return self._wide[nside]

    def _normalised(self, pieces: _Pieces) -> MixedPosterior:
        value = np.empty(len(pieces.nside))
        for nside in np.unique(pieces.nside).tolist():
            own = pieces.nside == nside
            area = float(np.log(Grid(nside=nside).cell_area_km2))
            nested, centres = pieces.nested[own], pieces.centres[own]
            value[own] = self.prior.log_density(nside, nested, centres) + area
        value += self._summed(pieces.centres, self.clues.tables)
        top = float(value.max())
        if not top > -np.inf:
            raise BadInputError("the prior rules out every place that the attack could name")
        keep = value > top - DROP_NATS
        mass = np.exp(value[keep] - top)
        size = (FINEST_NSIDE // pieces.nside[keep]) ** 2
        start = pieces.nested[keep] * size
        order, total = np.argsort(start), float(mass.sum())
        grid, evidence = Grid(nside=FINEST_NSIDE), top + float(np.log(total))
        return MixedPosterior(grid, start[order], size[order], mass[order] / total, evidence)


def _shares(value: FloatArray) -> FloatArray:
    weight = np.exp(value - value.max())
    return np.asarray(weight / weight.sum())


def attack(
    observed: Observed,
    mechanism: Mechanism,
    law: DelayLaw,
    prior: PlacePrior,
    entry: DatabaseEntry | None = None,
) -> MixedPosterior:
    """Compute where a target is, for an attacker who knows the mechanism.

    Parameters
    ----------
    observed
        What was published about the target.
    mechanism
        The mechanism that published it; a plain `Mechanism` for an attacker who takes what was
        published at face value.
    law
        Law of delays.
    prior
        Prior over places.
    entry
        Entry of an IP geolocation database, if the attacker has one.

    Returns
    -------
    MixedPosterior
        The posterior of the target's place.

    Raises
    ------
    BadInputError
        When the prior rules out every place.
    """
    return Attack(Clues.of(observed, mechanism, law, entry), prior).posterior()
