"""What every delay model offers, and the points that it is fitted to."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM
from rttgeo.delay.statements import Bound, Note
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

LandmarkArray = npt.NDArray[np.int32]


class FittedDelay(Protocol):
    """A fitted model that `rttgeo.Multilateration` takes: bounds on distance from an RTT."""

    @property
    def bound(self) -> Bound:
        """Which bound it states; it goes on every result made with it."""
        ...

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Say which fall-backs were taken for these landmarks; empty when none.

        Parameters
        ----------
        landmark
            Row number of each one's landmark, in the landmark table of the mesh fitted to.

        Returns
        -------
        tuple of Note
            Empty when nothing fell back.
        """
        ...

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Least and greatest distance (km) that each RTT (ms) to each landmark allows.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms, shape (n,).
        landmark
            Row number of each one's landmark in the landmark table of the mesh fitted to.

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, each of shape (n,), 0 <= inner <= outer. Infinity is
            allowed for the outer one: it then bounds nothing.
        """
        ...


@runtime_checkable
class WithHeights(Protocol):
    """A fitted model that takes the delays of last miles off before it looks at distance."""

    def of_target(self, pairs: TargetPairs) -> FittedDelay:
        """The model for one target, whose own last mile is found from its pairs.

        Parameters
        ----------
        pairs
            The target's round-trip times.

        Returns
        -------
        FittedDelay
            Its ``bounds_km`` takes the round-trip times as measured.
        """
        ...

    def transit_ms(self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray) -> FloatArray:
        """What the last miles leave of each RTT, ms; not negative.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Row number of each one's landmark, in the landmark table of the mesh fitted to.

        Returns
        -------
        numpy.ndarray
            Of the shape of ``rtt_ms``.
        """
        ...


class FittedDensity(Protocol):
    """A fitted model that `rttgeo.Bayes` takes: a probability density of the distance."""

    @property
    def bound(self) -> Bound:
        """What the density rests on; it goes on every result made with it."""
        ...

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Say which fall-backs were taken for these landmarks; empty when none.

        Parameters
        ----------
        landmark
            Row number of each one's landmark, in the landmark table of the mesh fitted to.

        Returns
        -------
        tuple of Note
            Empty when nothing fell back.
        """
        ...

    def log_density(
        self, distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> FloatArray:
        """Log of the density of the distance (1/km), given the RTT.

        Parameters
        ----------
        distance_km, rtt_ms, landmark
            Arrays that broadcast against each other; ``landmark`` holds row numbers.

        Returns
        -------
        numpy.ndarray
            Of the shape that they broadcast to. Minus infinity rules a distance out.
        """
        ...


class DelayModel(Protocol):
    """Settings of a model of bounds, before it has seen data."""

    @property
    def name(self) -> str:
        """Name of the model; the estimator made of it has the same unless it is given one."""
        ...

    def fit(self, mesh: Mesh) -> FittedDelay:
        """Fit to every pair whose target's place is known.

        Parameters
        ----------
        mesh
            The caller has taken out the target and whatever stands at its place
            (`rttgeo.estimators.training.training_mesh`).

        Returns
        -------
        FittedDelay
            The model, ready to be asked.

        Raises
        ------
        BadInputError
            When there is too little to fit to: exclusion by light in fibre then stands in, and
            the estimate says so with this error's words.
        """
        ...


class DensityModel(Protocol):
    """Settings of a model of densities, before it has seen data."""

    @property
    def name(self) -> str:
        """Name of the model; the estimator made of it has the same unless it is given one."""
        ...

    def fit(self, mesh: Mesh) -> FittedDensity:
        """Fit to every pair whose target's place is known; as `DelayModel.fit`.

        Parameters
        ----------
        mesh
            Training pairs only: the caller has taken out the target and whatever stands at its place.

        Returns
        -------
        FittedDensity
            The model, ready to be asked.
        """
        ...


class Points(NamedTuple):
    """Pairs with a known distance: the cloud of points that a model is fitted to."""

    landmark: LandmarkArray
    target: LandmarkArray
    distance_km: FloatArray
    rtt_ms: FloatArray


def training_points(mesh: Mesh, min_distance_km: float = COLOCATED_KM) -> Points:
    """Pairs whose target's place is known and that are at least ``min_distance_km`` apart.

    Parameters
    ----------
    mesh
        Training pairs only: the caller has taken out the target and whatever stands at its place.
    min_distance_km
        Closer pairs are left out, km: within one place a delay says nothing about distance.

    Returns
    -------
    Points
        Aligned arrays, in the order of the pairs.
    """
    distance = mesh.distance_km
    keep = distance >= min_distance_km  # False for NaN as well
    return Points(
        mesh.pairs["landmark"].to_numpy()[keep],
        mesh.pairs["target"].to_numpy()[keep],
        distance[keep],
        mesh.pairs["rtt_ms"].to_numpy()[keep],
    )


def check_points(
    distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike, at_least: int
) -> tuple[FloatArray, FloatArray]:
    """Distances and RTTs as aligned float arrays.

    Parameters
    ----------
    distance_km
        Great-circle distances, km.
    rtt_ms
        Round-trip times, ms.
    at_least
        How many pairs the model needs.

    Returns
    -------
    tuple of numpy.ndarray
        Distances, km, and round-trip times, ms, of one dimension.

    Raises
    ------
    BadInputError
        When they do not align, are fewer than ``at_least``, or hold a negative distance, an
        RTT that is not positive, or a value that is not finite.
    """
    distance = np.asarray(distance_km, dtype=float).ravel()
    rtt = np.asarray(rtt_ms, dtype=float).ravel()
    if distance.shape != rtt.shape:
        raise BadInputError(f"{distance.size} distances but {rtt.size} round-trip times")
    bad = np.flatnonzero(~(np.isfinite(distance) & (distance >= 0)))
    if bad.size:
        raise BadInputError(f"distance number {bad[0]} is {distance[bad[0]]} km, expected >= 0")
    check_rtt(rtt)
    if distance.size < at_least:
        raise BadInputError(f"a delay model needs {at_least} pairs or more, got {distance.size}")
    return distance, rtt


def check_rtt(rtt_ms: npt.ArrayLike) -> FloatArray:
    """Round-trip times as a float array, or a `BadInputError` naming the first bad one.

    Parameters
    ----------
    rtt_ms
        Round-trip times, ms.

    Returns
    -------
    numpy.ndarray
        Of the shape given.
    """
    rtt = np.asarray(rtt_ms, dtype=float)
    bad = np.flatnonzero(~(np.isfinite(rtt) & (rtt > 0)))
    if bad.size:
        raise BadInputError(
            f"round-trip time number {bad[0]} is {rtt.flat[bad[0]]} ms, "
            "expected a positive, finite number"
        )
    return rtt
