"""Least squares with a non-decreasing cubic."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.typing import FloatArray


@dataclasses.dataclass(frozen=True)
class MonotoneCubic:
    """A cubic on [0, scale], constant above; non-negative and nowhere decreasing.

    Attributes
    ----------
    steps
        Four non-negative weights of `_basis`.
    scale
        Where it ends, in the unit of its argument.
    """

    steps: tuple[float, float, float, float]
    scale: float

    def __call__(self, x: npt.ArrayLike) -> FloatArray:
        """Value at x; at the ends for an x beyond them."""
        found: FloatArray = _basis(np.asarray(x, dtype=float) / self.scale) @ np.asarray(self.steps)
        return found


def _basis(u: FloatArray) -> FloatArray:
    """Sums of Bernstein polynomials from the k-th up, k = 0..3, shape ``(..., 4)``.

    A Bernstein form whose coefficients do not decrease does not decrease; a non-negative
    combination of these sums is just that.
    """
    u = np.clip(u, 0.0, 1.0)
    v = 1 - u
    return np.stack([np.ones_like(u), 1 - v**3, u**2 * (3 - 2 * u), u**3], axis=-1)


def fit_monotone_cubic(
    x: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike, scale: float
) -> MonotoneCubic:
    """Non-decreasing cubic closest to points in the sense of weighted least squares.

    Solved exactly, as non-negative least squares on the 4 x 4 normal equations.

    Parameters
    ----------
    x
        Abscissae, shape (n,).
    y
        Ordinates, shape (n,).
    weight
        Weight of each squared residual, shape (n,).
    scale
        Where the curve ends, in the unit of ``x``.

    Returns
    -------
    MonotoneCubic
        The curve.

    Raises
    ------
    BadInputError
        For no points at all, or a scale that is not positive.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not (len(x) and len(x) == len(y) and scale > 0):
        raise BadInputError(
            f"{len(x)} abscissae, {number_of(len(y), 'ordinate')}, scale {scale}: nothing to fit"
        )
    design = _basis(x / scale)
    weighted = design * np.asarray(weight, dtype=float)[:, None]
    gram = design.T @ weighted
    # A touch of ridge: with few or coincident points the four columns are not independent.
    upper = cholesky(gram + 1e-9 * np.trace(gram) * np.eye(4))
    steps, _ = nnls(upper, solve_triangular(upper, weighted.T @ y, trans="T"))
    return MonotoneCubic(
        (float(steps[0]), float(steps[1]), float(steps[2]), float(steps[3])), scale
    )
