"""The evidence about a target under attack, as log likelihoods by distance."""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from rttgeo import sphere
from rttgeo.auditing.in_order import by_place, in_full_order, mixed, words_of
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.privacy.blurring import blurred
from rttgeo.privacy.coarser import Median
from rttgeo.privacy.law import FLOOR, KNOTS, DelayLaw
from rttgeo.privacy.mechanism import Mechanism, Sets
from rttgeo.privacy.mechanisms import Blur, DropLowest
from rttgeo.privacy.sanitising import Published
from rttgeo.typing import FloatArray, IntArray

MAX_LANDMARKS: Final = 100
"""Number of landmarks used, those most likely to be near: the others share most of their path."""
OWN_QUICKEST: Final = 10
"""Number of them chosen for their own times: so few that luck in those times does not matter."""
NEIGHBOURS: Final = 20
"""Number of neighbours whose mean time shows whether a landmark is near: averaging removes four
fifths of noise and residuals."""


class Observed(NamedTuple):
    """What an attacker observed of one target.

    Attributes
    ----------
    lon, lat
        Places of the landmarks as published, degrees, shape (n,).
    published_ms
        Round-trip times as published, ms, shape (n,); NaN where withheld.
    resolution_ms
        Resolution of the readings before the mechanism, ms, shape (n,).
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
        """Make an observation from lists or single values.

        Parameters
        ----------
        lon, lat
            Places of the landmarks, degrees.
        published_ms
            Published times, ms; NaN where withheld.
        resolution_ms
            Resolution, ms, one for all or one each.

        Returns
        -------
        Observed
            The observation, as arrays.

        Raises
        ------
        BadInputError
            When a place is out of range, or a time is not above 0.
        """
        x, y = sphere.check_lonlat(
            np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
        )
        times = np.broadcast_to(np.asarray(published_ms, dtype=float), x.shape).copy()
        if (times <= 0).any() or np.isinf(times).any():
            raise BadInputError("a published round-trip time is not above 0 ms")
        coarse = np.broadcast_to(np.asarray(resolution_ms, dtype=float), x.shape).copy()
        return cls(x, y, times, coarse)

    def informative(self, most: int, *, noisy: bool = False) -> Observed:
        """Keep the landmarks that are likely to be near, and all those whose times were withheld.

        Choosing landmarks because their own residuals are small would mislead the attack, which
        assumes unselected residuals. So a landmark's neighbours decide whether it is near. Only the
        few quickest of all, whose circles bound the region, are chosen for their own times, and
        none of them if each time has its own noise.

        Parameters
        ----------
        most
            Largest number to keep.
        noisy
            Whether each time has its own noise.

        Returns
        -------
        Observed
            The observation of those landmarks; unchanged if there are no more than ``most``.
        """
        if len(self.lon) <= most:
            return self
        rank = _by_neighbours(self)
        # Of equal times, which coarse clocks make many of, by lot: not those farthest west.
        lot = mixed(mixed(words_of(self.lon)) ^ words_of(self.lat))
        if not noisy:
            own = np.nan_to_num(self.published_ms, nan=0.0)
            rank[np.lexsort((lot, own))[:OWN_QUICKEST]] = 0.0
        keep = np.sort(np.lexsort((lot, rank))[:most])
        return Observed(*(column[keep] for column in self))


def _by_neighbours(seen: Observed) -> FloatArray:
    """Mean published time of the nearest other landmarks, ms; withheld times count as 0."""
    vectors = sphere.unit_vectors(seen.lon, seen.lat)
    known = np.isfinite(seen.published_ms)
    count = min(NEIGHBOURS, int(known.sum()) - 1)
    # One more than wanted: the nearest of all is the landmark itself, which is removed below.
    _, near = cKDTree(vectors[known]).query(vectors, k=count + 1)
    times, own = seen.published_ms[known], np.where(known, np.cumsum(known) - 1, -1)
    other = near != own[:, None]
    mean = (np.where(other, times[near], 0.0).sum(axis=1)) / other.sum(axis=1)
    return np.where(known, mean, 0.0)


@dataclasses.dataclass(frozen=True)
class DatabaseEntry:
    """The entry of an IP geolocation database for a target, as one more term of the likelihood.

    Attributes
    ----------
    lon, lat
        Place of the entry, degrees.
    log_density
        Log density of the target per km², at the distances `knot_distances` from the entry.
    """

    lon: float
    lat: float
    log_density: FloatArray


class MedianClues(NamedTuple):
    """What the published median of a target's times implies, by distance.

    Attributes
    ----------
    below, upto
        Probability of a time below the published interval, and below its upper end, at `KNOTS`
        distances.
    allowed
        Whether light allows a time up to its upper end, 1 or 0, at `KNOTS` distances.
    power
        Exponent of the probability, which accounts for the correlation of the landmarks' errors.
    """

    below: FloatArray
    upto: FloatArray
    allowed: FloatArray
    power: float


class Clues(NamedTuple):
    """Log likelihoods by distance from places: all the evidence about one target.

    Attributes
    ----------
    places
        Unit vectors, shape (n, 3).
    which
        Row of the tables that applies to each place, shape (n,).
    tables
        Log likelihoods, shape (n_rows, `KNOTS`, n_cases).
    log_case
        Log probability of each case, shape (n_cases,).
    median
        The median of the target's times, if only that was published; otherwise None.
    """

    places: FloatArray
    which: IntArray
    tables: np.ndarray
    log_case: FloatArray
    median: MedianClues | None = None

    @classmethod
    def of(
        cls, observed: Observed, mechanism: Mechanism, law: DelayLaw,
        entry: DatabaseEntry | None = None,
    ) -> Clues:  # fmt: skip
        """Compute the likelihood, at each distance, of what a known mechanism published.

        Parameters
        ----------
        observed
            What was published.
        mechanism
            The mechanism.
        law
            Law of delays.
        entry
            Entry of a database, if the attacker has one.

        Returns
        -------
        Clues
            The evidence, to sum at each cell.
        """
        observed = observed.informative(MAX_LANDMARKS, noisy=mechanism.noisy)
        vectors = sphere.unit_vectors(observed.lon, observed.lat)
        if isinstance(mechanism, Median):
            return _median_clues(observed, vectors, mechanism, law, entry)
        sets = mechanism.sets(observed.published_ms, observed.resolution_ms)
        likely, allowed, which, power = _tables(sets, law)
        if isinstance(mechanism, Blur):
            likely, allowed = (blurred(one, mechanism.parameter) for one in (likely, allowed))
        # The law's errors are correlated between landmarks, but the limit of light is certain: so
        # the exponent applies only to what the law says beyond that.
        hard = np.log(allowed + FLOOR)
        tables = hard + power[:, None, None] * (np.log(likely + FLOOR) - hard)
        log_case = np.log(sets.case_weight)
        found = cls(vectors[sets.pair], which, tables.astype(np.float32), log_case)
        return found.with_entry(entry)

    def with_entry(self, entry: DatabaseEntry | None) -> Clues:
        """Add the entry of a database.

        Parameters
        ----------
        entry
            The entry, or None.

        Returns
        -------
        Clues
            The evidence, with one more table.
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
    """Likelihoods and limits of light by distance, the row of each pair, the exponent of each row.

    Tables have the shape (n_rows, n_knots, n_cases); pairs with the same information share a row.
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
    """Standard deviation of the true time within each pair's intervals, in log(RTT + offset)."""
    low, high = sets.low_ms[:, 0], np.maximum(sets.high_ms[:, 0], 0.0)
    mass = sets.weight[:, 0] * (high - low)
    mass /= np.maximum(mass.sum(axis=1), 1e-300)[:, None]
    middle = (mass * (low + high) / 2).sum(axis=1)
    square = (mass * (low**2 + low * high + high**2) / 3).sum(axis=1)
    found: FloatArray = np.sqrt(np.maximum(square - middle**2, 0.0)) / (middle + law.offset_ms)
    return found


def _median_clues(
    observed: Observed, vectors: FloatArray, mechanism: Median, law: DelayLaw,
    entry: DatabaseEntry | None,
) -> Clues:  # fmt: skip
    """Tables of the probability of a time below the published interval, and below its upper end."""
    upto = np.array([[float(np.nanmax(observed.published_ms))]])
    from_ms = np.maximum(upto - mechanism.parameter, 0.0)
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    below = law.likelihood(zero, from_ms, one)[0][0] if from_ms[0, 0] > 0 else np.zeros(KNOTS)
    within, allowed = (table[0] for table in law.likelihood(zero, upto, one))
    # Errors are correlated between landmarks: a median of n tells as much as one of fewer.
    power = float(law.exponents(np.zeros(len(vectors)))[0]) if len(vectors) else 1.0
    none = np.empty((0, KNOTS, 1), dtype=np.float32)
    which = np.full(len(vectors), -1, dtype=np.int64)
    median = MedianClues(below, within, allowed, power)
    return Clues(vectors, which, none, np.zeros(1), median).with_entry(entry)


def observed_of(
    mesh: Mesh, target: int, *, shown: Published | None = None, way: Mechanism | None = None
) -> Observed:
    """Collect what was published about one target.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Row number.
    shown
        What a mechanism published of the mesh; by default the mesh itself.
    way
        The mechanism. If it withholds the lowest times, a reader can tell which pairs were
        withheld, provided that no more landmarks of the table are missing than it withholds.

    Returns
    -------
    Observed
        The observation, without the target itself if it is also a landmark; landmarks from west to
        east, and those of one place by their times.
    """
    rows = slice(mesh.offsets[target], mesh.offsets[target + 1])
    landmark = mesh.pairs["landmark"].to_numpy()[rows].astype(np.int64)
    lon, lat = mesh.landmark_lonlat if shown is None else (shown.lon, shown.lat)
    times = mesh.pairs["rtt_ms"].to_numpy() if shown is None else shown.rtt_ms
    rtt_ms, coarse = times[rows], np.zeros(len(landmark))
    if "resolution_ms" in mesh.pairs:
        coarse = np.nan_to_num(mesh.pairs["resolution_ms"].to_numpy()[rows])
    names = np.asarray(mesh.landmarks.index)
    own = names == str(mesh.targets.index[target])
    if isinstance(way, DropLowest) and shown is None:
        gone = np.setdiff1d(np.flatnonzero(~own), landmark)
        if len(gone) <= way.parameter:
            landmark = np.concatenate([landmark, gone])
            rtt_ms = np.concatenate([rtt_ms, np.full(len(gone), np.nan)])
            coarse = np.concatenate([coarse, np.zeros(len(gone))])
    other = ~own[landmark]
    at = landmark[other]
    found = Observed(lon[at], lat[at], rtt_ms[other], coarse[other])
    order = by_place(*found[:3])
    return found if order is None else Observed(*(column[order] for column in found))


def sampled_targets(mesh: Mesh, most: int, *, known: bool = False, seed: int = 2017) -> IntArray:
    """Choose targets that were measured, at random if there are more than wanted.

    Parameters
    ----------
    mesh
        The measurements.
    most
        Largest number of targets.
    known
        Whether to choose only targets of known place.
    seed
        Seed of the random choice.

    Returns
    -------
    numpy.ndarray
        Row numbers, in the order of `rttgeo.auditing.in_order.in_full_order`: neither the choice nor
        what is drawn from it depends on names or on the order of the tables.
    """
    usable = np.diff(mesh.offsets) > 0
    if known:
        usable &= np.isfinite(mesh.target_lonlat[0])
    order = np.argsort(in_full_order(mesh).target)
    rows = order[usable[order]]
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))]
