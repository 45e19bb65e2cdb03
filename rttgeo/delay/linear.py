"""The linear model of the white paper: minimum RTT = slope x distance + intercept."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.constants import COLOCATED_KM, HALF_CIRCUMFERENCE_KM
from rttgeo.delay.protocol import LandmarkArray, check_points
from rttgeo.delay.statements import Bound, BoundKind, Note
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray


@dataclasses.dataclass(frozen=True)
class LinearFit:
    """A line fitted to distance and minimum RTT.

    Attributes
    ----------
    slope_ms_per_km, intercept_ms
        Slope and intercept of the line.
    r
        Pearson correlation of distance and RTT.
    n
        Number of pairs in the fit.
    residual_ms
        Root mean square of the residuals.
    """

    slope_ms_per_km: float
    intercept_ms: float
    r: float
    n: int
    residual_ms: float = float("nan")

    @property
    def bound(self) -> Bound:
        """The line bounds nothing: half of the pairs lie beyond it."""
        return Bound(BoundKind.NONE, "no bound: the distance predicted by the linear model")

    def rtt_ms(self, distance_km: npt.ArrayLike) -> FloatArray:
        """Compute the RTT on the line, ms.

        Parameters
        ----------
        distance_km
            Great-circle distances, km.

        Returns
        -------
        numpy.ndarray
            Of the shape of ``distance_km``.
        """
        return self.slope_ms_per_km * np.asarray(distance_km, dtype=float) + self.intercept_ms

    def distance_km(self, rtt_ms: npt.ArrayLike) -> FloatArray:
        """Compute the predicted distance ``max(0, (RTT - intercept) / slope)``, km.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.

        Returns
        -------
        numpy.ndarray
            Of the shape of ``rtt_ms``.

        Raises
        ------
        BadInputError
            When the slope is not positive: RTT does not grow with distance in these data.
        """
        if not self.slope_ms_per_km > 0:
            raise BadInputError(
                f"the linear model has slope {self.slope_ms_per_km:g} ms/km: "
                "RTT does not grow with distance, so it predicts none"
            )
        rtt = np.asarray(rtt_ms, dtype=float)
        return np.maximum(0.0, (rtt - self.intercept_ms) / self.slope_ms_per_km)

    def relative_error(self, distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> FloatArray:
        """Compute ``|predicted distance - distance| / distance``; infinite or NaN at distance 0.

        Parameters
        ----------
        distance_km
            Great-circle distances, km.
        rtt_ms
            Round-trip times, ms.

        Returns
        -------
        numpy.ndarray
            One ratio per pair.
        """
        distance = np.asarray(distance_km, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: FloatArray = np.abs(self.distance_km(rtt_ms) - distance) / distance
            return found

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Return no notes: there is no fallback.

        Parameters
        ----------
        landmark
            Not used.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        return ()

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return zero and half the Earth's circumference: a line through the middle bounds nothing.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Not used.

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, both of the shape of ``rtt_ms``.
        """
        rtt = np.asarray(rtt_ms, dtype=float)
        return np.zeros_like(rtt), np.full_like(rtt, HALF_CIRCUMFERENCE_KM)


def fit_linear(distance_km: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> LinearFit:
    """Fit minimum RTT (ms) to great-circle distance (km) by ordinary least squares.

    Parameters
    ----------
    distance_km, rtt_ms
        Aligned, one value per pair, at least two pairs at different distances.

    Returns
    -------
    LinearFit
        The line, with its correlation and residual.

    Raises
    ------
    BadInputError
        When there are fewer than two pairs, all are at one distance, or a value is not finite.
    """
    distance, rtt = check_points(distance_km, rtt_ms, at_least=2)
    dx, dy = distance - distance.mean(), rtt - rtt.mean()
    sxx, sxy, syy = float(dx @ dx), float(dx @ dy), float(dy @ dy)
    if not sxx > 0:
        raise BadInputError("all pairs are at one distance: no line goes through them")
    slope = sxy / sxx
    residual = dy - slope * dx
    return LinearFit(
        slope_ms_per_km=slope,
        intercept_ms=float(rtt.mean() - slope * distance.mean()),
        r=float(sxy / np.sqrt(sxx * syy)) if syy > 0 else 0.0,
        n=len(distance),
        residual_ms=float(np.sqrt(residual @ residual / len(residual))),
    )


@dataclasses.dataclass(frozen=True)
class LinearModel:
    """The linear model for a mesh, with the subsets of the white paper.

    Attributes
    ----------
    min_distance_km
        Closer pairs are left out (the white paper: 0.5 km).
    max_rtt_ms
        Use only pairs with a smaller RTT (the white paper: 50 ms); None means all.
    max_hops
        Use only pairs with at most this many hops (the white paper: 6); None means all.
    """

    min_distance_km: float = COLOCATED_KM
    max_rtt_ms: float | None = None
    max_hops: int | None = None
    name: str = "linear"

    def subset(self, mesh: Mesh) -> npt.NDArray[np.bool_]:
        """Select the pairs of a mesh that the fit uses.

        Parameters
        ----------
        mesh
            Any mesh.

        Returns
        -------
        numpy.ndarray
            Boolean, one entry per pair.

        Raises
        ------
        BadInputError
            When ``max_hops`` is set and the mesh has no hops.
        """
        keep = mesh.distance_km >= self.min_distance_km
        if self.max_rtt_ms is not None:
            keep &= mesh.pairs["rtt_ms"].to_numpy() < self.max_rtt_ms
        if self.max_hops is not None:
            if "hops" not in mesh.pairs:
                raise BadInputError(f"{mesh.provenance.name} has no hops to choose pairs by")
            keep &= mesh.pairs["hops"].to_numpy() <= self.max_hops
        return keep

    def fit(self, mesh: Mesh) -> LinearFit:
        """Fit to the pairs of `subset`.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.

        Returns
        -------
        LinearFit
            The line.
        """
        keep = self.subset(mesh)
        return fit_linear(mesh.distance_km[keep], mesh.pairs["rtt_ms"].to_numpy()[keep])
