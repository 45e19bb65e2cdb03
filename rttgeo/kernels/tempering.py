"""How much area lies how far below the best one, under several temperings of a likelihood."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Singles = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int32]


# Two loops: the first becomes vector instructions, the second cannot.
@njit(cache=True, nogil=True)
def count_drops(
    field: Singles,
    nearest: Singles,
    prior: Singles,
    size: Counts,
    exponents: Singles,
    per_nat: float,
    top: Singles,
    counts: Counts,
) -> None:
    """Fill, for each tempering, the best log density and how much lies how far below it.

    Parameters
    ----------
    field, nearest
        Log densities at cells, shape (n,), each multiplied by its exponent.
    prior
        Log density to be added as it is, shape (n,).
    size
        Parts that each cell stands for, shape (n,).
    exponents
        Of ``field`` and ``nearest``, shape (n_temperings, 2).
    per_nat
        Bins to the natural logarithm.
    top
        Shape (n_temperings,), filled.
    counts
        Shape (n_temperings, n_bins), filled with parts; what is farther down is in the last bin.
    """
    log_p, last = np.empty(len(prior), np.float32), counts.shape[1] - 1
    counts[:] = 0
    scale = np.float32(per_nat)
    for t in range(len(exponents)):
        a, b = exponents[t, 0], exponents[t, 1]
        best = np.float32(-np.inf)
        for i in range(len(prior)):
            log_p[i] = a * field[i] + b * nearest[i] + prior[i]
            best = max(best, log_p[i])
        top[t] = best
        for i in range(len(prior)):
            counts[t, min(np.int32((best - log_p[i]) * scale), last)] += size[i]
