"""What every delay model offers, and the points that it is fitted to."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM
from rttgeo.delay.statements import Bound, Note
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray

LandmarkArray = npt.NDArray[np.int32]


class FittedDelay(Protocol):
    """A fitted model: bounds on distance from a round-trip time."""

    @property
    def bound(self) -> Bound:
        """Which bound it states; it goes on every result made with it."""
        ...

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Say which fall-backs were taken for these landmarks; empty when none."""
        ...

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Least and greatest distance (km) that each RTT (ms) to each landmark allows.

        ``landmark`` holds row numbers in the landmark table of the mesh fitted to.
        """
        ...


class FittedDensity(Protocol):
    """A fitted model: a probability density of the distance."""

    def log_density(
        self, distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> FloatArray:
        """Log of the density of the distance (1/km), given the RTT."""
        ...


class DelayModel(Protocol):
    """Settings of a model, before it has seen data."""

    name: str

    def fit(self, mesh: Mesh) -> FittedDelay:
        """Fit to every pair whose target's place is known.

        The caller has taken out the target and whatever stands at its place
        (`rttgeo.estimators.training.training_mesh`).
        """
        ...


class Points(NamedTuple):
    """Pairs with a known distance: the cloud of points that a model is fitted to."""

    landmark: LandmarkArray
    target: LandmarkArray
    distance_km: FloatArray
    rtt_ms: FloatArray


def training_points(mesh: Mesh, min_distance_km: float = COLOCATED_KM) -> Points:
    """Pairs whose target's place is known and that are at least ``min_distance_km`` apart."""
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
    """Round-trip times as a float array, or a `BadInputError` naming the first bad one."""
    rtt = np.asarray(rtt_ms, dtype=float)
    bad = np.flatnonzero(~(np.isfinite(rtt) & (rtt > 0)))
    if bad.size:
        raise BadInputError(
            f"round-trip time number {bad[0]} is {rtt.flat[bad[0]]} ms, "
            "expected a positive, finite number"
        )
    return rtt
