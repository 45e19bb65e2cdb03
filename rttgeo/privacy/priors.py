"""Where the attacker expects a target to be, before any round-trip time."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.estimators.calibrated.cells import Cells
from rttgeo.estimators.calibrated.land import land_factor
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.typing import FloatArray, IntArray


@dataclasses.dataclass(frozen=True)
class Cities:
    """Near cities, by population to the power 0.7, rarely at sea: the default method's prior."""

    name: str = "near cities, by population"

    def log_density(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Density around cities; see `PlacePrior.log_density`."""
        cells = Cells(Grid(nside=nside), nested, centres, np.arange(len(nested)), 0)
        return _PRIOR.log_density(cells, np.empty((0, 3)))

    def bound(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """The density at a cell's centre is the mean over the cell; see `PlacePrior.bound`."""
        return self.log_density(nside, nested, centres)


@dataclasses.dataclass(frozen=True)
class Land:
    """Uniform on land; the sea has a fiftieth of that density."""

    name: str = "anywhere on land"
    at_sea: float = 0.02

    def log_density(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Density on land; see `PlacePrior.log_density`."""
        cells = Cells(Grid(nside=nside), nested, centres, np.arange(len(nested)), 0)
        return np.log(land_factor(cells, self.at_sea))

    def bound(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """The density at a cell's centre is the mean over the cell; see `PlacePrior.bound`."""
        return self.log_density(nside, nested, centres)


@dataclasses.dataclass(frozen=True)
class Disc:
    """Uniform over a disc, zero elsewhere; half the circumference gives the whole globe."""

    lon: float = 0.0
    lat: float = 0.0
    radius_km: float = np.pi * EARTH_RADIUS_KM
    name: str = "anywhere on a disc"

    def log_density(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Zero inside, minus infinity outside; see `PlacePrior.log_density`."""
        return np.where(self._away_km(centres) <= self.radius_km, 0.0, -np.inf)

    def bound(self, nside: int, nested: IntArray, centres: FloatArray) -> FloatArray:
        """Zero for cells that may overlap the disc; see `PlacePrior.bound`."""
        reach = self.radius_km + Grid(nside=nside).cell_radius_km
        return np.where(self._away_km(centres) <= reach, 0.0, -np.inf)

    def _away_km(self, centres: FloatArray) -> FloatArray:
        middle = sphere.unit_vectors(np.array([self.lon]), np.array([self.lat]))[0]
        found: FloatArray = EARTH_RADIUS_KM * np.arccos(np.clip(centres @ middle, -1, 1))
        return found


_PRIOR: Final = Prior(Settings(), Settings().generic_cities)
PRIORS: Final[dict[str, PlacePrior]] = {
    "cities": Cities(),
    "land": Land(),
    "globe": Disc(name="anywhere on the globe"),
}
"""The priors, by the names that ``--prior`` accepts."""


def prior_named(name: str) -> PlacePrior:
    """Look up a prior by its name.

    Parameters
    ----------
    name
        One of `PRIORS`.

    Returns
    -------
    PlacePrior
        The prior.

    Raises
    ------
    BadInputError
        When there is no such prior.
    """
    if name not in PRIORS:
        raise BadInputError(f"prior {name!r}, expected one of {', '.join(PRIORS)}")
    return PRIORS[name]
