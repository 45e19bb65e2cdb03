"""Where a target can be before its delays are looked at: the density of each cell.

The population of the cities around, the density of the known nodes, and a thin rest for
everywhere else.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels.bells import CUT, add_bells
from rttgeo.kernels.points import within_reach
from rttgeo.locate.calibrated_cells import Cells
from rttgeo.locate.calibrated_cities import (
    CELL_SHARE,
    GENERIC_LAW,
    CityLaw,
    city_density,
    learn_cities,
    surroundings_density,
)

FloatArray = npt.NDArray[np.float64]

NODE_RADIUS_KM = 30.0
NODES, CITIES, ANYWHERE = 0.05, 0.949, 0.001
"""Shares of targets near known nodes, in or around cities, and anywhere on the globe."""


@dataclasses.dataclass(frozen=True)
class Prior:
    """Density of targets before any delay.

    Attributes
    ----------
    population
        False leaves the cities out: known nodes and the globe alone.
    law
        How targets lie about cities.
    """

    population: bool = True
    law: CityLaw = GENERIC_LAW

    def learnt(self, points: FloatArray) -> Prior:
        """With the law of known nodes, unit vectors of shape (n, 3)."""
        if not self.population:
            return self
        return dataclasses.replace(self, law=learn_cities(points, CITIES, ANYWHERE))

    def log_density(self, cells: Cells, nodes: FloatArray) -> FloatArray:
        """Log density per km² at cells; ``nodes`` are the known places, unit vectors."""
        law, globe_km2 = self.law, 4 * np.pi * EARTH_RADIUS_KM**2
        density = np.full(len(cells.number), ANYWHERE / globe_km2)
        if self.population:
            density += law.share * city_density(cells, law)
            density += (CITIES - law.share) * surroundings_density(cells)
        else:
            density += (CITIES - law.share) / globe_km2
        if len(nodes):
            sd_km = max(NODE_RADIUS_KM, CELL_SHARE * cells.grid.cell_size_km)
            density += NODES / len(nodes) * _node_density(nodes, cells.centres, sd_km)
        found: FloatArray = np.log(density)
        return found


def _node_density(nodes: FloatArray, points: FloatArray, sd_km: float) -> FloatArray:
    """Sum of Gaussians, per km², around the nodes."""
    sd, density = sd_km / EARTH_RADIUS_KM, np.zeros(len(points))
    add_bells(points, nodes[within_reach(points, nodes, CUT * sd)], sd, density)
    return density / (2 * np.pi * sd_km**2)
