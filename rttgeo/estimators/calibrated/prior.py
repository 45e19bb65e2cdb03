"""The prior density of each cell, before the delays are considered.

It combines the population of nearby cities, the density of known nodes, and a small share for
everywhere else, with very little at sea.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.calibrated.bells import CELL_SHARE
from rttgeo.estimators.calibrated.cells import Cells
from rttgeo.estimators.calibrated.cities import (
    city_density,
    learn_cities,
    likely_cities,
    surroundings_density,
)
from rttgeo.estimators.calibrated.land import land_factor
from rttgeo.estimators.calibrated.parts import MixedCells
from rttgeo.estimators.calibrated.settings import GLOBE_KM2, CityLaw, Settings
from rttgeo.estimators.training import TRAINING_COLOCATED_KM
from rttgeo.kernels.bells import add_bells
from rttgeo.typing import FloatArray, IntArray


@dataclasses.dataclass(frozen=True)
class Prior:
    """The density of targets before any delay is known.

    Attributes
    ----------
    settings
        Settings of the estimator; if ``settings.cities`` is False, cities and coasts are not used.
    law
        How targets are distributed around cities.
    """

    settings: Settings
    law: CityLaw

    @classmethod
    def learnt(cls, settings: Settings, points: FloatArray) -> Prior:
        """Learn the law of cities from known nodes.

        Parameters
        ----------
        settings
            Settings of the estimator.
        points
            Unit vectors of the nodes, shape (n, 3).

        Returns
        -------
        Prior
            The prior, with the generic law if the settings leave cities out.
        """
        if not settings.cities:
            return cls(settings, settings.generic_cities)
        return cls(settings, learn_cities(points, TRAINING_COLOCATED_KM, settings))

    def likely_cities(self, cells: Cells, log_likelihood: FloatArray) -> IntArray:
        """Choose the cities worth small cells.

        Parameters
        ----------
        cells
            Cells of one grid.
        log_likelihood
            Log likelihood of the cells, shape (n_cells,).

        Returns
        -------
        IntArray
            Numbers of the cities; none if the settings leave cities out.
        """
        if not self.settings.cities:
            return np.empty(0, dtype=np.int64)
        return likely_cities(cells, log_likelihood, self.law.power, self.settings.max_towns)

    def mixed(self, cells: MixedCells, nodes: FloatArray) -> FloatArray:
        """Compute the log density at cells of several sizes.

        Parameters
        ----------
        cells
            Cells of several grids.
        nodes
            Unit vectors of the known places, shape (n, 3).

        Returns
        -------
        FloatArray
            Natural log of the density per km², shape (n_cells,).
        """
        found = [self.log_density(block, nodes) for block in cells.blocks]
        return np.asarray(np.concatenate(found)[cells.order])

    def log_density(self, cells: Cells, nodes: FloatArray) -> FloatArray:
        """Compute the log density at cells of one grid.

        Parameters
        ----------
        cells
            Cells of one grid.
        nodes
            Unit vectors of the known places, shape (n, 3).

        Returns
        -------
        FloatArray
            Natural log of the density per km², shape (n_cells,).
        """
        law, settings = self.law, self.settings
        density = np.full(len(cells.nested), settings.globe_density)
        if settings.cities:
            near = city_density(cells, law, settings.city_radii_km)
            density += near + law.around * surroundings_density(cells)
        else:
            density += (1 - law.nodes) / GLOBE_KM2
        if len(nodes):
            sd_km = max(settings.node_radius_km, CELL_SHARE * cells.grid.cell_size_km)
            density += law.nodes / len(nodes) * _node_density(nodes, cells.centres, sd_km)
        if settings.cities:
            density *= land_factor(cells, settings.at_sea)
        found: FloatArray = np.log(density)
        return found


def _node_density(nodes: FloatArray, points: FloatArray, sd_km: float) -> FloatArray:
    """Sum of Gaussians, per km², around the nodes."""
    sd, density = sd_km / EARTH_RADIUS_KM, np.zeros(len(points))
    add_bells(points, nodes, sd, density)
    return density / (2 * np.pi * sd_km**2)
