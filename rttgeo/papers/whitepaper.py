"""The numbers of the white paper, for any mesh: what is in it, the linear model, exclusion radii.

Each function returns plain values; the notebooks record them and the figures draw them.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.constants import COLOCATED_KM, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.delay.linear import LinearFit, fit_linear
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.sphere import km_of_chord, unit_vectors
from rttgeo.typing import FloatArray

CITY_KM = 25.0
REGION_KM = 250.0


def summary_table(mesh: Mesh) -> pd.DataFrame:
    """Sum up what is in a mesh, as a table of two columns for people.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    pandas.DataFrame
        Texts, one row per fact.
    """
    rtt, told = mesh.pairs["rtt_ms"], mesh.provenance
    known = int(np.isfinite(mesh.target_lonlat[0]).sum())
    rows = [
        ("Measured or simulated", told.kind if told.kind != "unstated" else "not stated"),
        ("Source", told.source or "not stated"),
        ("Date", told.date.replace("/", " to ") or "not stated"),
        ("RTT of a pair is", told.statistic),
        ("Landmarks", f"{len(mesh.landmarks):,}"),
        ("Targets (with known place)", f"{len(mesh.targets):,} ({known:,})"),
        ("Pairs", f"{len(mesh):,}"),
        (
            "RTT: median (lowest, highest)",
            f"{rtt.median():,.1f} ({rtt.min():,.1f}, {rtt.max():,.1f}) ms",
        ),
    ]
    if known:
        distance = mesh.distance_km[np.isfinite(mesh.distance_km)]
        rows.append(("Distance: median", f"{np.median(distance):,.0f} km"))
    return pd.DataFrame(rows, columns=["", told.name])


def faster_than(mesh: Mesh, medium: str) -> npt.NDArray[np.bool_]:
    """Find the pairs whose places are further apart than their RTT allows.

    Parameters
    ----------
    mesh
        Pairs without truth are never faster than anything.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    numpy.ndarray
        Shape (pairs,).
    """
    reach_km = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy()
    # A metre of slack: coordinates are written with few digits.
    found: npt.NDArray[np.bool_] = np.nan_to_num(mesh.distance_km, nan=0.0) > reach_km + 0.001
    return found


def to_city_km(mesh: Mesh) -> FloatArray:
    """Measure how far targets are declared from the centre of the nearest city.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    FloatArray
        Kilometres, one for each target of known place.
    """
    lon, lat = mesh.target_lonlat
    known = np.isfinite(lon)
    chord, _ = cities().tree.query(unit_vectors(lon[known], lat[known]))
    return km_of_chord(chord)


@dataclasses.dataclass(frozen=True)
class LinearResult:
    """The linear model on one mesh, as the white paper reports it.

    Attributes
    ----------
    fit
        The line through all pairs at least `rttgeo.constants.COLOCATED_KM` apart.
    median_relative_error
        Over those pairs, as a share; None when the line does not rise and predicts nothing.
    by_target
        The same median for each target with at least two such pairs.
    """

    fit: LinearFit
    median_relative_error: float | None
    by_target: pd.Series


def linear_result(mesh: Mesh) -> LinearResult:
    """Fit the linear model and measure its relative error.

    Parameters
    ----------
    mesh
        With the place of at least one target.

    Returns
    -------
    LinearResult
        The line, the median error and that of each target.

    Raises
    ------
    BadInputError
        When fewer than two pairs at two distances have a known distance.
    """
    keep = mesh.distance_km >= COLOCATED_KM
    if not keep.any():
        raise BadInputError(
            f"{mesh.provenance.name}: no pair has a known distance of {COLOCATED_KM} km or more"
        )
    distance, rtt = mesh.distance_km[keep], mesh.pairs["rtt_ms"].to_numpy()[keep]
    fit = fit_linear(distance, rtt)
    if not fit.slope_ms_per_km > 0:
        return LinearResult(fit, None, pd.Series(dtype=float))
    error = pd.Series(fit.relative_error(distance, rtt))
    groups = error.groupby(mesh.pairs["target"].to_numpy()[keep])
    return LinearResult(fit, float(error.median()), groups.median()[groups.size() >= 2])


@dataclasses.dataclass(frozen=True)
class ExclusionResult:
    """What the exclusion circles of a mesh exclude.

    Attributes
    ----------
    radius_km
        Of each pair; at most half the Earth's circumference, where it excludes nothing.
    median_by_target_km, smallest_by_target_km
        Over the pairs of each target that has any.
    """

    radius_km: FloatArray
    median_by_target_km: FloatArray
    smallest_by_target_km: FloatArray

    @property
    def targets_whose_median_excludes_nothing(self) -> int:
        """The white paper counts 7 of 32 anchors."""
        return int((self.median_by_target_km >= HALF_CIRCUMFERENCE_KM).sum())

    def targets_within(self, radius_km: float) -> int:
        """Count the targets with at least one circle of at most this radius.

        Parameters
        ----------
        radius_km
            Kilometres.

        Returns
        -------
        int
            From 0 to the number of targets.
        """
        return int((self.smallest_by_target_km <= radius_km).sum())


def exclusion_result(mesh: Mesh, medium: str = "fibre") -> ExclusionResult:
    """Compute the exclusion radius (bound times RTT) of every pair, and by target.

    Parameters
    ----------
    mesh
        The measurements.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    ExclusionResult
        Kilometres, cut at half the circumference.

    Raises
    ------
    BadInputError
        For an unknown medium.
    """
    if medium not in KM_PER_MS_RTT:
        raise BadInputError(f"medium {medium!r}, expected one of {', '.join(KM_PER_MS_RTT)}")
    radius = np.minimum(
        KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy(), HALF_CIRCUMFERENCE_KM
    )
    groups = pd.Series(radius).groupby(mesh.pairs["target"].to_numpy())
    return ExclusionResult(radius, groups.median().to_numpy(), groups.min().to_numpy())
