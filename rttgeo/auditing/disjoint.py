"""Whether one place can have given all answers: two disjoint discs prove two places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.kernels.disjoint import disjoint_pair, disjoint_pairs
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh
from rttgeo.sphere import check_lonlat, unit_vectors
from rttgeo.typing import IntArray


def two_places(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> tuple[int, int] | None:
    """Find two discs of a target that are disjoint; None if all discs overlap pairwise.

    A target that answers from one place is in every disc. So two disjoint discs prove that it
    answers from at least two places (it is anycast), that a landmark is not where it is declared,
    or that something else answered a landmark.

    Parameters
    ----------
    lon, lat
        Centres of the discs, degrees, shape (n,).
    radius_km
        Radii from a bound that always holds (``KM_PER_MS_RTT["fibre"] * rtt_ms``), km, shape (n,).
        Infinite and NaN radii exclude nothing.

    Returns
    -------
    tuple of int or None
        Numbers of the two discs, the smaller one first: the smallest disc that is disjoint from any
        other, and the smallest disc from which it is disjoint.

    Raises
    ------
    BadInputError
        When a coordinate is out of range, a radius is negative, or the lengths differ.

    Examples
    --------
    >>> from rttgeo.auditing.disjoint import two_places
    >>> two_places([4.9, 8.5, 151.2], [52.4, 47.4, -33.9], [300.0, 700.0, 500.0])
    (0, 2)
    """
    x, y = check_lonlat(lon, lat)
    radius = np.asarray(radius_km, dtype=float)
    if radius.shape != x.shape:
        raise BadInputError(f"{number_of(x.size, 'centre')} but {radius.size} radii")
    if (radius < 0).any():
        raise BadInputError(f"radius_km is {radius.min():g}, expected 0 or more")
    use = np.flatnonzero(np.isfinite(radius))
    first, second = disjoint_pair(unit_vectors(x[use], y[use]), radius[use] / EARTH_RADIUS_KM)
    return (int(use[first]), int(use[second])) if first >= 0 else None


def disjoint_rows(mesh: Mesh, *, medium: str = "fibre", tolerance_km: float = 0.0) -> IntArray:
    """Find, for each target, two pairs whose discs are disjoint: proof that it is in two places.

    Parameters
    ----------
    mesh
        The measurements; the places of the targets are not used.
    medium
        Bound on distance per round-trip time, a name in `rttgeo.constants.KM_PER_MS_RTT`.
    tolerance_km
        How far each landmark may be from where it is declared, km; added to every radius.

    Returns
    -------
    numpy.ndarray
        Rows of ``mesh.pairs``, shape (n_targets, 2), chosen as `two_places` does; -1 and -1 where
        all discs overlap pairwise.
    """
    radius = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy() + tolerance_km
    found = np.full((len(mesh.targets), 2), -1, dtype=np.int32)
    disjoint_pairs(
        unit_vectors(*mesh.landmark_lonlat),
        mesh.pairs["landmark"].to_numpy(),
        radius / EARTH_RADIUS_KM,
        mesh.offsets,
        found,
    )
    return found.astype(np.int64)
