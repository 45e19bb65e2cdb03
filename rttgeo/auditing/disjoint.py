"""Whether one place can have given all answers: two discs that do not meet prove two places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.kernels.disjoint import disjoint_pair, disjoint_pairs
from rttgeo.mesh import Mesh
from rttgeo.sphere import check_lonlat, unit_vectors
from rttgeo.typing import IntArray


def two_places(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> tuple[int, int] | None:
    """Two discs of one target that have no place in common, or None when every two meet.

    A target that answers from one place is in every disc. So two discs that do not meet prove
    that it answers from two places at least (it is anycast), or that a landmark is not where it
    is declared, or that something else answered it.

    Parameters
    ----------
    lon, lat
        Centres of the discs, degrees, shape (n,).
    radius_km
        Their radii by a bound that the truth keeps to (``KM_PER_MS_RTT["fibre"] * rtt_ms``),
        shape (n,). Infinite and NaN ones exclude nothing.

    Returns
    -------
    tuple of int or None
        Numbers of the two, that of the smaller disc first: of all such pairs the one with the
        smallest disc that is in any, and the smallest disc that it does not meet.

    Raises
    ------
    BadInputError
        For coordinates out of range, a negative radius, or arrays of different lengths.

    Examples
    --------
    >>> from rttgeo.auditing.disjoint import two_places
    >>> two_places([4.9, 8.5, 151.2], [52.4, 47.4, -33.9], [300.0, 700.0, 500.0])
    (0, 2)
    """
    x, y = check_lonlat(lon, lat)
    radius = np.asarray(radius_km, dtype=float)
    if radius.shape != x.shape:
        raise BadInputError(f"{x.size} centres but {radius.size} radii")
    if (radius < 0).any():
        raise BadInputError(f"radius_km is {radius.min():g}, expected 0 or more")
    use = np.flatnonzero(np.isfinite(radius))
    first, second = disjoint_pair(unit_vectors(x[use], y[use]), radius[use] / EARTH_RADIUS_KM)
    return (int(use[first]), int(use[second])) if first >= 0 else None


def disjoint_rows(mesh: Mesh, *, medium: str = "fibre", tolerance_km: float = 0.0) -> IntArray:
    """Of every target, two pairs whose discs do not meet: proof that it is in two places.

    Parameters
    ----------
    mesh
        The places of its targets are not looked at.
    medium
        Bound on distance per round-trip time, of `rttgeo.constants.KM_PER_MS_RTT`.
    tolerance_km
        How far each landmark may be from where it is declared: added to every radius.

    Returns
    -------
    numpy.ndarray
        Rows of ``mesh.pairs``, shape (targets, 2), chosen as `two_places` does; -1 and -1 where
        every two discs meet.
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
