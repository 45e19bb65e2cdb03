"""The protocol of delay models, and the points that they are fitted to."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM
from rttgeo.delay.statements import Bound, Note
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

LandmarkArray = npt.NDArray[np.int32]


class FittedDelay(Protocol):
    """A fitted model that `rttgeo.Multilateration` takes: bounds on distance from an RTT."""

    @property
    def bound(self) -> Bound:
        """The bound that it states, which every result made with it carries."""
        ...

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """List the fallbacks that were used for these landmarks.

        Parameters
        ----------
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        ...

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Compute the smallest and largest distance (km) that each RTT (ms) allows.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms, shape (n,).
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted, shape
            (n,).

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, each of shape (n,), with 0 <= inner <= outer. The outer
            radius may be infinite, which bounds nothing.
        """
        ...


@runtime_checkable
class WithHeights(Protocol):
    """A fitted model that subtracts last-mile delays before it considers distance."""

    def of_target(self, pairs: TargetPairs) -> FittedDelay:
        """Return the model for one target, whose own last mile is found from its pairs.

        Parameters
        ----------
        pairs
            The target's round-trip times.

        Returns
        -------
        FittedDelay
            A model whose ``bounds_km`` takes the round-trip times as measured.
        """
        ...

    def transit_ms(self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray) -> FloatArray:
        """Subtract the last-mile delays from each RTT.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        numpy.ndarray
            The remaining times, ms, not negative, of the shape of ``rtt_ms``.
        """
        ...


class FittedDensity(Protocol):
    """A fitted model that `rttgeo.Bayes` takes: a probability density of the distance."""

    @property
    def bound(self) -> Bound:
        """What the density rests on, which every result made with it carries."""
        ...

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """List the fallbacks that were used for these landmarks.

        Parameters
        ----------
        landmark
            Row numbers of their landmarks in the landmark table of the mesh that was fitted.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        ...

    def log_density(
        self, distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> FloatArray:
        """Compute the log density of the distance (per km), given the RTT.

        Parameters
        ----------
        distance_km, rtt_ms, landmark
            Distances (km), round-trip times (ms) and row numbers of landmarks; arrays that
            broadcast against each other.

        Returns
        -------
        numpy.ndarray
            Log densities, of the broadcast shape; minus infinity rules a distance out.
        """
        ...


class DelayModel(Protocol):
    """Settings of a model of bounds, before it has seen data."""

    @property
    def name(self) -> str:
        """Name of the model, and of the estimator made from it unless that is given another."""
        ...

    def fit(self, mesh: Mesh) -> FittedDelay:
        """Fit to every pair whose target's place is known.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place
            (`rttgeo.estimators.training.training_mesh`).

        Returns
        -------
        FittedDelay
            The fitted model.

        Raises
        ------
        BadInputError
            When there are too few data to fit: exclusion by light in fibre is then used instead,
            and the estimate says so in the words of this error.
        """
        ...


class DensityModel(Protocol):
    """Settings of a model of densities, before it has seen data."""

    @property
    def name(self) -> str:
        """Name of the model, and of the estimator made from it unless that is given another."""
        ...

    def fit(self, mesh: Mesh) -> FittedDensity:
        """Fit to every pair whose target's place is known, as `DelayModel.fit` does.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        FittedDensity
            The fitted model.
        """
        ...


class Points(NamedTuple):
    """Pairs with a known distance: the cloud of points that a model is fitted to."""

    landmark: LandmarkArray
    target: LandmarkArray
    distance_km: FloatArray
    rtt_ms: FloatArray


def training_points(mesh: Mesh, min_distance_km: float = COLOCATED_KM) -> Points:
    """Collect the pairs with known places that are at least ``min_distance_km`` apart.

    Parameters
    ----------
    mesh
        The training pairs; the caller has removed the target and everything at its place.
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
    """Check distances and RTTs, and return them as aligned float arrays.

    Parameters
    ----------
    distance_km
        Great-circle distances, km.
    rtt_ms
        Round-trip times, ms.
    at_least
        Number of pairs that the model needs.

    Returns
    -------
    tuple of numpy.ndarray
        Distances, km, and round-trip times, ms, of one dimension.

    Raises
    ------
    BadInputError
        When the lengths differ, there are fewer than ``at_least`` pairs, a distance is negative, an
        RTT is not positive, or a value is not finite.
    """
    distance = np.asarray(distance_km, dtype=float).ravel()
    rtt = np.asarray(rtt_ms, dtype=float).ravel()
    if distance.shape != rtt.shape:
        raise BadInputError(
            f"{number_of(distance.size, 'distance')} but {number_of(rtt.size, 'round-trip time')}"
        )
    bad = np.flatnonzero(~(np.isfinite(distance) & (distance >= 0)))
    if bad.size:
        raise BadInputError(f"distance number {bad[0]} is {distance[bad[0]]} km, expected >= 0")
    check_rtt(rtt)
    if distance.size < at_least:
        raise BadInputError(
            f"a delay model needs at least {number_of(at_least, 'pair')}, got {distance.size}"
        )
    return distance, rtt


def check_rtt(rtt_ms: npt.ArrayLike) -> FloatArray:
    """Check round-trip times and return them as a float array, or raise a `BadInputError`.

    Parameters
    ----------
    rtt_ms
        Round-trip times, ms.

    Returns
    -------
    numpy.ndarray
        The times, of the same shape.
    """
    rtt = np.asarray(rtt_ms, dtype=float)
    bad = np.flatnonzero(~(np.isfinite(rtt) & (rtt > 0)))
    if bad.size:
        raise BadInputError(
            f"round-trip time number {bad[0]} is {rtt.flat[bad[0]]} ms, "
            "expected a positive, finite number"
        )
    return rtt
