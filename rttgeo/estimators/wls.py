"""Weighted least squares: the place whose distances best fit those predicted from the RTTs."""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior
from rttgeo.cells.region import Region
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.delay.light import VACUUM
from rttgeo.delay.protocol import training_points
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.estimators.discs import discs_of, quickest
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate, Fitted
from rttgeo.estimators.meeting import coarse_notes, common_region, grid_of, nearest_in
from rttgeo.estimators.multilateration import FittedMultilateration, instead_of
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

MIN_LANDMARKS = 3
"""Two numbers are fitted: with fewer landmarks than this, the fit cannot be judged."""

MIN_PAIRS = 3
"""With fewer pairs than this, there is no meaningful mean speed."""

SIGMAS = 5.0
"""How many deviations the posterior extends from the place found."""

STARTS = 3
"""Number of landmarks, the quickest ones, at which the search starts, since the sum of squares has
several valleys."""

BEYOND_LIGHT = Note(
    NoteKind.PLACE,
    "the least-squares place is beyond light's reach: the nearest within it instead",
)
NOT_CONVERGED = Note(NoteKind.SEARCH, "least squares stopped before it converged")


@dataclasses.dataclass(frozen=True)
class WeightedLeastSquares:
    """Least squares on the sphere; an RTT predicts a distance by the mean speed.

    The standard deviation of a distance grows roughly in proportion to its RTT, so the model is the
    weighted fit distance = speed x RTT with weights 1/RTT², whose solution is the mean of distance
    / RTT. A line with an intercept, fitted with equal weights, would put every quick landmark at
    distance 0.

    Attributes
    ----------
    power
        The target's residuals have weights 1/RTT**power. This is more than the model's own 1,
        because detours make slow landmarks wrong together and not independently.
    """

    power: float = 2.0
    name: str = "wls"

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Find the mean speed; exclusion by fibre is used if there are too few pairs.

        Parameters
        ----------
        mesh
            The training pairs; the caller has removed the target and everything at its place.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            The fitted estimator.
        """
        points, names = training_points(mesh), mesh.landmarks.index.to_numpy(dtype=object)
        if len(points.rtt_ms) < MIN_PAIRS:
            reason = f"{number_of(len(points.rtt_ms), 'pair')} to fit to, {MIN_PAIRS} needed"
            return instead_of(self.name, reason, names, grid)
        speed = float(np.mean(points.distance_km / points.rtt_ms))
        fallback = instead_of(self.name, f"fewer than {MIN_LANDMARKS} landmarks", names, grid)
        return FittedLeastSquares(self, speed, grid, fallback)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedLeastSquares:
    """`WeightedLeastSquares` with its mean speed, in km per ms of RTT."""

    settings: WeightedLeastSquares
    km_per_ms_rtt: float
    grid: Grid
    fallback: FittedMultilateration

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Search from the quickest landmarks, and take the best result.

        Parameters
        ----------
        pairs
            The target's round-trip times.
        target
            Id of the target.

        Returns
        -------
        Estimate
            A Gaussian around the best place, within what light in vacuum allows.
        """
        quickest(pairs)
        if len(pairs.rtt_ms) < MIN_LANDMARKS:
            return self.fallback.locate(pairs, target)
        weight = pairs.rtt_ms**-self.settings.power
        work = _Misfit(
            sphere.unit_vectors(pairs.lon, pairs.lat),
            self.km_per_ms_rtt * pairs.rtt_ms,
            weight / weight.max(),
        )
        starts = np.argsort(pairs.rtt_ms, kind="stable")[:STARTS]
        place, notes = work.best_place(starts)
        lon = float(np.degrees(np.arctan2(place[1], place[0])))
        lat = float(np.degrees(np.arcsin(np.clip(place[2], -1, 1))))
        discs = discs_of(pairs, VACUUM.radius_km(pairs.rtt_ms), self.fallback.names)
        possible = common_region(self.grid, discs) or self.grid.whole()
        covariance = work.covariance_km2(lon, lat, place)
        posterior = tangent_gaussian(possible, lon, lat, covariance, self.grid.cell_size_km)
        inside = nearest_in(posterior.credible_region(AREA_LEVEL), lon, lat)
        if inside != (lon, lat):
            notes += (BEYOND_LIGHT,)
        return Estimate(
            method=self.settings.name,
            target=target,
            lon=inside[0],
            lat=inside[1],
            posterior=posterior,
            notes=notes + coarse_notes(possible, discs),
            bound=self._bound(),
            n_landmarks=len(pairs.rtt_ms),
        )

    def _bound(self) -> Bound:
        text = f"none: least squares at a mean speed of {self.km_per_ms_rtt:.1f} km per ms RTT"
        return Bound(BoundKind.NONE, text, self.km_per_ms_rtt)


class _Misfit(NamedTuple):
    """Landmarks as unit vectors, predicted distances in km, weights."""

    landmark: FloatArray
    distance_km: FloatArray
    weight: FloatArray

    def residuals(self, point: FloatArray) -> FloatArray:
        """Weighted differences of distance, for the place on the ray through a point."""
        chord = np.linalg.norm(self.landmark - point / np.linalg.norm(point), axis=1)
        found: FloatArray = self.weight * (sphere.km_of_chord(chord) - self.distance_km)
        return found

    def jacobian(self, point: FloatArray) -> FloatArray:
        """Their derivatives: d(arc) = -(u - cos(arc) p)/sin(arc), across the ray only."""
        norm = np.linalg.norm(point)
        p = point / norm
        cosine = self.landmark @ p
        across = self.landmark - cosine[:, None] * p
        # At a landmark the distance has no direction.
        sine = np.maximum(np.linalg.norm(across, axis=1), 1e-12)
        factor = -EARTH_RADIUS_KM * self.weight / (sine * norm)
        return np.asarray(factor[:, None] * across)

    def best_place(self, starts: npt.NDArray[np.int64]) -> tuple[FloatArray, tuple[Note, ...]]:
        """Unit vector with the least misfit, from several landmarks, and what went wrong."""
        ends = []
        for start in starts:
            # Off the landmark itself, where the distance to it has no direction to fall.
            begin = self.landmark[start] + np.array([2e-4, 3e-4, 4e-4])
            ends.append(least_squares(self.residuals, begin, self.jacobian, max_nfev=60))
        best = min(ends, key=lambda end: float(end.cost))
        notes = () if best.status > 0 else (NOT_CONVERGED,)
        return best.x / np.linalg.norm(best.x), notes

    def covariance_km2(self, lon: float, lat: float, place: FloatArray) -> FloatArray:
        """Of (east, north), from the curvature there and the size of the residuals.

        The effective number of landmarks follows from their weights, (Σw²)²/Σw⁴: a hundred slow
        ones beside two quick ones must not make the two look certain.
        """
        lon, lat = np.radians(lon), np.radians(lat)
        east = np.array([-np.sin(lon), np.cos(lon), 0.0])
        north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
        slope = self.jacobian(place) @ np.stack([east, north], axis=1) / EARTH_RADIUS_KM
        left = self.residuals(place)
        squared = self.weight**2
        effective = float(squared.sum() ** 2 / (squared**2).sum())
        spread = float(left @ left) / max(effective - 2, 1)
        return np.asarray(np.linalg.pinv(slope.T @ slope) * spread)


def tangent_gaussian(
    within: Region, lon: float, lat: float, covariance_km2: FloatArray, least_km: float
) -> Posterior:
    """Gaussian around a place, on the cells of a region.

    Parameters
    ----------
    within
        The cells that can hold the target.
    lon, lat
        The place, degrees; if it is far from the region, the tail of the Gaussian counts there.
    covariance_km2
        Of (east, north) in km², shape (2, 2).
    least_km
        Standard deviation that is added, km: finer cells do not make a fit more certain.

    Returns
    -------
    Posterior
        On the cells of the region.
    """
    grid = grid_of(within)
    covariance = covariance_km2 + np.eye(2) * least_km**2
    widest = float(np.sqrt(np.linalg.eigvalsh(covariance)[-1]))
    cells = (grid.cap(lon, lat, SIGMAS * widest, conservative=True) & within).cells()
    if not len(cells):
        cells = within.cells()
    c_lon, c_lat = grid.lonlat(cells)
    away = sphere.distance_km(lon, lat, c_lon, c_lat)
    d_lon, c_lat, lat = np.radians(c_lon - lon), np.radians(c_lat), np.radians(lat)
    bearing = np.arctan2(
        np.sin(d_lon) * np.cos(c_lat),
        np.cos(lat) * np.sin(c_lat) - np.sin(lat) * np.cos(c_lat) * np.cos(d_lon),
    )
    offset = np.stack([away * np.sin(bearing), away * np.cos(bearing)])
    squared = (offset * np.linalg.solve(covariance, offset)).sum(axis=0)
    return Posterior.from_log_density(grid, cells, -0.5 * squared)


WLS: Final = WeightedLeastSquares()
"""Least squares with weights 1/RTT²."""
