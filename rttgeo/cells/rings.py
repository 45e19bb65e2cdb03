"""Where the rings of a HEALPix grid lie, and the corners between them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rttgeo.typing import FloatArray


def ring_latitudes(nside: int, number: npt.NDArray[np.int_] | FloatArray) -> FloatArray:
    """Find the latitude of rings, also of the corners between them.

    Parameters
    ----------
    nside
        Of the grid, a power of two.
    number
        Rings 1 to 4 nside − 1, north to south; corners from 0 to 4 nside.

    Returns
    -------
    numpy.ndarray
        Radians, of the same shape.

    Notes
    -----
    Gorski et al. 2005, equations 4 to 9.
    """
    from_pole = np.minimum(number, 4 * nside - number)
    sign = np.where(number <= 2 * nside, 1.0, -1.0)
    # By the half colatitude at the caps: the arcsine of nearly 1 has half the digits.
    cap = np.pi / 2 - 2 * np.arcsin(np.minimum(from_pole / (nside * math.sqrt(6)), 1))
    belt = np.arcsin(np.clip((4 - 2 * from_pole / nside) / 3, -1, 1))
    return sign * np.where(from_pole < nside, cap, belt)
