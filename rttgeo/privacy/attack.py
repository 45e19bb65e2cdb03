"""The attack: prior × probability of what was published, over cells as fine as they need be.

Optimal under its assumptions: the attacker knows the mechanism, its parameter, the law of delays
and the prior, and Bayes' rule wastes nothing (Shokri et al., IEEE S&P 2011). What it assumes: the
law of delays is right, and mechanisms draw their lots for each target by itself.
"""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.errors import BadInputError
from rttgeo.kernels.attack import add_median, add_up, widened
from rttgeo.kernels.nested import nested_centres
from rttgeo.privacy.blurring import blurred
from rttgeo.privacy.law import FLOOR, KNOTS, DelayLaw, knot_distances
from rttgeo.privacy.mechanisms import Blur, Mechanism, Median, Sets
from rttgeo.privacy.priors import FINEST_NSIDE, PlacePrior
from rttgeo.typing import FloatArray, IntArray

START_NSIDE: Final = 16
"""Cells 400 km wide: there are 3,072 on the globe; what they may hold at most decides."""
SPLIT_SHARE: Final = 1 / 1500
"""A cell that may hold more than this is parted: no metric hangs on what one cell holds."""
MAX_SPLITS: Final = 1500
"""Cells parted in one round, the likeliest."""
ROUNDS: Final = 14
"""Seven halvings lead to the finest cells; the others are for those that turn out to matter late."""
MAX_LANDMARKS: Final = 100
"""The quickest, by what was published: the others share most of their way."""
DROP_NATS: Final = 30.0
"""Cells this far below the best hold nothing that a number would show."""


class Observed(NamedTuple):
    """What an attacker got of one target.

    Attributes
    ----------
    lon, lat
        Places of the landmarks as they were published, degrees, shape (n,).
    published_ms
        Round-trip times as they were published, ms, NaN where withheld.
    resolution_ms
        How coarse readings were before the mechanism, ms.
    """

    lon: FloatArray
    lat: FloatArray
    published_ms: FloatArray
    resolution_ms: FloatArray

    @classmethod
    def of(
        cls,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        published_ms: npt.ArrayLike,
        resolution_ms: npt.ArrayLike = 0.0,
    ) -> Observed:
        """Make it of lists or single values.

        Parameters
        ----------
        lon, lat
            Degrees.
        published_ms
            Milliseconds, NaN where withheld.
        resolution_ms
            One for all, or one each.

        Returns
        -------
        Observed
            Of arrays.

        Raises
        ------
        BadInputError
            For places out of range, or a time that is not above 0.
        """
        x, y = sphere.check_lonlat(
            np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
        )
        times = np.broadcast_to(np.asarray(published_ms, dtype=float), x.shape).copy()
        if (times <= 0).any() or np.isinf(times).any():
            raise BadInputError("a published round-trip time is not above 0 ms")
        coarse = np.broadcast_to(np.asarray(resolution_ms, dtype=float), x.shape).copy()
        return cls(x, y, times, coarse)

    def quickest(self, most: int) -> Observed:
        """Keep the quickest landmarks, and all that were withheld.

        Parameters
        ----------
        most
            How many.

        Returns
        -------
        Observed
            The same when there are no more than that.
        """
        if len(self.lon) <= most:
            return self
        first = np.nan_to_num(self.published_ms, nan=0.0)
        keep = np.sort(np.argsort(first, kind="stable")[:most])
        return Observed(*(column[keep] for column in self))


@dataclasses.dataclass(frozen=True)
class DatabaseEntry:
    """What IP geolocation says of a target, as one more term of the likelihood.

    Attributes
    ----------
    lon, lat
        The entry, degrees.
    log_density
        Log density per km² of the target at distances `knot_distances` from it.
    """

    lon: float
    lat: float
    log_density: FloatArray


class Clues(NamedTuple):
    """Log likelihoods by distance from places: all that bears on one target.

    Attributes
    ----------
    places
        Unit vectors, shape (n, 3).
    which
        Row of each in the tables.
    tables
        Log likelihood, shape (rows, `KNOTS`, cases).
    log_case
        Log of each case's probability.
    median
        Of the target's times, where only that was published: log-free tables of the probability
        of a time below the interval and below its end; None otherwise.
    """

    places: FloatArray
    which: IntArray
    tables: np.ndarray
    log_case: FloatArray
    median: tuple[FloatArray, FloatArray] | None = None

    @classmethod
    def of(
        cls, observed: Observed, mechanism: Mechanism, law: DelayLaw,
        entry: DatabaseEntry | None = None,
    ) -> Clues:  # fmt: skip
        """Work out what was published by a known mechanism says at each distance.

        Parameters
        ----------
        observed
            What was published.
        mechanism
            By which.
        law
            Of delays.
        entry
            Of a database, if the attacker has one.

        Returns
        -------
        Clues
            To be summed over cells.
        """
        observed = observed.quickest(MAX_LANDMARKS)
        vectors = sphere.unit_vectors(observed.lon, observed.lat)
        if isinstance(mechanism, Median):
            return _median_clues(observed, vectors, mechanism, law, entry)
        sets = mechanism.sets(observed.published_ms, observed.resolution_ms)
        likely, allowed, which, power = _tables(sets, law)
        if isinstance(mechanism, Blur):
            likely, allowed = (blurred(one, mechanism.parameter) for one in (likely, allowed))
        # Errors of the law are alike between landmarks, what light forbids is not: only what the
        # law says beyond that counts by its power.
        hard = np.log(allowed + FLOOR)
        tables = hard + power[:, None, None] * (np.log(likely + FLOOR) - hard)
        log_case = np.log(sets.case_weight)
        found = cls(vectors[sets.pair], which, tables.astype(np.float32), log_case)
        return found.with_entry(entry)

    def with_entry(self, entry: DatabaseEntry | None) -> Clues:
        """Add what a database says.

        Parameters
        ----------
        entry
            The entry; None for none.

        Returns
        -------
        Clues
            With one more table.
        """
        if entry is None:
            return self
        place = sphere.unit_vectors(np.array([entry.lon]), np.array([entry.lat]))
        cases = self.tables.shape[2]
        more = np.repeat(entry.log_density.astype(np.float32)[None, :, None], cases, axis=2)
        return self._replace(
            places=np.concatenate([self.places, place]),
            which=np.append(self.which, len(self.tables)),
            tables=np.concatenate([self.tables, more]),
        )


def _tables(sets: Sets, law: DelayLaw) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Likelihood and what light allows by distance, row of each pair, power of each row.

    Tables have the shape (rows, knots, cases); pairs that say the same share a row.
    """
    n, cases, parts = sets.low_ms.shape
    if not n:
        nothing = np.ones((1, KNOTS, cases))
        return nothing, nothing, np.empty(0, dtype=np.int64), np.ones(1)
    key = np.concatenate([sets.low_ms, sets.high_ms, sets.weight], axis=2).reshape(n, -1)
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    low, high, weight = (
        part[first].reshape(-1, parts) for part in (sets.low_ms, sets.high_ms, sets.weight)
    )
    likely, allowed = (
        np.ascontiguousarray(one.reshape(len(first), cases, KNOTS).transpose(0, 2, 1))
        for one in law.likelihood(low, high, weight)
    )
    power = law.exponents(_own_deviation(sets, law))[first]
    return likely, allowed, which.reshape(-1).astype(np.int64), power


def _own_deviation(sets: Sets, law: DelayLaw) -> FloatArray:
    """Deviation of the true time within each pair's intervals, in log(RTT + offset)."""
    low, high = sets.low_ms[:, 0], np.maximum(sets.high_ms[:, 0], 0.0)
    mass = sets.weight[:, 0] * (high - low)
    mass /= np.maximum(mass.sum(axis=1), 1e-300)[:, None]
    middle = (mass * (low + high) / 2).sum(axis=1)
    square = (mass * (low**2 + low * high + high**2) / 3).sum(axis=1)
    found: FloatArray = np.sqrt(np.maximum(square - middle**2, 0.0)) / (middle + law.offset_ms)
    return found


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
    """One target under attack: cells are parted where the probability is.

    Parameters
    ----------
    clues
        What bears on the target.
    prior
        Where it is before.
    """

    def __init__(self, clues: Clues, prior: PlacePrior) -> None:
        self.clues, self.prior = clues, prior
        self._wide: dict[int, np.ndarray] = {}

    def posterior(self) -> MixedPosterior:
        """Part cells until none holds much, and normalise.

        Returns
        -------
        MixedPosterior
            Cells of 3 to 400 km.

        Raises
        ------
        BadInputError
            When the prior leaves no place.
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
        """Cells with the largest log mass that they may hold."""
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
        """Tables of the largest value within a cell's radius."""
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
            raise BadInputError("the prior leaves no place that the attack could name")
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


def _median_clues(
    observed: Observed, vectors: FloatArray, mechanism: Median, law: DelayLaw,
    entry: DatabaseEntry | None,
) -> Clues:  # fmt: skip
    """Tables of the probability of a time below the published interval, and below its end."""
    upto = np.array([[float(np.nanmax(observed.published_ms))]])
    from_ms = np.maximum(upto - mechanism.parameter, 0.0)
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    below = law.likelihood(zero, from_ms, one)[0][0] if from_ms[0, 0] > 0 else np.zeros(KNOTS)
    within = law.likelihood(zero, upto, one)[0][0]
    none = np.empty((0, KNOTS, 1), dtype=np.float32)
    which = np.full(len(vectors), -1, dtype=np.int64)
    return Clues(vectors, which, none, np.zeros(1), (below, within)).with_entry(entry)


def attack(
    observed: Observed,
    mechanism: Mechanism,
    law: DelayLaw,
    prior: PlacePrior,
    entry: DatabaseEntry | None = None,
) -> MixedPosterior:
    """Work out where a target can be, for an attacker who knows the mechanism.

    Parameters
    ----------
    observed
        What was published of it.
    mechanism
        By which; `Mechanism` itself for an attacker who takes what was published at its word.
    law
        Of delays.
    prior
        Of places.
    entry
        Of a database, if the attacker has one.

    Returns
    -------
    MixedPosterior
        The posterior.

    Raises
    ------
    BadInputError
        When the prior leaves no place.
    """
    return Attack(Clues.of(observed, mechanism, law, entry), prior).posterior()
