"""What a `rttgeo.cells.grid.Grid` is asked with, checked: circles, rings, weights, offsets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.kernels import rings as ring_kernels
from rttgeo.typing import FloatArray, IntArray


def check_circles(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Check circles, and lay them out as three flat arrays of one length.

    Parameters
    ----------
    lon, lat
        Centres, degrees.
    radius_km
        Radii, km, 0 or more.

    Returns
    -------
    tuple
        Longitude, latitude and radius, shape (n,) each.

    Raises
    ------
    BadInputError
        For shapes that do not fit, a negative or missing radius, or a place out of range.
    """
    try:
        lon, lat, radius = np.broadcast_arrays(
            *(np.asarray(a, dtype=float) for a in (lon, lat, radius_km))
        )
    except ValueError as error:
        raise BadInputError(f"circles need lon, lat and radius of one shape: {error}") from None
    lon, lat, radius = (np.ascontiguousarray(a).ravel() for a in (lon, lat, radius))
    # First whether all is well, which needs no memory; only then what is not.
    if radius.size and not radius.min() >= 0:
        bad = np.flatnonzero(~(radius >= 0))[0]
        raise BadInputError(f"radius number {bad} is {radius[bad]}, expected 0 km or more")
    for values, limit in ((lon, 180), (lat, 90)):
        if values.size and not (values.min() >= -limit and values.max() <= limit):
            sphere.check_lonlat(lon, lat)
    return lon, lat, radius


def caps_of(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike) -> ring_kernels.Caps:
    """Check circles and hand them to the kernels.

    Parameters
    ----------
    lon, lat
        Centres, degrees.
    radius_km
        Radii, km, 0 or more.

    Returns
    -------
    Caps
        One entry per circle.

    Raises
    ------
    BadInputError
        As `check_circles`.
    """
    caps: ring_kernels.Caps = ring_kernels.make_caps(*check_circles(lon, lat, radius_km))
    return caps


def check_offsets(offsets: npt.ArrayLike, count: int) -> IntArray:
    """Check where each target's circles start and end.

    Parameters
    ----------
    offsets
        Rising from 0 to ``count``, shape (targets + 1,).
    count
        Number of circles.

    Returns
    -------
    numpy.ndarray
        The same as whole numbers.

    Raises
    ------
    BadInputError
        When they do not begin at 0, end at ``count``, or rise.
    """
    values = np.asarray(offsets, dtype=np.int64)
    if not (values.ndim == 1 and len(values) and values[0] == 0 and values[-1] == count):
        raise BadInputError(f"offsets must be a row of numbers from 0 to {count}")
    if (np.diff(values) < 0).any():
        raise BadInputError("offsets must not decrease")
    return values


def check_weights(weights: npt.ArrayLike | None, count: int) -> npt.NDArray[np.int32] | FloatArray:
    """Check weights, one per constraint: counts of 1 where there are none.

    Parameters
    ----------
    weights
        Finite numbers that broadcast to ``count``, or None.
    count
        Number of constraints.

    Returns
    -------
    numpy.ndarray
        Shape (count,).

    Raises
    ------
    BadInputError
        When a weight is not finite.
    """
    if weights is None:
        return np.ones(count, dtype=np.int32)
    values = np.broadcast_to(np.asarray(weights, dtype=float), count)
    if not np.isfinite(values).all():
        raise BadInputError("a weight is not finite")
    return np.ascontiguousarray(values)


def holes_of(
    caps: ring_kernels.Caps,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_km: npt.ArrayLike,
    inner_km: npt.ArrayLike,
) -> tuple[ring_kernels.Caps, npt.NDArray[np.bool_]]:
    """What to take out of discs to make rings of them: all nearer than the inner radius.

    Parameters
    ----------
    caps
        The discs.
    lon, lat
        Centres of the discs, degrees.
    radius_km
        Outer radii, km.
    inner_km
        Inner radii, km; they broadcast. One above the outer takes out the whole disc.

    Returns
    -------
    tuple
        The holes, and which discs have one, shape (n,).

    Raises
    ------
    BadInputError
        When an inner radius is not a number.
    """
    count = len(caps.radius)
    inner = np.broadcast_to(np.asarray(inner_km, dtype=float), count)
    if np.isnan(inner).any():
        raise BadInputError(f"inner_km number {np.flatnonzero(np.isnan(inner))[0]} is not a number")
    outer = np.broadcast_to(np.asarray(radius_km, dtype=float), count)
    # A centre on the inner circle is in the ring; and never take out more than was put in.
    hole = np.where(inner > outer, outer, inner - 2 * ring_kernels.TIE_KM)
    some = hole >= 0
    lon, lat = (np.broadcast_to(np.asarray(a, dtype=float), count)[some] for a in (lon, lat))
    return ring_kernels.make_caps(lon, lat, hole[some]), some
