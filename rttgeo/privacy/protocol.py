"""What the attack needs from a prior over places; `rttgeo.privacy.priors` has those that exist."""

from __future__ import annotations

from typing import Protocol

from rttgeo.typing import FloatArray, IntArray


class PlacePrior(Protocol):
    """A density over places."""

    @property
    def name(self) -> str:
        """Description of the prior, as used in reports."""
        ...

    def log_density(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Compute the log density at cells, up to a constant.

        Parameters
        ----------
        nside
            The nside of the cells' HEALPix grid.
        nested
            Nested numbers of the cells, shape (n,).
        centres
            Unit vectors of their centres, shape (n, 3).

        Returns
        -------
        numpy.ndarray
            Natural log of the density per km², shape (n,); minus infinity where it is zero.
        """
        ...

    def bound(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Compute an approximate upper bound on `log_density` anywhere in the cells.

        Parameters
        ----------
        nside, nested, centres
            As for `log_density`.

        Returns
        -------
        numpy.ndarray
            Natural log of the bound, shape (n,), which decides which cells are split.
        """
        ...
