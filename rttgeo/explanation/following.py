"""Where to measure from next, to bring a landmark near to where the target probably is.

The quickest landmark decides how small a region is: the error of a delay is proportional to the
delay, so the place is known about as precisely as the nearest landmark is near. The value of a set
of further landmarks is therefore the expected logarithm of the factor by which they reduce the
distance from the target to its nearest landmark:

    F(S) = E[log(c + d₀) - log(c + min(d₀, min over S of d))],

where the expectation is over the posterior, d₀ is the distance from the nearest landmark that has
measured, and c is the part of a delay that is not due to distance, expressed as a distance
(`NEAR_ENOUGH_KM`).

What is proved: for each place, only the best landmark in the set counts, so F is a
facility-location function, monotone and submodular (Cornuéjols, Fisher and Nemhauser, Management
Science 23, 1977), and repeatedly adding the best place reaches at least 1 - 1/e = 63 % of the F of
the best set of that size (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978). What is
not proved: that anything similar holds for areas, errors or real delays. How well F works there is
measured (`python -m benchmarks.next`).
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
"""The most likely cells represent the posterior: for an expectation, 1,500 terms are plenty."""
_FLOOR_MS, _MS_A_KM = DelaySettings().generic_curve[:2]
NEAR_ENOUGH_KM = _FLOOR_MS / _MS_A_KM
"""The distance whose delay equals the part of a delay that is not due to distance, 1,034 km. With
it, F is the expected fall of the logarithm of (round-trip time + 10 ms) of the quickest landmark,
by the generic curve of the default method. Among 100 to 2,000 km, all values from 500 km chose
equally well for single places, on measured and simulated meshes."""
ROUNDS_NEAR_KM = 100.0
"""The same for rounds, in which further landmarks follow and the last of them should be near. Of
30, 100, 300 and 1,034 km, 100 km came closest to the error of all landmarks, target by target, on
two measured meshes; on a simulated one, 1,034 km was slightly better (`python -m
benchmarks.constants rounds`)."""
AREA_POWER = 2.0
"""An area grows with the square of a length. Fits to areas before and after a landmark on two
measured meshes and a simulated one gave 1.4, 2.6 and 1.8."""
APART_KM = 25.0
"""Places closer to a landmark than this do not count as new ones: they are in the same town, and
differ by a quarter of a millisecond, which delays cannot distinguish."""
BLOCK = 512
"""Number of candidates whose distances are computed at a time: a few megabytes."""


@dataclasses.dataclass(frozen=True, eq=False)
class Outlook:
    """Where a target can be, and how near a landmark is to each of these places.

    Attributes
    ----------
    points
        Likely places, unit vectors, shape (n, 3).
    weight
        Their probabilities, shape (n,), summing to 1.
    near_km
        Distance from each to its nearest landmark, km, shape (n,).
    landmarks
        Unit vectors of the existing landmarks, shape (m, 3).
    near_enough_km
        The c in F, km: landmarks nearer than this are hardly worth more.
    """

    points: FloatArray
    weight: FloatArray
    near_km: FloatArray
    landmarks: FloatArray
    near_enough_km: float = NEAR_ENOUGH_KM

    @classmethod
    def of(cls, estimate: Estimate, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Outlook:
        """Make an outlook from an estimate.

        Parameters
        ----------
        estimate
            An estimate with a posterior. lon, lat Landmarks that measured the target, degrees,
            shape (m,).

        Returns
        -------
        Outlook
            The outlook, over the most likely `MAX_CELLS` cells.

        Raises
        ------
        NotThereError
            When the estimate has no posterior.
        """
        if estimate.posterior is None and estimate.conflict:
            raise NotThereError(
                f"{estimate.target}: the landmarks contradict each other, and there is no region to "
                "narrow; rttgeo anycast says how many places there may be, and rttgeo audit which "
                "landmark is wrong"
            )
        if estimate.posterior is None:
            raise NotThereError(f"method {estimate.method!r} gives no posterior to narrow")
        return cls.over(*_thinned(estimate.posterior)).after(lon, lat)

    @classmethod
    def over(cls, points: FloatArray, weight: FloatArray) -> Outlook:
        """Make an outlook over places, without any landmark.

        Parameters
        ----------
        points
            Unit vectors, shape (n, 3).
        weight
            Their probabilities, shape (n,), summing to 1.

        Returns
        -------
        Outlook
            The outlook, as if the nearest landmark were at the antipode.
        """
        nowhere = np.full(len(points), HALF_CIRCUMFERENCE_KM)
        return cls(points, weight, nowhere, np.empty((0, 3)))

    def after(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Outlook:
        """Add landmarks whose answers are not known yet.

        Parameters
        ----------
        lon, lat
            Their places, degrees, shape (k,).

        Returns
        -------
        Outlook
            The outlook with these landmarks.
        """
        more = sphere.unit_vectors(np.atleast_1d(lon), np.atleast_1d(lat))
        near = self.near_km
        for vector in more:
            near = np.minimum(near, _arc_km(self.points, vector))
        landmarks = np.concatenate([self.landmarks, more])
        return dataclasses.replace(self, near_km=near, landmarks=landmarks)

    def gains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
        """Compute the value of one more landmark at each place.

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
        """Compute the expected log distance of places from the target.

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
        """Find the places that have no landmark nearby.

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
        """Choose places for several landmarks, best first, each given those before it.

        Parameters
        ----------
        lon, lat
            Candidate places, degrees, shape (k,).
        count
            How many to choose.

        Returns
        -------
        tuple
            Row numbers of the chosen places, in order, at most ``count``, none within `APART_KM` of
            a landmark or of an earlier one; and F of all places up to and including each, nats.

        Notes
        -----
        Gains never grow as landmarks are added (F is submodular), so the old gain of a place is an
        upper bound, and most places need not be evaluated again (Minoux 1978).
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
        """Best place and its gain; the bounds evaluated on the way are updated."""
        best, gain = -1, -1.0
        for row in np.argsort(-bound, kind="stable"):
            if bound[row] < 0 or bound[row] <= gain:
                break
            bound[row] = self.gains(lon[row], lat[row])[0]
            if bound[row] > gain:
                best, gain = int(row), float(bound[row])
        return best, gain


def area_left(gain_nats: npt.ArrayLike) -> FloatArray:
    """Compute the expected share of a region's area that remains after further landmarks.

    Parameters
    ----------
    gain_nats
        Value of the landmarks (`Outlook.gains`), nats, any shape.

    Returns
    -------
    FloatArray
        Shares between 0 and 1, of the same shape.

    Notes
    -----
    exp(-2 × gain): an expectation, fitted and not derived (see `AREA_POWER`). The effect of a
    single landmark varies far more than that (`python -m benchmarks.next`).
    """
    return np.asarray(np.exp(-AREA_POWER * np.asarray(gain_nats, dtype=float)))


def _arc_km(points: FloatArray, vector: FloatArray) -> FloatArray:
    chord = np.linalg.norm(points - vector, axis=1)
    return sphere.km_of_chord(chord)


def _arcs_km(some: FloatArray, points: FloatArray) -> FloatArray:
    """Distances of all places from all points, km, shape (n_places, n_points), to some metres."""
    return np.asarray(EARTH_RADIUS_KM * np.arccos(np.clip(some @ points.T, -1, 1)), dtype=float)


def _thinned(posterior: AnyPosterior) -> tuple[FloatArray, FloatArray]:
    """The most probable cells as unit vectors, with weights that sum to 1."""
    lon, lat, held = posterior.pieces()
    likely = np.argsort(-held, kind="stable")[:MAX_CELLS]
    weight = held[likely]
    return sphere.unit_vectors(lon[likely], lat[likely]), weight / weight.sum()
