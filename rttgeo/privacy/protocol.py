"""What the attack asks of a prior over places; those that are there stand in `rttgeo.privacy.priors`."""

from __future__ import annotations

from typing import Protocol

from rttgeo.typing import FloatArray, IntArray


class PlacePrior(Protocol):
    """A density over places."""

    @property
    def name(self) -> str:
        """In words, as reports write it."""
        ...

    def log_density(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Give the log density at cells, up to a constant.

        Parameters
        ----------
        nside
            Of the cells' HEALPix grid.
        nested
            Their numbers, shape (n,).
        centres
            Their unit vectors, shape (n, 3).

        Returns
        -------
        numpy.ndarray
            Natural log of a density per km², shape (n,); minus infinity where there is none.
        """
        ...

    def bound(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Give what `log_density` may at most be anywhere in the cells, roughly.

        Parameters
        ----------
        nside, nested, centres
            As there.

        Returns
        -------
        numpy.ndarray
            Natural log, shape (n,): cells are parted by it.
        """
        ...
