"""Where to measure from next: what brings a landmark near to where the target probably is.

The quickest landmark decides how small a region is: a delay is off by a share of itself, so that
the place is known about as well as the nearest landmark is near. What a set of further landmarks is
worth is therefore the expected logarithm of the factor by which they cut the distance from the
target to its nearest landmark:

    F(S) = E[log(c + d₀) - log(c + min(d₀, min over S of d))],

the expectation over the posterior, d₀ the distance from the nearest landmark that has measured, c
what a delay has beside the way, as a distance (`NEAR_ENOUGH_KM`).

What is proved: for each place the landmark that serves it best is a maximum over the set, so F is a
facility-location function, monotone and submodular (Cornuéjols, Fisher and Nemhauser, Management
Science 23, 1977), and taking the best place again and again reaches at least 1 - 1/e = 63 % of
the F of the best set of that size (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978).
What is not: that anything of the kind holds for areas, errors or real delays. What F is worth there
is measured (`python -m benchmarks.next`).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior
from rttgeo.constants import EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.delay.calibrated import DelaySettings
from rttgeo.errors import NotThereError
from rttgeo.estimators.estimate import Estimate
from rttgeo.typing import BoolArray, FloatArray, IntArray

MAX_CELLS = 1500
"""The likeliest cells stand for the posterior: it is an expectation, and 1,500 terms are plenty."""
_FLOOR_MS, _MS_A_KM = DelaySettings().generic_curve[:2]
NEAR_ENOUGH_KM = _FLOOR_MS / _MS_A_KM
"""The distance whose delay is as long as what does not come from distance, 1,034 km: then F is the
expected fall of the logarithm of (round-trip time + 10 ms) of the quickest landmark, by the generic
curve of the default method. Of 100 to 2,000 km those from 500 on chose as well as any
alone, on measured and simulated meshes."""
ROUNDS_NEAR_KM = 100.0
"""The same in rounds, where further landmarks follow and the last of them should be near. Of 30, 100, 300
and 1,034 km, 100 came nearest to the error of all landmarks, target by target, on two measured meshes;
on a simulated one 1,034 was a little better (`python -m benchmarks.constants rounds`)."""
AREA_POWER = 2.0
"""An area goes with the square of a length. Fitted to areas before and after a landmark on two measured
meshes and a simulated one: 1.4, 2.6 and 1.8."""
APART_KM = 25.0
"""Nothing nearer to a landmark than this is a place of its own: the same town, a quarter of a
millisecond off, which no delay tells apart."""
BLOCK = 512
"""Candidates whose distances are worked out at a time: some megabytes."""


@dataclasses.dataclass(frozen=True, eq=False)
class Outlook:
    """Where a target can be, and how near landmarks are to it wherever it is.

    Attributes
    ----------
    points
        Likely places, unit vectors, shape (n, 3).
    weight
        Their probabilities, shape (n,), summing to 1.
    near_km
        Distance from each to its nearest landmark, km, shape (n,).
    landmarks
        Unit vectors of the landmarks there are, shape (m, 3).
    near_enough_km
        c of F, km: nearer landmarks are hardly worth more.
    """

    points: FloatArray
    weight: FloatArray
    near_km: FloatArray
    landmarks: FloatArray
    near_enough_km: float = NEAR_ENOUGH_KM

    @classmethod
    def of(cls, estimate: Estimate, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Outlook:
        """Look out from an estimate.

        Parameters
        ----------
        estimate
            With a posterior.
        lon, lat
            Landmarks that measured the target, degrees, shape (m,).

        Returns
        -------
        Outlook
            Of the likeliest `MAX_CELLS` cells.

        Raises
        ------
        NotThereError
            When the estimate has no posterior.
        """
        if estimate.posterior is None:
            raise NotThereError(f"method {estimate.method!r} gives no posterior to narrow")
        return cls.over(*_thinned(estimate.posterior)).after(lon, lat)

    @classmethod
    def over(cls, points: FloatArray, weight: FloatArray) -> Outlook:
        """Look out over places, with no landmark anywhere.

        Parameters
        ----------
        points
            Unit vectors, shape (n, 3).
        weight
            Their probabilities, shape (n,), summing to 1.

        Returns
        -------
        Outlook
            With every landmark at the other end of the world.
        """
        nowhere = np.full(len(points), HALF_CIRCUMFERENCE_KM)
        return cls(points, weight, nowhere, np.empty((0, 3)))

    def after(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Outlook:
        """Add landmarks, whose answers are not known yet.

        Parameters
        ----------
        lon, lat
            Their places, degrees, shape (k,).

        Returns
        -------
        Outlook
            With them.
        """
        more = sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat))
        near = self.near_km
        for vector in more:
            near = np.minimum(near, _arc_km(self.points, vector))
        landmarks = np.concatenate([self.landmarks, more])
        return dataclasses.replace(self, near_km=near, landmarks=landmarks)

    def gains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
        """What one more landmark at each place would be worth.

        Parameters
        ----------
        lon, lat
            Places, degrees, shape (k,).

        Returns
        -------
        FloatArray
            F of each alone, nats, shape (k,), 0 or more.
        """
        places = sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat))
        found = np.empty(len(places))
        now = np.log(self.near_enough_km + self.near_km)
        for start in range(0, len(places), BLOCK):
            some = places[start : start + BLOCK]
            near = np.minimum(_arcs_km(some, self.points), self.near_km)
            found[start : start + BLOCK] = (now - np.log(self.near_enough_km + near)) @ self.weight
        return np.maximum(found, 0.0)

    def log_km(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
        """Say how far places are from the target, as it is expected.

        Parameters
        ----------
        lon, lat
            Places, degrees, shape (k,).

        Returns
        -------
        FloatArray
            Expected log(c + distance in km), shape (k,).
        """
        places = sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat))
        blocks = [places[start : start + BLOCK] for start in range(0, len(places), BLOCK)]
        found = [
            np.log(self.near_enough_km + _arcs_km(some, self.points)) @ self.weight
            for some in blocks
        ]
        return np.concatenate(found) if found else np.empty(0)

    def free(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> BoolArray:
        """Tell which places are none where a landmark stands.

        Parameters
        ----------
        lon, lat
            Places, degrees, shape (k,).

        Returns
        -------
        BoolArray
            False within `APART_KM` of a landmark, shape (k,).
        """
        places = sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat))
        chord = sphere.chord_of_km(APART_KM)
        free = np.ones(len(places), dtype=bool)
        for vector in self.landmarks:
            free &= np.linalg.norm(places - vector, axis=1) > chord
        return free

    def choose(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, count: int
    ) -> tuple[IntArray, FloatArray]:
        """Choose places for several landmarks at once, the best first, each given those before.

        Parameters
        ----------
        lon, lat
            Places where a landmark could be, degrees, shape (k,).
        count
            How many to choose.

        Returns
        -------
        tuple
            Row numbers of those chosen, in order, at most ``count``, none within `APART_KM` of a
            landmark or of one before; and F of all up to and with each, nats.

        Notes
        -----
        Gains never grow as landmarks are added (F is submodular), so the old gain of a place is an
        upper bound, and most places need not be looked at again (Minoux 1978).
        """
        lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
        outlook, bound = self, np.where(self.free(lon, lat), self.gains(lon, lat), -1.0)
        rows: list[int] = []
        total: list[float] = []
        while len(rows) < count and len(lon):
            row, gain = outlook._best(lon, lat, bound)
            if gain <= 0:
                break
            rows.append(row)
            total.append(gain + (total[-1] if total else 0.0))
            outlook = outlook.after(lon[row], lat[row])
            bound[~outlook.free(lon, lat)] = -1.0
        return np.array(rows, dtype=np.int64), np.array(total)

    def _best(self, lon: FloatArray, lat: FloatArray, bound: FloatArray) -> tuple[int, float]:
        """Best place and its gain; bounds that were looked at are brought up to date."""
        best, gain = -1, -1.0
        for row in np.argsort(-bound, kind="stable"):
            if bound[row] < 0 or bound[row] <= gain:
                break
            bound[row] = self.gains(lon[row], lat[row])[0]
            if bound[row] > gain:
                best, gain = int(row), float(bound[row])
        return best, gain


def area_left(gain_nats: npt.ArrayLike) -> FloatArray:
    """Expected share of a region's area after further landmarks.

    Parameters
    ----------
    gain_nats
        What they are worth (`Outlook.gains`), nats, any shape.

    Returns
    -------
    FloatArray
        Between 0 and 1, of the same shape.

    Notes
    -----
    exp(-2 × gain): an expectation, fitted and not derived (see `AREA_POWER`). What a single landmark
    brings scatters far more than that (`python -m benchmarks.next`).
    """
    return np.asarray(np.exp(-AREA_POWER * np.asarray(gain_nats, dtype=float)))


def _arc_km(points: FloatArray, vector: FloatArray) -> FloatArray:
    chord = np.linalg.norm(points - vector, axis=1)
    return sphere.km_of_chord(chord)


def _arcs_km(some: FloatArray, points: FloatArray) -> FloatArray:
    """Distances of every two, km, shape (some, points); right to some metres."""
    return np.asarray(EARTH_RADIUS_KM * np.arccos(np.clip(some @ points.T, -1, 1)), dtype=float)


def _thinned(posterior: AnyPosterior) -> tuple[FloatArray, FloatArray]:
    """The most probable cells as unit vectors, with weights that sum to 1."""
    lon, lat, held = posterior.pieces()
    likely = np.argsort(-held, kind="stable")[:MAX_CELLS]
    weight = held[likely]
    return sphere.unit_vectors(lon[likely], lat[likely]), weight / weight.sum()
