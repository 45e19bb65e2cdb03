"""Where a target can be before its delays are looked at: the density of each cell.

The population of the cities around, the density of the known nodes, and a thin rest for
everywhere else; hardly anything at sea.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.calibrated.cells import Cells
from rttgeo.estimators.calibrated.cities import (
    CELL_SHARE,
    GENERIC_LAW,
    NODE_RADIUS_KM,
    CityLaw,
    city_density,
    learn_cities,
    surroundings_density,
)
from rttgeo.estimators.calibrated.land import land_factor
from rttgeo.estimators.calibrated.mixed import MixedCells, likely_cities
from rttgeo.estimators.training import TRAINING_COLOCATED_KM
from rttgeo.kernels.bells import CUT, add_bells
from rttgeo.kernels.points import within_reach
from rttgeo.typing import FloatArray, IntArray

GLOBE_KM2 = 4 * np.pi * EARTH_RADIUS_KM**2
ANYWHERE = 0.001
"""Share of targets anywhere on the globe."""


@dataclasses.dataclass(frozen=True)
class Prior:
    """Density of targets before any delay.

    Attributes
    ----------
    population
        False leaves cities and coasts out: known nodes and the globe alone.
    law
        How targets lie about cities.
    """

    population: bool = True
    law: CityLaw = GENERIC_LAW

    def learnt(self, points: FloatArray) -> Prior:
        """With the law of known nodes, unit vectors of shape (n, 3)."""
        if not self.population:
            return self
        rest = ANYWHERE / GLOBE_KM2
        return dataclasses.replace(self, law=learn_cities(points, TRAINING_COLOCATED_KM, rest))

    def likely_cities(self, cells: Cells, log_likelihood: FloatArray) -> IntArray:
        """Numbers of the cities worth small cells; none where the cities are left out."""
        if not self.population:
            return np.empty(0, dtype=np.int64)
        return likely_cities(cells, log_likelihood, self.law.power)

    def mixed(self, cells: MixedCells, nodes: FloatArray) -> FloatArray:
        """Log density per km² at cells of several sizes."""
        found = [self.log_density(block, nodes) for block in cells.blocks]
        return np.asarray(np.concatenate(found)[cells.order])

    def log_density(self, cells: Cells, nodes: FloatArray) -> FloatArray:
        """Log density per km² at cells; ``nodes`` are the known places, unit vectors."""
        law = self.law
        density = np.full(len(cells.nested), ANYWHERE / GLOBE_KM2)
        if self.population:
            density += city_density(cells, law) + law.around * surroundings_density(cells)
        else:
            density += (1 - law.nodes) / GLOBE_KM2
        if len(nodes):
            sd_km = max(NODE_RADIUS_KM, CELL_SHARE * cells.grid.cell_size_km)
            density += law.nodes / len(nodes) * _node_density(nodes, cells.centres, sd_km)
        if self.population:
            density *= land_factor(cells)
        found: FloatArray = np.log(density)
        return found


def _node_density(nodes: FloatArray, points: FloatArray, sd_km: float) -> FloatArray:
    """Sum of Gaussians, per km², around the nodes."""
    sd, density = sd_km / EARTH_RADIUS_KM, np.zeros(len(points))
    add_bells(points, nodes[within_reach(points, nodes, CUT * sd)], sd, density)
    return density / (2 * np.pi * sd_km**2)
